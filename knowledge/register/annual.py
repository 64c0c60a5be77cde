"""The annual form (årsskjema): each centre's answers about its nine tasks, year by year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from knowledge.messages import Failure, Message
from knowledge.reference.annual_form import AnnualField, annual_fields
from knowledge.register import editing
from knowledge.register.changes import Change, Changes, Kind
from knowledge.register.editing import Refused, Stale
from knowledge.register.forgetting_rows import check_form
from knowledge.register.prefill import Prefill, prefill
from knowledge.register.values import cleaned, known_centre
from knowledge.store import Store

__all__ = ["AnnualForm", "AnnualForms", "Prefill"]

AnnualStatus = Literal["draft", "submitted", "reopened"]

FIRST_YEAR = 2014
"""The scheme with development centres began."""
LARGEST_NUMBER = 10**9

CLEARED = ""
"""The answer of a field that the register would fill in and that somebody left empty on purpose:
it is not answered, and the register's value does not come back by itself."""

_COLUMNS = ("status", "submitted_at", "submitted_by")


@dataclass(frozen=True, slots=True)
class AnnualForm:
    """A centre's form of one year; `id` is None until it is saved first.

    Attributes:
        answers: field -> a whole number, text, True or False, a list of options (an empty one:
            asked, and none of them), or `CLEARED`; a field that is not answered is left out.
    """

    id: int | None
    centre: str
    year: int
    status: AnnualStatus = "draft"
    answers: Mapping[str, Any] = field(default_factory=dict)
    revision: int = 0
    submitted_at: datetime | None = None
    submitted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What last became of a form: saved, submitted or opened again. `reason`: why, for the last."""

    at: datetime
    who: str
    reason: str = ""


class AnnualForms:
    """The forms in one `Store` (an `editing.Subject`). Thread-safe."""

    kind: Kind = "annual_form"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._changes = Changes(store)

    def get(self, centre: str, year: int) -> AnnualForm:
        """The form as it was saved last, or an empty draft.

        Raises:
            Refused: there is no such centre, or no such year of the scheme.
        """
        known_centre(centre)
        if not FIRST_YEAR <= year <= date.max.year - 1:
            fields = {"year": year, "first": FIRST_YEAR}
            raise Refused("year", Message("review_annual_year", fields))
        found = self._read("centre = ? AND year = ?", [centre, year])
        return found or AnnualForm(None, centre, year)

    def all(self, year: int) -> list[AnnualForm]:
        """Those of a year that were saved, by centre."""
        rows = self._store.database.conn.execute(
            "SELECT centre FROM annual_forms WHERE year = ? ORDER BY centre", [year]
        ).fetchall()
        return [self.get(str(row[0]), year) for row in rows]

    def save(
        self,
        centre: str,
        year: int,
        answers: Mapping[str, Any],
        *,
        revision: int,
        who: str,
        base: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep the answers given, and leave the others as they are; the new revision.

        None removes an answer. No option is the answer that it is none of them. "" is `CLEARED`
        where the register would fill the field in, and removes the answer elsewhere.

        Raises:
            Refused: an answer cannot be used.
            Stale: somebody else changed the same answer since, or removed words.
            Failure: the form is submitted.
        """
        kept = {name: _answer(name, value) for name, value in answers.items()}
        with self._store.write() as db:
            form = self.get(centre, year)
            if form.status == "submitted":
                raise Failure("review_annual_closed", year=year)
            number = form.id
            if number is None:
                made = db.conn.execute(
                    "INSERT INTO annual_forms (centre, year, status) VALUES (?, ?, 'draft') "
                    "RETURNING id",
                    [centre, year],
                ).fetchone()
                number = int(made[0])
            check_form(self._store, self, number, kept, revision)
            wanted = editing.merged(self._store, self, number, kept, revision=revision, base=base)
            return editing.write(self._store, self, number, wanted, who=who)

    def submit(self, centre: str, year: int, *, revision: int, who: str) -> int:
        """Send the form in as it stands; the new revision.

        Raises:
            Refused: a required field is not answered.
            Stale: somebody changed the form after that revision.
            Failure: it is submitted already.
        """
        with self._store.write():
            form = self.get(centre, year)
            if form.status == "submitted":
                raise Failure("review_annual_closed", year=year)
            for each in annual_fields():
                if each.required and form.answers.get(each.id, CLEARED) == CLEARED:
                    raise Refused(each.id, Message("review_annual_required"))
            assert form.id is not None
            if since := self._changes.since("annual_form", form.id, revision):
                raise Stale(since, form.revision)
            wanted = {
                "status": "submitted",
                "submitted_at": datetime.now(UTC).isoformat(),
                "submitted_by": who,
            }
            return editing.write(self._store, self, form.id, wanted, who=who)

    def reopen(self, centre: str, year: int, *, reason: str, who: str) -> int:
        """Open a submitted form again; the new revision. The reason is kept in the trail.

        Raises:
            Refused: no reason is given.
            Failure: it is not submitted.
        """
        why = cleaned(reason)
        if not why:
            raise Refused("reason", Message("review_annual_reason"))
        with self._store.write():
            form = self.get(centre, year)
            if form.id is None or form.status != "submitted":
                raise Failure("review_annual_not_submitted", year=year)
            wanted = {"status": "reopened", "reason": why}
            return editing.write(self._store, self, form.id, wanted, who=who)

    def prefilled(self, centre: str, year: int) -> dict[str, Prefill]:
        """Field -> what the register gives (knowledge/register/prefill.py)."""
        self.get(centre, year)
        return prefill(self._store, centre, year)

    def standing(self, form: AnnualForm) -> Standing | None:
        """When a form became what it is (a draft: when it was saved last), who did it, and why.

        None of a form that is not begun.
        """
        if form.id is None:
            return None
        changes = self._changes.of("annual_form", form.id)
        if form.status != "draft":
            changes = [each for each in changes if each.field == "status"]
        if not changes:
            return None
        last = changes[0]
        why = [each.after for each in self._changes.in_batch(last.batch) if each.field == "reason"]
        return Standing(last.at, last.who, str(why[0] or "") if why else "")

    def history(self, centre: str, year: int) -> list[Change]:
        """Newest first."""
        form = self.get(centre, year)
        return [] if form.id is None else self._changes.of("annual_form", form.id)

    def state(self, number: int) -> dict[str, Any]:
        form = self._read("id = ?", [number])
        assert form is not None
        return {
            **{each.id: form.answers.get(each.id) for each in annual_fields()},
            "status": form.status,
            "submitted_at": form.submitted_at.isoformat() if form.submitted_at else None,
            "submitted_by": form.submitted_by,
            "reason": None,
        }

    def put(self, number: int, field: str, value: Any) -> None:
        if field == "reason":
            return
        with self._store.write() as db:
            if field in _COLUMNS:
                db.conn.execute(
                    f"UPDATE annual_forms SET {field} = ? WHERE id = ?",  # noqa: S608
                    [value, number],
                )
                return
            (told,) = db.conn.execute(
                "SELECT answers FROM annual_forms WHERE id = ?", [number]
            ).fetchone()
            answers = {**json.loads(told), field: value}
            kept = {name: answer for name, answer in answers.items() if answer is not None}
            db.conn.execute(
                "UPDATE annual_forms SET answers = ? WHERE id = ?",
                [json.dumps(kept, ensure_ascii=False, sort_keys=True), number],
            )

    def moved(self, number: int, revision: int) -> None:
        with self._store.write() as db:
            db.conn.execute("UPDATE annual_forms SET revision = ? WHERE id = ?", [revision, number])

    def _read(self, where: str, parameters: list[Any]) -> AnnualForm | None:
        found = self._store.database.conn.execute(
            "SELECT id, centre, year, status, answers, revision, submitted_at, "  # noqa: S608
            f"submitted_by FROM annual_forms WHERE {where}",
            parameters,
        ).fetchone()
        if found is None:
            return None
        number, centre, year, status, answers, revision, at, by = found
        submitted_at = datetime.fromisoformat(at) if at else None
        return AnnualForm(
            number, centre, year, status, json.loads(answers), revision, submitted_at, by
        )


def _answer(name: str, value: Any) -> Any:
    """As it is kept; None where it is no answer."""
    asked = next((each for each in annual_fields() if each.id == name), None)
    if asked is None:
        raise Refused(name, Message("review_annual_field", {"field": name}))
    if value is None:
        return None
    if value == CLEARED:
        return CLEARED if asked.prefill else None
    match asked.kind:
        case "number":
            return _number(name, value)
        case "text":
            return cleaned(str(value)) or None
        case "yes_no" if isinstance(value, bool):
            return value
        case "choices" if not isinstance(value, str):
            return _options(asked, list(value))
    raise Refused(name, Message("review_annual_value", {"value": value}))


def _number(name: str, value: Any) -> int:
    digits = "".join(str(value).split())
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else -1
    if isinstance(value, bool) or not 0 <= number <= LARGEST_NUMBER:
        raise Refused(name, Message("review_annual_number", {"value": value}))
    return number


def _options(asked: AnnualField, chosen: list[Any]) -> list[str]:
    """In the order of the form, each once."""
    known = [option.id for option in asked.options]
    if unknown := [option for option in chosen if option not in known]:
        raise Refused(asked.id, Message("review_annual_value", {"value": unknown[0]}))
    return [option for option in known if option in chosen]
