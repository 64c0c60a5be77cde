"""The register as it stands at one moment, made ready for counting.

One scan of the register gives `received`; every table is then counted from it and from two small
tables made of it, so that all of them agree, and memory stays flat: SQLite keeps them in files.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from knowledge.calendar import OSLO
from knowledge.geography import Municipalities
from knowledge.messages import Language
from knowledge.register.what_counts import COUNTS
from knowledge.statistics.scope import FIRST_YEAR, Scope
from knowledge.store import Store, StoreError, store_trouble

ENDED: Final = """
CASE WHEN coalesce(i.answered_by, 'bot') <> 'bot' THEN 'centre'
     WHEN i.outcome = 'not_covered' THEN 'not_covered'
     WHEN i.outcome IS NULL OR i.status = 'waiting' THEN 'open'
     WHEN i.outcome = 'answered' THEN 'bot'
     ELSE i.outcome END
"""
"""How an inquiry ended, one way each, as SQL on `inquiries AS i`. An answer of the bot counts as
the bot's unless a centre answered too, or was asked and has not yet ("waiting")."""

_CLOCK = 19
"""Characters of "2026-01-31T10:15:00", to the whole second; the register writes UTC."""


def seconds_between(begins: str, ends: str) -> str:
    """Whole seconds between two moments, as SQL; NULL where one is unknown or they are reversed."""
    between = f"unixepoch(substr({ends}, 1, {_CLOCK})) - unixepoch(substr({begins}, 1, {_CLOCK}))"
    return f"CASE WHEN {ends} >= {begins} THEN {between} END"


_MONTHS = "CREATE TEMP TABLE months (begins TEXT PRIMARY KEY, year INT, month INT) WITHOUT ROWID"
_COUNTIES = "CREATE TEMP TABLE counties (number TEXT PRIMARY KEY, county TEXT) WITHOUT ROWID"

_RECEIVED = """
CREATE TEMP TABLE received (
    id INTEGER PRIMARY KEY, year INT, month INT, kind TEXT, centre TEXT, municipality TEXT,
    municipality_today TEXT, actor TEXT, channel TEXT, language TEXT, outcome TEXT,
    answered_by TEXT, status TEXT, ended TEXT, topics INT, replied_after INT, resolved_after INT
)
"""

_SHARE = """
SELECT (SELECT count(*) FROM inquiries WHERE received_at >= :begins AND received_at < :ends) * 1.0
    / max(1, (SELECT count(*) FROM inquiries))
"""

LARGE_SHARE: Final = 0.5
"""From this share of the register on it is read from end to end. Measured with 300,000 inquiries of
thirteen years: looking rows up by their time is as quick for half of them, slower for all."""

_RECEIVE = f"""
INSERT INTO received
SELECT
    i.id, m.year, m.month,
    CASE WHEN {COUNTS} THEN 'counts'
         WHEN i.status = 'not_an_inquiry' THEN 'not_inquiry' ELSE 'duplicate' END,
    i.centre, i.municipality, i.municipality_today, i.actor, i.channel, i.language, i.outcome,
    i.answered_by, i.status, {ENDED},
    (SELECT count(*) FROM inquiry_topics AS t WHERE t.inquiry = i.id),
    CASE WHEN i.outcome IS NOT NULL THEN {seconds_between("i.received_at", "i.first_reply_at")} END,
    CASE WHEN i.status = 'resolved' THEN {seconds_between("i.received_at", "i.resolved_at")} END
FROM inquiries AS i {{access}}
CROSS JOIN months AS m
    ON m.begins = (SELECT max(b.begins) FROM months AS b WHERE b.begins <= i.received_at)
WHERE i.received_at >= :begins AND i.received_at < :ends AND i.deleted_at IS NULL
    AND (:centre IS NULL OR i.centre = :centre)
"""  # noqa: S608 (our own expressions)

_COUNTED = """
CREATE TEMP VIEW counted AS
SELECT r.id, r.year, r.month, r.centre, r.municipality, r.municipality_today, c.county, r.actor,
       r.channel, r.language, r.outcome, r.answered_by, r.status, r.ended, r.topics,
       r.replied_after, r.resolved_after
FROM received AS r LEFT JOIN counties AS c ON c.number = r.municipality
WHERE r.kind = 'counts'
"""

_PLACES = """
CREATE TEMP TABLE places AS
SELECT g.*, c.county AS county FROM (
    SELECT year, centre, municipality, municipality_today, count(*) AS inquiries
    FROM received WHERE kind = 'counts' GROUP BY 1, 2, 3, 4
) AS g LEFT JOIN counties AS c ON c.number = g.municipality
"""

_TRAITS = """
CREATE TEMP TABLE traits AS
SELECT year, month, kind, channel, language, ended, min(topics, 2) AS topics,
       outcome = 'not_covered' AS gap, count(*) AS inquiries
FROM received GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
"""`topics` is 0, 1, or 2 for several."""

_VISITS = """
CREATE TEMP TABLE counted_visits AS
SELECT id, CAST(substr(on_date, 1, 4) AS INTEGER) AS year, centre, people, form
FROM visits
WHERE on_date BETWEEN :first AND :last AND deleted_at IS NULL
    AND (:centre IS NULL OR centre = :centre)
"""


class Snapshot:
    """One moment of the register, and what counts in it for a scope. Of one thread.

    Temporary tables, for `counting/`:

    - `received`: every inquiry of the scope that is not deleted, with `kind` ("counts",
      "not_inquiry", "duplicate");
    - `counted`: those that count (knowledge/register/what_counts.py), with year and month in
      Norway, the `county` of the municipality's number, how it `ended` (`ENDED`), how many `topics`
      it has, and seconds until the bot's first reply and until it was resolved;
    - `places` and `traits`: how many there are of each place, and of each other trait;
    - `counted_visits`: the visits that are not deleted.

    Raises:
        StoreError: the database cannot be read, or there is no room for the temporary tables.
    """

    def __init__(self, store: Store, scope: Scope, language: Language = "nb") -> None:
        self.scope = scope
        self.language: Language = language
        self._path = store.path
        _ = store.database  # its files are there, so that a reader may open them
        try:
            self._connection = sqlite3.connect(
                f"{store.path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None
            )
        except sqlite3.Error as error:
            raise _trouble(error, self._path) from error
        try:
            self._make()
        except sqlite3.Error as error:
            self._connection.close()
            raise _trouble(error, self._path) from error
        except BaseException:
            self._connection.close()
            raise

    def _make(self) -> None:
        run = self._connection.execute
        run("PRAGMA temp_store = FILE")
        run("BEGIN")  # the first read fixes the moment
        run(_MONTHS)
        self._connection.executemany("INSERT INTO months VALUES (?, ?, ?)", self._months())
        run(_COUNTIES)
        self._connection.executemany("INSERT INTO counties VALUES (?, ?)", _counties())
        scope = self.scope
        period = {
            "begins": begins(scope.first),
            "ends": begins(scope.last + 1),
            "first": date(scope.first, 1, 1).isoformat(),
            "last": date(scope.last, 12, 31).isoformat(),
            "centre": scope.centre,
        }
        run(_RECEIVED)
        (share,) = run(_SHARE, period).fetchone()
        access = "NOT INDEXED" if share >= LARGE_SHARE else "INDEXED BY inquiries_received_at"
        run(_RECEIVE.format(access=access), period)
        for statement in (_COUNTED, _PLACES, _TRAITS):
            run(statement)
        run(_VISITS, period)

    def _months(self) -> Iterator[tuple[str, int, int]]:
        for year in self.scope.years:
            for month in range(1, 13):
                yield begins(year, month), year, month

    def rows(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The rows of a SELECT, one at a time. `:centre` is the scope's, where none is given.

        Raises:
            StoreError: the database cannot be read.
        """
        given = {"centre": self.scope.centre, **(parameters or {})}
        try:
            yield from self._connection.execute(statement, given)
        except sqlite3.Error as error:
            raise _trouble(error, self._path) from error

    def run(self, statement: str, rows: Iterable[tuple[Any, ...]] | None = None) -> None:
        """Make or fill a temporary table."""
        try:
            if rows is None:
                self._connection.execute(statement)
            else:
                self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise _trouble(error, self._path) from error

    def numbers(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[int]:
        """The first column of a SELECT."""
        return [int(row[0]) for row in self.rows(statement, parameters)]

    def before(self) -> dict[str, Any]:
        """Parameters `begins` and `ends` of the years of the scheme before the scope's."""
        return {"begins": begins(FIRST_YEAR), "ends": begins(self.scope.first)}

    def years_before(self) -> list[tuple[str, int]]:
        """When each of them begins, and which it is."""
        return [(begins(year), year) for year in range(FIRST_YEAR, self.scope.first)]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def begins(year: int, month: int = 1) -> str:
    """When a year or month begins in Norway, as the register writes a moment."""
    return datetime.combine(date(year, month, 1), time(), tzinfo=OSLO).astimezone(UTC).isoformat()


def _trouble(error: sqlite3.Error, path: Path) -> StoreError:
    """As a sentence; only the folder of temporary files is written to, so only it can be full."""
    full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if full:
        return StoreError("disk_full", path=path, folder=_temporary(), reason=error)
    return store_trouble(error, path)


def _temporary() -> str:
    """Where SQLite keeps temporary tables on Unix (sqlite.org/tempfiles.html, section 5)."""
    named = (os.environ.get(name) for name in ("SQLITE_TMPDIR", "TMPDIR"))
    usual = (*named, "/var/tmp", "/usr/tmp", "/tmp")  # noqa: S108 (told, not written to)
    return next((folder for folder in usual if folder and os.access(folder, os.W_OK)), ".")


def _counties() -> Iterator[tuple[str, str]]:
    """Every number that a municipality has or had, and the county of its own time."""
    for municipality in Municipalities.load().all:
        yield municipality.code, municipality.county.number
