"""Reads and checks the reference files; what is wrong is told in one sentence."""

import csv
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from knowledge.geography import Municipalities
from knowledge.reference.models import (
    Actor,
    Centre,
    Edition,
    Figure,
    FigureText,
    Institution,
    Partner,
    PublishedList,
    Task,
    Topic,
)

_Model = TypeVar("_Model", bound=BaseModel)

_FIGURES = "figures.csv"


class InvalidReference(ValueError):
    """A reference file cannot be used. One sentence: file, row, field and what is wrong."""

    def __init__(self, file: str, row: str, field: str, problem: str) -> None:
        self.file, self.row, self.field, self.problem = file, row, field, problem
        super().__init__(f"{file}, {row}, field {field}: {problem}.")


@dataclass(frozen=True, slots=True)
class Reference:
    """All reference files of one folder, checked. Immutable; threads may share it."""

    centres: tuple[Centre, ...]
    topics: tuple[Topic, ...]
    actors: tuple[Actor, ...]
    tasks: tuple[Task, ...]
    institutions: tuple[Institution, ...]
    partners: tuple[Partner, ...]
    editions: tuple[Edition, ...]
    figure_texts: tuple[FigureText, ...]
    figures: tuple[Figure, ...]
    lists: tuple[PublishedList, ...]

    @classmethod
    def load(cls, folder: Traversable | None = None) -> "Reference":
        """Read `folder`, or the bundled files. Raises InvalidReference."""
        if folder is None:
            return _bundled()
        editions = _toml(folder, "editions", Edition)
        texts = _toml(folder, "figure_texts", FigureText)
        reference = cls(
            centres=_toml(folder, "centres", Centre),
            topics=_toml(folder, "topics", Topic),
            actors=_toml(folder, "actors", Actor),
            tasks=_toml(folder, "tasks", Task),
            institutions=_toml(folder, "institutions", Institution),
            partners=_toml(folder, "partners", Partner),
            editions=editions,
            figure_texts=texts,
            figures=tuple(_checked(_FIGURES, _figure_rows(folder, editions, texts), Figure)),
            lists=_toml(folder, "lists", PublishedList, editions),
        )
        _check_centres(reference)
        _check_lists(reference)
        return reference

    def centres_on(self, day: date) -> list[Centre]:
        """The centres that served on the day."""
        return [centre for centre in self.centres if centre.period_on(day)]

    def centres_in(self, year: int) -> list[Centre]:
        """The centres that served on some day of the year."""
        return [centre for centre in self.centres if centre.periods_in(year)]


@cache
def _bundled() -> Reference:
    return Reference.load(resources.files("knowledge.reference"))


def centres() -> tuple[Centre, ...]:
    """All centres that have served."""
    return Reference.load().centres


def centres_on(day: date) -> list[Centre]:
    """The centres that served on the day."""
    return Reference.load().centres_on(day)


def topics() -> tuple[Topic, ...]:
    """What inquiries are about."""
    return Reference.load().topics


def actors() -> tuple[Actor, ...]:
    """Who asks or visits."""
    return Reference.load().actors


def tasks() -> tuple[Task, ...]:
    """The nine tasks, in order."""
    return Reference.load().tasks


def institutions() -> tuple[Institution, ...]:
    """Research institutions the centres have worked with."""
    return Reference.load().institutions


def figures() -> tuple[Figure, ...]:
    """The published figures."""
    return Reference.load().figures


def editions() -> tuple[Edition, ...]:
    """The documents that figures and lists are taken from, oldest first."""
    return Reference.load().editions


def lists() -> tuple[PublishedList, ...]:
    """Who and what the documents name."""
    return Reference.load().lists


def partners() -> tuple[Partner, ...]:
    """Other partners of the centres."""
    return Reference.load().partners


def _toml(
    folder: Traversable, name: str, model: type[_Model], editions: Iterable[Edition] = ()
) -> tuple[_Model, ...]:
    file = f"{name}.toml"
    try:
        content = tomllib.loads(_text(folder, file))
    except tomllib.TOMLDecodeError as error:
        raise InvalidReference(file, "whole file", "none", f"not TOML: {error}") from None
    rows = content.pop(name, None)
    if not isinstance(rows, list) or content:
        raise InvalidReference(file, "whole file", name, f"only [[{name}]] tables are expected")
    return tuple(_checked(file, _dated(rows, editions) if editions else rows, model))


def _dated(rows: Iterable[Any], editions: Iterable[Edition]) -> Iterator[Any]:
    """Rows with the title of their document; without one where there is no such edition."""
    titles = {edition.id: edition.document for edition in editions}
    for row in rows:
        yield {**row, "document": titles.get(row.get("edition"), "")}


def _figure_rows(
    folder: Traversable, editions: Iterable[Edition], texts: Iterable[FigureText]
) -> Iterator[dict[str, Any]]:
    """Rows with the title of their document, and with what their texts are in each language."""
    labels = {text.id: text.label for text in texts}
    for number, row in enumerate(_dated(_csv(folder, _FIGURES), editions), start=1):
        for field in ("row", "note"):
            if (text := row.get(field)) and text not in labels:
                problem = f"figure_texts.toml has no text {text}"
                raise InvalidReference(_FIGURES, f"row {number} ({row['id']})", field, problem)
        row_label, note_label = labels.get(row.get("row")), labels.get(row.get("note"))
        yield {**row, "row_label": row_label, "note_label": note_label}


def _csv(folder: Traversable, file: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(_text(folder, file).splitlines()))


def _text(folder: Traversable, file: str) -> str:
    try:
        return folder.joinpath(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidReference(file, "whole file", "none", "the file is missing") from None
    except UnicodeDecodeError:
        raise InvalidReference(file, "whole file", "none", "the file is not UTF-8") from None


def _checked(file: str, rows: Iterable[Any], model: type[_Model]) -> Iterator[_Model]:
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        identifier = row.get("id") if isinstance(row, dict) else None
        name = f"row {number} ({identifier})" if identifier else f"row {number}"
        try:
            checked = model.model_validate(row)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "several"
            raise InvalidReference(file, name, field, _problem(first["msg"])) from None
        if identifier in seen:
            raise InvalidReference(file, name, "id", "the id is used twice")
        seen.add(str(identifier))
        yield checked


def _problem(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _check_centres(reference: Reference) -> None:
    """Numbers, counties and topics that centres.toml names must exist."""
    municipalities = Municipalities.load()
    counties = {county.number for county in municipalities.counties()}
    topic_ids = {topic.id for topic in reference.topics}
    for number, centre in enumerate(reference.centres, start=1):
        row = f"row {number} ({centre.id})"
        present = municipalities.by_code(centre.municipality_code)
        if present is None or present.valid_to is not None:
            problem = f"{centre.municipality_code} is no municipality of today"
            raise InvalidReference("centres.toml", row, "municipality_code", problem)
        for period in centre.periods:
            if municipalities.by_code(period.municipality_code, on=period.valid_from) is None:
                problem = f"{period.municipality_code} was not in use on {period.valid_from}"
                raise InvalidReference("centres.toml", row, "periods.municipality_code", problem)
        if unknown := set(centre.counties) - counties:
            problem = f"no county of today has number {min(unknown)}"
            raise InvalidReference("centres.toml", row, "counties", problem)
        if missing := set(centre.experience_topics) - topic_ids:
            problem = f"topics.toml has no topic {min(missing)}"
            raise InvalidReference("centres.toml", row, "experience_topics", problem)


def _check_lists(reference: Reference) -> None:
    """What lists.toml names must exist."""
    known: dict[str, set[str]] = {
        "actors": {actor.id for actor in reference.actors},
        "institutions": {institution.id for institution in reference.institutions},
        "partners": {partner.id for partner in reference.partners},
    }
    for number, listed in enumerate(reference.lists, start=1):
        if missing := {entry.id for entry in listed.entries} - known[listed.of]:
            problem = f"{listed.of}.toml has no {min(missing)}"
            raise InvalidReference("lists.toml", f"row {number} ({listed.id})", "entries", problem)
