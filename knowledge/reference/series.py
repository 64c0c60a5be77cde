"""The published series: which figure of which document stands in a cell of the report."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from knowledge.reference.models import Figure
from knowledge.reference.reference import Reference

Key = tuple[str, ...]
"""The key columns of a row, as text: ("2022", "website")."""

EVERY = "*"
"""In the place of a key: the figure holds for each row that the document has there."""


@cache
def published(table: str) -> Mapping[Key, Mapping[str, Figure]]:
    """Key of a row -> measure -> its figure, in the newest edition that has it.

    In the order of figures.csv. An edition is newer where its last year is later.
    """
    rows: dict[Key, dict[str, Figure]] = {}
    shared: list[Figure] = []
    for figure in Reference.load().figures:
        if not figure.place or figure.place[0] != table:
            continue
        *key, measure = figure.place[1:]
        if EVERY in key:
            shared.append(figure)
        elif _newer(figure, rows.setdefault(tuple(key), {}).get(measure)):
            rows[tuple(key)][measure] = figure
    for figure in shared:
        *pattern, measure = figure.place[1:]
        for key_, row in rows.items():
            if _matches(tuple(pattern), key_) and _newer(figure, row.get(measure)):
                row[measure] = figure
    return MappingProxyType({key: MappingProxyType(row) for key, row in rows.items()})


def _newer(figure: Figure, standing: Figure | None) -> bool:
    return standing is None or _last_year(figure) > _last_year(standing)


def _last_year(figure: Figure) -> int:
    return int(figure.edition[-4:])


def _matches(pattern: Key, key: Key) -> bool:
    return len(pattern) == len(key) and all(
        wanted in (EVERY, part) for wanted, part in zip(pattern, key, strict=True)
    )
