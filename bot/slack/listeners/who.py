"""Who is asking: municipality, role and language, never in the way of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.fields import municipality_name, municipality_options
from bot.slack.blocks.modals import AS_ASKED, who_modal
from bot.slack.blocks.pieces import Rendered, notice
from bot.slack.blocks.told import told_modal
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.listeners.home import publish_home
from bot.slack.posts import Place
from bot.slack.quietly import quietly
from bot.slack.submitted import Submitted
from knowledge.geography import Municipalities
from knowledge.messages import LANGUAGES, Language
from knowledge.reference import Reference, centre_for
from knowledge.register import Inquiry, Person

Body = dict[str, Any]

RECENT: Final = timedelta(days=30)
"""What somebody asked within this time before they told their municipality was asked for it too;
before that they may have worked elsewhere."""

MAY_TELL_NONE: Final = {ids.WHO_MODAL, ids.REGISTER_MODAL, ids.CHANNEL_MODAL}
"""The modals in which a municipality can be taken away again."""

NAMED: Final = 5
"""Municipalities named to somebody whose word fits several."""


def register(app: App, desk: Desk) -> None:
    @app.action(ids.WHO_ASKS)
    def who_asks(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        inquiry = int(body["actions"][0]["value"])
        origin = origin_of(body)
        open_who(client, body["trigger_id"], desk, *person_of(body), inquiry, origin=origin)

    @app.action(ids.HOME_WHO)
    def home_who(ack: Ack, body: Body, client: WebClient) -> None:
        ack()
        open_who(client, body["trigger_id"], desk, *person_of(body), origin={"home": True})

    @app.options(ids.MUNICIPALITY)
    def suggest(ack: Ack, body: Body) -> None:
        asked_in = (body.get("view") or {}).get("callback_id")
        options = municipality_options(
            str(body.get("value") or ""),
            desk.language(*person_of(body)),
            none_too=asked_in in MAY_TELL_NONE,
        )
        ack(options=options)

    @app.view(ids.WHO_MODAL)
    def told(ack: Ack, body: Body, client: WebClient) -> None:
        team, user = person_of(body)
        submitted = Submitted(body["view"])
        person = save_who(desk, team, user, submitted)
        said = confirmation(person, desk.language(team, user))
        if submitted.carried.get("channel"):
            tell_aside(desk, team, user, submitted, f"who:{submitted.view_id}", said)
            ack()
        elif submitted.carried.get("home"):  # the page itself shows what was saved
            ack()
        else:
            view = told_modal(said, "slack_who_title", desk.language(team, user))
            ack(response_action="update", view=view)
        publish_home(client, desk, team, user)


def open_who(
    client: WebClient,
    trigger_id: str,
    desk: Desk,
    team: str,
    user: str,
    inquiry: int | None = None,
    *,
    origin: dict[str, Any] | None = None,
) -> None:
    """Ask who asks. `origin`: where it was pressed (`origin_of`), to confirm it there."""
    carried = {**(origin or {}), **({"inquiry": inquiry} if inquiry is not None else {})}
    view = who_modal(desk.person(team, user), desk.language(team, user), carried)
    quietly(client.views_open, trigger_id=trigger_id, view=view)


def origin_of(body: Body) -> dict[str, Any]:
    """Channel and thread of a button that was pressed, for the private metadata of a modal."""
    message = body.get("message") or {}
    channel = (body.get("channel") or {}).get("id")
    thread = message.get("thread_ts") or (body.get("container") or {}).get("thread_ts")
    told = {"channel": channel, "thread": thread}
    return {name: value for name, value in told.items() if value}


def tell_aside(
    desk: Desk, team: str, user: str, submitted: Submitted, key: str, said: Rendered
) -> None:
    """Tell who submitted a modal something alone, where they opened it; once for each key."""
    place = Place(team, submitted.carried["channel"], submitted.carried.get("thread"))
    desk.posts.put(key, place, said, way="ephemeral", recipient=user)
    desk.poke(key)


def save_who(desk: Desk, team: str, user: str, submitted: Submitted) -> Person:
    """Remember what somebody told of themselves; what they left empty is forgotten."""
    who = desk.pseudonyms.of(team, user)
    actors = {actor.id for actor in Reference.load().actors}
    language = submitted.chosen(ids.LANGUAGE, {AS_ASKED, *LANGUAGES})
    with desk.store.write():
        before = desk.people.get(who)
        chosen = language is not None and language != AS_ASKED
        person = desk.people.change(
            who,
            municipality=submitted.municipality(ids.MUNICIPALITY),
            actor=submitted.chosen(ids.ACTOR, actors),
            language=cast(Language, language) if chosen else before.language,
            language_chosen=chosen,
            asked_at=before.asked_at or datetime.now(UTC),
        )
        _set_askers(desk, person, submitted.carried.get("inquiry"))
    return person


def set_municipality(desk: Desk, team: str, user: str, text: str) -> Rendered:
    """«/frisksvar kommune Lenvik»: remember it where it means one, or say what it may mean."""
    language = desk.language(team, user)
    found = Municipalities.load().find(text, limit=NAMED)
    certain = [match for match in found if match.score == found[0].score == 100.0]
    if len(certain) == 1:
        with desk.store.write():
            person = desk.people.change(
                desk.pseudonyms.of(team, user),
                municipality=certain[0].municipality.code,
                asked_at=datetime.now(UTC),
            )
            _set_askers(desk, person, None)
        return confirmation(person, language)
    if not found:
        return notice("slack_who_not_found", language, text=text[:80])
    names = "; ".join(municipality_name(match.municipality) for match in found)
    return notice("slack_who_several", language, names=names)


def confirmation(person: Person, language: Language) -> Rendered:
    """What is remembered now."""
    known = Municipalities.load().by_code(person.municipality or "")
    if known is None:
        return notice("slack_who_saved_none", language)
    return notice("slack_who_saved", language, municipality=municipality_name(known))


def _set_askers(desk: Desk, person: Person, inquiry: int | None) -> None:
    """Write municipality and role on what this person asked without having told them."""
    for asked in _theirs(desk, person, inquiry):
        if person.municipality is not None and asked.municipality is None:
            centre = centre_for(person.municipality, topics=list(asked.topics)).centre
            desk.inquiries.set_asker(asked.id, person.municipality, centre.id if centre else None)
        if person.actor is not None and asked.actor is None:
            with desk.store.write() as db:
                db.conn.execute(
                    "UPDATE inquiries SET actor = ? WHERE id = ? AND actor IS NULL",
                    [person.actor, asked.id],
                )


def _theirs(desk: Desk, person: Person, inquiry: int | None) -> Iterator[Inquiry]:
    """The inquiry that they pressed the button under, where it is theirs, and the recent ones.

    A colleague who presses the button tells who the colleague is, not who asked.
    """
    since = datetime.now(UTC) - RECENT
    for asked in desk.inquiries.of_asker(person.who, limit=None):
        if asked.id == inquiry or asked.received_at >= since:
            yield asked
