"""App Home, and the suggested questions of the agent pane."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.home import MOST_MINE, HomePage, home_view
from bot.slack.blocks.home_admin import AdminPart
from bot.slack.blocks.home_staff import StaffPart, Waiting
from bot.slack.desk import Desk
from bot.slack.health import health, sees_everything
from bot.slack.listeners.answers import person_of
from bot.slack.quietly import channel_id, is_admin, quietly
from bot.slack.staff import asked_in, is_set_in, staff_counts, works_at
from knowledge.calendar import OSLO
from knowledge.messages import Language, say
from knowledge.reference import Reference
from knowledge.register import Handover, Inquiry
from knowledge.register.month import month_figures, queue_counts

Body = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    @app.event("app_home_opened")
    def opened(body: Body, event: Body, client: WebClient) -> None:
        team, user = str(body["team_id"]), str(event["user"])
        if event.get("tab") == "messages":
            suggest_questions(client, str(event["channel"]), desk.language(team, user))
        else:
            publish_home(client, desk, team, user)

    @app.action(ids.HOME_QUEUE)
    def renew(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        publish_home(client, desk, *person_of(body))


def publish_home(client: WebClient, desk: Desk, team: str, user: str) -> None:
    """Show somebody their page as it is now."""
    page = home_page(desk, team, user, admin=is_admin(client, user))
    view = home_view(page, desk.language(team, user))
    quietly(client.views_publish, user_id=user, view=view)


def suggest_questions(client: WebClient, channel: str, language: Language) -> None:
    """Questions to begin with, in the agent pane; a workspace without one notices nothing."""
    prompts = [
        {"title": say("slack_prompt_start", language), "message": say("slack_ask_start", language)},
        {
            "title": say("slack_prompt_referral", language),
            "message": say("slack_ask_referral", language),
        },
        {
            "title": say("slack_prompt_length", language),
            "message": say("slack_ask_length", language),
        },
        {
            "title": say("slack_prompt_together", language),
            "message": say("slack_ask_together", language),
        },
    ]
    quietly(
        client.assistant_threads_setSuggestedPrompts,
        channel_id=channel,
        title=say("slack_prompts", language),
        prompts=prompts,
    )


def home_page(desk: Desk, team: str, user: str, *, admin: bool) -> HomePage:
    """What somebody's page shows, from the register."""
    person = desk.person(team, user)
    inquiries = desk.inquiries.of_asker(person.who, limit=MOST_MINE + 1)
    return HomePage(
        person,
        inquiries,
        _channels(desk, inquiries),
        _staff(desk, team, works_at(desk, team, person), admin=admin),
        _admin(desk, team) if admin else None,
    )


def _channels(desk: Desk, inquiries: list[Inquiry]) -> Mapping[int, str]:
    """Where each was asked, for those asked in a channel."""
    places = {inquiry.id: desk.threads.place(inquiry.id) for inquiry in inquiries}
    return {
        number: place.channel
        for number, place in places.items()
        if place is not None and channel_id(place.channel)
    }


def _staff(desk: Desk, team: str, own: str | None, *, admin: bool) -> StaffPart | None:
    """The queue of the centre that a person works at (`own`); nothing for who works at none.

    Who administers the workspace sees the figures of all the centres, also when they work at one,
    but the questions only of those that are asked in that workspace.
    """
    names = {centre.id: centre.name for centre in Reference.load().centres}
    every = admin and sees_everything(desk, team)
    if own is None and not every:
        return None
    of_centre = None if every else own
    theirs = [centre for centre in names if of_centre in (None, centre)]
    handovers = [
        handover
        for centre in theirs
        if asked_in(desk, team, centre)
        for handover in desk.handovers.open_at(centre)
    ]
    waiting = [_waiting(desk, handover, names) for handover in handovers]
    since = datetime.now(OSLO).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return StaffPart(
        names[of_centre] if of_centre else None,
        queue_counts(desk.store, since, of_centre),
        sorted((entry for entry in waiting if entry is not None), key=lambda entry: entry.at),
        month_figures(desk.store, since, of_centre),
        since,
        (own, names[own]) if own else None,
    )


def _waiting(desk: Desk, handover: Handover, names: Mapping[str, str]) -> Waiting | None:
    inquiry = desk.inquiries.get(handover.inquiry)
    if inquiry is None or inquiry.gone:
        return None
    return Waiting(
        inquiry.id,
        names[handover.centre],
        inquiry.question,
        handover.at,
        handover.first_reply_at is not None,
    )


def _admin(desk: Desk, team: str) -> AdminPart:
    centres = [centre.id for centre in Reference.load().centres if centre.serving]
    staff = staff_counts(desk)
    return AdminPart(
        desk.channels.all(team),
        {centre: desk.channels.centre_place(centre) for centre in centres},
        health(desk, team),
        {centre: staff.get(centre, 0) for centre in centres if is_set_in(desk, team, centre)},
    )
