"""The queue: inquiries filtered, sorted and paged, with what a row shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from knowledge.messages import Failure
from knowledge.register.filters import Filter, conditions
from knowledge.register.models import Outcome, Status
from knowledge.store import Store

__all__ = ["Filter", "Page", "Queue", "QueueRow"]

SIZE = 50
LARGEST_SIZE = 500

SORTS = {
    "received_at": ("i.received_at", "i.id"),
    "id": ("i.id",),
    "status": ("i.status", "i.received_at", "i.id"),
    "centre": ("i.centre", "i.received_at", "i.id"),
    "municipality": ("i.municipality_today", "i.received_at", "i.id"),
}
"""What the queue can be sorted by: the columns of an index, with the id last."""

_COLUMNS = (
    "id received_at status outcome question municipality municipality_today centre actor language "
    "channel answered_by duplicate_of withdrawn_at deleted_at reviewed_at revision"
).split()
_TIMES = ("received_at", "withdrawn_at", "deleted_at", "reviewed_at")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """What the queue shows of an inquiry; `up` and `down` are counts of votes."""

    id: int
    received_at: datetime
    status: Status
    outcome: Outcome | None
    question: str
    municipality: str | None
    municipality_today: str | None
    centre: str | None
    actor: str | None
    language: str | None
    channel: str
    answered_by: str | None
    duplicate_of: int | None
    withdrawn_at: datetime | None
    deleted_at: datetime | None
    reviewed_at: datetime | None
    revision: int
    topics: tuple[str, ...] = ()
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the queue: `page` of `pages` (at least 1), and how many there are in all."""

    rows: list[QueueRow]
    total: int
    page: int
    pages: int


class Queue:
    """The queue in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def page(
        self, chosen: Filter, sort: str = "-received_at", page: int = 1, size: int = SIZE
    ) -> Page:
        """A page of what the filter lets through; beyond the last page, the last one.

        Args:
            sort: one of `SORTS`, with "-" before it for the greatest first.

        Raises:
            Failure: there is no such sorting.
        """
        size = min(max(size, 1), LARGEST_SIZE)
        count, listing, parameters = statements(chosen, sort)
        connection = self._store.database.conn
        total = int(connection.execute(count, parameters).fetchone()[0])
        pages = max(1, -(-total // size))
        page = min(max(page, 1), pages)
        rows = connection.execute(
            listing, {**parameters, "limit": size, "offset": (page - 1) * size}
        ).fetchall()
        return Page(self._complete(rows), total, page, pages)

    def ids(self, chosen: Filter) -> list[int]:
        """Every inquiry that the filter lets through, newest first."""
        where, parameters = conditions(chosen)
        rows = self._store.database.conn.execute(
            f"SELECT i.id FROM inquiries AS i WHERE {where} "  # noqa: S608 (our own conditions)
            "ORDER BY i.received_at DESC, i.id DESC",
            parameters,
        )
        return [int(row[0]) for row in rows]

    def counts(self, chosen: Filter | None = None) -> dict[Status, int]:
        """How many of each status the rest of the filter lets through; none is left out."""
        where, parameters = conditions((chosen or Filter()).model_copy(update={"status": ()}))
        counted: dict[Status, int] = {
            "new": 0,
            "waiting": 0,
            "answered": 0,
            "resolved": 0,
            "not_an_inquiry": 0,
        }
        rows = self._store.database.conn.execute(
            f"SELECT i.status, count(*) FROM inquiries AS i WHERE {where} "  # noqa: S608
            "GROUP BY i.status",
            parameters,
        )
        for status, count in rows:
            counted[status] = count
        return counted

    def _complete(self, rows: list[tuple[Any, ...]]) -> list[QueueRow]:
        """The rows with their topics and votes: one query for each, not one for each row."""
        numbers = [int(row[0]) for row in rows]
        topics: dict[int, list[str]] = {}
        for inquiry, topic in self._of(numbers, "inquiry, topic", "inquiry_topics", "topic"):
            topics.setdefault(inquiry, []).append(topic)
        votes: dict[int, list[str]] = {}
        for inquiry, vote in self._of(numbers, "inquiry, vote", "inquiry_feedback", "vote"):
            votes.setdefault(inquiry, []).append(vote)
        complete = []
        for row in rows:
            named: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
            for column in _TIMES:
                named[column] = named[column] and datetime.fromisoformat(named[column])
            mine = votes.get(named["id"], [])
            complete.append(
                QueueRow(
                    **named,
                    topics=tuple(topics.get(named["id"], ())),
                    up=mine.count("up"),
                    down=mine.count("down"),
                )
            )
        return complete

    def _of(self, numbers: list[int], columns: str, table: str, order: str) -> Iterable[Any]:
        marks = ", ".join("?" * len(numbers))
        return self._store.database.conn.execute(
            f"SELECT {columns} FROM {table} "  # noqa: S608 (our own names)
            f"WHERE inquiry IN ({marks}) ORDER BY inquiry, {order}",
            numbers,
        )


def statements(chosen: Filter, sort: str) -> tuple[str, str, Mapping[str, Any]]:
    """The SQL behind a page: how many there are, the rows (with :limit and :offset), parameters."""
    columns = SORTS.get(sort.removeprefix("-"))
    if columns is None:
        raise Failure("review_sort_unknown", sort=sort, allowed=", ".join(SORTS))
    direction = " DESC" if sort.startswith("-") else ""
    order = ", ".join(f"{column}{direction}" for column in columns)
    where, parameters = conditions(chosen)
    selected = ", ".join(f"i.{column}" for column in _COLUMNS)
    count = f"SELECT count(*) FROM inquiries AS i WHERE {where}"  # noqa: S608 (our conditions)
    # The page is chosen by number first, so that long questions are read for its rows only.
    listing = (
        f"SELECT {selected} FROM (SELECT i.id FROM inquiries AS i "  # noqa: S608
        f"WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset) AS chosen "
        f"JOIN inquiries AS i ON i.id = chosen.id ORDER BY {order}"
    )
    return count, listing, parameters
