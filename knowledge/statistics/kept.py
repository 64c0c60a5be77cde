"""What is kept of closed years, and whether a year of the register stands still."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knowledge.statistics.counting.forms import COUNTS as FORMS_THAT_COUNT
from knowledge.statistics.definitions import specs
from knowledge.statistics.snapshot import begins
from knowledge.statistics.table import Table
from knowledge.store import Store


@dataclass(frozen=True, slots=True)
class Version:
    """One closing of a year.

    Attributes:
        closed_at: UTC; `closed_by` as in the audit trail.
        rules: the version of the definitions that it was counted by.
        last_change, last_inquiry: the last entry of the audit trail and the last inquiry then.
    """

    year: int
    version: int
    closed_at: str
    closed_by: str
    reason: str
    rules: str
    last_change: int
    last_inquiry: int


def versions(store: Store, year: int | None = None) -> list[Version]:
    """Every closing, of a year or of all, by year and version."""
    rows = store.database.conn.execute(
        "SELECT year, version, closed_at, closed_by, reason, rules, last_change, last_inquiry "
        "FROM closed_years WHERE :year IS NULL OR year = :year ORDER BY year, version",
        {"year": year},
    )
    return [Version(*row) for row in rows]


def latest(store: Store, year: int) -> Version | None:
    return next(reversed(versions(store, year)), None)


def text_of(store: Store, of: Version) -> str:
    found = store.database.conn.execute(
        "SELECT tables FROM closed_years WHERE year = ? AND version = ?", [of.year, of.version]
    ).fetchone()
    return str(found[0])


def tables_of(store: Store, of: Version, centre: str | None) -> dict[str, Table]:
    """What was kept for all centres or for one, by table.

    A column that a table has got since is empty; a table that is gone is left out, and nothing is
    there for a centre that did not exist when the year was closed.
    """
    part = "$.all" if centre is None else f'$.centres."{centre}"'
    return _tables(part_of(store, of, part))


def part_of(store: Store, of: Version, path: str) -> Any:
    """A part of what was kept; SQLite finds it, so that the rest is not read."""
    found = store.database.conn.execute(
        "SELECT json_extract(tables, ?) FROM closed_years WHERE year = ? AND version = ?",
        [path, of.year, of.version],
    ).fetchone()
    return json.loads(found[0] or "{}")


def _tables(kept: Mapping[str, Any]) -> dict[str, Table]:
    made = {}
    for name, spec in specs().items():
        if name not in kept:
            continue
        at = {column: place for place, column in enumerate(kept[name]["columns"])}
        places = [at.get(column.id) for column in spec.columns]
        rows = (
            tuple(None if place is None else row[place] for place in places)
            for row in kept[name]["rows"]
        )
        made[name] = Table(spec, tuple(rows))
    return made


_RECORDED: Final = (
    "SELECT 1 FROM inquiries WHERE received_at >= :begins AND received_at < :ends "
    "AND deleted_at IS NULL LIMIT 1",
    "SELECT 1 FROM visits WHERE substr(on_date, 1, 4) = :text AND deleted_at IS NULL LIMIT 1",
    f"SELECT 1 FROM annual_forms WHERE year = :year AND {FORMS_THAT_COUNT} LIMIT 1",  # noqa: S608 (our own)
)


def anything_of(store: Store, year: int) -> bool:
    """Whether the register has an inquiry, a visit or an annual form of the year."""
    given = {"begins": begins(year), "ends": begins(year + 1), "year": year, "text": str(year)}
    return any(store.database.conn.execute(each, given).fetchone() for each in _RECORDED)


_COUNTED: Final = (
    "SELECT * FROM inquiry_topics WHERE inquiry IN ({of_year}) ORDER BY inquiry, topic",
    "SELECT inquiry, who, vote, reason FROM inquiry_feedback WHERE inquiry IN ({of_year}) "
    "ORDER BY inquiry, who",
    "SELECT * FROM handovers WHERE inquiry IN ({of_year}) ORDER BY id",
    "SELECT id, received_at, channel, language, municipality, municipality_today, actor, centre, "
    "status, outcome, answered_by, first_reply_at, resolved_at, duplicate_of, deleted_at "
    "FROM inquiries WHERE id IN ({of_year}) ORDER BY id",
    "SELECT * FROM visits ORDER BY id",
    "SELECT * FROM visit_municipalities ORDER BY visit, municipality",
    "SELECT * FROM visit_actors ORDER BY visit, actor",
    "SELECT * FROM annual_forms WHERE year = :year ORDER BY id",
)
_OF_YEAR: Final = "SELECT id FROM inquiries WHERE received_at >= :begins AND received_at < :ends"


def digest_of(store: Store, year: int) -> str:
    """Of everything that figures of the year are counted from, to see that it stands still."""
    given = {"begins": begins(year), "ends": begins(year + 1), "year": year}
    found = hashlib.sha256()
    for statement in _COUNTED:
        rows: Iterable[Any] = store.database.conn.execute(statement.format(of_year=_OF_YEAR), given)
        for row in rows:
            found.update(repr(row).encode())
    return found.hexdigest()
