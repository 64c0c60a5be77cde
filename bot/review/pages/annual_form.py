"""The annual form as a sheet to fill in: what was answered, what the register says, what lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final

from babel.numbers import format_decimal
from starlette.requests import Request

from bot.review.naming import Option
from bot.review.rendering import LOCALES
from bot.review.web import Form, language_of, site
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.reference.annual_form import AnnualField, annual_fields
from knowledge.register.annual import CLEARED, Prefill

MOST_ROWS: Final = 100
"""Links to rows behind a figure; the number of the rest is told."""

LONGEST_NUMBER: Final = 9

NONE: Final = "-"
"""The box «none of these»: an option's id never begins with a dash."""

PAGES: Final[Mapping[str, str]] = {"inquiry": "inquiry", "visit": "visits", "idea": "ideas"}
ROW_NAMES: Final[Mapping[str, str]] = {
    "inquiry": "review_work_row_inquiry",
    "visit": "review_work_row_visit",
    "idea": "review_work_row_idea",
}


@dataclass(frozen=True)
class Asked:
    """One field of the form as it is shown.

    Attributes:
        value: as written in the field; for choices, those chosen, or `NONE`.
        shown: what the page showed first, of a field that the register fills in: what differs from
            it, an emptied field too, is somebody's answer.
        register: what the register gives, in words; None where it gives nothing.
        follows: whether the value shown is the register's.
        rows: (address, name) of what is counted; `more` of them are not listed.
    """

    id: str
    kind: str
    label: str
    hint: str
    unit: str
    required: bool
    options: list[Option]
    value: str | list[str]
    said: str
    shown: str | None = None
    error: str = ""
    register: str | None = None
    follows: bool = False
    counted: str = ""
    rows: list[Option] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class Part:
    """One task of the form, or the section on the grant, which has no number."""

    number: int | None
    name: str
    fields: list[Asked]

    @property
    def title(self) -> str:
        return self.name if self.number is None else f"{self.number}. {self.name}"


@dataclass(frozen=True)
class Sheet:
    """The form of a centre and a year.

    Attributes:
        parts: the tasks, and the grant.
        answers: what can be saved: field -> answer.
        wrong: fields whose value cannot be used: nothing is saved.
        missing: fields that must be filled in before the form is sent in.
    """

    parts: list[Part]
    revision: int
    answers: Mapping[str, Any] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def at(self, revision: int) -> Sheet:
        return replace(self, revision=revision)

    def refused(self, wrong: str, sentence: str) -> Sheet:
        """With a sentence at a field, or, where the form has no such field, at the first."""

        def told(each: Asked) -> Asked:
            return replace(each, error=sentence) if each.id == wrong else each

        parts = [replace(part, fields=list(map(told, part.fields))) for part in self.parts]
        return replace(self, parts=parts, wrong=(wrong,))

    @property
    def errors(self) -> list[Asked]:
        """For the list on top of the page, with links to the fields."""
        return [each for part in self.parts for each in part.fields if each.error]


def empty_sheet(request: Request, centre: str, year: int) -> Sheet:
    """The form as it stands: answers given, and the register's figures where none was."""
    form = site(request).annual.get(centre, year)
    prefilled = site(request).annual.prefilled(centre, year)
    # What was sent in stands by itself, whatever is registered afterwards.
    filling = {} if form.status == "submitted" else prefilled
    asked = []
    for each in annual_fields():
        value = _written(each, _held(each, form.answers, filling))
        asked.append(_asked(request, each, value, prefilled, shown=_flat(value)))
    return Sheet(_by_part(request, asked), form.revision)


def _held(each: AnnualField, answers: Mapping[str, Any], prefilled: Mapping[str, Prefill]) -> Any:
    """The answer given, an emptied field too, or what the register says."""
    if each.id in answers:
        return answers[each.id]
    return prefilled[each.id].value if each.id in prefilled else None


def filled_sheet(request: Request, centre: str, year: int, form: Form, *, complete: bool) -> Sheet:
    """The form as somebody filled it in.

    A field left as the register gives it is not kept as an answer, so that a draft follows the
    register; it is when the form is sent in (`complete`). One that was emptied is: the register's
    value does not come back by itself.
    """
    language = language_of(request)
    prefilled = site(request).annual.prefilled(centre, year)
    answers: dict[str, Any] = {}
    wrong, missing, asked = [], [], []
    seen: dict[str, Any] = {}
    for each in annual_fields():
        name, shown = f"field_{each.id}", form.text(f"shown_{each.id}")
        raw: str | list[str] = form.several(name) if each.kind == "choices" else form.text(name)
        answer, error = _read(each, raw, language)
        if error:
            wrong.append(each.id)
        elif complete and each.required and answer is None:
            missing.append(each.id)
            error = say("review_yearly_field_missing", language)
        if each.prefill is None:
            answers[each.id] = answer
        elif _flat(raw) == shown:  # nobody touched it
            seen |= {} if answer is None else {each.id: answer}
        elif answer is None:
            answers[each.id] = [] if each.kind == "choices" else CLEARED
        elif each.id in prefilled and answer == prefilled[each.id].value:
            seen[each.id], answers[each.id] = answer, None
        else:
            answers[each.id] = answer
        asked.append(_asked(request, each, raw, prefilled, error, shown=shown))
    if complete and not missing:
        answers |= seen
    return Sheet(
        _by_part(request, asked),
        form.number("revision") or 0,
        answers,
        tuple(wrong),
        tuple(missing),
    )


def _read(each: AnnualField, raw: str | list[str], language: Language) -> tuple[Any, str]:
    """The answer (None: there is none), and what is wrong with it ("": nothing)."""
    if isinstance(raw, list):
        chosen = [option.id for option in each.options if option.id in raw]
        if NONE in raw:
            return [], say("review_annual_none_and_some", language) if chosen else ""
        return chosen or None, ""
    if each.kind == "number" and raw:
        digits = "".join(raw.split())
        if not (digits.isascii() and digits.isdigit()) or len(digits) > LONGEST_NUMBER:
            return None, say("review_yearly_number_wrong", language)
        return int(digits), ""
    if each.kind == "yes_no":
        return {"yes": True, "no": False}.get(raw), ""
    return raw or None, ""


def _written(each: AnnualField, value: Any) -> str | list[str]:
    """An answer as its field shows it."""
    if each.kind == "choices":
        if value is None:
            return []
        return [option.id for option in each.options if option.id in value] or [NONE]
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _flat(value: str | list[str]) -> str:
    """What a field shows, as a hidden field carries it back."""
    return value if isinstance(value, str) else ",".join(value)


def _said(request: Request, each: AnnualField, value: Any) -> str:
    """An answer in words."""
    language = language_of(request)
    if isinstance(value, bool) or (each.kind == "yes_no" and value in ("yes", "no")):
        return say("review_work_yes" if value in (True, "yes") else "review_work_no", language)
    if each.kind == "choices":
        if value == [NONE]:
            return say("review_annual_none", language)
        return ", ".join(
            option.label.text(language) for option in each.options if option.id in (value or [])
        )
    if (each.kind == "number" and str(value or "").isdigit()) or isinstance(value, int):
        return format_decimal(int(value), locale=LOCALES[language])
    return "" if value is None else str(value)


def _asked(
    request: Request,
    each: AnnualField,
    value: str | list[str],
    prefilled: Mapping[str, Prefill],
    error: str = "",
    *,
    shown: str,
) -> Asked:
    language = language_of(request)
    held = prefilled.get(each.id)
    rows = [] if held is None else list(held.source_rows)
    options = [(option.id, option.label.text(language)) for option in each.options]
    return Asked(
        id=each.id,
        kind=each.kind,
        label=each.label.text(language),
        hint="" if each.hint is None else each.hint.text(language),
        unit=each.unit,
        required=each.required,
        options=[*options, (NONE, say("review_annual_none", language))] if options else [],
        value=value,
        said=_said(request, each, value),
        shown=shown if each.prefill else None,
        error=error,
        register=None if held is None else _said(request, each, held.value),
        follows=held is not None and value == _written(each, held.value),
        counted=_rows(len(rows), language),
        rows=[
            (f"/{PAGES[kind]}/{number}", say(ROW_NAMES[kind], language, number=number))
            for kind, number in rows[:MOST_ROWS]
        ],
        more=max(0, len(rows) - MOST_ROWS),
    )


def _rows(count: int, language: Language) -> str:
    """«12 rader»."""
    if count == 1:
        return say("review_yearly_one_row", language)
    rows = format_decimal(count, locale=LOCALES[language])
    return say("review_yearly_rows", language, rows=rows)


def _by_part(request: Request, asked: list[Asked]) -> list[Part]:
    """The fields under their tasks, in the order of the form, and those on the grant."""
    language = language_of(request)
    names = {task.number: task.label.text(language) for task in Reference.load().tasks}
    task_of = {each.id: each.task for each in annual_fields()}
    return [
        Part(
            number,
            say("review_annual_grant", language) if number is None else names[number],
            list(fields),
        )
        for number, fields in groupby(asked, key=lambda each: task_of[each.id])
    ]
