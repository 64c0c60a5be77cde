"""Handing over to a development centre and back, against a local Slack, with the bot in process."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_server import (
    Ack,
    Channel,
    Message,
    Slack,
    Timing,
    User,
    View,
    check_blocks,
    check_view,
)
from tests_support import Home

from bot.slack import ids
from bot.slack.app import Bot, build
from bot.slack.blocks import Rendered, handover
from bot.slack.blocks.buttons import actions
from bot.slack.blocks.fields import serving_centres
from bot.slack.blocks.handover_modals import (
    Filled,
    destination,
    pass_on_modal,
    reply_modal,
    to_centre_modal,
)
from bot.slack.blocks.pieces import rich
from bot.slack.centres import outcomes, record
from bot.slack.centres.additions import SAME_TALK, open_here
from bot.slack.centres.following import following
from bot.slack.centres.replies import (
    INTERNAL,
    answer_by_form,
    take_centre_reply,
    tell_undelivered,
)
from bot.slack.centres.sending import hand_over, remind, send, send_unsent
from bot.slack.centres.showing import redraw
from bot.slack.clock import Clock
from bot.slack.inbox import Inbox
from bot.slack.listeners.centre import ask_instead
from bot.slack.listeners.handover import reopen_for_asker
from bot.slack.postman import TRIES_FOR_AN_INVITATION
from bot.slack.posts import Place
from bot.slack.receiving import withdraw
from bot.slack.settings import SlackSettings
from indexer.index import Index
from knowledge.messages import LANGUAGES, Language
from knowledge.personal_data.emptying import leave_slack
from knowledge.privacy import Masked
from knowledge.register import Answer, Handover, Inquiry, NewInquiry, ShownQuote
from knowledge.register.review import OPEN_AGAIN, Review

QUESTION = "Hvem kan henvise til frisklivssentralen?"
STAVANGER, SENJA = "1103", "5530"
NUMBERS = count()
T = TypeVar("T")


class Office:
    """A workspace with askers, two centres and the bot."""

    def __init__(self, slack: Slack, bot: Bot) -> None:
        self.slack, self.bot, self.desk = slack, bot, bot.desk
        self.team = slack.team.id
        number = next(NUMBERS)
        self.kari = slack.user(f"kari{number}")
        self.ingrid = slack.user(f"ingrid{number}")
        everybody = [self.kari, self.ingrid]
        self.asking = slack.channel(f"sporsmal-{number}", everybody)
        self.elsewhere = slack.channel(f"lunsj-{number}", everybody, bot=False)
        self.stavanger = slack.channel(f"us-stavanger-{number}", everybody)
        self.senja = slack.channel(f"us-senja-{number}", everybody)
        self.set_channel("stavanger", self.stavanger)
        self.set_channel("senja", self.senja)

    def set_channel(self, centre: str, channel: Channel | None) -> None:
        place = Place(self.team, channel.id) if channel else None
        self.desk.channels.set_centre(centre, place)

    def ask(
        self,
        text: str = QUESTION,
        *,
        municipality: str | None = STAVANGER,
        private: bool = False,
        **more: Any,
    ) -> tuple[int, Message, Message]:
        """A question that was answered with a button: its number, the message, the answer."""
        asked = self.slack.say(self.kari, self.asking, text)
        number, _ = self.desk.inquiries.receive(
            NewInquiry(
                came_from=f"slack:{self.team}:{self.asking.id}:{asked.ts}",
                received_at=datetime.now(UTC),
                channel="slack",
                question=text,
                language="nb",
                municipality=municipality,
                municipality_today=municipality,
                asker=self.who(self.kari),
                **more,
            )
        )
        place = Place(self.team, self.asking.id, None if private else asked.ts)
        self.desk.threads.add(number, place, None if private else asked.ts)
        shown = Rendered("Svar", [rich("Svar"), actions(number, "nb")])
        self.desk.posts.put(
            f"answer:{number}",
            place,
            shown,
            inquiry=number,
            way="ephemeral" if private else "message",
            recipient=self.kari.id,
        )
        self.desk.poke(f"answer:{number}")
        if private:
            return number, asked, self.wait(lambda: self.answered_alone(number))[-1]
        return number, asked, self.wait(lambda: self.in_thread(asked))[-1]

    def who(self, user: User) -> str:
        return self.desk.pseudonyms.of(self.team, user.id)

    def form(self, answer: Message, user: User | None = None) -> View:
        return self.opened(user or self.kari, answer, ids.TO_CENTRE)

    def opened(self, user: User, message: Message, button: str) -> View:
        """The modal that a button opens."""
        before = [view.id for view in self.slack.views(user)]
        assert self.slack.press(user, message, button).ok

        def found() -> list[View]:
            return [view for view in self.slack.views(user) if view.id not in before]

        return self.wait(found)[-1]

    def hand_over(self, answer: Message, **values: Any) -> Ack:
        view = self.form(answer)
        return self.slack.submit(self.kari, view, values)

    def handed_over(self, text: str = QUESTION, **more: Any) -> tuple[int, Message, Message]:
        """A question in Stavanger's channel: its number, the message that asked, the post."""
        number, asked, answer = self.ask(text, **more)
        ack = self.hand_over(answer)
        assert ack.ok and not ack.errors
        return number, asked, self.posts_in(self.stavanger, number)

    def posts_in(self, channel: Channel, inquiry: int) -> Message:
        """The message of a handover in a centre's channel, when the bot knows that it is there."""

        def found() -> Message | None:
            for one in self.slack.answers(channel):
                post = self.desk.posts.at(self.team, channel.id, one.ts)
                if post and post.kind == "handover" and post.inquiry == inquiry:
                    return one
            return None

        message = self.wait(found)
        assert message is not None
        return message

    def answered_alone(self, inquiry: int) -> list[Message]:
        """The answer that only the asker sees."""
        return [
            one
            for one in self.slack.ephemerals(self.kari)
            if any(button["value"] == str(inquiry) for button in buttons(one))
        ]

    def own(self, user: User) -> Inquiry:
        """The last inquiry of somebody's."""
        return self.wait(lambda: self.desk.inquiries.of_asker(self.who(user)))[0]

    def direct(self, channel: Channel, words: str) -> list[Message]:
        """What the bot wrote in a direct message."""
        return [one for one in self.slack.answers(channel) if words in self.slack.shown(one)]

    def whispered(self, user: User, words: str) -> list[Message]:
        """What only this person sees."""
        return [one for one in self.slack.ephemerals(user) if words in self.slack.shown(one)]

    def in_thread(self, root: Message, words: str = "") -> list[Message]:
        """What the bot wrote in a thread, without the message it begins with."""
        return [
            one
            for one in self.slack.answers(root.channel, thread=root)
            if one.ts != root.ts and words in self.slack.shown(one) and not one.deleted
        ]

    def told(self, root: Message, words: str) -> Message:
        return self.wait(lambda: self.in_thread(root, words))[-1]

    def reply(self, post: Message, text: str, **more: Any) -> Message:
        return self.slack.say(self.ingrid, post.channel, text, thread=post, **more)

    def settle(self) -> None:
        """Wait until Slack has had all acknowledgements and the outbox is empty."""
        self.wait(lambda: not self.slack.undelivered() and not self.desk.posts.unposted()[0])
        redraw(self.desk)

    def wait(self, condition: Callable[[], T]) -> T:
        return self.slack.wait_for(condition, 10)

    def row(self, inquiry: int) -> Inquiry:
        found = self.desk.inquiries.get(inquiry)
        assert found is not None
        return found

    def standing(self, inquiry: int) -> Handover:
        found = self.desk.handovers.last_of(inquiry)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Slack, Bot]]:
    """A workspace and the bot in it. The clock ticks when a test says so."""
    home = Home(tmp_path_factory.mktemp("handover") / "home")
    with Slack(timing=Timing.quick()) as slack:
        settings = SlackSettings.model_validate(
            {
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "FRISKSVAR_SLACK_API_URL": slack.api_url,
                "FRISKSVAR_SLACK_FIRST_WAIT": 0.1,
            }
        )
        bot = build(home.settings, settings, home.store, Index(home.settings))
        bot.worker.start()
        socket = SocketModeHandler(bot.app, slack.app_token)
        socket.connect()  # type: ignore[no-untyped-call]
        slack.wait_connected()
        try:
            yield slack, bot
        finally:
            socket.close()  # type: ignore[no-untyped-call]
            bot.worker.stop()
            home.store.close()


@pytest.fixture
def office(bot: tuple[Slack, Bot]) -> Iterator[Office]:
    made = Office(*bot)
    yield made
    made.slack.faults.clear()
    for centre in ("stavanger", "senja"):
        made.set_channel(centre, None)


# To a centre


def test_the_modal_is_filled_in_and_says_where_it_goes_and_why(office: Office) -> None:
    number, _, answer = office.ask()
    view = office.form(answer)
    shown = office.slack.shown(view)
    assert "Utviklingssentral: Stavanger (kommunens egen)." in shown
    fields = {block["block_id"]: block["element"] for block in view.blocks if "element" in block}
    assert fields[ids.QUESTION]["initial_value"] == QUESTION
    assert fields[ids.MUNICIPALITY]["initial_option"]["value"] == STAVANGER
    assert fields[ids.TOPIC]["initial_option"]["value"] == "henvisning"
    assert QUESTION not in view.content["private_metadata"]
    assert json.loads(view.content["private_metadata"])["inquiry"] == number


def test_the_centre_follows_the_municipality_as_it_is_chosen(office: Office) -> None:
    _, _, answer = office.ask(municipality=None)
    view = office.form(answer)
    assert "Velg kommune eller utviklingssentral" in office.slack.shown(view)
    office.slack.press(office.kari, view, ids.MUNICIPALITY, suggested(office, view, "Lenvik"))
    office.wait(lambda: "Senja (kommunens egen)" in office.slack.shown(view_of(office)))
    office.slack.press(office.kari, view_of(office), ids.CENTRE, "Bergen")
    office.wait(lambda: "Bergen (valgt av deg)" in office.slack.shown(view_of(office)))


def suggested(office: Office, view: View, typed: str) -> dict[str, Any]:
    return office.slack.options(office.kari, view, ids.MUNICIPALITY, typed)[0]


def suggested_to(office: Office, user: User, view: View, typed: str) -> dict[str, Any]:
    return office.slack.options(user, view, ids.MUNICIPALITY, typed)[0]


def view_of(office: Office) -> View:
    return office.slack.views(office.kari)[-1]


def test_it_reaches_the_centre_with_all_it_needs_and_the_asker_is_told(office: Office) -> None:
    number, asked, answer = office.ask(
        actor="leder", thread=("Hva er frisklivsresept?",), topics={"henvisning": "henvise"}
    )
    office.desk.inquiries.show(number, [shown_quote("Veileder for frisklivssentraler")])
    ack = office.hand_over(answer, comment="Vi starter i mars. Ring 51 50 70 90.")
    assert ack.ok and not ack.errors
    post = office.posts_in(office.stavanger, number)
    shown = office.slack.shown(post)
    for words in (
        f"Henvendelse nr. {number} til utviklingssentralen i Stavanger",
        QUESTION,
        "Hva er frisklivsresept?",
        "Stavanger, Rogaland",
        "Ledere i kommunen",
        "Henvisning og frisklivsresept",
        "Veileder for frisklivssentraler",
        "kommunens egen",
        "Vi starter i mars. Ring [telefon].",
        "«internt:»",
    ):
        assert words in shown, words
    assert office.slack.permalink(asked) in json.dumps(post.blocks)
    assert {button["action_id"] for button in buttons(post)} == {ids.REPLY, ids.PASS_ON, ids.CLOSE}
    office.told(asked, "sendt til utviklingssentralen i Stavanger")
    handed = office.standing(number)
    assert (handed.centre, handed.reason, handed.topic) == (
        "stavanger",
        "own_municipality",
        "henvisning",
    )
    assert office.row(number).status == "waiting"


def test_what_is_corrected_in_the_modal_is_what_the_register_has(office: Office) -> None:
    number, _, answer = office.ask(municipality=None)
    view = office.form(answer)
    values = {
        ids.QUESTION: "Hvem kan henvise barn? Ring 51 50 70 90",
        ids.MUNICIPALITY: suggested(office, view, "Lenvik"),
        ids.TOPIC: "malgruppe",
    }
    ack = office.slack.submit(office.kari, view, values)
    assert ack.ok and not ack.errors
    post = office.posts_in(office.senja, number)
    assert "Hvem kan henvise barn?" in office.slack.shown(post)
    row = office.row(number)
    assert (row.question, row.masked) == ("Hvem kan henvise barn? Ring [telefon]", ("phone",))
    assert (row.municipality, row.centre) == (SENJA, "senja")
    assert office.desk.people.get(office.who(office.kari)).municipality == SENJA


def test_without_a_municipality_or_a_centre_the_modal_stays(office: Office) -> None:
    number, _, answer = office.ask(municipality=None)
    ack = office.hand_over(answer)
    assert set(ack.errors) == {ids.MUNICIPALITY}
    assert office.desk.handovers.last_of(number) is None


def test_handed_over_twice_is_one_handover_and_one_post(office: Office) -> None:
    number, asked, answer = office.ask()
    view = office.form(answer)
    done = hand_over(  # on her telephone, meanwhile
        office.desk,
        team=office.team,
        user=office.kari.id,
        inquiry=office.row(number),
        filled=Filled(QUESTION, STAVANGER),
    )
    assert done.new and send(office.desk, done.handover)
    assert office.slack.submit(office.kari, view, {}).ok
    office.posts_in(office.stavanger, number)
    office.wait(
        lambda: [
            one
            for one in office.slack.ephemerals(office.kari)
            if "allerede hos utviklingssentralen i Stavanger" in office.slack.shown(one)
        ]
    )
    view = office.form(answer)
    assert "allerede hos utviklingssentralen i Stavanger" in office.slack.shown(view)
    office.settle()
    assert len(office.slack.answers(office.stavanger)) == 1
    assert len(office.in_thread(asked, "sendt til")) == 1


def test_a_private_question_is_answered_in_a_direct_message(office: Office) -> None:
    number, _, answer = office.ask(private=True)
    assert office.hand_over(answer).ok
    post = office.posts_in(office.stavanger, number)
    assert "Åpne tråden" not in office.slack.shown(post)
    direct = office.slack.dm(office.kari)
    office.wait(lambda: office.slack.answers(direct))
    office.reply(post, "Fastlegen kan henvise.")
    relayed = office.wait(
        lambda: [
            one
            for one in office.slack.answers(direct)
            if "Fastlegen kan henvise." in office.slack.shown(one)
        ]
    )[0]
    office.settle()
    office.slack.say(office.kari, direct, "Og fysioterapeuten?", thread=relayed)
    office.told(post, "Og fysioterapeuten?")
    office.settle()
    public = [office.slack.shown(one) for one in office.slack.answers(office.asking)]
    assert not [words for words in public if "Fastlegen" in words or "sendt til" in words]


def test_a_private_question_is_never_answered_in_public(office: Office) -> None:
    office.slack.faults.error("conversations.open", "missing_scope", times=None)
    number, _, answer = office.ask(private=True)
    assert office.hand_over(answer).ok
    post = office.posts_in(office.stavanger, number)
    office.wait(
        lambda: [
            one
            for one in office.slack.ephemerals(office.kari)
            if "fikk ikke åpnet en direktemelding" in office.slack.shown(one)
        ]
    )
    office.reply(post, "Fastlegen kan henvise.")
    office.told(post, "spørreren kan ikke nås i Slack")
    office.settle()
    assert not office.slack.answers(office.asking)


@pytest.mark.parametrize("without", ["no channel", "not in the channel"])
def test_without_a_channel_it_waits_and_is_sent_when_there_is_one(
    office: Office, without: str
) -> None:
    office.set_channel("stavanger", None if without == "no channel" else office.elsewhere)
    number, asked, answer = office.ask()
    assert office.hand_over(answer).ok
    office.told(asked, "registrert i køen til utviklingssentralen i Stavanger")
    assert office.row(number).status == "waiting"
    office.slack.say(office.kari, office.asking, "Det haster litt", thread=asked)
    office.wait(lambda: office.desk.handovers.answers(number))
    send_unsent(office.desk)
    assert not office.slack.answers(office.stavanger)
    office.set_channel("stavanger", office.stavanger)
    send_unsent(office.desk)
    send_unsent(office.desk)
    post = office.posts_in(office.stavanger, number)
    assert "Det haster litt" in office.slack.shown(post)
    office.told(asked, "sendt til utviklingssentralen i Stavanger")
    office.settle()
    assert len(office.slack.answers(office.stavanger)) == 1
    assert len(office.in_thread(asked, "registrert i køen")) == 1


def test_what_was_submitted_just_before_a_crash_is_sent_at_the_next_start(office: Office) -> None:
    number, asked, _ = office.ask()
    filled = Filled(QUESTION, STAVANGER)
    done = hand_over(
        office.desk,
        team=office.team,
        user=office.kari.id,
        inquiry=office.row(number),
        filled=filled,
    )
    assert done.new
    clock = Clock(office.desk)
    clock.start()
    office.posts_in(office.stavanger, number)
    office.told(asked, "sendt til utviklingssentralen i Stavanger")
    clock.stop()


# What somebody else asked


def test_who_hands_over_what_another_asked_gets_an_inquiry_of_their_own(office: Office) -> None:
    number, asked, answer = office.ask("Hvem kan henvise? Vi er på Madla.")
    office.desk.people.change(office.who(office.ingrid), municipality=SENJA, actor="leder")
    view = office.form(answer, office.ingrid)
    fields = {block["block_id"]: block["element"] for block in view.blocks if "element" in block}
    assert fields[ids.MUNICIPALITY]["initial_option"]["value"] == SENJA
    before = office.row(number)
    assert office.slack.submit(office.ingrid, view, {ids.QUESTION: "Kan naboen henvise?"}).ok
    own = office.own(office.ingrid)
    assert own.id != number and office.row(number) == before
    assert office.desk.handovers.last_of(number) is None
    assert (own.question, own.municipality, own.actor) == ("Kan naboen henvise?", SENJA, "leder")
    assert (own.status, own.outcome) == ("waiting", "not_covered")
    post = office.posts_in(office.senja, own.id)
    assert office.slack.permalink(asked) in json.dumps(post.blocks)
    office.told(asked, "sendt til utviklingssentralen i Senja")
    office.slack.say(office.ingrid, office.asking, "Det haster for oss", thread=asked)
    office.told(post, "Det haster for oss")
    office.slack.say(office.kari, office.asking, "Jeg har allerede fått svar", thread=asked)
    office.slack.say(office.ingrid, office.senja, "Ja, alle kan henvise.", thread=post)
    office.told(asked, "Ja, alle kan henvise.")
    office.settle()
    assert not office.in_thread(post, "allerede fått svar")
    assert "allerede hos" in office.slack.shown(office.form(answer, office.ingrid))
    assert office.row(number) == before


def test_two_who_brought_the_same_question_each_add_to_their_own(office: Office) -> None:
    _, asked, post = office.handed_over()
    answer = office.in_thread(asked)[0]
    view = office.form(answer, office.ingrid)
    values = {ids.MUNICIPALITY: suggested_to(office, office.ingrid, view, "Lenvik")}
    assert office.slack.submit(office.ingrid, view, values).ok
    there = office.posts_in(office.senja, office.own(office.ingrid).id)
    office.slack.say(office.kari, office.asking, "Gjelder Madla", thread=asked)
    office.slack.say(office.ingrid, office.asking, "Gjelder Finnsnes", thread=asked)
    office.told(post, "Gjelder Madla")
    office.told(there, "Gjelder Finnsnes")
    office.settle()
    assert not office.in_thread(post, "Finnsnes") and not office.in_thread(there, "Madla")


def test_a_private_question_that_was_shared_stays_with_who_asked_it(office: Office) -> None:
    number, _, _ = office.ask(private=True)
    place = office.desk.threads.place(number)
    shown = Rendered("Svar", [rich("Svar"), actions(number, "nb")])
    office.desk.posts.put(f"shared:{number}", Place(office.team, office.asking.id), shown)
    office.desk.poke(f"shared:{number}")
    shared = office.wait(lambda: office.slack.answers(office.asking))[-1]
    view = office.form(shared, office.ingrid)
    assert QUESTION not in json.dumps(view.content)
    values = {
        ids.QUESTION: "Hvem henviser?",
        ids.MUNICIPALITY: suggested_to(office, office.ingrid, view, "Lenvik"),
    }
    ack = office.slack.submit(office.ingrid, view, values)
    assert ack.ok and not ack.errors
    own = office.own(office.ingrid)
    post = office.posts_in(office.senja, own.id)
    direct = office.slack.dm(office.ingrid)
    office.wait(lambda: office.slack.answers(direct))
    assert office.desk.threads.place(number) == place
    office.slack.say(office.kari, office.senja, "Fastlegen.", thread=post)
    relayed = office.wait(lambda: office.direct(direct, "Fastlegen."))[-1]
    office.settle()
    office.slack.say(office.ingrid, direct, "Og NAV?", thread=relayed)
    office.told(post, "Og NAV?")
    office.settle()
    assert not office.slack.answers(office.slack.dm(office.kari))


def test_the_same_person_hands_the_same_question_over_again(office: Office) -> None:
    _, _, answer = office.ask()
    view = office.form(answer, office.ingrid)
    values = {ids.MUNICIPALITY: suggested_to(office, office.ingrid, view, "Stavanger")}
    assert office.slack.submit(office.ingrid, view, values).ok
    own = office.own(office.ingrid)
    office.posts_in(office.stavanger, own.id)
    withdraw(office.desk, own.id)
    assert office.slack.submit(office.ingrid, office.form(answer, office.ingrid), values).ok
    again = office.own(office.ingrid)
    assert again.id != own.id
    office.posts_in(office.stavanger, again.id)


# The answer back


def test_an_answer_in_the_thread_reaches_the_asker_letter_by_letter(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(
        post, "Alle kan henvise:\n• fastlegen *og* NAV\n• <!channel> & dere selv"
    )  # typed, not live
    relayed = office.told(asked, "Utviklingssentralen i Stavanger svarer:")
    text = [
        element["text"]
        for block in relayed.blocks or []
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
    ]
    assert "Alle kan henvise:\n• fastlegen *og* NAV\n• <!channel> & dere selv" in text
    resolve = buttons(relayed)[0]
    assert (resolve["action_id"], resolve["value"]) == (ids.RESOLVED, str(number))
    assert resolve["text"]["text"] == "Løst" and len(buttons(relayed)) == 1
    office.told(post, "Svaret sendes til spørreren.")
    row = office.row(number)
    assert (row.status, row.answered_by) == ("answered", "stavanger")
    assert office.standing(number).first_reply_at is not None


def test_a_reply_delivered_three_times_is_relayed_once(office: Office) -> None:
    number, asked, post = office.handed_over()
    with office.slack.shuffled(3):
        office.reply(post, "Fastlegen kan henvise.", redeliver=2)
        office.reply(post, "Og NAV.", redeliver=2)
    office.told(asked, "Og NAV.")
    office.told(asked, "Fastlegen kan henvise.")
    office.settle()
    assert len(office.desk.handovers.answers(number)) == 2
    assert len(office.in_thread(asked, "svarer:")) == 2
    assert len(office.in_thread(post, "Svaret sendes")) == 2


def test_the_same_reply_taken_twice_is_one_answer(office: Office) -> None:
    number, asked, post = office.handed_over()

    def take(thread_ts: str) -> bool:
        return take_centre_reply(
            office.desk,
            team=office.team,
            channel=office.stavanger.id,
            ts="1700000000.000100",
            thread_ts=thread_ts,
            user=office.ingrid.id,
            text="Fastlegen kan henvise.",
        )

    assert take(post.ts)
    assert take(post.ts)
    assert not take(asked.ts)
    office.told(asked, "Fastlegen kan henvise.")
    office.settle()
    assert len(office.desk.handovers.answers(number)) == 1
    assert len(office.in_thread(asked, "svarer:")) == 1


def test_personal_data_in_an_answer_is_masked_and_the_centre_knows(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Ring meg på 51 50 70 90")
    office.told(asked, "Ring meg på [telefon]")
    office.told(post, "Telefonnummer, e-post")
    assert "51 50" not in office.desk.handovers.answers(number)[0].text


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("internt: hvem tar denne?", True),
        ("Intern: hvem tar denne?", True),
        (" INTERNAL : who takes it?", True),
        ("// hvem tar denne?", True),
        ("Internt samarbeid er viktig", False),
        ("Se https://helsenorge.no", False),
        ("1/2 stilling", False),
    ],
)
def test_what_stays_inside(text: str, stays: bool) -> None:
    assert (INTERNAL.match(text) is not None) is stays


def test_an_internal_message_is_not_kept_and_not_told(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "internt: hvem tar denne?")
    office.reply(post, "Fastlegen.")
    office.told(asked, "Fastlegen.")
    office.settle()
    assert [answer.text for answer in office.desk.handovers.answers(number)] == ["Fastlegen."]
    assert not office.in_thread(asked, "hvem tar")


def test_an_answer_by_the_form_is_shown_to_both_once(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.slack.press(office.ingrid, post, ids.REPLY)
    view = office.wait(lambda: office.slack.views(office.ingrid))[-1]
    assert QUESTION in office.slack.shown(view)
    assert office.slack.submit(office.ingrid, view, {ids.ANSWER: "   "}).errors
    assert office.slack.submit(office.ingrid, view, {ids.ANSWER: "Fastlegen.\nOg NAV."}).ok
    office.told(asked, "Fastlegen.\nOg NAV.")
    office.told(post, "Fastlegen.\nOg NAV.")
    assert len(office.desk.handovers.answers(number)) == 1


def test_an_edit_follows_and_a_deletion_takes_back(office: Office) -> None:
    number, asked, post = office.handed_over()
    said = office.reply(post, "Fastlegen kan henvise.")
    relayed = office.told(asked, "Fastlegen kan henvise.")
    office.settle()
    office.slack.edit(office.ingrid, said, "Alle leger kan henvise.")
    office.wait(lambda: "Alle leger kan henvise." in office.slack.shown(relayed))
    assert "svarer:" in office.slack.shown(relayed)
    office.slack.delete(office.ingrid, said)
    office.wait(lambda: not office.in_thread(asked, "svarer:"))
    office.settle()
    office.told(post, "Svaret er trukket tilbake")
    row = office.row(number)
    assert row.status == "waiting"
    assert office.standing(number).first_reply_at is None


def test_an_edit_before_the_answer_was_posted_goes_out_instead_of_it(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.settle()
    office.slack.faults.error("chat.postMessage", "internal_error", times=None)
    said = office.reply(post, "Fastlegn")
    office.wait(lambda: office.desk.handovers.answers(number))
    office.slack.edit(office.ingrid, said, "Fastlegen")
    office.wait(lambda: office.desk.handovers.answers(number)[0].text == "Fastlegen")
    office.slack.faults.clear()
    office.told(asked, "Fastlegen")
    assert not office.in_thread(asked, "Fastlegn")


def test_an_answer_that_finds_no_thread_any_more_is_not_lost_silently(office: Office) -> None:
    number, _, post = office.handed_over()
    office.settle()
    office.slack.faults.error(
        "chat.postMessage",
        "thread_not_found",
        times=1,
        when=lambda args: args.get("channel") == office.asking.id,
    )
    office.reply(post, "Fastlegen kan henvise.")
    office.wait(lambda: office.desk.handovers.answers(number))
    office.settle()
    for _ in range(2):
        Clock(office.desk).tick()
        office.settle()
    assert len(office.in_thread(post, "spørreren kan ikke nås i Slack")) == 1


def test_an_answer_made_internal_is_taken_back(office: Office) -> None:
    number, asked, post = office.handed_over()
    said = office.reply(post, "Hvem tar denne?")
    office.told(asked, "Hvem tar denne?")
    office.settle()
    office.slack.edit(office.ingrid, said, "internt: Hvem tar denne?")
    office.wait(lambda: not office.in_thread(asked, "Hvem tar denne?"))
    assert office.desk.handovers.answers(number)[0].taken_back_at is not None


@pytest.mark.parametrize(
    ("first", "then", "goes"),
    [
        ("{colleague} hvem tar denne?", "{colleague} tar du denne?", None),
        ("{colleague} hvem tar denne?", "Hvem tar denne?", None),
        ("{bot} hvem tar denne?", "Hvem tar denne?", None),
        ("internt: et utkast", "internt: et bedre utkast", None),
        ("internt: et utkast", "{colleague} et utkast", None),
        ("internt: et utkast", "Fastlegen kan henvise.", "Fastlegen kan henvise."),
        ("Fastlegen kan henvise.", "Spør {colleague} om dette.", "Fastlegen kan henvise."),
        ("Fastlegen kan henvise.", "{bot} er dette rett?", "Fastlegen kan henvise."),
        ("Fastlegen kan henvise.", "internt: {colleague} nei", None),
    ],
)
def test_an_edit_brings_nothing_out_that_was_for_colleagues(
    office: Office, first: str, then: str, goes: str | None
) -> None:
    _, asked, post = office.handed_over()
    names = {"colleague": office.kari.mention, "bot": office.slack.mention}
    said = office.slack.say(
        office.ingrid, office.stavanger, first.format(**names), thread=post, raw=True
    )
    if first.startswith("Fastlegen"):
        office.told(asked, first)
    office.settle()
    office.slack.edit(office.ingrid, said, then.format(**names), raw=True)
    office.settle()
    if goes is not None:
        office.told(asked, goes)
    office.settle()
    brought = office.in_thread(asked, "svarer:")
    assert len(brought) == (goes is not None)
    assert all(goes is not None and goes in office.slack.shown(one) for one in brought)


def test_an_answer_where_the_bot_was_removed_is_told_of_with_what_to_do(office: Office) -> None:
    number, _, post = office.handed_over()
    office.settle()
    office.slack.faults.error(
        "chat.postMessage",
        "not_in_channel",
        times=None,
        when=lambda args: args.get("channel") == office.asking.id,
    )
    office.reply(post, "Fastlegen kan henvise.")
    office.told(post, "Svaret sendes til spørreren.")
    key = f"relay:{office.desk.handovers.answers(number)[0].id}"
    office.wait(lambda: (waiting := office.desk.posts.get(key)) and waiting.tries)
    with office.desk.store.write() as db:
        db.conn.execute(
            "UPDATE slack_posts SET tries = ?, next_try_at = created_at WHERE key = ?",
            [TRIES_FOR_AN_INVITATION, key],
        )
    office.settle()
    for _ in range(2):
        Clock(office.desk).tick()
        office.settle()
    told = office.in_thread(post, "invitere Frisksvar, og skriv så svaret på nytt her")
    assert len(told) == 1
    office.slack.faults.clear()


def test_nobody_works_at_a_centre_because_they_acted_in_its_channel(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Fastlegen.")
    office.told(asked, "Fastlegen.")
    view = office.opened(office.ingrid, post, ids.REPLY)
    assert office.slack.submit(office.ingrid, view, {ids.ANSWER: "Og NAV."}).ok
    office.slack.press(office.ingrid, post, ids.CLOSE)
    office.wait(lambda: ids.REOPEN in json.dumps(post.blocks))
    office.slack.press(office.ingrid, post, ids.REOPEN)
    office.wait(lambda: ids.PASS_ON in json.dumps(post.blocks))
    assert pass_on(office, post, "Senja").ok
    office.posts_in(office.senja, number)
    assert office.desk.people.get(office.who(office.ingrid)).centre is None


def test_undo_takes_an_answer_back_even_when_slack_is_slow_to_do_it(office: Office) -> None:
    _, asked, post = office.handed_over()
    office.reply(post, "Fastlegen kan henvise.")
    office.told(asked, "Fastlegen kan henvise.")
    confirmation = office.told(post, "Svaret sendes til spørreren.")
    office.settle()
    office.slack.faults.error("chat.delete", "internal_error", times=1)
    assert office.slack.press(office.ingrid, confirmation, ids.TAKE_BACK).ok
    office.wait(lambda: "trukket tilbake" in office.slack.shown(confirmation))
    Clock(office.desk).tick()
    office.wait(lambda: not office.in_thread(asked, "svarer:"))
    assert not buttons(confirmation)


def test_what_the_asker_adds_reaches_the_centre_once(office: Office) -> None:
    number, asked, post = office.handed_over()
    more = office.slack.say(
        office.kari, office.asking, "Gjelder det barn også?", thread=asked, redeliver=2
    )
    added = office.told(post, "Gjelder det barn også?")
    assert "Spørreren legger til:" in office.slack.shown(added)
    office.settle()
    office.slack.edit(office.kari, more, "Gjelder det barn under 16?")
    office.wait(lambda: "under 16" in office.slack.shown(added))
    office.settle()
    assert len(office.in_thread(post, "Spørreren legger til:")) == 1
    assert [answer.centre for answer in office.desk.handovers.answers(number)] == [None]
    office.slack.delete(office.kari, more)
    office.wait(lambda: not office.in_thread(post, "Spørreren legger til:"))


def test_what_others_say_in_the_thread_is_not_for_the_centre(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.slack.say(office.ingrid, office.asking, "Jeg tar lunsj nå", thread=asked)
    office.slack.say(office.kari, office.asking, "Det haster litt", thread=asked)
    office.told(post, "Det haster litt")
    office.settle()
    assert not office.in_thread(post, "lunsj")
    assert len(office.desk.handovers.answers(number)) == 1


def test_asides_and_thanks_do_not_go_to_the_centre_and_the_first_addition_is_confirmed(
    office: Office,
) -> None:
    number, asked, post = office.handed_over()

    def say(text: str) -> None:
        office.slack.say(office.kari, office.asking, text, thread=asked, raw=True)

    say(f"{office.ingrid.mention} sjefen vår vet ikke dette")
    say("Tusen takk for hjelpen!")
    say("👍")
    office.settle()
    assert not office.desk.handovers.answers(number)
    assert not office.whispered(office.kari, "Meldingen din går til")
    say("Vi er på Madla")
    say("Og Hundvåg")
    office.told(post, "Vi er på Madla")
    office.told(post, "Og Hundvåg")
    office.settle()
    confirmed = office.whispered(office.kari, "Meldingen din går til")
    assert len(confirmed) == 1 and "Stavanger" in office.slack.shown(confirmed[0])


def answered_privately(office: Office) -> tuple[int, Message, Channel]:
    """A private question that the centre answered: its number, the post, the direct message."""
    number, _, answer = office.ask(private=True)
    assert office.hand_over(answer).ok
    post, direct = office.posts_in(office.stavanger, number), office.slack.dm(office.kari)
    office.reply(post, "Gjelder det barn?")
    office.wait(lambda: office.direct(direct, "Gjelder det barn?"))
    office.settle()
    return number, post, direct


def test_what_is_answered_at_the_top_of_a_direct_message_reaches_the_centre(
    office: Office,
) -> None:
    number, post, direct = answered_privately(office)
    office.slack.say(office.kari, direct, "Ja, fra ti år")
    office.told(post, "Ja, fra ti år")
    told = office.wait(lambda: office.whispered(office.kari, "Meldingen din går til"))[-1]
    assert told.thread_ts is None
    assert [button["action_id"] for button in buttons(told)] == [ids.NOT_FOR_CENTRE]
    office.settle()
    assert office.own(office.kari).id == number


def test_a_new_question_at_the_top_of_a_direct_message_is_taken_back_from_the_centre(
    office: Office,
) -> None:
    number, post, direct = answered_privately(office)
    said = office.slack.say(office.kari, direct, "Hva koster en frisklivssentral?")
    office.told(post, "Hva koster en frisklivssentral?")
    told = office.wait(lambda: office.whispered(office.kari, "Meldingen din går til"))[-1]
    office.settle()
    addition = office.desk.handovers.answers(number)[-1].id
    assert office.slack.press(office.kari, told, ids.NOT_FOR_CENTRE).ok
    assert ask_instead(office.desk, office.team, office.kari.id, addition)
    office.told(post, "Spørreren har trukket tilbake")
    office.wait(lambda: not office.in_thread(post, "Hva koster"))
    asked = office.own(office.kari)
    assert asked.id != number and asked.question == "Hva koster en frisklivssentral?"
    office.wait(lambda: office.in_thread(said))
    office.settle()
    assert len(office.in_thread(post, "Spørreren har trukket tilbake")) == 1
    office.slack.edit(office.kari, said, "Hva koster en frisklivssentral nå?")
    office.wait(lambda: office.row(asked.id).question.endswith("nå?"))
    office.slack.delete(office.kari, said)
    office.wait(lambda: office.row(asked.id).withdrawn_at is not None)


def test_only_who_wrote_it_takes_an_addition_back_to_ask_the_bot(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.slack.say(office.kari, office.asking, "Gjelder Madla", thread=asked)
    office.told(post, "Gjelder Madla")
    (answer,) = office.desk.handovers.answers(number)
    assert not ask_instead(office.desk, office.team, office.ingrid.id, answer.id)
    assert office.desk.handovers.answers(number) == [answer]


def test_what_happens_in_slack_after_the_place_was_forgotten_makes_no_inquiry(
    office: Office,
) -> None:
    number, asked, post = office.handed_over()
    office.slack.say(office.kari, office.asking, "Gjelder Madla", thread=asked)
    office.told(post, "Gjelder Madla")
    office.settle()
    (answer,) = office.desk.handovers.answers(number)
    leave_slack(office.desk.store, [number])
    assert not ask_instead(office.desk, office.team, office.kari.id, answer.id)
    old = f"{time.time() - 366 * 24 * 3600:.6f}"
    before = office.desk.inquiries.count()
    where = {"type": "message", "channel": "D1", "channel_type": "im"}
    changed = {"user": office.kari.id, "ts": old, "text": "Hvem kan henvise nå?"}
    for event in (
        {**where, "subtype": "message_changed", "message": changed, "previous_message": {}},
        {**where, "subtype": "message_deleted", "deleted_ts": old},
    ):
        Inbox(office.desk).take(office.team, event, "U0BOT")
    assert office.desk.inquiries.count() == before
    assert not office.desk.threads.was_deleted(f"slack:{office.team}:D1:{old}")
    assert office.desk.handovers.answers(number) == [
        replace(answer, came_from=f"forgotten:{answer.id}")
    ]


def test_which_inquiry_the_top_of_a_direct_message_is_about(office: Office) -> None:
    number, _, direct = answered_privately(office)
    place, who = Place(office.team, direct.id, "1.1"), office.who(office.kari)
    assert open_here(office.desk, place, who) == number
    assert open_here(office.desk, place, office.who(office.ingrid)) is None
    (answer,) = office.desk.handovers.answers(number)

    def answered(ago: timedelta) -> None:
        with office.desk.store.write() as db:
            at = (datetime.now(UTC) - ago).isoformat()
            db.conn.execute("UPDATE inquiry_answers SET at = ? WHERE id = ?", [at, answer.id])

    answered(SAME_TALK + timedelta(minutes=1))
    assert open_here(office.desk, place, who) is None
    answered(SAME_TALK - timedelta(minutes=1))
    assert open_here(office.desk, place, who) == number
    answered_privately(office)
    assert open_here(office.desk, place, who) is None


# How it ends


def pass_on(office: Office, post: Message, centre: str, note: str = "") -> Ack:
    view = office.opened(office.ingrid, post, ids.PASS_ON)
    return office.slack.submit(office.ingrid, view, {ids.CENTRE: centre, ids.COMMENT: note})


def test_passed_on_to_another_centre_with_what_was_said(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Vi spør Senja.")
    office.told(asked, "Vi spør Senja.")
    assert pass_on(office, post, "Senja", "De kan dette").ok
    there = office.posts_in(office.senja, number)
    shown = office.slack.shown(there)
    assert "sendt videre fra utviklingssentralen i Stavanger" in shown
    assert "De kan dette" in shown and "Vi spør Senja." in shown
    office.wait(lambda: "Sendt videre til utviklingssentralen i Senja." in office.slack.shown(post))
    assert not buttons(post)
    office.told(asked, "har sendt spørsmålet videre til utviklingssentralen i Senja")
    office.reply(post, "Fra Stavanger igjen")
    office.told(post, "går ikke til spørreren")
    office.slack.say(office.ingrid, office.senja, "Svar fra Senja", thread=there)
    office.told(asked, "Utviklingssentralen i Senja svarer:")
    office.settle()
    assert not office.in_thread(asked, "Fra Stavanger igjen")
    assert office.row(number).answered_by == "senja"


def test_passed_on_twice_at_once_is_one_post(office: Office) -> None:
    number, _, post = office.handed_over()
    people = (office.ingrid, office.kari)
    views = [(user, office.opened(user, post, ids.PASS_ON)) for user in people]
    for user, view in views:
        ack = office.slack.submit(user, view, {ids.CENTRE: "Senja"})
        assert ack.ok and not ack.errors
    office.posts_in(office.senja, number)
    office.settle()
    assert len(office.slack.answers(office.senja)) == 1


def test_the_centre_closes_it_and_takes_that_back(office: Office) -> None:
    number, asked, post = office.handed_over()
    assert office.slack.press(office.ingrid, post, ids.CLOSE).ok
    office.wait(lambda: "Avsluttet." in office.slack.shown(post))
    closed = office.told(asked, "har avsluttet henvendelsen")
    assert [button["action_id"] for button in buttons(closed)] == [ids.UNRESOLVED]
    assert office.row(number).status == "resolved"
    assert office.row(number).resolved_at is not None
    assert [button["action_id"] for button in buttons(post)] == [ids.REOPEN]
    assert office.slack.press(office.ingrid, post, ids.REOPEN).ok
    office.wait(lambda: len(buttons(post)) == 3)
    office.told(asked, "har åpnet henvendelsen igjen")
    assert office.row(number).status == "waiting"
    assert office.standing(number).closed_at is None
    assert office.slack.press(office.ingrid, post, ids.CLOSE).ok
    office.wait(lambda: len(office.in_thread(asked, "har avsluttet")) == 2)


def close(office: Office, asked: Message, post: Message) -> Message:
    """The centre is done: what the asker is told."""
    before = len(office.in_thread(asked, "har avsluttet henvendelsen"))
    assert office.slack.press(office.ingrid, post, ids.CLOSE).ok
    office.wait(lambda: "Avsluttet." in office.slack.shown(post))
    office.wait(lambda: len(office.in_thread(asked, "har avsluttet henvendelsen")) > before)
    office.settle()
    return office.in_thread(asked, "har avsluttet henvendelsen")[-1]


def done_asks(post: Message) -> bool:
    """Whether «Ferdig» asks for a confirmation."""
    (done,) = (button for button in buttons(post) if button["action_id"] == ids.CLOSE)
    return "confirm" in done


def test_closing_what_nobody_answered_is_asked_back_and_told(office: Office) -> None:
    _, asked, post = office.handed_over()
    assert done_asks(post)
    assert "uten å skrive noe svar" in office.slack.shown(close(office, asked, post))
    office.slack.press(office.ingrid, post, ids.REOPEN)
    office.wait(lambda: len(buttons(post)) == 3)
    said = office.reply(post, "Fastlegen kan henvise.")
    office.wait(lambda: not done_asks(post))
    office.slack.delete(office.ingrid, said)
    office.wait(lambda: done_asks(post))
    office.reply(post, "Fastlegen kan henvise.")
    office.wait(lambda: not done_asks(post))
    assert "uten å skrive" not in office.slack.shown(close(office, asked, post))


def test_what_the_asker_writes_after_the_centre_was_done_opens_it_again(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Fastlegen kan henvise.")
    office.told(asked, "Fastlegen kan henvise.")
    close(office, asked, post)
    office.slack.say(office.kari, office.asking, "Takk!", thread=asked)
    office.slack.say(office.ingrid, office.asking, "Fint at det løste seg", thread=asked)
    office.settle()
    assert office.standing(number).closed_at is not None
    office.slack.say(office.kari, office.asking, "Hos oss sier de nei", thread=asked, redeliver=2)
    office.told(post, "Hos oss sier de nei")
    office.told(post, "Spørreren har åpnet henvendelsen igjen.")
    office.wait(lambda: office.whispered(office.kari, "og henvendelsen er åpnet igjen"))
    office.wait(lambda: len(buttons(post)) == 3)
    office.settle()
    assert office.standing(number).closed_at is None
    assert office.row(number).resolved_at is None
    assert len(office.in_thread(post, "Hos oss sier de nei")) == 1


def test_what_was_closed_long_ago_or_by_the_asker_stays_closed(office: Office) -> None:
    number, asked, post = office.handed_over()
    close(office, asked, post)
    office.slack.press(office.kari, office.in_thread(asked, "har avsluttet")[-1], ids.UNRESOLVED)
    office.wait(lambda: office.standing(number).closed_at is None)
    office.settle()
    office.reply(post, "Fastlegen kan henvise.")
    office.slack.press(office.kari, office.told(asked, "Fastlegen kan henvise."), ids.RESOLVED)
    office.told(post, "Spørreren har merket henvendelsen som løst.")
    office.slack.say(office.kari, office.asking, "Vi feirer med kake", thread=asked)
    office.settle()
    assert not office.in_thread(post, "kake")
    assert office.row(number).status == "resolved"


def test_two_weeks_after_it_was_closed_it_stays_closed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, asked, post = office.handed_over()
    close(office, asked, post)
    monkeypatch.setattr("bot.slack.centres.additions.OPENS_AGAIN", timedelta(0))
    office.slack.say(office.kari, office.asking, "Hos oss sier de nei", thread=asked)
    office.settle()
    assert office.standing(number).closed_at is not None
    assert not office.in_thread(post, "Hos oss sier de nei")


@pytest.mark.parametrize("by", ["centre", "asker"])
def test_taking_the_only_answer_back_after_it_was_closed_opens_it_again(
    office: Office, by: str
) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Fastlegen kan henvise.")
    relayed = office.told(asked, "Fastlegen kan henvise.")
    undo = office.told(post, "Svaret sendes til spørreren.")
    office.settle()
    if by == "centre":
        close(office, asked, post)
    else:
        office.slack.press(office.kari, relayed, ids.RESOLVED)
        office.told(post, "Spørreren har merket henvendelsen som løst.")
        office.settle()
    office.slack.press(office.ingrid, undo, ids.TAKE_BACK)
    office.told(asked, "har trukket svaret sitt tilbake")
    office.told(post, "venter på et nytt svar")
    office.wait(lambda: len(buttons(post)) == 3)
    row, standing = office.row(number), office.standing(number)
    assert (row.status, row.answered_by, row.resolved_at) == ("waiting", None, None)
    assert (standing.closed_at, standing.first_reply_at) == (None, None)


def test_taking_one_of_two_answers_back_opens_nothing(office: Office) -> None:
    number, asked, post = office.handed_over()
    first = office.reply(post, "Fastlegen kan henvise.")
    office.reply(post, "Og NAV.")
    office.told(asked, "Og NAV.")
    office.told(asked, "Fastlegen kan henvise.")
    close(office, asked, post)
    office.slack.delete(office.ingrid, first)
    office.wait(lambda: not office.in_thread(asked, "Fastlegen kan henvise."))
    office.settle()
    assert office.standing(number).closed_at is not None
    assert office.row(number).answered_by == "stavanger"


def test_passed_on_to_a_centre_without_a_channel_tells_who_passed_it_on(office: Office) -> None:
    office.set_channel("senja", None)
    _, asked, post = office.handed_over()
    assert pass_on(office, post, "Senja").ok
    told = office.told(asked, "registrert i køen der")
    assert "Utviklingssentralen i Stavanger har sendt" in office.slack.shown(told)


def test_only_messages_that_follow_the_register_are_redrawn(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Fastlegen kan henvise.")
    office.told(asked, "Fastlegen kan henvise.")
    (answer,) = office.desk.handovers.answers(number)
    key = f"note:{answer.id}"
    office.desk.posts.put(
        key,
        Place(office.team, office.asking.id, asked.ts),
        Rendered("Et notat", [rich("Et notat")]),
        inquiry=number,
    )
    office.desk.poke(key)
    note = office.told(asked, "Et notat")
    office.settle()
    record.outdated(office.desk, key)
    redraw(office.desk)
    assert office.slack.shown(note) == "Et notat" and not note.deleted
    assert key not in record.take_outdated(office.desk)


def test_the_asker_marks_it_resolved_and_opens_it_again(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.reply(post, "Fastlegen kan henvise.")
    relayed = office.told(asked, "Fastlegen kan henvise.")
    assert office.slack.press(office.kari, relayed, ids.RESOLVED).ok
    office.told(post, "Spørreren har merket henvendelsen som løst.")
    office.wait(lambda: "Avsluttet." in office.slack.shown(post))
    assert office.row(number).status == "resolved"
    reopen_for_asker(office.desk, number)
    office.told(post, "Spørreren har åpnet henvendelsen igjen.")
    office.wait(lambda: len(buttons(post)) == 3)
    assert office.row(number).status == "answered"


def test_closed_by_the_centre_an_answer_still_reaches_the_asker(office: Office) -> None:
    _, asked, post = office.handed_over()
    office.slack.press(office.ingrid, post, ids.CLOSE)
    office.wait(lambda: "Avsluttet." in office.slack.shown(post))
    office.reply(post, "Én ting til: husk NAV.")
    office.told(asked, "husk NAV")


def test_a_withdrawn_question_is_gone_from_every_centre(office: Office) -> None:
    number, asked, post = office.handed_over()
    office.slack.say(office.kari, office.asking, "Det er hemmelig", thread=asked)
    office.told(post, "Det er hemmelig")
    assert pass_on(office, post, "Senja").ok
    there = office.posts_in(office.senja, number)
    office.settle()
    withdraw(office.desk, number)
    office.wait(lambda: all("trukket tilbake" in office.slack.shown(m) for m in (post, there)))
    for one in (post, there):
        assert "henvise" not in json.dumps(one.blocks) + one.text and not buttons(one)
    office.wait(lambda: not office.in_thread(post, "hemmelig"))
    office.slack.say(office.ingrid, office.senja, "Svar", thread=there)
    office.told(there, "Spørreren har trukket henvendelsen tilbake")
    office.settle()
    assert not office.in_thread(asked, "svarer:")
    assert office.desk.handovers.open_of(number) is None


def test_what_is_written_about_a_deleted_inquiry_goes_nowhere(office: Office) -> None:
    number, asked, post = office.handed_over()
    said = office.reply(post, "Fastlegen kan henvise.")
    office.told(asked, "Fastlegen kan henvise.")
    office.settle()
    review, desk = Review(office.desk.store), office.desk
    with following(desk, [number]):
        review.delete(number, "user:1")
    office.wait(lambda: f"Henvendelse nr. {number} er slettet." in office.slack.shown(post))
    office.reply(post, "Én ting til: husk Nordmann.")
    office.told(post, "Henvendelsen er slettet, så det som skrives her")
    office.slack.edit(office.ingrid, said, "Spør Nordmann.")
    office.settle()
    assert not office.in_thread(asked, "Nordmann")
    assert [answer.text for answer in desk.handovers.answers(number)] == [""]
    form = Masked("Fra skjemaet", ())
    assert not answer_by_form(desk, handover=office.standing(number), view="V1", text=form)
    desk.posts.failed(f"relay:{desk.handovers.answers(number)[0].id}", "thread_not_found")
    tell_undelivered(desk)
    office.settle()
    assert not office.in_thread(post, "kan ikke nås i Slack")


def test_both_faces_close_and_open_again_in_the_same_words(office: Office) -> None:
    number, asked, post = office.handed_over()
    review, desk = Review(office.desk.store), office.desk
    in_slack = office.slack.shown(close(office, asked, post))
    office.slack.press(office.ingrid, post, ids.REOPEN)
    opened = office.slack.shown(office.told(asked, "har åpnet henvendelsen igjen"))
    office.settle()
    with following(desk, [number]):
        review.bulk([number], {"status": "resolved"}, "user:1")
    office.wait(lambda: len(office.in_thread(asked, "har avsluttet")) == 2)
    assert office.slack.shown(office.in_thread(asked, "har avsluttet")[-1]) == in_slack
    office.wait(lambda: "Avsluttet." in office.slack.shown(post))
    office.settle()
    with following(desk, [number]):
        review.bulk([number], {"status": OPEN_AGAIN}, "user:1")
    office.wait(lambda: len(office.in_thread(asked, "har åpnet")) == 2)
    assert office.slack.shown(office.in_thread(asked, "har åpnet")[-1]) == opened
    office.wait(lambda: len(buttons(post)) == 3)
    office.told(post, "er åpnet igjen på nettsidene")
    assert office.row(number).status == "waiting"


def test_closed_on_the_pages_the_asker_opens_it_again(office: Office) -> None:
    number, asked, post = office.handed_over()
    review, desk = Review(office.desk.store), office.desk
    with following(desk, [number]):
        review.set_aside(number, "user:1")
    closed = office.told(asked, "har avsluttet henvendelsen")
    office.settle()
    assert office.slack.press(office.kari, closed, ids.UNRESOLVED).ok
    office.wait(lambda: office.standing(number).closed_at is None)
    office.told(post, "Spørreren har åpnet henvendelsen igjen.")
    assert office.row(number).status == "waiting"


def test_a_closing_that_was_taken_back_on_its_way_is_removed(office: Office) -> None:
    number, asked, post = office.handed_over()
    closed = close(office, asked, post)
    desk, key = office.desk, record.closed_key(office.standing(number))
    with desk.store.write() as db:  # as if Slack had not told yet that it has it
        db.conn.execute("UPDATE slack_posts SET state = 'ready' WHERE key = ?", [key])
    assert outcomes.reopen(desk, office.standing(number))
    desk.posts.posted(key, closed.ts)
    redraw(desk)
    office.wait(lambda: closed.deleted)
    assert not office.in_thread(asked, "har åpnet henvendelsen igjen")


def test_what_was_passed_on_and_taken_back_is_with_the_first_centre(office: Office) -> None:
    number, asked, post = office.handed_over()
    review, desk = Review(office.desk.store), office.desk
    with following(desk, [number]):
        review.hand_over(number, "senja", who="user:1")
    send_unsent(desk)
    there = office.posts_in(office.senja, number)
    assert "sendt videre fra utviklingssentralen i Stavanger" in office.slack.shown(there)
    office.told(asked, "har sendt spørsmålet videre til utviklingssentralen i Senja")
    office.settle()
    batch = review.last_batch(number)
    assert batch is not None
    with following(desk, [number]):
        review.undo(batch, "user:1")
    office.wait(lambda: len(buttons(post)) == 3)
    office.told(asked, "likevel hos utviklingssentralen i Stavanger")
    sent_on = "Sendt videre til utviklingssentralen i Stavanger."
    office.wait(lambda: sent_on in office.slack.shown(there) and not buttons(there))
    office.slack.say(office.ingrid, office.senja, "Svar fra Senja", thread=there)
    office.told(there, "går ikke til spørreren")
    assert record.passed_from(desk, office.standing(number)) is None
    closed = close(office, asked, post)
    assert office.slack.press(office.kari, closed, ids.UNRESOLVED).ok
    office.wait(lambda: office.standing(number).closed_at is None)
    assert office.standing(number).centre == "stavanger"


def test_withdrawn_before_it_was_posted_it_is_never_posted(office: Office) -> None:
    office.slack.faults.error(
        "chat.postMessage",
        "internal_error",
        times=None,
        when=lambda args: args.get("channel") == office.stavanger.id,
    )
    number, _, answer = office.ask()
    assert office.hand_over(answer).ok
    key = f"handover:{office.standing(number).id}"
    office.wait(lambda: office.desk.posts.get(key))
    withdraw(office.desk, number)
    time.sleep(0.2)  # a try that was under way fails too
    office.slack.faults.clear()
    waiting = office.desk.posts.get(key)
    assert waiting is not None and waiting.state == "failed"
    send_unsent(office.desk)
    office.settle()
    assert not office.slack.answers(office.stavanger)


def test_posted_while_it_was_being_withdrawn_it_is_found_and_emptied(office: Office) -> None:
    number, _, post = office.handed_over()
    office.settle()
    with office.desk.store.write():  # as if the worker had marked it last
        office.desk.inquiries.withdraw(number)
        office.desk.handovers.close(number)
    Clock(office.desk).tick()
    assert "trukket tilbake" in office.slack.shown(post)
    calls = len(office.slack.calls_of("chat.update"))
    Clock(office.desk).tick()
    assert len(office.slack.calls_of("chat.update")) == calls


def test_a_corrected_question_is_corrected_at_the_centre(office: Office) -> None:
    number, _, post = office.handed_over()
    office.settle()
    office.desk.inquiries.revise(number, "Hvem kan henvise eldre?", ())
    outcomes.question_changed(office.desk, number)
    office.wait(lambda: "Hvem kan henvise eldre?" in office.slack.shown(post))
    assert len(buttons(post)) == 3


# Reminders


def test_nobody_answering_within_a_working_day_reminds_the_channel_once(office: Office) -> None:
    number, _, post = office.handed_over()
    office.settle()
    remind(office.desk, datetime.now(UTC) + timedelta(hours=1))
    assert not office.in_thread(post, "Ingen har svart")
    later = datetime.now(UTC) + timedelta(days=14)
    clock = Clock(office.desk, seconds=0.01, now=lambda: later)
    clock.start()
    reminder = office.told(post, "Ingen har svart")
    clock.stop()
    assert reminder.thread_ts == post.ts
    office.settle()
    assert len(office.in_thread(post, "Ingen har svart")) == 1
    assert office.standing(number).reminded_at is not None


def test_an_answered_inquiry_is_not_reminded_of(office: Office) -> None:
    _, asked, post = office.handed_over()
    office.reply(post, "Fastlegen.")
    office.told(asked, "Fastlegen.")
    remind(office.desk, datetime.now(UTC) + timedelta(days=14))
    office.settle()
    assert not office.in_thread(post, "Ingen har svart")


def test_the_working_day_counts_from_when_the_centre_could_read_it(office: Office) -> None:
    office.set_channel("stavanger", None)
    number, _, answer = office.ask()
    assert office.hand_over(answer).ok
    long_ago = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    with office.desk.store.write() as db:
        db.conn.execute("UPDATE handovers SET at = ? WHERE inquiry = ?", [long_ago, number])
    Clock(office.desk).tick()
    assert office.standing(number).reminded_at is None
    office.set_channel("stavanger", office.stavanger)
    Clock(office.desk).tick()
    post = office.posts_in(office.stavanger, number)
    Clock(office.desk).tick()
    office.settle()
    assert not office.in_thread(post, "Ingen har svart")


def test_what_fails_on_the_clock_keeps_nothing_else_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("disk")

    _, _, post = office.handed_over()
    office.settle()
    monkeypatch.setattr("bot.slack.clock.send_unsent", broken)
    Clock(office.desk, now=lambda: datetime.now(UTC) + timedelta(days=14)).tick()
    office.told(post, "Ingen har svart")


# Blocks


def buttons(message: Message) -> list[dict[str, Any]]:
    return [
        element
        for block in message.blocks or []
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def shown_quote(title: str) -> ShownQuote:
    return ShownQuote(
        document="d1",
        title=title,
        section="Henvisning",
        url=None,
        edition=None,
        updated=None,
        start=0,
        end=4,
        text="Alle",
        highlight="Alle",
        score=1.0,
    )


NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HANDOVER = Handover(3, 12, "stavanger", "county", "henvisning", "", NOW)
INQUIRY = Inquiry(
    id=12,
    came_from="slack:T1:C1:1.1",
    received_at=NOW,
    channel="slack",
    question=QUESTION,
    status="waiting",
)
ANSWER = Answer(7, 12, "slack:T1:C2:2.2", "stavanger", "Fastlegen.", NOW)
AWKWARD = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "",
            " ",
            "<!channel> <@U1> *fet* `kode`",
            "\u202eסוד",
            "🙂" * 3000,
            "x" * 20_000,
            "a\n" * 4000,
        ]
    ),
)


@given(
    question=AWKWARD,
    note=AWKWARD,
    said=AWKWARD,
    title=AWKWARD,
    language=st.sampled_from(LANGUAGES),
    closed=st.booleans(),
    passed=st.sampled_from([None, "senja"]),
)
def test_slack_takes_every_message(
    question: str,
    note: str,
    said: str,
    title: str,
    language: Language,
    closed: bool,
    passed: str | None,
) -> None:
    inquiry = INQUIRY.model_copy(
        update={"question": question, "thread": (said, title), "quotes": (shown_quote(title),)}
    )
    answer = replace(ANSWER, text=said)
    case = handover.Case(
        replace(HANDOVER, note=note, closed_at=NOW if closed or passed else None),
        inquiry,
        [answer, replace(answer, centre=None)] * 4,
        passed_from=passed,
        passed_to=passed,
        answered=bool(note),
        permalink="https://frisk.slack.com/archives/C1/p1",
    )
    for rendered in (
        handover.handover_post(case, language),
        handover.relayed(answer, language),
        handover.addition(replace(answer, centre=None), language),
        handover.confirmation(answer, language, by="form", masked=True),
        handover.confirmation(replace(answer, taken_back_at=NOW), language),
        handover.finished("stavanger", 12, language),
        handover.finished("stavanger", 12, language, answered=False),
        handover.taken_for_centre(answer, "stavanger", language),
    ):
        assert check_blocks(rendered.blocks, "message") == []
        assert 0 < len(rendered.text) <= 3000
        assert "<" not in rendered.text
        assert '"mrkdwn"' not in json.dumps(rendered.blocks)


@given(question=AWKWARD, note=AWKWARD, language=st.sampled_from(LANGUAGES))
def test_slack_takes_every_modal(question: str, note: str, language: Language) -> None:
    filled = Filled(question, SENJA, "henvisning", None, note)
    for view in (
        to_centre_modal(filled, language, metadata={"inquiry": 12}),
        to_centre_modal(replace(filled, municipality=None), language, metadata={"inquiry": 12}),
        reply_modal(3, question, language),
        pass_on_modal(3, serving_centres(), language),
    ):
        assert check_view(view) == []


@pytest.mark.parametrize(
    ("filled", "centre", "reason"),
    [
        (Filled("", STAVANGER), "stavanger", "own_municipality"),
        (Filled("", "1149"), "stavanger", "county"),
        (Filled("", STAVANGER, centre="bergen"), "bergen", "chosen"),
        (Filled("", STAVANGER, centre="aktiv-eiker"), "stavanger", "own_municipality"),
        (Filled(""), None, "none"),
    ],
)
def test_which_centre_and_why(filled: Filled, centre: str | None, reason: str) -> None:
    assert destination(filled) == (centre, reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_withdrawn_case_shows_nothing_of_the_question(language: Language) -> None:
    inquiry = INQUIRY.model_copy(update={"withdrawn_at": NOW})
    shown = handover.handover_post(handover.Case(HANDOVER, inquiry), language)
    assert "henvise" not in shown.text + json.dumps(shown.blocks)
    assert record.asker_language(INQUIRY) == "nb"
