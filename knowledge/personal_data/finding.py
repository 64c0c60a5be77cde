"""In which rows of which tables something is held on a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from knowledge.personal_data.person import Person
from knowledge.personal_data.texts import TEXT_COLUMNS, rewritten
from knowledge.store import Store

OWN: Final = """
    SELECT id FROM inquiries WHERE asker IN (SELECT value FROM json_each(:pseudonyms))
    OR EXISTS (SELECT 1 FROM json_each(:pseudonyms) WHERE instr(came_from, value) > 0)
"""
"""The inquiries that a person asked; an origin may name the asker after the link is gone."""

_WHO = "IN (SELECT value FROM json_each(:whos))"
_USER = "IN (SELECT value FROM json_each(:users))"

_SEARCHES: Final = (
    ("people", "who", f"who {_WHO}"),
    ("inquiries", "id", f"id IN ({OWN})"),
    ("inquiry_topics", "inquiry", f"inquiry IN ({OWN}) OR reason {_WHO}"),
    ("inquiry_feedback", "inquiry", f"who {_WHO}"),
    ("inquiry_links", "id", f"who {_WHO}"),
    ("handovers", "id", f"inquiry IN ({OWN})"),
    ("inquiry_answers", "id", f"inquiry IN ({OWN})"),
    ("approvals", "id", f"inquiry IN ({OWN}) OR approved_by {_WHO}"),
    ("slack_threads", "inquiry", f"inquiry IN ({OWN})"),
    ("slack_posts", "key", f"inquiry IN ({OWN}) OR recipient = :slack"),
    ("changes", "id", f"(kind = 'inquiry' AND subject IN ({OWN})) OR who {_WHO}"),
    ("holds", "id", f"inquiry IN ({OWN}) OR who {_WHO} OR released_by {_WHO}"),
    ("users", "id", f"id {_USER}"),
    ("saved_views", "id", f"user {_USER}"),
    ("sign_in_links", "rowid", f"user {_USER}"),
    ("annual_forms", "id", f"submitted_by {_WHO}"),
    ("closed_years", "id", f"closed_by {_WHO}"),
    ("privacy_log", "id", f"who {_WHO} OR subject {_WHO}"),
    ("slack_installations", "id", "user_id = :slack"),
)
"""Table, what names a row of it, and which rows are about the person."""


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of one table that are about a person.

    Attributes:
        rows: what names each: its id, the inquiry's number, or the key of a message.
        texts: what is written in them, where that was asked for.
    """

    table: str
    rows: tuple[str, ...]
    texts: tuple[str, ...] = ()


def find(store: Store, person: Person, *, texts: bool = False) -> list[Held]:
    """What is held on a person, table by table; those with nothing are left out."""
    return list(_found(store, person, texts))


def own_inquiries(store: Store, person: Person) -> list[int]:
    """The numbers of the inquiries that a person asked, oldest first."""
    found = store.database.conn.execute(f"{OWN} ORDER BY id", parameters(person))
    return [int(row[0]) for row in found.fetchall()]


def parameters(person: Person) -> dict[str, Any]:
    """For `OWN`, and for conditions on who did something."""
    return {
        "pseudonyms": json.dumps(person.pseudonyms),
        "whos": json.dumps(person.whos),
        "users": json.dumps(person.users),
        "slack": person.slack or "",
    }


def tables_of(store: Store) -> set[str]:
    """The tables there are: Slack's library makes some of its own, where it is used."""
    rows = store.database.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {str(row[0]) for row in rows}


def _found(store: Store, person: Person, texts: bool) -> Iterator[Held]:
    connection, given = store.database.conn, parameters(person)
    there = tables_of(store)
    for table, name, condition in _SEARCHES:
        if table not in there:
            continue
        rows = connection.execute(
            f"SELECT rowid, {name} FROM {table} WHERE {condition} ORDER BY rowid",
            given,
        ).fetchall()
        if rows:
            written = tuple(_written(store, table, [row[0] for row in rows])) if texts else ()
            yield Held(table, tuple(str(row[1]) for row in rows), written)


def _written(store: Store, table: str, rows: list[int]) -> Iterator[str]:
    for place in TEXT_COLUMNS:
        if place.table != table:
            continue
        found = store.database.conn.execute(
            f"SELECT {place.column} FROM {table} "
            "WHERE rowid IN (SELECT value FROM json_each(?)) ORDER BY rowid",
            [json.dumps(rows)],
        )
        for (value,) in found:
            told: list[str] = []
            rewritten(place.form, value or "", lambda text, told=told: _kept(told, text))  # type: ignore[misc]
            yield from (text for text in told if text)


def _kept(told: list[str], text: str) -> str:
    told.append(text)
    return text
