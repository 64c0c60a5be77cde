"""An inquiry as fields that are edited one by one, and undone one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from knowledge.calendar import OSLO
from knowledge.messages import Failure
from knowledge.register.changes import Kind
from knowledge.register.handovers import Handovers
from knowledge.store import Store

COLUMNS = (
    "question masked received_at channel language municipality municipality_today actor centre "
    "status answered_by first_reply_at resolved_at duplicate_of note reviewed_at"
).split()

FOLLOWING = frozenset(
    {"masked", "received_at", "municipality_today", "topic_reasons", "first_reply_at"}
    | {"resolved_at", "reviewed_at"}
)
"""Fields that only follow another; they are in the trail so that an undo restores them exactly."""

TEXTS = ("question", "note", "topic_reasons")
"""Fields whose values in the trail are what somebody wrote."""

_OF_A_HANDOVER = {"": "closed_at", "first_reply": "first_reply_at", "passed_to": "passed_to"}
"""The column of `handover:<id>` and `handover:<id>:<name>`."""


def follows(field: str) -> bool:
    """Whether a field of the trail only follows another one."""
    return field in FOLLOWING or field.startswith("handover:")


class InquiryFields:
    """The fields of inquiries in one `Store` (an `editing.Subject`).

    Beyond the columns: `topics` and `topic_reasons`, `received_on` (the day in Norway),
    `handover:<id>`, `handover:<id>:first_reply` (when it was closed and first replied to) and
    `handover:<id>:passed_to`, and `answer:<id>` (whether the answer stands).
    """

    kind: Kind = "inquiry"

    def __init__(self, store: Store) -> None:
        self._store = store
        self._handovers = Handovers(store)

    def check(self, inquiry: int) -> None:
        """Raise Failure where there is no such inquiry, or it was withdrawn or deleted."""
        found = self._store.database.conn.execute(
            "SELECT withdrawn_at, deleted_at FROM inquiries WHERE id = ?", [inquiry]
        ).fetchone()
        if found is None:
            raise Failure("inquiry_missing", inquiry=inquiry)
        if found[1] is not None:
            raise Failure("review_deleted", inquiry=inquiry)
        if found[0] is not None:
            raise Failure("review_withdrawn", inquiry=inquiry)

    def state(self, number: int) -> dict[str, Any]:
        self.check(number)
        connection = self._store.database.conn
        row = connection.execute(
            f"SELECT {', '.join(COLUMNS)} FROM inquiries WHERE id = ?",  # noqa: S608 (our columns)
            [number],
        ).fetchone()
        state: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
        reasons = dict(
            connection.execute(
                "SELECT topic, reason FROM inquiry_topics WHERE inquiry = ? ORDER BY topic",
                [number],
            ).fetchall()
        )
        state["topics"], state["topic_reasons"] = sorted(reasons), reasons
        state["received_on"] = day_of(state["received_at"])
        for handover, closed_at, first_reply_at, passed_to in connection.execute(
            "SELECT id, closed_at, first_reply_at, passed_to FROM handovers "
            "WHERE inquiry = ? ORDER BY id",
            [number],
        ):
            state[f"handover:{handover}"] = closed_at
            state[f"handover:{handover}:first_reply"] = first_reply_at
            state[f"handover:{handover}:passed_to"] = passed_to
        for answer in self._handovers.answers(number):
            state[f"answer:{answer.id}"] = answer.taken_back_at is None
        return state

    def put(self, number: int, field: str, value: Any) -> None:
        with self._store.write() as db:
            if field in COLUMNS:
                db.conn.execute(
                    f"UPDATE inquiries SET {field} = ? WHERE id = ?",  # noqa: S608 (our columns)
                    [value, number],
                )
            elif field == "topic_reasons":
                db.conn.execute("DELETE FROM inquiry_topics WHERE inquiry = ?", [number])
                db.conn.executemany(
                    "INSERT INTO inquiry_topics (inquiry, topic, reason) VALUES (?, ?, ?)",
                    [(number, topic, reason) for topic, reason in value.items()],
                )
            elif field.startswith("handover:"):
                _, handover, name = f"{field}:".split(":")[:3]
                column = _OF_A_HANDOVER[name]
                db.conn.execute(
                    f"UPDATE handovers SET {column} = ? WHERE id = ?",  # noqa: S608 (our columns)
                    [value, int(handover)],
                )
            elif field.startswith("answer:"):
                taken_back_at = None if value else datetime.now(UTC).isoformat()
                db.conn.execute(
                    "UPDATE inquiry_answers SET taken_back_at = ? WHERE id = ?",
                    [taken_back_at, int(field.removeprefix("answer:"))],
                )
            # "topics" and "received_on" are read from topic_reasons and received_at.

    def moved(self, number: int, revision: int) -> None:
        with self._store.write() as db:
            db.conn.execute("UPDATE inquiries SET revision = ? WHERE id = ?", [revision, number])


def day_of(received_at: str) -> str:
    """The day in Norway, as ISO text, of a moment as the register writes it."""
    return datetime.fromisoformat(received_at).astimezone(OSLO).date().isoformat()


def same_clock(received_at: str, day: str) -> str:
    """The moment on another day at the same time by the clock in Norway."""
    clock = datetime.fromisoformat(received_at).astimezone(OSLO).time()
    on = datetime.combine(datetime.fromisoformat(day), clock, tzinfo=OSLO)
    return on.astimezone(UTC).isoformat()
