"""The buttons in a centre's channel: answer, pass on, done, take back, and set right."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks import notice
from bot.slack.blocks.fields import serving_centres
from bot.slack.blocks.handover_modals import pass_on_modal, reply_modal, sentence_modal
from bot.slack.blocks.pieces import literal, visible
from bot.slack.centres import outcomes
from bot.slack.centres.additions import open_here, take_addition
from bot.slack.centres.replies import (
    answer_by_form,
    delete_centre_reply,
    edit_centre_reply,
    take_back,
    take_centre_reply,
)
from bot.slack.centres.sending import centre_notice, send
from bot.slack.desk import Desk
from bot.slack.listeners.handover import presser
from bot.slack.posts import Place
from bot.slack.quietly import quietly
from bot.slack.receiving import receive
from bot.slack.submitted import Submitted
from knowledge.messages import Language, say
from knowledge.register import Handover

Body = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    _answering(app, desk)
    _passing_on(app, desk)
    _ending(app, desk)
    _correcting(app, desk)


def _answering(app: App, desk: Desk) -> None:
    @app.action(ids.REPLY)
    def reply(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        handover, language = _acted_on(desk, body), _language(desk, body)
        view = reply_view(desk, handover, language)
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.view(ids.REPLY_MODAL)
    def replied(ack: Ack, body: Body) -> None:
        given, language = Submitted(body["view"]), _language(desk, body)
        text = given.text(ids.ANSWER)
        handover = desk.handovers.get(int(given.carried["handover"]))
        wrong = None
        if not visible(text.text):
            wrong = say("slack_handover_answer_empty", language)
        elif handover is None or not answer_by_form(
            desk, handover=handover, view=given.view_id, text=text
        ):
            wrong = say("slack_handover_not_open", language)
        if wrong:
            ack(response_action="errors", errors={ids.ANSWER: wrong})
        else:
            ack()

    @app.action(ids.TAKE_BACK)
    def taken_back(ack: Ack, body: Body) -> None:
        take_back(desk, int(body["actions"][0]["value"]))
        ack()


def _passing_on(app: App, desk: Desk) -> None:
    @app.action(ids.PASS_ON)
    def pass_on(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        handover, language = _acted_on(desk, body), _language(desk, body)
        view = pass_on_view(handover, language)
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.view(ids.PASS_ON_MODAL)
    def passed_on(ack: Ack, body: Body) -> None:
        given, language = Submitted(body["view"]), _language(desk, body)
        handover = desk.handovers.get(int(given.carried["handover"]))
        centre = given.chosen(ids.CENTRE, {one.id for one in serving_centres()})
        new = None
        if centre is None or handover is None or centre == handover.centre:
            wrong = say("slack_handover_pass_on_choose", language)
        else:
            note = literal(given.text(ids.COMMENT).text)
            new = outcomes.pass_on(desk, handover, centre, note)
            wrong = say("slack_handover_not_open", language)
        if new is None and not _same_again(desk, handover, centre):
            ack(response_action="errors", errors={ids.CENTRE: wrong})
            return
        ack()
        if new is not None:
            send(desk, new)


def _ending(app: App, desk: Desk) -> None:
    @app.action(ids.CLOSE)
    def done(ack: Ack, body: Body) -> None:
        handover = _acted_on(desk, body)
        if handover is not None:
            outcomes.close(desk, handover)
        ack()

    @app.action(ids.REOPEN)
    def open_again(ack: Ack, body: Body) -> None:
        handover = _acted_on(desk, body)
        if handover is not None:
            outcomes.reopen(desk, handover)
        ack()


def _correcting(app: App, desk: Desk) -> None:
    @app.action(ids.NOT_FOR_CENTRE)
    def not_for_centre(ack: Ack, body: Body, respond: Respond) -> None:
        team, user = presser(body)
        done = ask_instead(desk, team, user, int(body["actions"][0]["value"]))
        ack()
        if done:
            said = notice("slack_handover_asked_instead", _language(desk, body))
            respond(text=said.text, blocks=said.blocks, replace_original=True)


def ask_instead(desk: Desk, team: str, user: str, addition: int) -> bool:
    """What was brought to a centre was a new question: the bot answers it, the centre is told.

    On disk when this returns, and done once however often it is pressed.

    Returns:
        False if it is no addition of this person's, or so old that its place is forgotten.
    """
    answer = desk.handovers.answer_number(addition)
    inquiry = desk.inquiries.get(answer.inquiry) if answer is not None else None
    if answer is None or inquiry is None or answer.centre is not None:
        return False
    if inquiry.asker != desk.pseudonyms.of(team, user) or not answer.text:
        return False
    if not answer.came_from.startswith("slack:"):
        return False
    *_, channel, ts = answer.came_from.split(":")
    place = Place(team, channel, ts)
    receive(
        desk,
        place,
        user,
        answer.text,
        came_from=answer.came_from,
        ts=ts,
        earlier=desk.threads.earlier(place, direct=True, at_top=True),
    )
    handover = desk.handovers.last_of(inquiry.id)
    if take_back(desk, answer.id) is not None and handover is not None:
        key = f"withdrew:{answer.id}"
        centre_notice(desk, handover, key, "slack_handover_addition_withdrawn")
    return True


def _language(desk: Desk, body: Body) -> Language:
    return desk.language(*presser(body))


def _acted_on(desk: Desk, body: Body) -> Handover | None:
    """The handover of a button."""
    return desk.handovers.get(int(body["actions"][0]["value"]))


def _same_again(desk: Desk, handover: Handover | None, centre: str | None) -> bool:
    """Whether it was passed on to this very centre: the same modal, submitted twice."""
    if handover is None or handover.passed_to is None:
        return False
    after = desk.handovers.get(handover.passed_to)
    return after is not None and after.centre == centre


def reply_view(desk: Desk, handover: Handover | None, language: Language) -> dict[str, Any]:
    """The modal of «Svar», or that there is nothing to answer any more."""
    inquiry = desk.inquiries.get(handover.inquiry) if handover else None
    if handover is None or inquiry is None or inquiry.gone or handover.passed_to:
        return _not_open(ids.REPLY_MODAL, language)
    return reply_modal(handover.id, inquiry.question, language)


def pass_on_view(handover: Handover | None, language: Language) -> dict[str, Any]:
    """The modal of «Send videre», or that there is nothing to pass on any more."""
    if handover is None or handover.closed_at is not None:
        return _not_open(ids.PASS_ON_MODAL, language)
    others = [centre for centre in serving_centres() if centre.id != handover.centre]
    return pass_on_modal(handover.id, others, language)


def _not_open(callback_id: str, language: Language) -> dict[str, Any]:
    return sentence_modal(callback_id, say("slack_handover_not_open", language), language)


__all__ = [
    "delete_centre_reply",
    "edit_centre_reply",
    "open_here",
    "register",
    "take_addition",
    "take_centre_reply",
]
