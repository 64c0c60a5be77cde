"""Retention: what is due by the rules, month by month, and taking it away in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from knowledge.personal_data.holds import HELD
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.personal_data.restored import forget_those_known
from knowledge.personal_data.rules import RULES, Limits
from knowledge.register.redaction import clear_search
from knowledge.store import Store
from knowledge.store.erasures import Erasure

BATCH: Final = 500
"""Rows in one transaction: tenths of a second, far below what a question waits for the lock."""

MOST_LISTED: Final = 50_000
"""Rows that are looked up at once: to find them all takes a look at every old row."""

TOUCHES_SEARCH: Final = "texts"


class RetentionSettings(Protocol):
    """Of `knowledge.settings.Settings`."""

    @property
    def retention_months(self) -> int: ...
    @property
    def retention_slack_days(self) -> int: ...
    @property
    def retention_user_months(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept; 0 is for ever. Ours: a question helps for a year or two, and the
    report of a year is closed in the next one.

    Attributes:
        months: texts of inquiries, and what is remembered of askers.
        slack_days: where in Slack something was asked, after it was done with.
        user_months: users of the review pages, since they were last seen.
    """

    months: int = 24
    slack_days: int = 365
    user_months: int = 24

    @classmethod
    def of(cls, settings: RetentionSettings) -> Retention:
        return cls(
            settings.retention_months,
            settings.retention_slack_days,
            settings.retention_user_months,
        )

    def limits(self, now: datetime | None = None) -> Limits:
        return Limits.at(now or datetime.now(UTC), self.months, self.slack_days, self.user_months)


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule takes of one month (YYYY-MM): how many rows."""

    rule: str
    month: str
    rows: int


def due(store: Store, retention: Retention, now: datetime | None = None) -> list[Due]:
    """What would go now, by rule and month; nothing is changed."""
    limits = retention.limits(now)
    found: list[Due] = []
    for rule in RULES:
        months = Counter(month for _, month in rule.rows(store, limits))
        found += [Due(rule.name, month, months[month]) for month in sorted(months)]
    return found


def kept_back(store: Store, retention: Retention, now: datetime | None = None) -> int:
    """How many inquiries are old enough to be emptied, but on hold."""
    before = retention.limits(now).texts
    found = store.database.conn.execute(
        f"SELECT count(*) FROM inquiries WHERE received_at < ? AND id IN ({HELD})",
        [before or ""],
    ).fetchone()
    return int(found[0])


def apply_retention(
    store: Store,
    retention: Retention,
    *,
    who: str,
    key: bytes | None = None,
    now: datetime | None = None,
    batch: int = BATCH,
) -> Mapping[str, int]:
    """Take away what is due; how many rows by each rule that had any.

    Each batch is a transaction of its own with its line in the log: what an interruption leaves is
    taken by the next run, and nothing is taken twice.

    Args:
        key: of the pseudonyms; what is left of people who were forgotten while their inquiry was on
            hold goes too, once it is released.
    """
    limits = retention.limits(now)
    taken: Counter[str] = Counter()
    for rule in RULES:
        while rows := rule.rows(store, limits, MOST_LISTED):
            months, before = dict(rows), taken[rule.name]
            numbers = list(months)
            for first in range(0, len(numbers), batch):
                with store.write():
                    # Again, under the lock: a hold may have come meanwhile.
                    due_now = rule.still(store, limits, numbers[first : first + batch])
                    if not due_now:
                        continue
                    rule.take(store, due_now)
                    if not taken.total():
                        store.note(Erasure(limits.now, "retention", limits=limits.given))
                    of = [months[number] for number in due_now]
                    detail = {
                        "rule": rule.name,
                        "rows": len(due_now),
                        "first": min(of),
                        "last": max(of),
                    }
                    PrivacyLog(store).record("retention", who=who, detail=detail)
                taken[rule.name] += len(due_now)
            if taken[rule.name] == before:
                break
    if key is not None and (again := forget_those_known(store, key)):
        PrivacyLog(store).record("retention", who=who, detail={"rule": "forgotten", "rows": again})
        taken["forgotten"] = again
    if taken[TOUCHES_SEARCH] or taken["forgotten"]:
        clear_search(store)
    if taken and not store.database.conn.in_transaction:
        store.settle()
    return {name: rows for name, rows in taken.items() if rows}
