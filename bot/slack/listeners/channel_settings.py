"""What an administrator sets on App Home: channels, and where each centre is asked."""

from __future__ import annotations

from typing import Any, cast

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.home_admin import NEW
from bot.slack.blocks.modals import AS_ASKED
from bot.slack.blocks.pieces import notice
from bot.slack.blocks.settings import (
    MODES,
    centre_channel_modal,
    centre_welcome,
    channel_modal,
)
from bot.slack.blocks.told import told_modal
from bot.slack.channels import EVERYWHERE, ChannelSettings, Mode
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.listeners.handover import send_unsent
from bot.slack.listeners.home import publish_home
from bot.slack.posts import Place
from bot.slack.quietly import channel_id, is_admin, is_in_channel, quietly
from bot.slack.staff import is_set_in
from bot.slack.submitted import Submitted
from knowledge.messages import LANGUAGES, Language, say
from knowledge.reference import Centre, Reference

Body = dict[str, Any]


def register(app: App, desk: Desk) -> None:
    @app.action(ids.HOME_CHANNELS)
    def channel(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        team, user = person_of(body)
        if not is_admin(client, user):  # no more: the page was made when they were
            publish_home(client, desk, team, user)
            return
        value = str(body["actions"][0].get("value"))
        known = value if value == EVERYWHERE else channel_id(value) if value != NEW else None
        settings = desk.channels.settings(team, known or EVERYWHERE)
        view = channel_modal(known, settings, desk.language(team, user))
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.action(ids.HOME_CENTRES)
    def centre(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        team, user = person_of(body)
        if not is_admin(client, user):
            publish_home(client, desk, team, user)
            return
        value = str(body["actions"][0].get("value"))
        place = desk.channels.centre_place(value)
        here = place.channel if place is not None and place.team == team else None
        view = centre_channel_modal(value, here, desk.language(team, user))
        quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.view(ids.CHANNEL_MODAL)
    def channel_set(ack: Ack, body: Body, client: WebClient) -> None:
        team, user = person_of(body)
        if is_admin(client, user):
            set_channel(desk, team, Submitted(body["view"]))
            ack()
        else:
            ack(response_action="update", view=_refused(desk, team, user, "slack_channel_title"))
        publish_home(client, desk, team, user)

    @app.view(ids.CENTRE_CHANNEL_MODAL)
    def centre_set(ack: Ack, body: Body, client: WebClient) -> None:
        team, user = person_of(body)
        if not is_admin(client, user):
            title = "slack_centre_channel_title"
            ack(response_action="update", view=_refused(desk, team, user, title))
            publish_home(client, desk, team, user)
            return
        errors = set_centre_channel(desk, client, team, user, Submitted(body["view"]))
        if errors:
            ack(response_action="errors", errors=errors)
            return
        ack()
        send_unsent(desk)
        publish_home(client, desk, team, user)


def _refused(desk: Desk, team: str, user: str, title: str) -> dict[str, Any]:
    """For who has stopped administering the workspace while the form was open."""
    language = desk.language(team, user)
    return told_modal(notice("slack_admin_no_more", language), title, language)


def set_channel(desk: Desk, team: str, submitted: Submitted) -> None:
    """Write how the bot behaves in the channel that the form is for or that was chosen in it."""
    carried = submitted.carried.get("channel")
    channel = carried or channel_id(submitted.conversation(ids.CHANNEL))
    if channel is None:  # the client asks for one
        return
    language = submitted.chosen(ids.LANGUAGE, LANGUAGES)
    settings = ChannelSettings(
        cast(Mode, submitted.chosen(ids.MODE, MODES) or ChannelSettings().mode),
        submitted.municipality(ids.MUNICIPALITY),
        cast(Language, language) if language not in (None, AS_ASKED) else None,
    )
    desk.channels.set(team, channel, settings)


def set_centre_channel(
    desk: Desk, client: WebClient, team: str, user: str, submitted: Submitted
) -> dict[str, str]:
    """Write where a centre is asked, and welcome the channel; what is wrong, by field."""
    language = desk.language(team, user)
    centre = _serving().get(submitted.chosen(ids.CENTRE) or "")
    channel = channel_id(submitted.conversation(ids.CHANNEL))
    if centre is None:
        return {ids.CENTRE: say("slack_register_no_centre", language)}
    if not is_set_in(desk, team, centre.id):
        return {ids.CENTRE: say("slack_admin_elsewhere", language)}
    if channel is None:
        desk.channels.set_centre(centre.id, None)
        return {}
    other = desk.channels.centre_of(team, channel)
    if other is not None and other != centre.id:
        name = {known.id: known.name for known in Reference.load().centres}.get(other, other)
        return {ids.CHANNEL: say("slack_centre_channel_taken", language, centre=name)}
    if not is_in_channel(client, channel):
        return {ids.CHANNEL: say("slack_centre_channel_invite", language)}
    place, key = Place(team, channel), f"welcome:{centre.id}:{channel}"
    in_channel = desk.channels.settings(team, channel).language or language
    with desk.store.write():
        desk.channels.set_centre(centre.id, place)
        desk.posts.put(key, place, centre_welcome(centre, in_channel))
    desk.poke(key)
    return {}


def _serving() -> dict[str, Centre]:
    return {centre.id: centre for centre in Reference.load().centres if centre.serving}
