"""What the asker writes while a centre has the question, or had it: kept, and brought to it.

The functions that Slack's events lead to only write to the database: Slack is told that an event
arrived when they return.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.slack.blocks import notice
from bot.slack.blocks.handover import centre_name, taken_for_centre
from bot.slack.blocks.pieces import visible
from bot.slack.centres import record
from bot.slack.centres.calls import poke
from bot.slack.centres.outcomes import tell_reopened
from bot.slack.centres.replies import alone, masked
from bot.slack.centres.sending import send_addition
from bot.slack.centres.showing import changed
from bot.slack.desk import Desk
from bot.slack.posts import Place
from bot.slack.text import is_thanks
from knowledge.register import Answer, Handover

SAME_TALK = timedelta(days=3)
"""At the top of a direct message, what is written so long after a centre's answer is about it: a
weekend and a day."""

OPENS_AGAIN = timedelta(days=14)
"""What is written in a thread so long after the centre was done goes to the centre."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A message of the asker's; `place.thread_ts` is the root of its thread, or `ts` itself."""

    place: Place
    ts: str
    user: str
    text: str

    @property
    def came_from(self) -> str:
        return f"slack:{self.place.team}:{self.place.channel}:{self.ts}"

    @property
    def at_top(self) -> bool:
        return self.place.thread_ts == self.ts


def take_addition(
    desk: Desk,
    *,
    team: str,
    channel: str,
    thread_ts: str,
    ts: str,
    user: str,
    text: str,
    inquiry: int,
    internal: bool = False,
) -> bool:
    """What the asker writes in their thread while a centre has the question goes to that centre.

    Soon after the centre was done it opens the question again; not where somebody else closed it,
    or it was passed on. Quick, and on disk when this returns; delivered twice it is one addition.
    What others say to each other there is not for the centre, nor are thanks; where several brought
    the question to a centre, it goes with the writer's own one. The asker is told when that happens
    first, and at the top of a direct message each time, since it may be a new question.

    Args:
        thread_ts: `ts` at the top of a direct message.
        internal: it is for somebody else, whom it mentions; it stays.

    Returns:
        Whether a centre has it.
    """
    said = _Said(Place(team, channel, thread_ts), ts, user, text)
    number = _whose(desk, said, inquiry, internal)
    if number is None:
        return False
    handover = desk.handovers.open_of(number)
    if handover is None:
        return _after_closing(desk, said, number)
    with desk.store.write():
        answer, new = _keep(desk, said, handover)
        if new:
            keys = [f"addition:{answer.id}", _confirm(desk, said, handover, answer)]
    if new:
        poke(desk, *keys)
    return True


def open_here(desk: Desk, place: Place, asker: str) -> int | None:
    """The inquiry that what `asker` writes at the top of a direct message is about.

    That is the one inquiry with a centre whose answers come to the top of this direct message
    (`place.thread_ts` is not looked at), if the centre answered within the last days; None if there
    is none, or there are several.
    """
    rows = desk.store.database.conn.execute(
        "SELECT t.inquiry FROM slack_threads AS t JOIN inquiries AS i ON i.id = t.inquiry "
        "JOIN handovers AS h ON h.inquiry = t.inquiry AND h.closed_at IS NULL "
        "WHERE t.team = ? AND t.channel = ? AND t.thread_ts IS NULL AND i.asker = ? LIMIT 2",
        [place.team, place.channel, asker],
    ).fetchall()
    if len(rows) != 1:
        return None
    inquiry, since = int(rows[0][0]), datetime.now(UTC) - SAME_TALK
    recent = any(
        answer.centre is not None and answer.taken_back_at is None and answer.at >= since
        for answer in desk.handovers.answers(inquiry)
    )
    return inquiry if recent else None


def _whose(desk: Desk, said: _Said, inquiry: int, internal: bool) -> int | None:
    """The inquiry that a message adds to; None if it is for no centre."""
    if not visible(said.text) or is_thanks(said.text):
        return None
    if internal and not alone(said.place.channel):
        return None
    who = desk.pseudonyms.of(said.place.team, said.user)
    return record.of_asker_in(desk, said.place, who, inquiry)


def _keep(desk: Desk, said: _Said, handover: Handover) -> tuple[Answer, bool]:
    """Within a transaction."""
    answer, new = desk.handovers.answer(
        handover.inquiry, masked(said.text).text, came_from=said.came_from, centre=None
    )
    if new:
        send_addition(desk, handover.id, answer.id)
    return answer, new


def _confirm(desk: Desk, said: _Said, handover: Handover, answer: Answer) -> str:
    """Tell the asker alone that it goes to the centre; the key of the message."""
    inquiry = desk.inquiries.get(handover.inquiry)
    assert inquiry is not None
    language, place = record.asker_language(inquiry), said.place
    if said.at_top and alone(place.channel):
        key = f"added:{handover.id}:{answer.id}"
        told = taken_for_centre(answer, handover.centre, language)
        place = Place(place.team, place.channel)  # in a thread without replies nobody sees it
    else:
        key = f"added:{handover.id}"
        told = notice("slack_handover_added", language, centre=centre_name(handover.centre))
    desk.posts.put(key, place, told, inquiry=inquiry.id, way="ephemeral", recipient=said.user)
    return key


def _after_closing(desk: Desk, said: _Said, inquiry: int) -> bool:
    with desk.store.write():
        if desk.handovers.answer_from(said.came_from) is not None:
            return True
        before = desk.handovers.last_of(inquiry)
        if before is None or not record.closed_by_centre(desk, before):
            return False
        assert before.closed_at is not None
        if datetime.now(UTC) - before.closed_at > OPENS_AGAIN:
            return False
        now = record.reopen(desk, inquiry)
        found = desk.inquiries.get(inquiry)
        if now is None or found is None:
            return False
        changed(desk, now)
        tell_reopened(desk, before)
        answer, _ = _keep(desk, said, now)
        key = f"added:{now.id}:{answer.id}"
        told = notice(
            "slack_handover_added_again",
            record.asker_language(found),
            centre=centre_name(now.centre),
        )
        desk.posts.put(key, said.place, told, inquiry=inquiry, way="ephemeral", recipient=said.user)
    poke(desk, f"addition:{answer.id}", key)
    return True
