"""App Home, and the suggested questions of the agent pane."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.home import MOST_MINE, HomePage, home_view
from bot.slack.blocks.home_admin import AdminPart, Health
from bot.slack.blocks.home_staff import StaffPart, Waiting
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.quietly import channel_id, is_admin, quietly
from knowledge.calendar import OSLO
from knowledge.messages import Failure, Language, Message, say
from knowledge.reference import Reference
from knowledge.register import Handover, Inquiry, Person
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
        {"title": say("slack_prompt_fee", language), "message": say("slack_ask_fee", language)},
        {
            "title": say("slack_prompt_staff", language),
            "message": say("slack_ask_staff", language),
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
        _staff(desk, team, person) if person.centre or admin else None,
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


def _staff(desk: Desk, team: str, person: Person) -> StaffPart:
    """The queue of a person's centre.

    Who administers a workspace and works at no centre sees the figures of all the centres, but the
    questions only of those that are asked in that workspace.
    """
    names = {centre.id: centre.name for centre in Reference.load().centres}
    own = person.centre if person.centre in names else None
    theirs = [own] if own else [centre for centre in names if _asked_in(desk, team, centre)]
    handovers = [handover for centre in theirs for handover in desk.handovers.open_at(centre)]
    waiting = [_waiting(desk, handover, names) for handover in handovers]
    since = datetime.now(OSLO).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return StaffPart(
        names[own] if own else None,
        queue_counts(desk.store, since, own),
        sorted((entry for entry in waiting if entry is not None), key=lambda entry: entry.at),
        month_figures(desk.store, since, own),
        since,
    )


def _asked_in(desk: Desk, team: str, centre: str) -> bool:
    place = desk.channels.centre_place(centre)
    return place is not None and place.team == team


def _waiting(desk: Desk, handover: Handover, names: Mapping[str, str]) -> Waiting | None:
    inquiry = desk.inquiries.get(handover.inquiry)
    if inquiry is None or inquiry.withdrawn_at is not None:
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
    return AdminPart(
        team,
        desk.channels.all(team),
        {centre: desk.channels.centre_place(centre) for centre in centres},
        _health(desk),
    )


def _health(desk: Desk) -> Health:
    generation, documents, trouble = None, 0, None
    try:
        opened = desk.index.open()
        generation, documents = opened.generation, len(opened.searcher.generation.documents)
    except Failure as failure:
        trouble = failure.message
    except OSError as error:
        trouble = Message("unexpected", {"reason": error.strerror})
    unposted, error_code = desk.posts.unposted()
    return Health(
        generation,
        documents,
        trouble,
        unposted,
        error_code,
        desk.inquiries.count(),
        desk.store.path.stat().st_size,
    )
