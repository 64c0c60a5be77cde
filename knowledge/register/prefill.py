"""What the register already knows of a centre's year, for its annual form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import Any, Final

from knowledge.calendar import OSLO
from knowledge.reference.annual_form import annual_fields
from knowledge.register.what_counts import COUNTS
from knowledge.store import Store

Source = tuple[str, int]
"""A row that is counted: "inquiry", "visit" or "idea", and its number."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """A value for a field, and the rows it was made from."""

    value: Any
    source_rows: list[Source]


@dataclass(frozen=True, slots=True)
class _Year:
    """A centre's rows of one year, as the statements below name them."""

    store: Store
    parameters: Mapping[str, Any]

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.store.database.conn.execute(select, dict(self.parameters)).fetchall()


_INQUIRIES = (
    "FROM inquiries AS i WHERE i.centre = :centre AND i.received_at >= :begins "
    f"AND i.received_at < :ends AND {COUNTS}"
)

_VISITS = (
    "FROM visits AS v WHERE v.centre = :centre AND v.on_date BETWEEN :first AND :last "
    "AND v.deleted_at IS NULL"
)


def prefill(store: Store, centre: str, year: int) -> dict[str, Prefill]:
    """Field -> what the register gives; a field that it has no row for is left out."""
    parameters = {
        "centre": centre,
        "begins": _begins(year),
        "ends": _begins(year + 1),
        "first": date(year, 1, 1).isoformat(),
        "last": date(year, 12, 31).isoformat(),
    }
    rows = _Year(store, parameters)
    made = {field.id: RULES[field.prefill](rows) for field in annual_fields() if field.prefill}
    return {field: found for field, found in made.items() if found.source_rows}


def _inquiries(year: _Year) -> Prefill:
    sources = _sources("inquiry", year.rows(f"SELECT i.id {_INQUIRIES} ORDER BY i.id"))
    return Prefill(len(sources), sources)


def _inquiry_municipalities(year: _Year) -> Prefill:
    """By today's number, so that one that changed its number in the year counts once."""
    rows = year.rows(
        f"SELECT i.id, coalesce(i.municipality_today, i.municipality) {_INQUIRIES} "
        "AND i.municipality IS NOT NULL ORDER BY i.id"
    )
    return Prefill(len({row[1] for row in rows}), _sources("inquiry", rows))


def _inquiry_topics(year: _Year) -> Prefill:
    rows = year.rows(
        "SELECT t.inquiry, t.topic FROM inquiry_topics AS t "  # noqa: S608 (our own)
        f"WHERE t.inquiry IN (SELECT i.id {_INQUIRIES}) ORDER BY t.inquiry"
    )
    return Prefill(_chosen("inquiry-topics", rows), _sources("inquiry", rows))


def _inquiry_channels(year: _Year) -> Prefill:
    rows = year.rows(f"SELECT i.id, i.channel {_INQUIRIES} ORDER BY i.id")
    known = {option.id for option in _options("inquiry-channels")}
    listed = [(number, channel if channel in known else "other") for number, channel in rows]
    return Prefill(_chosen("inquiry-channels", listed), _sources("inquiry", rows))


def _visit_people(year: _Year) -> Prefill:
    rows = year.rows(f"SELECT v.id, v.people {_VISITS} ORDER BY v.id")
    return Prefill(sum(people for _, people in rows), _sources("visit", rows))


def _visit_municipalities(year: _Year) -> Prefill:
    rows = year.rows(
        "SELECT m.visit, coalesce(m.municipality_today, m.municipality) "  # noqa: S608
        "FROM visit_municipalities AS m "
        f"WHERE m.visit IN (SELECT v.id {_VISITS}) ORDER BY m.visit"
    )
    return Prefill(len({row[1] for row in rows}), _sources("visit", rows))


def _visit_actors(year: _Year) -> Prefill:
    rows = year.rows(
        "SELECT a.visit, a.actor FROM visit_actors AS a "  # noqa: S608 (our own)
        f"WHERE a.visit IN (SELECT v.id {_VISITS}) ORDER BY a.visit"
    )
    return Prefill(_chosen("visit-actors", rows), _sources("visit", rows))


def _visits_digital(year: _Year) -> Prefill:
    rows = year.rows(f"SELECT v.id {_VISITS} AND v.form = 'digital' ORDER BY v.id")
    return Prefill(len(rows), _sources("visit", rows))


def _ideas(year: _Year) -> Prefill:
    rows = year.rows(
        "SELECT id FROM ideas WHERE centre = :centre AND created_at >= :begins "
        "AND created_at < :ends AND deleted_at IS NULL AND status <> 'declined' ORDER BY id"
    )
    return Prefill(len(rows), _sources("idea", rows))


RULES: Final[Mapping[str, Callable[[_Year], Prefill]]] = MappingProxyType(
    {
        "inquiries": _inquiries,
        "inquiry_municipalities": _inquiry_municipalities,
        "inquiry_topics": _inquiry_topics,
        "inquiry_channels": _inquiry_channels,
        "visit_people": _visit_people,
        "visit_municipalities": _visit_municipalities,
        "visit_actors": _visit_actors,
        "visits_digital": _visits_digital,
        "ideas": _ideas,
    }
)


def _options(field: str) -> tuple[Any, ...]:
    return next(each.options for each in annual_fields() if each.id == field)


def _chosen(field: str, rows: list[tuple[Any, ...]]) -> list[str]:
    """The options that stand in the second column, in the order of the form."""
    found = {row[1] for row in rows}
    return [option.id for option in _options(field) if option.id in found]


def _sources(kind: str, rows: list[tuple[Any, ...]]) -> list[Source]:
    """Each row once."""
    return [(kind, number) for number in dict.fromkeys(int(row[0]) for row in rows)]


def _begins(year: int) -> str:
    """When a year begins in Norway, as the register writes a moment."""
    return datetime.combine(date(year, 1, 1), time(), tzinfo=OSLO).astimezone(UTC).isoformat()
