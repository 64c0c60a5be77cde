"""«Registrer som henvendelse»: a question that a person answered, written into the register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.help import status_label
from bot.slack.blocks.modals import CAME_BY, ToRegister, register_modal
from bot.slack.blocks.pieces import Rendered, notice
from bot.slack.blocks.told import told_modal
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.posts import Place
from bot.slack.quietly import quietly
from bot.slack.submitted import Submitted
from bot.slack.text import plain
from indexer.language import detect
from knowledge.calendar import OSLO
from knowledge.messages import Language, say
from knowledge.privacy import mask
from knowledge.reference import Reference, centre_for, suggest_topics
from knowledge.register import Inquiry, NewInquiry

Body = dict[str, Any]

NOON = time(12)
"""When an inquiry came of which only the day is known: on that day in any time zone nearby."""


def register(app: App, desk: Desk) -> None:
    @app.shortcut(ids.REGISTER)
    def ask_what_to_register(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        view = register_view(desk, body)
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.view(ids.REGISTER_MODAL)
    def to_register(ack: Ack, body: Body) -> None:
        team, user = person_of(body)
        language, submitted = desk.language(team, user), Submitted(body["view"])
        if errors := mistakes(submitted, language):
            ack(response_action="errors", errors=errors)
            return
        registered, new = keep(desk, team, user, submitted)
        if not new:
            view = told_modal(already(registered, language), "slack_register_title", language)
            ack(response_action="update", view=view)
            return
        ack()
        desk.poke(f"registered:{registered.id}")


def register_view(desk: Desk, body: Body) -> dict[str, Any]:
    """The form for the message of a shortcut, or, where it is registered, what became of it."""
    team, user = person_of(body)
    language, message = desk.language(team, user), body["message"]
    channel, ts = str(body["channel"]["id"]), str(message.get("ts") or body.get("message_ts"))
    registered = _registered(desk, team, channel, ts)
    if registered is not None:
        return told_modal(already(registered, language), "slack_register_title", language)
    written = mask(plain(str(message.get("text") or "")))
    author = message.get("user") if not message.get("bot_id") else None
    asker = desk.person(team, str(author)) if author else None
    municipality = (asker.municipality if asker else None) or (
        desk.channels.settings(team, channel).municipality
    )
    return register_modal(
        ToRegister(
            question=written.text,
            asked_on=datetime.fromtimestamp(float(ts), OSLO).date(),
            municipality=municipality,
            actor=asker.actor if asker else None,
            topics=[found.topic for found in suggest_topics(written.text)],
            centre=_centre(desk, team, channel, user, municipality),
        ),
        language,
        {
            "channel": channel,
            "ts": ts,
            "author": author,
            "masked": sorted({finding.kind for finding in written.found}),
            "response_url": body.get("response_url"),
        },
    )


def _registered(desk: Desk, team: str, channel: str, ts: str) -> Inquiry | None:
    """The inquiry that a message asked, or that the message, one of ours, is about."""
    found = desk.inquiries.found(f"slack:{team}:{channel}:{ts}")
    if found is not None:
        return found
    post = desk.posts.at(team, channel, ts)
    return desk.inquiries.get(post.inquiry) if post and post.inquiry else None


def _centre(desk: Desk, team: str, channel: str, user: str, municipality: str | None) -> str | None:
    """The centre that answered, most likely: where who registers works, or whose channel it is."""
    own = desk.person(team, user).centre or desk.channels.centre_of(team, channel)
    if own is not None or municipality is None:
        return own
    nearest = centre_for(municipality).centre
    return nearest.id if nearest else None


def already(inquiry: Inquiry, language: Language) -> Rendered:
    status = status_label(inquiry.status, language)
    return notice("slack_register_already", language, inquiry=inquiry.id, status=status)


def mistakes(submitted: Submitted, language: Language) -> dict[str, str]:
    """What is wrong, by field; the form stays open with it."""
    found = {}
    if not submitted.text(ids.QUESTION).text:
        found[ids.QUESTION] = say("slack_register_no_question", language)
    day = _day(submitted)
    if day is None or day > datetime.now(OSLO).date():
        found[ids.DATE] = say("slack_register_future", language)
    if submitted.chosen(ids.CENTRE, _serving()) is None:
        found[ids.CENTRE] = say("slack_register_no_centre", language)
    return found


def keep(desk: Desk, team: str, user: str, submitted: Submitted) -> tuple[Inquiry, bool]:
    """Write the inquiry, its answer and the confirmation at once; and whether it is new.

    Who asked is known by pseudonym only where the question was asked in Slack: a message about a
    telephone call was written by somebody else than who called.
    """
    centre = submitted.chosen(ids.CENTRE, _serving())
    assert centre is not None  # `mistakes` was asked before
    with desk.store.write():
        number, new = desk.inquiries.receive(_inquiry(desk, team, submitted, centre))
        if new:
            answer = submitted.text(ids.ANSWER).text
            if answer:
                came_from = f"registered:{number}"
                desk.handovers.answer(number, answer, came_from=came_from, centre=centre)
            else:
                _answered_by(desk, number, centre)
            _confirm(desk, team, user, submitted, number)
        kept = desk.inquiries.get(number)
    assert kept is not None
    return kept, new


def _inquiry(desk: Desk, team: str, submitted: Submitted, centre: str) -> NewInquiry:
    question = submitted.text(ids.QUESTION)
    origin = _Origin.of(submitted)
    came_by = submitted.chosen(ids.CAME_BY, CAME_BY) or "slack"
    suggested = {found.topic: ", ".join(found.words) for found in suggest_topics(question.text)}
    known = {topic.id for topic in Reference.load().topics}
    municipality = submitted.municipality(ids.MUNICIPALITY)
    in_slack = came_by == "slack" and origin.author is not None
    return NewInquiry(
        came_from=f"slack:{team}:{origin.channel}:{origin.ts}",
        received_at=_received_at(submitted, origin),
        channel=came_by,
        question=question.text,
        masked=tuple(sorted({*origin.masked, *(finding.kind for finding in question.found)})),
        language=detect(question.text),
        municipality=municipality,
        municipality_today=municipality,
        actor=submitted.chosen(ids.ACTOR, {actor.id for actor in Reference.load().actors}),
        asker=desk.pseudonyms.of(team, origin.author) if in_slack and origin.author else None,
        centre=centre,
        topics={
            topic: suggested.get(topic, centre)
            for topic in submitted.several(ids.TOPIC)
            if topic in known
        },
    )


@dataclass(frozen=True)
class _Origin:
    """The message that is registered, as the modal carried it."""

    channel: str
    ts: str
    author: str | None
    masked: tuple[str, ...]

    @classmethod
    def of(cls, submitted: Submitted) -> _Origin:
        carried = submitted.carried
        return cls(
            str(carried["channel"]),
            str(carried["ts"]),
            carried.get("author"),
            tuple(carried.get("masked") or ()),
        )


def _received_at(submitted: Submitted, origin: _Origin) -> datetime:
    """When the message was written, or, on another day, noon; never later than now."""
    written = datetime.fromtimestamp(float(origin.ts), UTC)
    day = _day(submitted)
    assert day is not None  # `mistakes` was asked before
    if day == written.astimezone(OSLO).date():
        return written
    return min(datetime.combine(day, NOON, OSLO).astimezone(UTC), datetime.now(UTC))


def _day(submitted: Submitted) -> date | None:
    try:
        return date.fromisoformat(submitted.date(ids.DATE) or "")
    except ValueError:
        return None


def _serving() -> set[str]:
    return {centre.id for centre in Reference.load().centres if centre.serving}


def _answered_by(desk: Desk, inquiry: int, centre: str) -> None:
    """Answered by a centre whose words are not known."""
    with desk.store.write() as db:
        db.conn.execute(
            "UPDATE inquiries SET status = 'answered', answered_by = ? "
            "WHERE id = ? AND status = 'new'",
            [centre, inquiry],
        )


def _confirm(desk: Desk, team: str, user: str, submitted: Submitted, inquiry: int) -> None:
    language = desk.language(team, user)
    desk.posts.put(
        f"registered:{inquiry}",
        Place(team, submitted.carried["channel"]),
        notice("slack_register_done", language, inquiry=inquiry),
        inquiry=inquiry,
        way="response" if submitted.carried.get("response_url") else "ephemeral",
        recipient=user,
        response_url=submitted.carried.get("response_url"),
    )
