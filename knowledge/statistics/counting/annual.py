"""The tables made of the annual forms, with what is published of the same in earlier years."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from knowledge.messages import Language
from knowledge.reference import published
from knowledge.reference.annual_form import AnnualField, annual_fields
from knowledge.reference.annual_measures import annual_measures
from knowledge.reference.models import Figure
from knowledge.statistics.counting.base import PUBLISHED, REGISTER, Behind, Count, Counted
from knowledge.statistics.counting.forms import Form, Tally, behind, forms, share, tally
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

PARTNERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "governor-own": "governor-own",
        "governor-others": "governor-others",
        "county-own": "county-own",
        "county-others": "county-others",
        "centres": "cooperation",
    }
)
"""Partner of the table `cooperation` -> the field of the form."""

ANY: Final = "any"
CENTRES, ANSWERED, SHARE = "centres", "answered", "share"


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table, whatever the year: its keys, its name, and what is counted for it.

    `field` None: only published reports tell it. `option` None: any yes counts.
    """

    keys: tuple[str, ...]
    name: Callable[[Language], str]
    field: str | None
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The `Count` of a table with how many centres answered what.

    Published where the documents give it, otherwise the register's. In the report of one centre
    only its own answers: a series must not go from all centres' share to one centre's yes or no.
    """

    table: str
    lines: Callable[[], Iterable[Line]]
    shares: bool = True

    def rows(self, snapshot: Snapshot) -> Iterator[Row]:
        recorded = forms(snapshot)
        for year in snapshot.scope.years:
            for line in self.lines():
                key = (str(year), *line.keys)
                told = self._published(snapshot, key)
                name = line.name(snapshot.language)
                if told:
                    basis = next(iter(told.values())).basis
                    numbers = (_count(told, CENTRES), _count(told, ANSWERED), _share(told))
                    yield self._row(year, line, name, PUBLISHED, basis, numbers)
                elif year in recorded and line.field is not None:
                    found = tally(recorded[year], line.field, line.option)
                    figures = (len(found.chosen), len(found.answered), found.share)
                    yield self._row(year, line, name, REGISTER, None, figures)

    def _row(
        self,
        year: int,
        line: Line,
        name: str,
        source: str,
        basis: str | None,
        numbers: tuple[int | None, int | None, float | None],
    ) -> Row:
        shown = numbers if self.shares else numbers[:2]
        return (year, *line.keys, name, source, basis, *shown)

    def _published(self, snapshot: Snapshot, key: tuple[str, ...]) -> Mapping[str, Figure]:
        return {} if snapshot.scope.centre else published(self.table).get(key, {})

    def behind(self, snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
        told = self._published(snapshot, key)
        if column in told:
            return Behind(figures=(told[column],))
        others = [each for each in (CENTRES, ANSWERED, SHARE) if each != column]
        address = "/".join((self.table, *key))
        cells = tuple(f"{address}/{other}" for other in others)
        if told:  # worked out from the two that are published, or told by no document
            worked_out = (_count(told, column) if column != SHARE else _share(told)) is not None
            return Behind(cells=cells if worked_out else ())
        if column == SHARE:
            return Behind(cells=cells)
        found = self._found(snapshot, key)
        return behind(found.chosen if column == CENTRES else found.answered)

    def _found(self, snapshot: Snapshot, key: tuple[str, ...]) -> Tally:
        line = next((each for each in self.lines() if each.keys == key[1:]), None)
        these = forms(snapshot).get(int(key[0]), ())
        if line is None or line.field is None:
            return Tally((), ())
        return tally(these, line.field, line.option)


def _count(told: Mapping[str, Figure], column: str) -> int | None:
    """As published; how many chose it is worked out where the share and N are published."""
    if column in told:
        return int(told[column].value)
    if column == CENTRES and SHARE in told and ANSWERED in told:
        return round(told[SHARE].value * told[ANSWERED].value / 100)
    return None


def _share(told: Mapping[str, Figure]) -> float | None:
    """As published, or of the numbers that are."""
    if SHARE in told:
        return float(told[SHARE].value)
    if CENTRES in told and ANSWERED in told:
        return share(int(told[CENTRES].value), int(told[ANSWERED].value))
    return None


def _field(name: str) -> AnnualField:
    return next(each for each in annual_fields() if each.id == name)


def _measures(table: str) -> Iterator[Line]:
    for each in annual_measures():
        if each.table == table:
            yield Line((each.id,), each.label.text, each.field)


def _options(field: str) -> Iterator[Line]:
    for option in _field(field).options:
        yield Line((option.id,), option.label.text, field, option.id)


def _institutions() -> Iterator[Line]:
    yield from _options("institutions")
    yield from _measures("institutions")


def _cooperation() -> Iterator[Line]:
    anything = next(each for each in annual_measures() if each.id == ANY)
    for partner, asked in PARTNERS.items():
        field = _field(asked)
        for option in field.options:
            name = _joined(field.label.text, option.label.text)
            yield Line((partner, option.id), name, field.id, option.id)
        yield Line((partner, ANY), _joined(field.label.text, anything.label.text), field.id)


def _joined(
    first: Callable[[Language], str], second: Callable[[Language], str]
) -> Callable[[Language], str]:
    """«Samarbeid med fylkeskommunen i eget fylke: faste møter»."""

    def name(language: Language) -> str:
        told = second(language)
        return f"{first(language)}: {told[:1].lower()}{told[1:]}"

    return name


def _numbers(snapshot: Snapshot) -> Iterator[Row]:
    for year, these in forms(snapshot).items():
        for field in annual_fields():
            if field.kind == "number":
                given = [int(form.answers[field.id]) for form in _gave(these, field.id)]
                name = field.label.text(snapshot.language)
                total = sum(given) if given else None
                yield year, field.id, name, field.unit or None, len(given), total


def _gave(of: Iterable[Form], field: str) -> tuple[Form, ...]:
    return tally(of, field).answered


def _of_numbers(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    return behind(_gave(forms(snapshot).get(int(key[0]), ()), key[1]))


def _choices(table: str, field: str) -> Answers:
    return Answers(table, lambda: _options(field))


COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {
        "communication": Answers("communication", lambda: _measures("communication")),
        "communication_groups": _choices("communication_groups", "communication-groups"),
        "information_ways": _choices("information_ways", "information-ways"),
        "social_media": _choices("social_media", "social-media"),
        "cooperation": Answers("cooperation", _cooperation),
        "research": _choices("research", "research"),
        "institutions": Answers("institutions", _institutions, shares=False),
        "grant_use": _choices("grant_use", "grant-use"),
        "form_numbers": Counted(_numbers, _of_numbers),
    }
)
