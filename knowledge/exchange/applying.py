"""A preview becomes rows of the register, all or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

from knowledge.calendar import OSLO
from knowledge.exchange.preview import Planned, Preview
from knowledge.messages import Failure
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.changes import Changes
from knowledge.register.visits import NewVisit, Visits
from knowledge.store import Store

NOON = time(12)
"""A table gives days; noon in Norway is the same day in UTC and wherever the bot runs."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows became new ones, and how many were there from the same row imported before."""

    new: int
    unchanged: int


def apply(preview: Preview, store: Store, who: str) -> Imported:
    """Write every row of the preview in one transaction.

    A row that was imported before stays as it is now, also where it was corrected or deleted since.

    Args:
        who: for the trail: "import:user:<id>" or "cli".

    Raises:
        Failure: a row was refused; nothing is written.
    """
    if preview.refused:
        raise Failure("review_import_refused", count=len(preview.refused))
    new = 0
    batch = uuid4().hex
    write = _inquiry if preview.kind == "inquiries" else _visit
    with store.write():
        for planned in preview.rows:
            new += write(store, planned, who, batch)
    return Imported(new, len(preview.rows) - new)


def _visit(store: Store, planned: Planned, who: str, batch: str) -> bool:
    values = dict(planned.values)
    visit = NewVisit(
        on_date=date.fromisoformat(values.pop("on_date")),
        municipalities=tuple(values.pop("municipalities")),
        came_from=planned.came_from,
        **values,
    )
    return Visits(store).add(visit, who, batch=batch)[1]


def _inquiry(store: Store, planned: Planned, who: str, batch: str) -> bool:
    values = planned.values
    number, new = Inquiries(store).receive(
        NewInquiry(
            came_from=planned.came_from,
            received_at=_moment(values["received_on"]),
            masked=tuple(values["masked"]),
            **{field: values[field] for field in _AS_THEY_ARE},
        )
    )
    if new:
        _complete(store, number, planned.came_from, values)
        _record(store, number, who, batch)
    return new


_AS_THEY_ARE = (
    "channel",
    "question",
    "language",
    "municipality",
    "municipality_today",
    "actor",
    "centre",
    "topics",
)


def _complete(store: Store, number: int, came_from: str, values: Mapping[str, Any]) -> None:
    """What became of it; the times are the table's, so `Handovers.answer` cannot write them."""
    answered_at = _text(values["answered_on"])
    with store.write() as db:
        db.conn.execute(
            "UPDATE inquiries SET status = ?, answered_by = ?, first_reply_at = ?, "
            "resolved_at = ?, note = ? WHERE id = ?",
            [
                values["status"],
                values["answered_by"],
                answered_at,
                _text(values["resolved_on"]),
                values["note"],
                number,
            ],
        )
        if values["answer"]:
            db.conn.execute(
                "INSERT INTO inquiry_answers (inquiry, came_from, centre, text, at) "
                "VALUES (?, ?, ?, ?, ?)",
                [
                    number,
                    f"{came_from}:answer",
                    values["answered_by"],
                    values["answer"],
                    answered_at or _text(values["received_on"]),
                ],
            )


def _record(store: Store, number: int, who: str, batch: str) -> None:
    """Who imported it. The batch undoes itself: an import is not among what undo takes back."""
    trail = Changes(store)
    trail.record(who, "inquiry", number, {"imported": (False, True)}, batch=batch, undoes=batch)
    with store.write() as db:
        db.conn.execute(
            "UPDATE inquiries SET revision = ? WHERE id = ?",
            [trail.last("inquiry", number), number],
        )


def _moment(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), NOON, tzinfo=OSLO).astimezone(UTC)


def _text(day: str | None) -> str | None:
    return _moment(day).isoformat() if day else None
