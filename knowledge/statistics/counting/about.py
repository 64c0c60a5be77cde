"""The tables about the scheme itself: centres, their years, and their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from knowledge.reference import Centre, Reference, centres, tasks
from knowledge.reference.annual_form import annual_fields
from knowledge.statistics.counting.base import Behind, Count, Counted
from knowledge.statistics.counting.forms import COUNTS as FORMS_THAT_COUNT
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row


def left_out(year: int) -> list[Centre]:
    """The centres that served, and that the published figures of the year are without."""
    return [
        centre
        for centre in Reference.load().centres_in(year)
        if any(year in period.not_in_figures for period in centre.periods)
    ]


def _centres(snapshot: Snapshot) -> Iterator[Row]:
    for centre in centres():
        for period in centre.periods:
            yield (
                centre.id,
                period.valid_from.isoformat(),
                period.name,
                period.valid_to.isoformat() if period.valid_to else None,
                period.municipality_code,
                ", ".join(map(str, period.not_in_figures)) or None,
            )


def _per_year(snapshot: Snapshot) -> Iterator[Row]:
    submitted = {year: (many, again) for year, many, again in snapshot.rows(_FORMS, {})}
    for year in snapshot.scope.years:
        serving = Reference.load().centres_in(year)
        without = left_out(year)
        forms, reopened = submitted.get(year, (0, 0))
        names = ", ".join(centre.periods_in(year)[-1].name for centre in without)
        counted = len(serving) - len(without)
        yield year, len(serving), counted, forms, reopened, names or None


_FORMS: Final = (
    "SELECT year, count(*), count(*) FILTER (WHERE status = 'reopened') "  # noqa: S608 (our own)
    f"FROM annual_forms WHERE {FORMS_THAT_COUNT} GROUP BY year"
)
"""Of all centres, whichever one the report is of: the table is about the scheme."""


def _of_year(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    year = int(key[0])
    if column in ("forms_submitted", "forms_reopened"):
        which = "AND status = 'reopened'" if column == "forms_reopened" else ""
        numbers = snapshot.numbers(
            f"SELECT id FROM annual_forms WHERE {FORMS_THAT_COUNT} {which} "  # noqa: S608
            "AND year = :year ORDER BY id",
            {"year": year},
        )
        return Behind(rows=tuple(("annual_form", number) for number in numbers))
    without = left_out(year) if column == "counted" else []
    return Behind(
        cells=tuple(
            f"centres/{centre.id}/{period.valid_from.isoformat()}/name"
            for centre in Reference.load().centres_in(year)
            if centre not in without
            for period in centre.periods_in(year)
        )
    )


def _tasks(snapshot: Snapshot) -> Iterator[Row]:
    for task in tasks():
        fields = ", ".join(each.id for each in annual_fields() if each.task == task.number)
        yield str(task.number), task.label.text(snapshot.language), fields


def _nothing(snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
    """A table without numbers."""
    return Behind()


COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {
        "centres": Counted(_centres, _nothing),
        "centres_per_year": Counted(_per_year, _of_year),
        "tasks": Counted(_tasks, _nothing),
    }
)
