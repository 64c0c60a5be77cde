"""What is kept for how long: each rule as the rows that are due, and what is done with them."""

from __future__ import annotations

import calendar
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from knowledge.personal_data.emptying import PLACE, THESE, empty, empty_user, leave_slack
from knowledge.personal_data.holds import HELD
from knowledge.register.changes import Changes
from knowledge.register.forgetting_rows import KEPT, TEXTS, erase_row
from knowledge.store import Store

_IN_SLACK: Final = """
    EXISTS (SELECT 1 FROM slack_threads AS t WHERE t.inquiry = i.id)
    OR EXISTS (SELECT 1 FROM slack_posts AS p WHERE p.inquiry = i.id AND p.channel <> '')
"""
_OPEN: Final = """
    i.withdrawn_at IS NULL AND i.deleted_at IS NULL AND (i.status IN ('new', 'waiting')
        OR EXISTS (SELECT 1 FROM handovers AS h WHERE h.inquiry = i.id AND h.closed_at IS NULL))
"""
_WRITTEN: Final = f"""
    i.question <> '' OR i.thread <> '[]' OR i.note <> '' OR i.asker IS NOT NULL
    OR i.came_from LIKE 'slack:%'
    OR EXISTS (SELECT 1 FROM inquiry_topics AS t WHERE t.inquiry = i.id AND t.reason <> '')
    OR EXISTS (SELECT 1 FROM inquiry_feedback AS f WHERE f.inquiry = i.id
        AND (f.comment IS NOT NULL OR f.who NOT LIKE 'gone-%'))
    OR EXISTS (SELECT 1 FROM inquiry_links AS l WHERE l.inquiry = i.id
        AND l.who GLOB 'u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*')
    OR EXISTS (SELECT 1 FROM handovers AS h WHERE h.inquiry = i.id AND h.note <> '')
    OR EXISTS (SELECT 1 FROM inquiry_answers AS a WHERE a.inquiry = i.id AND a.text <> '')
    OR (({_OPEN}) AND ({_IN_SLACK}))
"""
"""There is something left that retention takes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, as moments in UTC: what is older is due. None: it is kept.

    Attributes:
        texts: of inquiries, what is remembered of askers, notes on visits, old approvals.
        slack: where in Slack an inquiry was asked, once it is done with.
        users: of the review pages, since they were last seen.
        bin: of deleted visits and ideas.
    """

    now: str
    texts: str | None
    slack: str | None
    users: str | None
    bin: str

    @classmethod
    def at(cls, now: datetime, months: int, slack_days: int, user_months: int) -> Limits:
        """By settings, where 0 is for ever."""
        return cls(
            now=_text(now),
            texts=_text(months_before(now, months)) if months else None,
            slack=_text(now - timedelta(days=slack_days)) if slack_days else None,
            users=_text(months_before(now, user_months)) if user_months else None,
            bin=_text(now - KEPT),
        )

    @property
    def given(self) -> dict[str, str]:
        """Those there are, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def latest(cls, some: Iterable[Mapping[str, str]]) -> Limits | None:
        """Of several, as `given`, each the latest; None of none."""
        found: dict[str, str | None] = dict.fromkeys(cls.__slots__)
        for each in some:
            for name in found.keys() & each.keys():
                found[name] = max(found[name] or "", each[name])
        now, end = found.pop("now"), found.pop("bin")
        return cls(now=now, bin=end, **found) if now and end else None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        due: SQL for rows that are due: their `number` and their `month` (YYYY-MM).
        limit: of `Limits`; `:before` in `due`.
        take: does it, for some of them, in the caller's transaction.
    """

    name: str
    limit: str
    due: str
    take: Callable[[Store, Sequence[int]], None]

    def rows(self, store: Store, limits: Limits, most: int = -1) -> list[tuple[int, str]]:
        """Number and month of what is due now, oldest first; at most `most` of them."""
        before = getattr(limits, self.limit)
        if before is None:
            return []
        found = store.database.conn.execute(
            f"SELECT number, month FROM ({self.due}) ORDER BY month, number LIMIT :most",
            {"before": before, "most": most},
        )
        return [(int(number), str(month)) for number, month in found.fetchall()]

    def still(self, store: Store, limits: Limits, numbers: Sequence[int]) -> list[int]:
        """Those of some rows that are due now."""
        found = store.database.conn.execute(
            f"SELECT number FROM ({self.due}) "
            "WHERE number IN (SELECT value FROM json_each(:numbers))",
            {"before": getattr(limits, self.limit), "numbers": json.dumps(list(numbers))},
        )
        return sorted(int(number) for (number,) in found.fetchall())


def months_before(now: datetime, months: int) -> datetime:
    """The same day some months earlier, or the last one of that month."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    last = calendar.monthrange(years, month + 1)[1]
    return now.replace(year=years, month=month + 1, day=min(now.day, last))


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _statement(sql: str) -> Callable[[Store, Sequence[int]], None]:
    def take(store: Store, rows: Sequence[int]) -> None:
        store.database.conn.execute(sql, [json.dumps(list(rows))])

    return take


def _texts(store: Store, rows: Sequence[int]) -> None:
    """With where in Slack it was, of what is open still: the rule `slack` waits for its end."""
    waiting = store.database.conn.execute(
        f"SELECT i.id FROM inquiries AS i WHERE ({_OPEN}) AND i.id {THESE}",
        [json.dumps(list(rows))],
    ).fetchall()
    empty(store, rows)
    leave_slack(store, [int(number) for (number,) in waiting])


def _users(store: Store, rows: Sequence[int]) -> None:
    for row in rows:
        empty_user(store, row)


def _visit_notes(store: Store, rows: Sequence[int]) -> None:
    _statement(f"UPDATE visits SET note = '' WHERE id {THESE}")(store, rows)
    for row in rows:
        Changes(store).scrub("visit", row, ["note"])


def _bin(kind: Any) -> Callable[[Store, Sequence[int]], None]:
    def take(store: Store, rows: Sequence[int]) -> None:
        for row in rows:
            erase_row(store, kind, row, "")

    return take


def _deleted(table: str, fields: Sequence[str]) -> str:
    written = " || ".join(f"replace({field}, '[]', '')" for field in fields)
    return (
        f"SELECT id AS number, substr(deleted_at, 1, 7) AS month FROM {table} "
        f"WHERE deleted_at < :before AND {written} <> ''"
    )


RULES: Final = (
    Rule(
        "texts",
        "texts",
        "SELECT i.id AS number, substr(i.received_at, 1, 7) AS month FROM inquiries AS i "
        f"WHERE i.received_at < :before AND i.id NOT IN ({HELD}) AND ({_WRITTEN})",
        _texts,
    ),
    Rule(
        "slack",
        "slack",
        "SELECT i.id AS number, substr(i.received_at, 1, 7) AS month FROM inquiries AS i "
        "WHERE max(i.received_at, coalesce(i.resolved_at, ''), coalesce(i.first_reply_at, '')) "
        f"< :before AND NOT ({_OPEN}) AND i.id NOT IN ({HELD}) AND NOT EXISTS "
        "(SELECT 1 FROM inquiry_answers AS a WHERE a.inquiry = i.id AND a.at >= :before) "
        f"AND ({PLACE} OR EXISTS "
        f"(SELECT 1 FROM inquiry_answers AS a WHERE a.inquiry = i.id AND {PLACE}) OR "
        f"{_IN_SLACK})",
        leave_slack,
    ),
    Rule(
        "notices",
        "slack",
        # Their keys name the channel, which for a direct message is a person's.
        "SELECT rowid AS number, substr(created_at, 1, 7) AS month "
        "FROM slack_posts WHERE inquiry IS NULL "
        "AND created_at < :before AND way <> 'message' AND state IN ('posted', 'failed')",
        _statement(f"DELETE FROM slack_posts WHERE rowid {THESE}"),
    ),
    Rule(
        "people",
        "texts",
        # Who works at a centre stays until they leave it.
        "SELECT rowid AS number, substr(changed_at, 1, 7) AS month "
        "FROM people AS p WHERE changed_at < :before "
        "AND centre IS NULL AND NOT EXISTS (SELECT 1 FROM inquiries AS i "
        "WHERE i.asker = p.who AND i.received_at >= :before)",
        _statement(f"DELETE FROM people WHERE rowid {THESE}"),
    ),
    Rule(
        "users",
        "users",
        # Somebody must be left to administer the pages.
        "SELECT id AS number, substr(coalesce(last_seen_at, created_at), 1, 7) AS month FROM users "
        "WHERE coalesce(last_seen_at, created_at) < :before AND issuer <> 'forgotten' "
        "AND NOT (role = 'admin' AND centre IS NULL AND disabled_at IS NULL)",
        _users,
    ),
    Rule(
        "sign_ins",
        "now",
        "SELECT rowid AS number, substr(expires_at, 1, 7) AS month "
        "FROM sign_in_links WHERE expires_at < :before",
        _statement(f"DELETE FROM sign_in_links WHERE rowid {THESE}"),
    ),
    Rule(
        "visit_notes",
        "texts",
        "SELECT id AS number, substr(on_date, 1, 7) AS month "
        "FROM visits WHERE on_date < :before AND note <> ''",
        _visit_notes,
    ),
    Rule("deleted_visits", "bin", _deleted("visits", TEXTS["visit"]), _bin("visit")),
    Rule("deleted_ideas", "bin", _deleted("ideas", TEXTS["idea"]), _bin("idea")),
    Rule(
        "approvals",
        "texts",
        "SELECT id AS number, substr(coalesce(withdrawn_at, expires_on), 1, 7) AS month "
        "FROM approvals "
        "WHERE coalesce(withdrawn_at, expires_on) < :before AND question || text <> '' "
        f"AND inquiry NOT IN ({HELD})",
        _statement(f"UPDATE approvals SET question = '', text = '' WHERE id {THESE}"),
    ),
)
"""In the order in which they are applied. Kept by none of them: approved answers that stand, ideas
and annual forms, which are what the centres know and report; and all that is counted."""

BY_NAME: Final[Mapping[str, Rule]] = {rule.name: rule for rule in RULES}
