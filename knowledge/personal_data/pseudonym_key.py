"""Whether a key of the pseudonyms is the one that the register was made with.

With another key nobody is known again: `find` would say that nothing is stored of somebody of whom
much is. So a value is kept by which the key is known: HMAC-SHA256 of a constant under it, which
tells nothing of the key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final, Literal

from knowledge.personal_data.finding import tables_of
from knowledge.personal_data.person import PseudonymOf, teams_of
from knowledge.store import Store

NAME: Final = "pseudonym"
"""In the table `key_checks`."""

GIVEN_UP: Final = "given_up"
"""There too: when a key before this one was lost for good. Its value is the check values of those
that were, should one be found after all."""

UNKNOWN: Final = "unknown"
"""In place of the check value of a key that none was kept of."""

_CONSTANT: Final = b"frisksvar: the key of the pseudonyms"

Verdict = Literal["right", "other", "unsure"]

_WHO: Final = "who GLOB 'u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*'"
_PSEUDONYMS: Final = (
    "SELECT asker AS who, received_at AS at FROM inquiries WHERE asker IS NOT NULL",
    "SELECT who, changed_at AS at FROM people",
    f"SELECT who, at FROM inquiry_feedback WHERE {_WHO}",
    f"SELECT who, at FROM inquiry_links WHERE {_WHO}",
)
_MADE_WITH_IT: Final = (*_PSEUDONYMS, "SELECT hash AS who, at FROM forgotten_people")
"""All that only the key can tell whose it is, and when it was written."""

SEALED: Final = "sealed:"
"""How a token of a workspace begins that is sealed with a key made from this one."""

_SEALED_WITH_IT: Final = {
    # SQLite's own way of writing the time, as slack-sdk leaves it to it.
    table: "SELECT bot_token AS who, replace(installed_at, ' ', 'T') || '+00:00' AS at "
    f"FROM {table} WHERE bot_token GLOB '{SEALED}*'"
    for table in ("slack_bots", "slack_installations")
}
"""By table of slack-sdk's, which are there only where OAuth was used."""


def check_value(key: bytes) -> str:
    return hmac.new(key, _CONSTANT, sha256).hexdigest()


def recorded(store: Store) -> str | None:
    """The check value of the register's key, where one is kept."""
    found = store.database.conn.execute(
        "SELECT value FROM key_checks WHERE name = ?", [NAME]
    ).fetchone()
    return str(found[0]) if found else None


def record(store: Store, key: bytes) -> None:
    """This is the register's key from now on."""
    with store.write() as db:
        db.conn.execute(
            "INSERT INTO key_checks (name, value, at) VALUES (?, ?, ?) ON CONFLICT (name) "
            "DO UPDATE SET value = excluded.value, at = excluded.at",
            [NAME, check_value(key), datetime.now(UTC).isoformat()],
        )


def give_up(store: Store, key: bytes) -> None:
    """This is the register's key from now on, and what was made with another is nobody's.

    A key that was itself given up before is so no longer.
    """
    with store.write() as db:
        before, now = recorded(store), check_value(key)
        given_up_at, lost = _given_up(store)
        at = given_up_at
        if before != now and _made_since(store, given_up_at):
            lost.append(before or UNKNOWN)
            at = datetime.now(UTC).isoformat()
        db.conn.execute("DELETE FROM key_checks WHERE name = ?", [GIVEN_UP])
        if still := [each for each in dict.fromkeys(lost) if each != now]:
            db.conn.execute(
                "INSERT INTO key_checks (name, value, at) VALUES (?, ?, ?)",
                [GIVEN_UP, " ".join(still), at],
            )
        record(store, key)


def was_given_up(store: Store, key: bytes) -> bool:
    """Whether it was the register's key, and somebody gave it up."""
    return check_value(key) in _given_up(store)[1]


def _given_up(store: Store) -> tuple[str, list[str]]:
    """When a key was last given up ("" for never), and the check values of those that were."""
    found = store.database.conn.execute(
        "SELECT at, value FROM key_checks WHERE name = ?", [GIVEN_UP]
    ).fetchone()
    if found is None:
        return "", []
    return str(found[0]), str(found[1]).split() or [UNKNOWN]


def _made_since(store: Store, at: str) -> bool:
    """Whether anything was made with the key that came then."""
    return any(
        store.database.conn.execute(
            f"SELECT 1 FROM ({each}) WHERE at >= ? LIMIT 1", [at]
        ).fetchone()
        for each in _made_with_it(store)
    )


def given_up(store: Store) -> datetime | None:
    """When the last key was given up, as long as there is something that was made with it."""
    at, _ = _given_up(store)
    older = (
        store.database.conn.execute(f"SELECT 1 FROM ({each}) WHERE at < ? LIMIT 1", [at]).fetchone()
        for each in _PSEUDONYMS
    )
    return datetime.fromisoformat(at) if any(older) else None


def needed(store: Store) -> bool:
    """Whether the register holds anything that was made with a key: then none is made anew."""
    connection = store.database.conn
    return any(
        connection.execute(f"SELECT 1 FROM ({each}) LIMIT 1").fetchone()
        for each in _made_with_it(store)
    )


def _made_with_it(store: Store) -> tuple[str, ...]:
    there = tables_of(store)
    sealed = (each for table, each in _SEALED_WITH_IT.items() if table in there)
    return (*_MADE_WITH_IT, *sealed)


def judged(
    store: Store, key: bytes, pseudonym_of: PseudonymOf, made_at: datetime | None
) -> Verdict:
    """Whether the key is the register's. Nothing is changed.

    With a check value that is certain. Without one (the register is older than the check) the key
    is right where nothing was made with any key, where a person whose Slack id is known has a
    pseudonym by it, or where its file is as old as something that was made with a key: a file that
    is newer than all of that came after what it should have made.

    Args:
        made_at: when the key's file was written. None for a key that somebody set: nothing makes
            that by itself, and it is believed.
    """
    kept = recorded(store)
    if kept is not None and hmac.compare_digest(kept, check_value(key)):
        return "right"
    if not needed(store):
        return "right"
    if kept is not None:
        return "other"
    if made_at is None or _knows_somebody(store, pseudonym_of):
        return "right"
    newest = max(
        store.database.conn.execute(f"SELECT coalesce(max(at), '') FROM ({each})").fetchone()[0]
        for each in _made_with_it(store)
    )
    return "right" if made_at <= datetime.fromisoformat(newest) else "unsure"


def _knows_somebody(store: Store, pseudonym_of: PseudonymOf) -> bool:
    connection = store.database.conn
    return any(
        connection.execute(f"SELECT 1 FROM ({each}) WHERE who = ? LIMIT 1", [who]).fetchone()
        for team in teams_of(store)
        for user in _known_users(store)
        for who in [pseudonym_of(team, user)]
        for each in _PSEUDONYMS
    )


def _known_users(store: Store) -> Iterator[str]:
    """Slack ids that stand in clear: of users of the pages, and of whom a message waits for."""
    there = tables_of(store)
    for table, column, condition in (
        ("users", "subject", "issuer LIKE '%slack%'"),
        ("slack_posts", "recipient", "recipient IS NOT NULL"),
        ("slack_installations", "user_id", "user_id <> 'forgotten'"),
    ):
        if table in there:
            rows = store.database.conn.execute(
                f"SELECT DISTINCT {column} FROM {table} WHERE {condition}"
            )
            yield from (str(row[0]) for row in rows.fetchall())
