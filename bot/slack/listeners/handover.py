"""«Spør en utviklingssentral»: the modal, and what is submitted in it."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks import notice
from bot.slack.blocks.fields import NOT_TOLD, serving_centres
from bot.slack.blocks.handover import centre_name
from bot.slack.blocks.handover_modals import (
    AUTOMATIC,
    Filled,
    destination,
    sentence_modal,
    to_centre_modal,
)
from bot.slack.blocks.pieces import literal, visible
from bot.slack.centres.outcomes import (
    close_for_asker,
    question_changed,
    reopen_for_asker,
    withdraw_from_centre,
)
from bot.slack.centres.own import standing
from bot.slack.centres.record import asker_language
from bot.slack.centres.sending import HandedOver, asker_place, hand_over, reach, send, send_unsent
from bot.slack.centres.showing import private
from bot.slack.desk import Desk
from bot.slack.posts import Place
from bot.slack.quietly import quietly
from bot.slack.submitted import Submitted
from knowledge.messages import Language, say
from knowledge.reference import Reference, suggest_topics
from knowledge.register import Inquiry

Body = dict[str, Any]

FOLLOWED = (ids.MUNICIPALITY, ids.TOPIC, ids.CENTRE)
"""The fields that the centre shown follows."""


def register(app: App, desk: Desk) -> None:
    @app.action(ids.TO_CENTRE)
    def to_centre(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        team, user = presser(body)
        number = int(body["actions"][0]["value"])
        view = first_view(desk, team, user, number, _pressed_at(body))
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    def follow(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        shown = body["view"]
        view = view_again(desk, Submitted(shown), desk.language(*presser(body)))
        if view is not None:
            arguments = {"view_id": shown["id"], "hash": shown.get("hash"), "view": view}
            quietly(client.views_update, **arguments)

    for field in FOLLOWED:
        app.action(field, matchers=[_in_our_modal])(follow)

    @app.view(ids.TO_CENTRE_MODAL)
    def submitted(ack: Ack, body: Body) -> None:
        team, user = presser(body)
        given = Submitted(body["view"])
        language = desk.language(team, user)
        inquiry = _inquiry(desk, given)
        if inquiry is None:
            told = say("slack_handover_gone", language)
            ack(response_action="errors", errors={ids.QUESTION: told})
            return
        filled = read(given)
        wrong = errors(filled, inquiry, language)
        if wrong:
            ack(response_action="errors", errors=wrong)
            return
        pressed_in = given.carried.get("channel")
        done = hand_over(
            desk, team=team, user=user, inquiry=inquiry, filled=filled, channel=pressed_in
        )
        ack()
        bring(desk, team, user, done, given)


def _in_our_modal(body: Body) -> bool:
    return bool((body.get("view") or {}).get("callback_id") == ids.TO_CENTRE_MODAL)


def presser(body: Body) -> tuple[str, str]:
    """Workspace and user of a press or a submission."""
    team = (body.get("team") or {}).get("id") or body["user"].get("team_id")
    return str(team), str(body["user"]["id"])


def _pressed_at(body: Body) -> dict[str, str]:
    """Where the button stands: ids of Slack's."""
    container, channel = body.get("container") or {}, body.get("channel") or {}
    at = {
        "channel": channel.get("id") or container.get("channel_id"),
        "thread": container.get("thread_ts"),
    }
    return {name: str(value) for name, value in at.items() if value}


def _inquiry(desk: Desk, given: Submitted) -> Inquiry | None:
    inquiry = desk.inquiries.get(int(given.carried["inquiry"]))
    return inquiry if inquiry is not None and not inquiry.gone else None


def first_view(
    desk: Desk, team: str, user: str, number: int, pressed_at: dict[str, str]
) -> dict[str, Any]:
    """The modal with what is known; or which centre has the question already."""
    language = desk.language(team, user)
    inquiry = desk.inquiries.get(number)
    if inquiry is None or inquiry.gone:
        return sentence_modal(ids.TO_CENTRE_MODAL, say("slack_handover_gone", language), language)
    who = desk.pseudonyms.of(team, user)
    handed = standing(desk, team, inquiry, who)
    if handed is not None:
        centre = centre_name(handed.centre)
        told = say("slack_handover_already", language, centre=centre)
        return sentence_modal(ids.TO_CENTRE_MODAL, told, language)
    # What was asked for the asker's eyes alone is not shown to who presses on the shared answer.
    theirs = inquiry.asker == who
    question = inquiry.question if theirs or not private(desk, number) else ""
    suggested = [found.topic for found in suggest_topics(question)]
    known = inquiry.topics if question else ()
    topics = [*suggested, *(topic for topic in known if topic not in suggested)]
    filled = Filled(
        question=question,
        municipality=_municipality(desk, team, user, inquiry, pressed_at.get("channel")),
        topic=topics[0] if topics else None,
    )
    return to_centre_modal(
        filled, language, metadata={"inquiry": number, **pressed_at}, topics=topics
    )


def _municipality(
    desk: Desk, team: str, user: str, inquiry: Inquiry, channel: str | None
) -> str | None:
    """The one that was asked for; of who did not ask it, their own or the channel's."""
    own = desk.person(team, user).municipality
    if inquiry.asker == desk.pseudonyms.of(team, user):
        return inquiry.municipality_today or inquiry.municipality or own
    return own or (desk.channels.settings(team, channel).municipality if channel else None)


def view_again(desk: Desk, given: Submitted, language: Language) -> dict[str, Any] | None:
    """The modal as it is filled in by now, with the centre that follows from that."""
    inquiry = _inquiry(desk, given)
    if inquiry is None:
        return None
    return to_centre_modal(
        read(given), language, metadata=given.carried, topics=list(inquiry.topics)
    )


def read(given: Submitted) -> Filled:
    """What was filled in, masked; values that are none of ours count as none."""
    centre = given.chosen(ids.CENTRE, {one.id for one in serving_centres()} | {AUTOMATIC})
    question = given.text(ids.QUESTION)
    return Filled(
        question=literal(question.text),
        municipality=given.municipality(ids.MUNICIPALITY),
        topic=given.chosen(ids.TOPIC, {topic.id for topic in Reference.load().topics}),
        centre=None if centre in (None, AUTOMATIC, NOT_TOLD) else centre,
        note=literal(given.text(ids.COMMENT).text),
        masked=tuple(finding.kind for finding in question.found),
    )


def errors(filled: Filled, inquiry: Inquiry, language: Language) -> dict[str, str]:
    """What has to be mended before it can be sent, by field."""
    wrong: dict[str, str] = {}
    if not visible(filled.question):
        wrong[ids.QUESTION] = say("slack_handover_question_empty", language)
    if destination(filled, list(inquiry.topics))[0] is None:
        wrong[ids.MUNICIPALITY] = say("slack_handover_goes_nowhere", language)
    return wrong


def bring(desk: Desk, team: str, user: str, done: HandedOver, given: Submitted) -> None:
    """Post it and tell the asker: what takes calls to Slack, once Slack has its acknowledgement."""
    handover = done.handover
    reach(desk, team, user, handover.inquiry)
    inquiry = desk.inquiries.get(handover.inquiry)
    assert inquiry is not None
    language, centre = asker_language(inquiry), centre_name(handover.centre)
    channel = given.carried.get("channel")
    here = Place(team, str(channel), given.carried.get("thread")) if channel else None
    if done.new:
        send(desk, handover, user=user)
        if asker_place(desk, inquiry.id) is None and here is not None:
            key, told = f"lost:{handover.id}", "slack_handover_unreachable"
            _to_one(desk, key, here, user, inquiry.id, told, language, centre)
    elif here is not None:
        key = f"already:{handover.id}:{given.view_id}"
        _to_one(desk, key, here, user, inquiry.id, "slack_handover_already", language, centre)


def _to_one(
    desk: Desk,
    key: str,
    here: Place,
    user: str,
    inquiry: int,
    sentence: str,
    language: Language,
    centre: str,
) -> None:
    told = notice(sentence, language, centre=centre)
    desk.posts.put(key, here, told, inquiry=inquiry, way="ephemeral", recipient=user)
    desk.poke(key)


__all__ = [
    "close_for_asker",
    "question_changed",
    "register",
    "reopen_for_asker",
    "send_unsent",
    "withdraw_from_centre",
]
