"""The review pages and the running bot on one register: what is done on a page is seen in Slack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from review_site import SECRET, ReviewSite, send, text_of
from slack_server import Channel, Message, User
from slack_town import Town, town
from starlette.testclient import TestClient
from tests_support import Home

from bot.review.app import build
from bot.review.opening import open_site
from bot.review.settings import ReviewSettings
from bot.slack import ids
from bot.slack.clock import SECONDS
from indexer.index import Index
from knowledge.store import Store

CANOES = "Finnes det en egen tilskuddsordning for ruter med kano i frisklivssentralen vår?"
SLEDGES = "Finnes det en egen tilskuddsordning for spark og kjelke i kommunen vår?"
STAVANGER = "Stavanger, Rogaland"
OUTBOX = 30.0
CLOCK = SECONDS + OUTBOX


@pytest.fixture(scope="module")
def here(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(bundled_home, tmp_path_factory.mktemp("town")) as made:
        made.start()
        yield made


@pytest.fixture(scope="module")
def review(here: Town) -> Iterator[ReviewSite]:
    """The pages over the bot's home, with a connection of their own."""
    settings = here.home.settings
    with closing(Store(settings.database)) as store:
        site = open_site(settings, ReviewSettings(), store, Index(settings))
        yield ReviewSite(site, build(site, SECRET))


def handed_over(here: Town, user: User, question: str) -> tuple[Message, int, Message]:
    """A question that was brought to Stavanger: the message, its number, the centre's post."""
    asked = here.slack.say(user, here.asking, f"{here.slack.mention} {question}")
    here.slack.press(user, here.answer_to(asked), ids.TO_CENTRE)
    view = here.slack.wait_for(lambda: here.slack.views(user), OUTBOX)[-1]
    assert here.slack.submit(user, view, {ids.MUNICIPALITY: STAVANGER}).ok
    number = here.row(asked).id
    return asked, number, post_of(here, here.stavanger, number)


def post_of(here: Town, channel: Channel, number: int, seconds: float = OUTBOX) -> Message:
    """The message of a handover in a centre's channel, when the bot knows that it is there."""

    def found() -> list[Message]:
        return [
            message
            for message in here.slack.answers(channel)
            if (post := here.posts.at(channel.team.id, channel.id, message.ts)) is not None
            and (post.kind, post.inquiry) == ("handover", number)
        ]

    return here.slack.wait_for(found, seconds)[-1]


def told(here: Town, thread: Message, words: str, seconds: float = OUTBOX) -> Message:
    """Wait for what the bot writes in a thread."""

    def found() -> list[Message]:
        answers = here.slack.answers(thread.channel, thread=thread)
        return [one for one in answers if words in here.slack.shown(one) and one.ts > thread.ts]

    return here.slack.wait_for(found, seconds)[-1]


def press(client: TestClient, number: int, part: str, **values: str) -> str:
    """Send a form of the inquiry's page; what the next page says."""
    sent = send(client, f"/inquiry/{number}/{part}", values)
    assert sent.status_code == 303
    return text_of(client.get(sent.headers["location"]))


def test_what_a_reviewer_does_is_seen_in_slack(here: Town, review: ReviewSite) -> None:
    asked, number, post = handed_over(here, here.kari, CANOES)
    other, second, elsewhere = handed_over(here, here.ola, SLEDGES)
    reviewer = review.signed_in(centre="stavanger")
    assert CANOES in text_of(reviewer.get(f"/inquiry/{number}"))

    # To a second centre: the bot sends it when its clock next looks, which is awaited at the end.
    values = {"to_centre": "alstahaug", "to_note": "Dere kan dette."}
    assert "er sendt til Alstahaug" in press(reviewer, second, "hand-over", **values)

    answer = "Nei, men søk fylket innen 1. mars.\nRing 51 50 70 90."
    assert "sendes til spørreren" in press(reviewer, number, "answer", answer=answer, seen="0")
    answered = told(here, asked, "Utviklingssentralen i Stavanger svarer:")
    shown = here.slack.shown(answered)
    assert "Nei, men søk fylket innen 1. mars." in shown and "51 50" not in shown
    told(here, post, "Svaret sendes til spørreren.")

    assert "er nå: løst" in press(reviewer, number, "status", status="resolved")
    finished = told(here, asked, "har avsluttet henvendelsen")
    assert "uten å skrive noe svar" not in here.slack.shown(finished)
    assert here.handovers.open_of(number) is None

    assert "er nå: besvart" in press(reviewer, number, "status", status="open", then="next")
    told(here, asked, "har åpnet henvendelsen igjen")
    told(here, post, "er åpnet igjen på nettsidene")
    standing = here.handovers.open_of(number)
    assert standing is not None and standing.centre == "stavanger"

    # Open again for both: what the asker adds reaches the centre, and «Løst» closes it.
    here.slack.say(here.kari, here.asking, "Gjelder det også kajakk?", thread=asked)
    told(here, post, "Gjelder det også kajakk?")
    assert here.slack.press(here.kari, answered, ids.RESOLVED).ok
    told(here, post, "Spørreren har merket henvendelsen som løst.")
    assert here.row(asked).status == "resolved" and here.handovers.open_of(number) is None
    press(reviewer, number, "status", status="open")
    assert here.handovers.open_of(number) is not None

    there = post_of(here, here.alstahaug, second, CLOCK)
    shown = here.slack.shown(there)
    assert SLEDGES in shown and "Dere kan dette." in shown
    assert "sendt videre fra utviklingssentralen i Stavanger" in shown
    told(here, other, "har sendt spørsmålet videre til utviklingssentralen i Alstahaug")
    here.wait(lambda: "Sendt videre til" in here.slack.shown(elsewhere), OUTBOX)
    here.slack.say(here.ingrid, here.alstahaug, "Spør NAV om spark.", thread=there)
    told(here, other, "Utviklingssentralen i Alstahaug svarer:")
    page = text_of(reviewer.get(f"/inquiry/{second}"))
    assert "Svar fra Alstahaug" in page and "Spør NAV om spark." in page
