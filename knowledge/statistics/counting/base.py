"""What a table is counted with: its rows, what is behind each number, and what keys are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal, Protocol

from knowledge.geography import Municipalities
from knowledge.messages import Language, say
from knowledge.reference import actors, centres, topics
from knowledge.reference.models import Figure
from knowledge.register import labels
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

Kind = Literal["inquiry", "visit", "idea", "annual_form"]

NONE: Final = "-"
"""As a key: not told, or not known."""

SEVERAL: Final = "several"
"""As a topic: inquiries with more than one."""

REGISTER: Final = "register"
PUBLISHED: Final = "published"
"""As a source: counted here, or printed by Helsedirektoratet."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What one number was made from.

    Attributes:
        rows: rows of the register, by number.
        figures: published figures, each with its edition and address.
        cells: addresses of other numbers that it is computed from.
    """

    rows: tuple[tuple[Kind, int], ...] = ()
    figures: tuple[Figure, ...] = ()
    cells: tuple[str, ...] = ()


class Count(Protocol):
    """How one table is counted."""

    def rows(self, snapshot: Snapshot) -> Iterable[Row]:
        """Of every year of the scope, in the order of the columns, sorted as shown."""
        ...

    def behind(self, snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
        """What the number in a column of the row with that key was made from."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """A `Count` put together from two functions."""

    counting: Callable[[Snapshot], Iterable[Row]]
    tracing: Callable[[Snapshot, tuple[str, ...], str], Behind]

    def rows(self, snapshot: Snapshot) -> Iterable[Row]:
        return self.counting(snapshot)

    def behind(self, snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
        return self.tracing(snapshot, key, column)


@dataclass(frozen=True, slots=True)
class Dimension:
    """The keys of a column: in which order they stand, and what they are called.

    A key that is not among the known ones comes after them, under its own name; `NONE` is last.
    """

    known: Callable[[], Sequence[str]]
    names: Callable[[str, Language], str | None]
    order: dict[str, int] = field(default_factory=dict, compare=False)

    def place(self, key: str) -> tuple[int, str]:
        """To sort by."""
        if not self.order:
            self.order.update({each: at for at, each in enumerate(self.known())})
        unknown = len(self.order) + (key in (SEVERAL, NONE)) + (key == NONE)
        return self.order.get(key, unknown), key

    def name(self, key: str, language: Language) -> str:
        if key == NONE:
            return say("report_not_told", language)
        return self.names(key, language) or key


def behind_inquiries(
    snapshot: Snapshot, where: str, parameters: Mapping[str, Any], table: str = "counted"
) -> Behind:
    """The inquiries that a condition on `counted AS i` (or another table) holds of."""
    found = snapshot.numbers(
        f"SELECT i.id FROM {table} AS i WHERE {where} ORDER BY i.id",  # noqa: S608 (our own)
        parameters,
    )
    return Behind(rows=tuple(("inquiry", number) for number in found))


def behind_visits(snapshot: Snapshot, where: str, parameters: Mapping[str, Any]) -> Behind:
    """The visits that a condition on `counted_visits AS v` holds of."""
    found = snapshot.numbers(
        f"SELECT v.id FROM counted_visits AS v WHERE {where} ORDER BY v.id",  # noqa: S608
        parameters,
    )
    return Behind(rows=tuple(("visit", number) for number in found))


def given(key: str) -> str | None:
    """A key as the register has it: nothing where it is `NONE`."""
    return None if key == NONE else key


def sorted_rows(
    counts: Iterable[tuple[Any, ...]], *dimensions: Dimension
) -> Iterator[tuple[int, tuple[str, ...], tuple[Any, ...]]]:
    """(year, keys, the rest) of rows (year, key of each dimension, the rest), sorted as shown."""
    many = len(dimensions)
    split = [
        (int(row[0]), tuple(NONE if key is None else str(key) for key in row[1 : many + 1]), row)
        for row in counts
    ]

    def place(row: tuple[int, tuple[str, ...], Any]) -> Any:
        return row[0], [each.place(key) for each, key in zip(dimensions, row[1], strict=True)]

    for year, keys, row in sorted(split, key=place):
        yield year, keys, row[many + 1 :]


def _label(
    of: Callable[[], Sequence[Any]],
) -> Callable[[str, Language], str | None]:
    def name(key: str, language: Language) -> str | None:
        found = next((each for each in of() if each.id == key), None)
        return found.label.text(language) if found else None

    return name


def _told(keys: Mapping[str, str]) -> Callable[[str, Language], str | None]:
    return lambda key, language: say(keys[key], language) if key in keys else None


def messages(keys: Mapping[str, str]) -> Dimension:
    """A dimension whose keys, in their order, are called what the catalogue says."""
    return Dimension(lambda: list(keys), _told(keys))


def _topic_name(key: str, language: Language) -> str | None:
    if key == SEVERAL:
        return say("report_several_topics", language)
    return _label(topics)(key, language)


def _municipality_name(key: str, _: Language) -> str | None:
    return _municipality_names().get(key)


@cache
def _municipality_names() -> dict[str, str]:
    return {each.code: each.name for each in Municipalities.load().all}


@cache
def _county_names() -> dict[str, str]:
    return {each.county.number: each.county.name for each in Municipalities.load().all}


CENTRES: Final = Dimension(
    lambda: [each.id for each in centres()],
    lambda key, _: next((each.name for each in centres() if each.id == key), None),
)
TOPICS: Final = Dimension(lambda: [each.id for each in topics()], _topic_name)
ACTORS: Final = Dimension(lambda: [each.id for each in actors()], _label(actors))
MUNICIPALITIES: Final = Dimension(lambda: sorted(_municipality_names()), _municipality_name)
COUNTIES: Final = Dimension(
    lambda: sorted(_county_names()), lambda key, _: _county_names().get(key)
)
CHANNELS: Final = messages(labels.CHANNELS)
LANGUAGES: Final = messages(
    {"nb": "report_language_nb", "nn": "report_language_nn", "en": "report_language_en"}
)


def county_of(municipality: str) -> str | None:
    """The county's name for a municipality's number, in its own time; None for an unknown one."""
    return _counties_of_numbers().get(municipality)


@cache
def _counties_of_numbers() -> dict[str, str]:
    return {each.code: each.county.name for each in Municipalities.load().all}
