"""«Registrer som henvendelse»: a question that somebody asked elsewhere, put into the register.

Anybody may register a question. That a centre answered it is for those who work at that centre to
say, and for who administers the workspace.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import counted, ids
from bot.slack.blocks.fields import serving_centres
from bot.slack.blocks.help import status_label
from bot.slack.blocks.modals import CAME_BY, ToRegister, register_modal
from bot.slack.blocks.pieces import Rendered, notice
from bot.slack.blocks.told import told_modal
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.posts import Place
from bot.slack.quietly import is_admin, quietly
from bot.slack.staff import works_at
from bot.slack.submitted import Submitted
from bot.slack.text import plain
from indexer.language import detect
from knowledge.calendar import OSLO
from knowledge.messages import Language, say
from knowledge.privacy import mask
from knowledge.reference import Reference, centre_for, suggest_topics
from knowledge.register import Inquiry, NewInquiry

Body = dict[str, Any]

REGISTERED = "registered"
"""Why an inquiry has a topic that its words do not suggest, where no centre chose it."""

NOON = time(12)
"""When an inquiry came of which only the day is known: on that day in any time zone nearby."""


def register(app: App, desk: Desk) -> None:
    @app.shortcut(ids.REGISTER)
    def ask_what_to_register(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        view = register_view(desk, client, body)
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.view(ids.REGISTER_MODAL)
    def to_register(ack: Ack, body: Body, client: WebClient) -> None:
        team, user = person_of(body)
        language, submitted = desk.language(team, user), Submitted(body["view"])
        allowed: Collection[str] = ()
        if submitted.chosen(ids.CENTRE) is not None:
            allowed = centres_of(desk, client, team, user)
        if errors := mistakes(submitted, language, allowed):
            ack(response_action="errors", errors=errors)
            return
        registered, new = keep(desk, team, user, submitted)
        if not new:
            view = told_modal(already(registered, language), "slack_register_title", language)
            ack(response_action="update", view=view)
            return
        ack()
        desk.poke(f"registered:{registered.id}")


def register_view(desk: Desk, client: WebClient, body: Body) -> dict[str, Any]:
    """The form for the message of a shortcut, or, where it is registered, what became of it.

    What the author of the message told of themselves is not for others to see.
    """
    team, user = person_of(body)
    language, message = desk.language(team, user), body["message"]
    channel, ts = str(body["channel"]["id"]), str(message.get("ts") or body.get("message_ts"))
    registered = _registered(desk, team, channel, ts)
    if registered is not None:
        return told_modal(already(registered, language), "slack_register_title", language)
    written = mask(plain(str(message.get("text") or "")))
    municipality = desk.channels.settings(team, channel).municipality
    allowed = centres_of(desk, client, team, user)
    likely = _likely(desk, team, channel, user, municipality)
    return register_modal(
        ToRegister(
            question=written.text,
            asked_on=datetime.fromtimestamp(float(ts), OSLO).date(),
            municipality=municipality,
            topics=[found.topic for found in suggest_topics(written.text)],
            centres=[centre for centre in serving_centres(likely) if centre.id in allowed],
        ),
        language,
        {
            "channel": channel,
            "ts": ts,
            "author": message.get("user") if not message.get("bot_id") else None,
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


def centres_of(desk: Desk, client: WebClient, team: str, user: str) -> Collection[str]:
    """The centres whose answers somebody may register: their own, all for an administrator."""
    if is_admin(client, user):
        return {centre.id for centre in serving_centres()}
    own = works_at(desk, team, desk.person(team, user))
    return {own} if own else ()


def _likely(desk: Desk, team: str, channel: str, user: str, municipality: str | None) -> str | None:
    """The centre that answered, most likely: where who registers works, or whose channel it is."""
    own = works_at(desk, team, desk.person(team, user)) or desk.channels.centre_of(team, channel)
    if own is not None or municipality is None:
        return own
    nearest = centre_for(municipality).centre
    return nearest.id if nearest else None


def already(inquiry: Inquiry, language: Language) -> Rendered:
    status = status_label(inquiry.status, language)
    return notice("slack_register_already", language, inquiry=inquiry.id, status=status)


def mistakes(
    submitted: Submitted, language: Language, allowed: Collection[str] = ()
) -> dict[str, str]:
    """What is wrong, by field; the form stays open with it.

    Args:
        allowed: the centres whose answers who submits it may register.
    """
    found = {}
    if not submitted.text(ids.QUESTION).text:
        found[ids.QUESTION] = say("slack_register_no_question", language)
    day = _day(submitted)
    if day is None or day > datetime.now(OSLO).date():
        found[ids.DATE] = say("slack_register_future", language)
    centre = submitted.chosen(ids.CENTRE)
    if centre is not None and centre not in allowed:
        found[ids.CENTRE] = say("slack_register_no_centre", language)
    return found


def keep(desk: Desk, team: str, user: str, submitted: Submitted) -> tuple[Inquiry, bool]:
    """Write the inquiry, its answer and the confirmation at once; and whether it is new.

    Who asked is known, by pseudonym, only where somebody registers what they asked in Slack
    themselves: nobody is made an asker by others.
    """
    centre = submitted.chosen(ids.CENTRE)  # `mistakes` was asked before
    with desk.store.write():
        number, new = desk.inquiries.receive(_inquiry(desk, team, user, submitted, centre))
        if new:
            answer = submitted.text(ids.ANSWER).text
            if centre is not None and answer:
                came_from = f"registered:{number}"
                desk.handovers.answer(number, answer, came_from=came_from, centre=centre)
            elif centre is not None:
                _answered_by(desk, number, centre)
            _confirm(desk, team, user, submitted, number)
        kept = desk.inquiries.get(number)
    assert kept is not None
    if new:
        counted.received(number, "registered")
    return kept, new


def _inquiry(
    desk: Desk, team: str, user: str, submitted: Submitted, centre: str | None
) -> NewInquiry:
    question = submitted.text(ids.QUESTION)
    origin = _Origin.of(submitted)
    came_by = submitted.chosen(ids.CAME_BY, CAME_BY) or "slack"
    suggested = {found.topic: ", ".join(found.words) for found in suggest_topics(question.text)}
    known = {topic.id for topic in Reference.load().topics}
    topics = [topic for topic in submitted.several(ids.TOPIC) if topic in known]
    municipality = submitted.municipality(ids.MUNICIPALITY)
    nearest = centre_for(municipality, topics=topics).centre if municipality else None
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
        asker=desk.pseudonyms.of(team, user)
        if came_by == "slack" and origin.author == user
        else None,
        centre=centre or (nearest.id if nearest else None),
        topics={topic: suggested.get(topic, centre or REGISTERED) for topic in topics},
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
