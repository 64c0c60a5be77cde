"""The tables that only show what the documents have: every edition, list and figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from knowledge.messages import Language
from knowledge.reference import Figure, figures, lists, topics
from knowledge.reference.reference import Reference
from knowledge.statistics.counting.base import Behind, Count, Counted
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

VISITS: Final = "1"
"""Table 1 of the reports: visitors and their municipalities, by year."""

PERSONS, MUNICIPALITIES = "persons", "municipalities"


def _table_1() -> Iterator[tuple[str, str, dict[str, Figure]]]:
    """(edition, period, row -> figure), editions in their order and "total" last."""
    found: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in figures():
        if figure.table == VISITS:
            found.setdefault((figure.edition, figure.column), {})[figure.row] = figure
    for (edition, period), row in sorted(found.items()):  # digits before "total"
        yield edition, period, row


def _editions(snapshot: Snapshot) -> Iterator[Row]:
    for edition, period, row in _table_1():
        persons, municipalities = row[PERSONS], row[MUNICIPALITIES]
        numbers = int(persons.value), int(municipalities.value)
        yield edition, period, *numbers, persons.document, persons.source


def _of_editions(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    return Behind(
        figures=tuple(
            row[column]
            for edition, period, row in _table_1()
            if (edition, period) == key and column in row
        )
    )


def _named(of: str, *, as_published: bool) -> Callable[[Snapshot], Iterator[Row]]:
    def rows(snapshot: Snapshot) -> Iterator[Row]:
        names = _names(of)
        for listed in sorted(lists(), key=lambda each: each.edition):
            if listed.of != of:
                continue
            for entry in listed.entries:
                name = names[entry.id](snapshot.language)
                written = (entry.named_as or name,) if as_published else ()
                yield listed.edition, entry.id, name, *written, listed.document, listed.source

    return rows


def _names(of: str) -> Mapping[str, Callable[[Language], str]]:
    reference = Reference.load()
    if of == "institutions":
        return {row.id: _written(row.name) for row in reference.institutions}
    labelled = reference.actors if of == "actors" else reference.partners
    return {row.id: row.label.text for row in labelled}


def _written(name: str) -> Callable[[Language], str]:
    """A name that is the same in every language."""
    return lambda _: name


def _figures(snapshot: Snapshot) -> Iterator[Row]:
    for each in figures():
        yield (
            each.id,
            each.edition,
            each.document,
            each.table or None,
            each.row_label.text(snapshot.language),
            each.column,
            float(each.value),
            each.unit,
            each.told(snapshot.language) or None,
            each.source,
        )


def _of_figures(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    return Behind(figures=tuple(each for each in figures() if (each.id,) == key))


def _topics(snapshot: Snapshot) -> Iterator[Row]:
    for topic in topics():
        if topic.first_reported is not None:
            name = topic.label.text(snapshot.language)
            year, basis = topic.first_reported, topic.first_reported_basis
            yield topic.id, name, year, basis, topic.source


def _nothing(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    """A table without numbers: each row names its own page."""
    return Behind()


COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {
        "visits_editions": Counted(_editions, _of_editions),
        "visit_actors_named": Counted(_named("actors", as_published=True), _nothing),
        "institutions_named": Counted(_named("institutions", as_published=False), _nothing),
        "cooperation_partners_named": Counted(_named("partners", as_published=False), _nothing),
        "topics_reported": Counted(_topics, _nothing),
        "published_figures": Counted(_figures, _of_figures),
    }
)
