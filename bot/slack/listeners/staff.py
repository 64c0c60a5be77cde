"""«Jeg jobber her», and how that ends."""

from __future__ import annotations

from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.pieces import notice
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.listeners.home import publish_home
from bot.slack.posts import Place
from bot.slack.quietly import is_admin
from bot.slack.staff import clear_staff, is_set_in, leave
from knowledge.reference import Reference

Body = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    @app.action(ids.WORK_HERE)
    def works_here(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        team, user = person_of(body)
        work_at(
            desk,
            Place(team, str(body["channel"]["id"])),
            user,
            str(body["actions"][0].get("value")),
            response_url=body.get("response_url"),
            press=str(body["trigger_id"]),
        )
        publish_home(client, desk, team, user)

    @app.action(ids.NOT_HERE)
    def not_here(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        team, user = person_of(body)
        leave(desk, team, user)
        publish_home(client, desk, team, user)

    @app.action(ids.CLEAR_STAFF)
    def nobody_works_there(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        team, user = person_of(body)
        value = str(body["actions"][0].get("value"))
        if is_admin(client, user) and is_set_in(desk, team, value):
            clear_staff(desk, value)
        publish_home(client, desk, team, user)


def work_at(
    desk: Desk, place: Place, user: str, centre: str, *, response_url: str | None, press: str
) -> None:
    """Remember that somebody works at a centre, where they pressed that in the centre's channel."""
    language = desk.language(place.team, user)
    serving = {known.id: known for known in Reference.load().centres if known.serving}
    known = serving.get(centre)
    if known is not None and desk.channels.centre_of(place.team, place.channel) == centre:
        desk.people.change(desk.pseudonyms.of(place.team, user), centre=centre)
        said = notice("slack_centre_works_here", language, centre=known.name)
    else:
        said = notice("slack_centre_not_here", language)
    key = f"work_here:{press}"
    desk.posts.put(
        key,
        place,
        said,
        way="response" if response_url else "ephemeral",
        recipient=user,
        response_url=response_url,
    )
    desk.poke(key)
