"""Who asks: municipality, role and language behind a pseudonym, never a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from knowledge.messages import Language
from knowledge.store import Store

FIELDS = ("municipality", "actor", "language", "language_chosen", "centre", "asked_at")


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody told of themselves. `who` is a keyed hash (bot/slack/pseudonyms.py).

    Attributes:
        municipality: number of a municipality of today.
        actor: an actor's id (knowledge/reference/actors.toml).
        language: of their last question, or the one they chose (`language_chosen`).
        centre: id of the development centre they work at.
        asked_at: when they were asked for their municipality; they are asked once.
    """

    who: str
    municipality: str | None = None
    actor: str | None = None
    language: Language | None = None
    language_chosen: bool = False
    centre: str | None = None
    asked_at: datetime | None = None


class People:
    """The people in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, who: str) -> Person:
        """What is known; a person of whom nothing is known for a pseudonym not seen before."""
        found = self._store.database.conn.execute(
            f"SELECT {', '.join(FIELDS)} FROM people WHERE who = ?",  # noqa: S608 (our columns)
            [who],
        ).fetchone()
        if found is None:
            return Person(who)
        row = dict(zip(FIELDS, found, strict=True))
        row["language_chosen"] = bool(row["language_chosen"])
        row["asked_at"] = datetime.fromisoformat(row["asked_at"]) if row["asked_at"] else None
        return Person(who, **row)

    def change(self, who: str, **fields: Any) -> Person:
        """Write the fields given (names as in `Person`); the others stay."""
        unknown = fields.keys() - set(FIELDS)
        if unknown:
            raise TypeError(f"no such field: {', '.join(sorted(unknown))}")
        if isinstance(fields.get("asked_at"), datetime):
            fields["asked_at"] = fields["asked_at"].astimezone(UTC).isoformat()
        row = {"who": who, **fields, "changed_at": datetime.now(UTC).isoformat()}
        with self._store.write() as db:
            db.table("people").upsert(row, pk="who")
        return self.get(who)

    def forget(self, who: str) -> None:
        """Remove what is remembered of a person, also where they voted or opened something.

        The votes stay, as nobody's.
        """
        with self._store.write() as db:
            for statement in (
                "DELETE FROM people WHERE who = ?",
                "UPDATE inquiry_feedback SET who = 'gone-' || rowid, comment = NULL WHERE who = ?",
                "UPDATE inquiry_links SET who = 'gone-' || id WHERE who = ?",
            ):
                db.conn.execute(statement, [who])
