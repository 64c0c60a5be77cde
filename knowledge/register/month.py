"""Figures of the register for a page that is looked at daily: what waits, and how a month goes.

How a month goes is counted as the report counts (`what_counts`). What waits, and what was answered,
is work and not a figure of inquiries: one that was withdrawn waits for nobody, and a repetition of
another that a centre answered was answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from knowledge.register.what_counts import COUNTS
from knowledge.store import Store

_OURS = "(:centre IS NULL OR i.centre = :centre)"
_WORK = "i.status <> 'not_an_inquiry' AND i.deleted_at IS NULL"
_NEW = "i.status = 'new' AND i.withdrawn_at IS NULL AND i.deleted_at IS NULL"
"""What a reviewer set aside (thanks, a test) or deleted is in no figure."""


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Of the inquiries received since a moment: how many, and how many of them were ...

    Attributes:
        asked: all that count, those that were withdrawn too.
        answered_by_bot: answered with quotes from the sources, also where a centre answered later.
        handed_over: handed to a centre (to the centre asked about).
        helpful, not_helpful: votes, one for each person and inquiry.
    """

    asked: int
    answered_by_bot: int
    not_covered: int
    handed_over: int
    helpful: int
    not_helpful: int


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """What is to be done, and what was.

    Attributes:
        new: not answered, and no centre was asked.
        unplaced: of all the new ones, those whose municipality, and so centre, is not known.
        waiting: handed over, and not answered.
        answered: inquiries answered by the centre (by any centre) since a moment.
    """

    new: int
    unplaced: int
    waiting: int
    answered: int


def month_figures(store: Store, since: datetime, centre: str | None = None) -> MonthFigures:
    """Of the inquiries received since `since` (aware), of one centre or of all."""
    parameters = {"since": _text(since), "centre": centre}
    row = store.database.conn.execute(
        f"""
        WITH i AS (
            SELECT id, outcome FROM inquiries AS i
            WHERE received_at >= :since AND {COUNTS} AND {_OURS}
        )
        SELECT
            count(*),
            count(*) FILTER (WHERE outcome = 'answered'),
            count(*) FILTER (WHERE outcome = 'not_covered'),
            count(*) FILTER (WHERE EXISTS (
                SELECT 1 FROM handovers AS h WHERE h.inquiry = i.id
                AND (:centre IS NULL OR h.centre = :centre)
            )),
            (SELECT count(*) FROM inquiry_feedback AS f JOIN i AS voted ON voted.id = f.inquiry
             WHERE f.vote = 'up'),
            (SELECT count(*) FROM inquiry_feedback AS f JOIN i AS voted ON voted.id = f.inquiry
             WHERE f.vote = 'down')
        FROM i
        """,  # noqa: S608 (our own conditions)
        parameters,
    ).fetchone()
    return MonthFigures(*row)


def queue_counts(store: Store, since: datetime, centre: str | None = None) -> QueueCounts:
    """What waits now at a centre, or anywhere, and what was answered since `since` (aware).

    An answer that was taken back does not count. An inquiry that was registered as answered without
    the text of the answer counts by when it was asked: nobody knows when it was answered.
    """
    parameters = {"since": _text(since), "centre": centre}
    row = store.database.conn.execute(
        f"""
        SELECT
            count(*) FILTER (WHERE {_NEW} AND {_OURS}),
            count(*) FILTER (WHERE {_NEW} AND i.centre IS NULL),
            count(*) FILTER (WHERE status = 'waiting' AND EXISTS (
                SELECT 1 FROM handovers AS h WHERE h.inquiry = i.id AND h.closed_at IS NULL
                AND (:centre IS NULL OR h.centre = :centre)
            )),
            count(*) FILTER (WHERE {_WORK} AND (
                EXISTS (
                    SELECT 1 FROM inquiry_answers AS a WHERE a.inquiry = i.id
                    AND (a.centre = :centre OR (:centre IS NULL AND a.centre IS NOT NULL))
                    AND a.taken_back_at IS NULL AND a.at >= :since
                )
                OR (
                    i.received_at >= :since
                    AND (i.answered_by = :centre
                         OR (:centre IS NULL AND coalesce(i.answered_by, 'bot') <> 'bot'))
                    AND NOT EXISTS (
                        SELECT 1 FROM inquiry_answers AS a
                        WHERE a.inquiry = i.id AND a.centre IS NOT NULL
                    )
                )
            ))
        FROM inquiries AS i
        """,  # noqa: S608 (our own conditions)
        parameters,
    ).fetchone()
    return QueueCounts(*row)


def _text(moment: datetime) -> str:
    """As the register writes a moment, so that the two compare as text."""
    return moment.astimezone(UTC).isoformat()
