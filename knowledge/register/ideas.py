"""Ideas that healthy life centres share, as in the closed Idébanken."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from knowledge.calendar import OSLO
from knowledge.messages import Failure, Message
from knowledge.register import editing
from knowledge.register.changes import Change, Changes, Kind
from knowledge.register.editing import Refused
from knowledge.register.forgetting_rows import check_form
from knowledge.register.values import cleaned, known_centre, municipality_on
from knowledge.store import Store

IdeaStatus = Literal["new", "reviewed", "published", "declined"]
MOST_LINKS = 10
"""Enough for what belongs to one idea, and not for a list of addresses."""

FIELDS = ("title", "text", "municipality", "target_group", "links", "consent", "centre")


class NewIdea(BaseModel):
    """An idea somebody shares. `municipality` is a number or name of today, `links` https."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    came_from: str = Field(min_length=1)
    title: str
    text: str
    municipality: str | None = None
    target_group: str = ""
    links: tuple[str, ...] = ()
    consent: bool = Field(default=False, description="Who shared it agrees to publication")
    centre: str | None = None


class Idea(NewIdea):
    """An idea as it is kept."""

    id: int
    created_at: datetime
    status: IdeaStatus
    revision: int = 0
    deleted_at: datetime | None = None


class Ideas:
    """The ideas in one `Store` (an `editing.Subject`). Thread-safe."""

    kind: Kind = "idea"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes = Changes(store)

    def add(self, new: NewIdea, who: str, *, batch: str | None = None) -> tuple[int, bool]:
        """Keep an idea, once for each `came_from`; its id, and whether it is new.

        Raises:
            Refused: a value cannot be used.
        """
        values = _kept(_normal(new.model_dump(include=set(FIELDS))))
        with self._store.write() as db:
            made = db.conn.execute(
                f"INSERT INTO ideas (came_from, created_at, status, {', '.join(FIELDS)}) "  # noqa: S608
                f"VALUES (?, ?, 'new'{', ?' * len(FIELDS)}) "
                "ON CONFLICT (came_from) DO NOTHING RETURNING id",
                [
                    new.came_from,
                    datetime.now(UTC).isoformat(),
                    *(_stored(field, values[field]) for field in FIELDS),
                ],
            ).fetchone()
            if made is None:
                found = db.conn.execute(
                    "SELECT id FROM ideas WHERE came_from = ?", [new.came_from]
                ).fetchone()
                return int(found[0]), False
            idea = int(made[0])
            self._changes.record(who, "idea", idea, {"created": (None, True)}, batch=batch)
            self.moved(idea, self._changes.last("idea", idea))
        return idea, True

    def change(
        self,
        idea: int,
        values: Mapping[str, Any],
        *,
        revision: int,
        who: str,
        base: Mapping[str, Any] | None = None,
    ) -> int:
        """Write the fields that were changed (names as in `NewIdea`); the new revision.

        Where consent is taken back, a published idea is no longer published.

        Raises:
            Refused: a value cannot be used.
            Stale: somebody else changed the same field since, or removed words.
            Failure: there is no such idea, or it is deleted.
        """
        if unknown := sorted(set(values) - set(FIELDS)):
            raise TypeError(f"no such field: {', '.join(unknown)}")
        with self._store.write():
            state = self._standing(idea)
            given = _normal(values)
            check_form(self._store, self, idea, given, revision)
            wanted = editing.merged(
                self._store,
                self,
                idea,
                given,
                revision=revision,
                base=_normal(base) if base else None,
            )
            _kept({**state, **wanted})
            if wanted.get("consent") is False and state["status"] == "published":
                wanted["status"] = "reviewed"
            return editing.write(self._store, self, idea, wanted, who=who)

    def publish(self, idea: int, who: str) -> int:
        """Publish; the new revision.

        Raises:
            Failure: whoever shared it has not agreed, or there is no such idea.
        """
        with self._store.write():
            if not self._standing(idea)["consent"]:
                raise Failure("review_idea_consent", idea=idea)
            return editing.write(self._store, self, idea, {"status": "published"}, who=who)

    def review(self, idea: int, who: str) -> int:
        """Mark as reviewed, and no longer published or declined; the new revision."""
        return self._mark(idea, "reviewed", who)

    def decline(self, idea: int, who: str) -> int:
        """Mark as not to be published; the new revision."""
        return self._mark(idea, "declined", who)

    def _mark(self, idea: int, status: IdeaStatus, who: str) -> int:
        with self._store.write():
            self._standing(idea)
            return editing.write(self._store, self, idea, {"status": status}, who=who)

    def delete(self, idea: int, who: str) -> int:
        """Mark as deleted, in no list or figure; the new revision.

        What was written is kept, and hidden, so that this can be undone: until it is emptied for
        good after a while or at once (`forgetting_rows.KEPT`, `forgetting_rows.erase_row`).
        """
        with self._store.write():
            self._standing(idea)
            now = datetime.now(UTC).isoformat()
            return editing.write(self._store, self, idea, {"deleted_at": now}, who=who)

    def undo(self, idea: int, who: str) -> None:
        """Take back what was last done to it, also that it was deleted (editing.undo)."""
        with self._store.write():
            batch = self._changes.last_batch("idea", idea)
            if batch is None:
                raise Failure("review_undo_nothing")
            editing.undo(self._store, self, batch, who=who)
            state = self.state(idea)
            if state["status"] == "published" and not state["consent"]:
                raise Failure("review_idea_consent", idea=idea)

    def history(self, idea: int) -> list[Change]:
        """Newest first."""
        return self._changes.of("idea", idea)

    def last_batch(self, idea: int) -> str | None:
        """What `undo` would take back."""
        return self._changes.last_batch("idea", idea)

    def get(self, idea: int) -> Idea | None:
        """Also one that is deleted."""
        return next(iter(self._read("id = ?", [idea])), None)

    def state(self, number: int) -> dict[str, Any]:
        idea = self.get(number)
        if idea is None:
            raise Failure("review_idea_missing", idea=number)
        state: dict[str, Any] = idea.model_dump(mode="json", include={*FIELDS, "status"})
        state["deleted_at"] = idea.deleted_at.isoformat() if idea.deleted_at else None
        # That it was registered is taken back by a tombstone.
        state["created"] = None if idea.deleted_at else True
        return state

    def put(self, number: int, field: str, value: Any) -> None:
        assert field in {*FIELDS, "status", "created", "deleted_at"}
        column, kept = field, _stored(field, value)
        if field == "created":
            column, kept = "deleted_at", None if value else datetime.now(UTC).isoformat()
        with self._store.write() as db:
            db.conn.execute(
                f"UPDATE ideas SET {column} = ? WHERE id = ?",  # noqa: S608 (our columns)
                [kept, number],
            )

    def moved(self, number: int, revision: int) -> None:
        with self._store.write() as db:
            db.conn.execute("UPDATE ideas SET revision = ? WHERE id = ?", [revision, number])

    def _standing(self, idea: int) -> dict[str, Any]:
        state = self.state(idea)
        if state["deleted_at"]:
            raise Failure("review_idea_missing", idea=idea)
        return state

    def _read(self, where: str, parameters: list[Any]) -> list[Idea]:
        cursor = self._store.database.conn.execute(
            f"SELECT * FROM ideas WHERE {where} ORDER BY id DESC",  # noqa: S608 (our conditions)
            parameters,
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        return [Idea.model_validate({**row, "links": json.loads(row["links"])}) for row in rows]

    def list(
        self,
        status: IdeaStatus | None = None,
        centre: str | None = None,
        year: int | None = None,
        *,
        deleted: bool = False,
    ) -> list[Idea]:
        """The ideas of a status, centre or year (in Norway), or all of them, newest first."""
        where, parameters = [f"deleted_at IS {'NOT ' if deleted else ''}NULL"], []
        for column, value in (("status", status), ("centre", centre)):
            if value is not None:
                where.append(f"{column} = ?")
                parameters.append(value)
        found = self._read(" AND ".join(where), parameters)
        return [
            idea for idea in found if year is None or idea.created_at.astimezone(OSLO).year == year
        ]


def _normal(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values given, as they are kept."""
    kept: dict[str, Any] = {}
    for field, value in values.items():
        if field == "links":
            kept[field] = [link for one in value if (link := cleaned(one))]
        elif field == "consent":
            kept[field] = bool(value)
        elif field == "municipality" and value:
            today = datetime.now(OSLO).date()
            kept[field] = municipality_on(value, today).number
        elif field in ("municipality", "centre"):
            kept[field] = value or None
        else:
            kept[field] = cleaned(value)
    return kept


def _kept(values: dict[str, Any]) -> dict[str, Any]:
    """The same, if they may be kept."""
    for field in ("title", "text"):
        if not values[field]:
            raise Refused(field, Message("review_idea_empty"))
    if values["centre"] is not None:
        known_centre(values["centre"])
    for link in values["links"]:
        if not _is_https(link):
            raise Refused("links", Message("review_idea_link", {"link": link}))
    if len(values["links"]) > MOST_LINKS:
        raise Refused("links", Message("review_idea_links", {"most": MOST_LINKS}))
    return values


def _is_https(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not set(link) & set(' \n\t"<>')


def _stored(field: str, value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if field == "links" else value
