"""What handing over writes and reads in the register and the outbox beyond their own methods."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.slack.blocks import Rendered
from bot.slack.centres.papers import Papers
from bot.slack.posts import Place, Post
from knowledge.messages import Language
from knowledge.register import Answer, Handover, Inquiry

OUTDATED: Final = "outdated"
DRAWING: Final = "drawing"
WITHDRAWN: Final = "withdrawn"
"""In the column `error` of a message that was posted: what is to be done about it, or was done."""

CLOSED: Final = "closed"
TAKEN_BACK: Final = "taken_back"
"""In the same column of a message that is not posted (any more): why."""

FAILED_AGAIN = timedelta(hours=1)
"""A message to a centre that Slack refused for good is tried again after this time."""


def handover_key(handover: int) -> str:
    return f"handover:{handover}"


def moment(at: datetime | None) -> int:
    """In a key: one message for each time something was closed."""
    return int(at.timestamp() * 1000) if at else 0


def closed_key(handover: Handover) -> str:
    """Of the message that tells the asker that the centre is done."""
    return f"closed:{handover.id}:{moment(handover.closed_at)}"


def closed_by_centre(desk: Papers, handover: Handover) -> bool:
    """Whether the centre was done with it, and the asker was told; not who else closed it."""
    if handover.closed_at is None or handover.passed_to is not None:
        return False
    return desk.posts.get(closed_key(handover)) is not None


def of_asker_in(desk: Papers, place: Place, who: str, inquiry: int) -> int | None:
    """The inquiry that somebody speaks of in a thread: `inquiry`, if they asked it.

    Several people may have brought the same question to a centre: then it is their own one there,
    one that is open before one that is not. None if they have none.
    """
    asked = desk.inquiries.get(inquiry)
    if asked is None:
        return None
    if asked.asker is None or asked.asker == who:
        return inquiry
    found = desk.store.database.conn.execute(
        "SELECT t.inquiry FROM slack_threads AS t JOIN inquiries AS i ON i.id = t.inquiry "
        "JOIN handovers AS h ON h.inquiry = t.inquiry "
        "WHERE t.team = ? AND t.channel = ? AND t.thread_ts = ? AND i.asker = ? "
        "ORDER BY h.closed_at IS NOT NULL, h.id DESC LIMIT 1",
        [place.team, place.channel, place.thread_ts, who],
    ).fetchone()
    return int(found[0]) if found else None


def is_gone(inquiry: Inquiry | None) -> bool:
    """Whether there is nothing to answer: withdrawn by the asker, or deleted by a reviewer."""
    return inquiry is None or inquiry.gone


def is_answered(desk: Papers, inquiry: int) -> bool:
    """Whether an answer of a centre stands."""
    return any(
        answer.centre is not None and answer.taken_back_at is None
        for answer in desk.handovers.answers(inquiry)
    )


def handover_at(desk: Papers, team: str, channel: str, thread_ts: str) -> Handover | None:
    """The handover whose thread in a centre's channel this is."""
    post = desk.posts.at(team, channel, thread_ts)
    if post is None or post.kind != "handover":
        return None
    return desk.handovers.get(post.number)


def handover_post(desk: Papers, handover: int) -> Post | None:
    return desk.posts.get(handover_key(handover))


def centre_thread(desk: Papers, handover: int) -> Place | None:
    """Where a handover is talked about in the centre's channel; None until it is posted there."""
    post = handover_post(desk, handover)
    if post is None or post.state != "posted" or post.ts is None:
        return None
    return Place(post.team, post.channel, post.ts)


def answered_in(desk: Papers, answer: Answer) -> Handover | None:
    """The handover that an answer was given to: the last one to its centre."""
    for handover in reversed(desk.handovers.of(answer.inquiry)):
        if handover.centre == answer.centre:
            return handover
    return desk.handovers.last_of(answer.inquiry)


def passed_from(desk: Papers, handover: Handover) -> str | None:
    """The centre that passed it on to this one; not one that it came back from."""
    if handover.reason != "passed_on":
        return None
    row = desk.store.database.conn.execute(
        "SELECT centre FROM handovers WHERE passed_to = ? ORDER BY id LIMIT 1", [handover.id]
    ).fetchone()
    return str(row[0]) if row else None


def passed_to(desk: Papers, handover: Handover) -> str | None:
    """The centre that this one passed it on to."""
    after = desk.handovers.get(handover.passed_to) if handover.passed_to is not None else None
    return after.centre if after else None


def unsent(desk: Papers) -> list[Handover]:
    """Open handovers that no message in a centre's channel tells of, oldest first."""
    again = (datetime.now(UTC) - FAILED_AGAIN).isoformat()
    rows = desk.store.database.conn.execute(
        "SELECT h.id FROM handovers AS h LEFT JOIN slack_posts AS p ON p.key = 'handover:' || h.id "
        "WHERE h.closed_at IS NULL AND (p.key IS NULL "
        "OR (p.state = 'failed' AND (p.error IN (?, ?) OR p.created_at < ?))) ORDER BY h.id",
        [CLOSED, WITHDRAWN, again],
    ).fetchall()
    found = (desk.handovers.get(int(number)) for (number,) in rows)
    return [handover for handover in found if handover is not None]


def forget_failed(desk: Papers, key: str) -> None:
    """Make room for another try of a message that was never posted."""
    with desk.store.write() as db:
        db.conn.execute("DELETE FROM slack_posts WHERE key = ? AND state = 'failed'", [key])


def not_wanted(desk: Papers, key: str, why: str) -> bool:
    """Keep a message that waits from being posted; False if it does not wait."""
    with desk.store.write():
        post = desk.posts.get(key)
        if post is None or post.state not in ("due", "ready"):
            return False
        desk.posts.failed(key, why)
    return True


def replaced(desk: Papers, key: str, payload: Rendered) -> bool:
    """Give a message that waits another content; False if it does not wait.

    It is noted as outdated too: it may be on its way with the content it had.
    """
    told = json.dumps({"text": payload.text, "blocks": payload.blocks}, ensure_ascii=False)
    with desk.store.write() as db:
        return bool(
            db.conn.execute(
                "UPDATE slack_posts SET payload = ?, error = ? WHERE key = ? AND state = 'ready'",
                [told, OUTDATED, key],
            ).rowcount
        )


def outdated(desk: Papers, key: str) -> bool:
    """Note that what was posted no longer says what the register says."""
    with desk.store.write() as db:
        return bool(
            db.conn.execute(
                "UPDATE slack_posts SET error = ? WHERE key = ? AND state = 'posted'",
                [OUTDATED, key],
            ).rowcount
        )


def take_outdated(desk: Papers) -> list[str]:
    """The messages to bring up to date, noted as being at work on.

    Also what was posted while it was withdrawn or taken back.
    """
    with desk.store.write() as db:
        keys = [
            str(key)
            for (key,) in db.conn.execute(
                "SELECT p.key FROM slack_posts AS p JOIN inquiries AS i ON i.id = p.inquiry "
                "WHERE p.state = 'posted' AND p.ts IS NOT NULL AND (p.error IN (?, ?) "
                "OR (i.withdrawn_at IS NOT NULL AND coalesce(p.error, '') <> ? "
                "AND (p.key LIKE 'handover:%' OR p.key LIKE 'addition:%')) "
                "OR EXISTS (SELECT 1 FROM inquiry_answers AS a WHERE a.taken_back_at IS NOT NULL "
                "AND (p.key = 'relay:' || a.id OR p.key = 'addition:' || a.id "
                "OR (p.key = 'relayed:' || a.id AND coalesce(p.error, '') <> ?)))) ORDER BY p.key",
                [OUTDATED, DRAWING, WITHDRAWN, TAKEN_BACK],
            )
        ]
        for key in keys:
            db.conn.execute("UPDATE slack_posts SET error = ? WHERE key = ?", [DRAWING, key])
    return keys


def drawn(desk: Papers, key: str, *, mark: str | None) -> None:
    """It says what the register says again, unless that has changed meanwhile."""
    with desk.store.write() as db:
        db.conn.execute(
            "UPDATE slack_posts SET error = ? WHERE key = ? AND error = ?", [mark, key, DRAWING]
        )


def gone(desk: Papers, key: str) -> None:
    """The message was deleted."""
    with desk.store.write() as db:
        db.conn.execute(
            "UPDATE slack_posts SET state = 'failed', ts = NULL, error = ? WHERE key = ?",
            [TAKEN_BACK, key],
        )


def reopen(desk: Papers, inquiry: int) -> Handover | None:
    """Open the handover that was closed last; None if there is none, or it was passed on."""
    with desk.store.write() as db:
        last = desk.handovers.last_of(inquiry)
        row = desk.inquiries.get(inquiry)
        if last is None or last.closed_at is None or last.passed_to is not None:
            return None
        if is_gone(row):
            return None
        db.conn.execute("UPDATE handovers SET closed_at = NULL WHERE id = ?", [last.id])
        # What was set aside on the pages is an inquiry again.
        db.conn.execute(
            "UPDATE inquiries SET status = 'resolved' WHERE id = ? AND status = 'not_an_inquiry'",
            [inquiry],
        )
        desk.inquiries.resolve(inquiry, resolved=False)
        if last.first_reply_at is None:
            _waits(desk, inquiry)
        return desk.handovers.get(last.id)


def unanswered_again(desk: Papers, answer: Answer) -> tuple[Handover, bool] | None:
    """After an answer was taken back: if it was the only one, the asker still waits.

    Returns:
        The handover that waits, and whether it had been closed and is open again; None where
        another answer stands, or there is nothing to open.
    """
    with desk.store.write() as db:
        if is_answered(desk, answer.inquiry):
            return None
        standing = desk.handovers.open_of(answer.inquiry)
        waiting = standing or reopen(desk, answer.inquiry)
        if waiting is None:
            return None
        db.conn.execute("UPDATE handovers SET first_reply_at = NULL WHERE id = ?", [waiting.id])
        db.conn.execute(
            "UPDATE inquiries SET answered_by = CASE outcome WHEN 'answered' THEN 'bot' END "
            "WHERE id = ?",
            [answer.inquiry],
        )
        _waits(desk, answer.inquiry)
        now = desk.handovers.get(waiting.id)
        assert now is not None
        return now, standing is None


def _waits(desk: Papers, inquiry: int) -> None:
    with desk.store.write() as db:
        db.conn.execute(
            "UPDATE inquiries SET status = 'waiting' "
            "WHERE id = ? AND status IN ('new', 'answered')",
            [inquiry],
        )


def correct_municipality(desk: Papers, inquiry: Inquiry, code: str, centre: str) -> None:
    """The asker told for which municipality, in place of what was taken for granted."""
    with desk.store.write() as db:
        desk.inquiries.set_asker(inquiry.id, code, centre)
        db.conn.execute(
            "UPDATE inquiries SET municipality = ?, municipality_today = ? "
            "WHERE id = ? AND coalesce(municipality_today, municipality) <> ?",
            [code, code, inquiry.id, code],
        )


def channel_language(desk: Papers, place: Place) -> Language:
    """The language of a centre's channel."""
    return desk.channels.settings(place.team, place.channel).language or "nb"


def asker_language(inquiry: Inquiry) -> Language:
    return inquiry.language or "nb"
