"""From a municipality to a development centre and back, with the bot as its own process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from slack_server import Message
from slack_town import Town, town
from tests_support import Home

from bot.slack import ids

HARD = "Finnes det en egen tilskuddsordning for ruter med kano i frisklivssentralen vår i Senja?"


@pytest.fixture(scope="module")
def here(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(bundled_home, tmp_path_factory.mktemp("town")) as made:
        made.start()
        yield made


def hand_over(here: Town, answer: Message, **values: str) -> None:
    here.slack.press(here.kari, answer, ids.TO_CENTRE)
    view = here.slack.wait_for(lambda: here.slack.views(here.kari))[-1]
    assert here.slack.submit(here.kari, view, values).ok
    here.wait(lambda: not here.slack.views(here.kari))


def last(here: Town, thread: Message, words: str) -> Message:
    found = here.slack.wait_for(
        lambda: [
            answer
            for answer in here.slack.answers(thread.channel, thread=thread)
            if words in here.slack.shown(answer) and known(here, answer)
        ],
        20,
    )
    return found[-1]


def known(here: Town, message: Message) -> bool:
    """Whether the bot knows by now that it posted this: people take longer to react to it."""
    return here.posts.at(here.slack.team.id, message.channel.id, message.ts) is not None


def posted(here: Town, channel: str = "stavanger") -> Message:
    place = getattr(here, channel)
    return here.slack.wait_for(
        lambda: [
            answer
            for answer in here.slack.answers(place)
            if ids.REPLY in str(answer.blocks) and known(here, answer)
        ],
        20,
    )[-1]


def test_the_whole_way_with_two_people_and_two_channels(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {HARD}")
    answer = here.answer_to(asked)
    hand_over(here, answer, **{ids.MUNICIPALITY: "Stavanger, Rogaland"})
    inquiry = here.row(asked)
    assert inquiry.status == "waiting" and inquiry.centre == "stavanger"
    last(here, asked, "Stavanger")

    case = posted(here)
    assert HARD in here.slack.shown(case) and "Stavanger" in here.slack.shown(case)
    for link in (asked.ts.replace(".", ""), "archives"):
        assert link in str(case.blocks)

    here.slack.say(here.ingrid, here.stavanger, "internt: tar du denne, Tor?", thread=case)
    here.slack.say(here.ingrid, here.stavanger, f"{here.tor.mention} eller du?", thread=case)
    here.slack.say(
        here.ingrid,
        here.stavanger,
        "Ja, søk <!channel> fylket innen 1. mars.",
        thread=case,
        raw=True,
    )
    brought = last(here, asked, "innen 1. mars")
    assert "Stavanger" in here.slack.shown(brought)
    assert "ingrid" not in str(brought.blocks).lower() and here.ingrid.id not in str(brought.blocks)
    assert "<!channel>" not in str(brought.blocks) + brought.text
    handover = here.handovers.last_of(inquiry.id)
    assert handover is not None and handover.first_reply_at is not None
    assert here.row(asked).status == "answered" and here.row(asked).answered_by == "stavanger"

    here.slack.say(here.kari, here.asking, "Takk, gjelder det i år også?", thread=asked)
    last(here, case, "gjelder det i år også")
    here.slack.say(here.ola, here.asking, "Jeg lurer på det samme.", thread=asked)

    here.slack.press(here.ingrid, case, ids.REPLY)
    view = here.slack.wait_for(lambda: here.slack.views(here.ingrid))[-1]
    assert here.slack.submit(here.ingrid, view, {ids.ANSWER: "Ja, hvert år."}).ok
    second = last(here, asked, "Ja, hvert år.")

    texts = [here.slack.shown(one) for one in here.slack.answers(here.asking, thread=asked)]
    assert not any("internt" in text or "eller du" in text for text in texts)
    assert not any(
        "lurer på det samme" in here.slack.shown(one)
        for one in here.slack.answers(here.stavanger, thread=case)
    )

    here.slack.press(here.kari, second, ids.RESOLVED)
    here.wait(lambda: here.row(asked).status == "resolved")
    closed = here.handovers.last_of(inquiry.id)
    assert closed is not None and closed.closed_at is not None
    assert here.row(asked).resolved_at is not None


def test_a_centre_takes_an_answer_back_and_passes_the_case_on(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {HARD} (2)")
    hand_over(here, here.answer_to(asked), **{ids.MUNICIPALITY: "Stavanger, Rogaland"})
    here.wait(lambda: "(2)" in here.slack.shown(posted(here)))
    case = posted(here)
    here.slack.say(here.ingrid, here.stavanger, "Feil svar", thread=case)
    wrong = last(here, asked, "Feil svar")
    undo = here.slack.wait_for(
        lambda: [
            one
            for one in here.slack.answers(here.stavanger, thread=case)
            if ids.TAKE_BACK in str(one.blocks) and known(here, one)
        ]
    )[-1]
    here.slack.press(here.ingrid, undo, ids.TAKE_BACK)
    here.wait(lambda: wrong not in here.slack.answers(here.asking, thread=asked))

    here.slack.press(here.ingrid, case, ids.PASS_ON)
    view = here.slack.wait_for(lambda: here.slack.views(here.ingrid))[-1]
    assert here.slack.submit(here.ingrid, view, {ids.CENTRE: "alstahaug"}).ok
    other = posted(here, "alstahaug")
    assert "(2)" in here.slack.shown(other)
    here.slack.say(here.tor, here.alstahaug, "Vi svarer: ja.", thread=other)
    last(here, asked, "Vi svarer: ja.")
    assert here.row(asked).answered_by == "alstahaug"


def test_a_private_question_is_answered_by_the_centre_in_a_direct_message(here: Town) -> None:
    here.slack.command(here.ola, here.elsewhere, f"{HARD} (3)")
    answer = here.slack.wait_for(lambda: here.slack.ephemerals(here.ola, here.elsewhere))[-1]
    here.slack.press(here.ola, answer, ids.TO_CENTRE)
    view = here.slack.wait_for(lambda: here.slack.views(here.ola))[-1]
    assert here.slack.submit(here.ola, view, {ids.MUNICIPALITY: "Stavanger, Rogaland"}).ok
    here.wait(lambda: "(3)" in here.slack.shown(posted(here)))
    here.slack.say(here.ingrid, here.stavanger, "Bare til Ola", thread=posted(here))
    direct = here.slack.dm(here.ola)
    here.wait(
        lambda: any("Bare til Ola" in here.slack.shown(one) for one in here.slack.answers(direct))
    )
    assert not here.slack.answers(here.elsewhere)


def test_a_question_that_is_deleted_is_withdrawn_at_the_centre(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {HARD} (zebrafinke)")
    hand_over(here, here.answer_to(asked), **{ids.MUNICIPALITY: "Stavanger, Rogaland"})
    here.wait(lambda: "(zebrafinke)" in here.slack.shown(posted(here)))
    case = posted(here)
    assert holding(here, b"zebrafinke")
    here.slack.delete(here.kari, asked)
    here.wait(lambda: HARD not in here.slack.shown(case))
    assert here.row(asked).withdrawn_at is not None
    here.wait(lambda: not holding(here, b"zebrafinke"))


def holding(here: Town, word: bytes) -> list[str]:
    """The files of the database, its log among them, in which the word still stands."""
    database = here.home.store.path
    files = database.parent.glob(f"{database.name}*")
    return [file.name for file in files if word in file.read_bytes().lower()]
