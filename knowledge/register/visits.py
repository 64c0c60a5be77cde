"""Visits (hospitering): who came to a centre to learn, from where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from knowledge.messages import Failure
from knowledge.register import editing
from knowledge.register.changes import Change, Changes, Kind
from knowledge.register.forgetting_rows import check_form
from knowledge.register.values import municipality_on, read_date
from knowledge.register.visit_values import FORMS, VisitForm, check_together, normal
from knowledge.store import Store

__all__ = ["FIELDS", "FORMS", "NewVisit", "Visit", "VisitForm", "Visits"]

_COLUMNS = ("on_date", "centre", "people", "form", "theme", "note")
FIELDS = (*_COLUMNS, "municipalities", "actors")


class NewVisit(BaseModel):
    """A visit to be registered.

    `municipalities` are numbers (or names) of the day, `actors` how many came of each category
    (None: not known), `came_from` where the registration comes from, e.g. "web:<uuid>".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on_date: date
    centre: str
    people: int = Field(ge=1)
    form: VisitForm = "physical"
    theme: str = ""
    note: str = ""
    municipalities: tuple[str, ...] = ()
    actors: dict[str, int | None] = Field(default_factory=dict)
    came_from: str = Field(min_length=1)


class Visit(NewVisit):
    """A visit as it is kept. `municipalities_today` are the present successors, where known."""

    id: int
    revision: int = 0
    created_at: datetime
    deleted_at: datetime | None = None
    municipalities_today: dict[str, str | None] = Field(default_factory=dict)


class Visits:
    """The visits in one `Store` (an `editing.Subject`). Thread-safe."""

    kind: Kind = "visit"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes = Changes(store)

    def add(self, new: NewVisit, who: str, *, batch: str | None = None) -> tuple[int, bool]:
        """Register a visit, once for each `came_from`; its id, and whether it is new.

        Raises:
            Refused: a value cannot be used.
        """
        values = normal(new.model_dump(include=set(FIELDS)), new.on_date)
        check_together(values)
        now = datetime.now(UTC).isoformat()
        with self._store.write() as db:
            made = db.conn.execute(
                "INSERT INTO visits (came_from, on_date, centre, people, form, theme, note, "
                "created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (came_from) DO NOTHING RETURNING id",
                [new.came_from, *(values[column] for column in _COLUMNS), now],
            ).fetchone()
            if made is None:
                found = db.conn.execute(
                    "SELECT id FROM visits WHERE came_from = ?", [new.came_from]
                ).fetchone()
                return int(found[0]), False
            visit = int(made[0])
            for field in ("municipalities", "actors"):
                self.put(visit, field, editing.plain(values[field]))
            self._changes.record(who, "visit", visit, {"created": (None, True)}, batch=batch)
            self.moved(visit, self._changes.last("visit", visit))
        return visit, True

    def change(
        self,
        visit: int,
        values: Mapping[str, Any],
        *,
        revision: int,
        who: str,
        base: Mapping[str, Any] | None = None,
    ) -> int:
        """Write the fields that were changed (names as in `NewVisit`); the new revision.

        Raises:
            Refused: a value cannot be used.
            Stale: somebody else changed the same field since, or removed words.
            Failure: there is no such visit, or it is deleted.
        """
        if unknown := sorted(set(values) - set(FIELDS)):
            raise TypeError(f"no such field: {', '.join(unknown)}")
        with self._store.write():
            self._standing(visit)
            state = self.state(visit)
            day = values.get("on_date", state["on_date"])
            given = normal(values, day)
            check_form(self._store, self, visit, given, revision)
            wanted = editing.merged(
                self._store,
                self,
                visit,
                given,
                revision=revision,
                base=normal(base, base.get("on_date", state["on_date"])) if base else None,
            )
            # All of it: an unchanged municipality must suit a new day too.
            whole = {field: wanted.get(field, state[field]) for field in FIELDS}
            checked = normal(whole, whole["on_date"])
            check_together(checked)
            return editing.write(self._store, self, visit, checked, who=who)

    def delete(self, visit: int, who: str) -> int:
        """Mark as deleted, in no list or figure; the new revision.

        What was written is kept, and hidden, so that this can be undone: until it is emptied for
        good after a while or at once (`forgetting_rows.KEPT`, `forgetting_rows.erase_row`).
        """
        with self._store.write():
            self._standing(visit)
            now = datetime.now(UTC).isoformat()
            return editing.write(self._store, self, visit, {"deleted_at": now}, who=who)

    def undo(self, visit: int, who: str) -> None:
        """Take back what was last done to it, also that it was deleted (editing.undo)."""
        with self._store.write():
            batch = self._changes.last_batch("visit", visit)
            if batch is None:
                raise Failure("review_undo_nothing")
            editing.undo(self._store, self, batch, who=who)

    def history(self, visit: int) -> list[Change]:
        """Newest first."""
        return self._changes.of("visit", visit)

    def last_batch(self, visit: int) -> str | None:
        """What `undo` would take back."""
        return self._changes.last_batch("visit", visit)

    def get(self, visit: int) -> Visit | None:
        """Also one that is deleted."""
        return next(iter(self._read("id = ?", [visit])), None)

    def state(self, number: int) -> dict[str, Any]:
        visit = self.get(number)
        if visit is None:
            raise Failure("review_visit_missing", visit=number)
        state: dict[str, Any] = visit.model_dump(mode="json", include=set(_COLUMNS))
        state["municipalities"] = list(visit.municipalities)
        state["actors"] = dict(sorted(visit.actors.items()))
        state["deleted_at"] = visit.deleted_at.isoformat() if visit.deleted_at else None
        # That it was registered is taken back by a tombstone.
        state["created"] = None if visit.deleted_at else True
        return state

    def put(self, number: int, field: str, value: Any) -> None:
        with self._store.write() as db:
            if field == "municipalities":
                found = db.conn.execute("SELECT on_date FROM visits WHERE id = ?", [number])
                day = read_date(found.fetchone()[0], "on_date")
                db.conn.execute("DELETE FROM visit_municipalities WHERE visit = ?", [number])
                places = [municipality_on(code, day, field) for code in value]
                db.conn.executemany(
                    "INSERT INTO visit_municipalities VALUES (?, ?, ?)",
                    [(number, place.number, place.today) for place in places],
                )
            elif field == "actors":
                db.conn.execute("DELETE FROM visit_actors WHERE visit = ?", [number])
                db.conn.executemany(
                    "INSERT INTO visit_actors VALUES (?, ?, ?)",
                    [(number, actor, people) for actor, people in value.items()],
                )
            elif field in ("created", "deleted_at"):
                removed = value if field == "deleted_at" else _removed(value)
                db.conn.execute("UPDATE visits SET deleted_at = ? WHERE id = ?", [removed, number])
            else:
                assert field in _COLUMNS
                db.conn.execute(
                    f"UPDATE visits SET {field} = ? WHERE id = ?",  # noqa: S608 (our columns)
                    [value, number],
                )

    def moved(self, number: int, revision: int) -> None:
        with self._store.write() as db:
            db.conn.execute("UPDATE visits SET revision = ? WHERE id = ?", [revision, number])

    def _standing(self, visit: int) -> None:
        found = self.get(visit)
        if found is None or found.deleted_at is not None:
            raise Failure("review_visit_missing", visit=visit)

    def _read(self, where: str, parameters: list[Any]) -> list[Visit]:
        connection = self._store.database.conn
        cursor = connection.execute(
            f"SELECT * FROM visits WHERE {where} ORDER BY on_date DESC, id DESC",  # noqa: S608
            parameters,
        )
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
        places: dict[int, dict[str, str | None]] = {}
        actors: dict[int, dict[str, int | None]] = {}
        chosen = f"visit IN (SELECT id FROM visits WHERE {where})"  # noqa: S608
        for visit, number, today in connection.execute(
            f"SELECT * FROM visit_municipalities WHERE {chosen} ORDER BY municipality",  # noqa: S608
            parameters,
        ):
            places.setdefault(visit, {})[number] = today
        for visit, actor, people in connection.execute(
            f"SELECT * FROM visit_actors WHERE {chosen} ORDER BY actor",  # noqa: S608
            parameters,
        ):
            actors.setdefault(visit, {})[actor] = people
        return [
            Visit.model_validate(
                {
                    **row,
                    "municipalities": tuple(places.get(row["id"], ())),
                    "municipalities_today": places.get(row["id"], {}),
                    "actors": actors.get(row["id"], {}),
                }
            )
            for row in rows
        ]

    def list(
        self, centre: str | None = None, year: int | None = None, *, deleted: bool = False
    ) -> list[Visit]:
        """The visits of a centre or of all, in a year or ever, newest first."""
        where, parameters = [f"deleted_at IS {'NOT ' if deleted else ''}NULL"], []
        if centre is not None:
            where.append("centre = ?")
            parameters.append(centre)
        if year is not None:
            where.append("on_date BETWEEN ? AND ?")
            parameters += [f"{year:04}-01-01", f"{year:04}-12-31"]
        return self._read(" AND ".join(where), parameters)


def _removed(created: bool | None) -> str | None:
    return None if created else datetime.now(UTC).isoformat()
