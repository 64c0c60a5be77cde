"""Who and what is in the workspace of the demonstration."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.slack.channels import Channels
from bot.slack.posts import Place
from bot.slack.pseudonyms import pseudonyms
from knowledge.reference import Centre, Reference
from knowledge.register import People
from knowledge.settings import Settings
from knowledge.store import Store

from ..driver import Slack
from ..state import Channel, User

QUESTIONS = "friskliv-spørsmål"
CENTRE_OF_INGRID = "stavanger"
"""Serves Rogaland, where Kari's municipality lies: a question of hers comes to Ingrid by itself."""


@dataclass(frozen=True)
class Person:
    """`role` is what the page says of them."""

    user: User
    name: str
    role: str


@dataclass(frozen=True)
class Cast:
    """`centres`: the channel of each centre that serves today, by the centre's id."""

    people: tuple[Person, ...]
    questions: Channel
    centres: dict[str, Channel]

    def person(self, user_id: str) -> Person | None:
        return next((person for person in self.people if person.user.id == user_id), None)

    def named(self, name: str) -> User:
        return next(person.user for person in self.people if person.name == name)


def seed(slack: Slack) -> Cast:
    """People of two municipalities, one at a centre, and one who administers the workspace.

    Ingrid is in the channels of all the centres: whichever municipality is chosen on the page, the
    one who answers sees the question.
    """
    kari = Person(slack.user("kari"), "Kari", "Sandnes kommune")
    ola = Person(slack.user("ola", guest=True), "Ola", "Vang kommune, gjest")
    ingrid = Person(slack.user("ingrid"), "Ingrid", "sentralen i Stavanger")
    tor = Person(slack.user("tor", admin=True), "Tor", "administrator")
    people = (kari, ola, ingrid, tor)
    questions = slack.channel(QUESTIONS, [person.user for person in people])
    centres = {
        centre.id: slack.channel(channel_name(centre), [ingrid.user])
        for centre in sorted(_serving(), key=lambda c: (c.id != CENTRE_OF_INGRID, c.name))
    }
    return Cast(people, questions, centres)


def register_centres(cast: Cast, settings: Settings) -> None:
    """Tell the bot's register where each centre is asked, and where Ingrid works.

    The same as Tor can do on App Home; before the bot starts, so that nobody has to.
    """
    store = Store(settings.database)
    try:
        channels = Channels(store)
        for centre, channel in cast.centres.items():
            channels.set_centre(centre, Place(channel.team.id, channel.id))
        ingrid = cast.named("Ingrid")
        who = pseudonyms(store).of(ingrid.team.id, ingrid.id)
        People(store).change(who, centre=CENTRE_OF_INGRID)
    finally:
        store.close()


def channel_name(centre: Centre) -> str:
    """In lower case and without blanks, as Slack wants it: utviklingssentral-sør-varanger."""
    name = unicodedata.normalize("NFC", centre.name).casefold()
    return "utviklingssentral-" + re.sub(r"\s+", "-", name)


def _serving() -> list[Centre]:
    return [centre for centre in Reference.load().centres if centre.serving]
