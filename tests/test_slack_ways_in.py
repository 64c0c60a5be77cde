"""Every way a municipality asks in Slack, over the local Slack and the bot as its own process."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from slack_server import Message
from slack_town import FAR_OFF, REFERRING, STARTING, Town, town
from tests_support import Home

from bot.slack import ids
from bot.slack.channels import ChannelSettings
from bot.slack.text import is_thanks
from knowledge.store.erasures import FILE, read

FNR = "01010750160"  # a synthetic number of the right form


@pytest.fixture(scope="module")
def here(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(bundled_home, tmp_path_factory.mktemp("town")) as made:
        made.start()
        yield made


def quiet(here: Town) -> None:
    """Everything that was said has arrived, and nothing waits to be posted."""
    try:
        here.wait(lambda: not here.slack.undelivered() and here.posts.unposted()[0] == 0, 5)
    except TimeoutError:
        print([d.event for d in here.slack.undelivered()], here.posts.unposted(), here.bot.said)
        raise


def quotes(message: Message) -> list[str]:
    """The verbatim parts of a reply."""
    return [
        part["text"]
        for block in message.blocks or []
        if block["type"] == "rich_text"
        for element in block["elements"]
        if element["type"] == "rich_text_quote"
        for part in element["elements"]
        if part["type"] == "text"
    ]


def test_a_mention_is_answered_once_in_its_thread_and_registered(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
    answer = here.answer_to(asked)
    quiet(here)
    # It came twice, as app_mention and as message.channels.
    kinds = [
        delivery.event["type"]
        for delivery in here.slack.deliveries
        if delivery.event.get("ts") == asked.ts
    ]
    assert sorted(kinds) == ["app_mention", "message"]
    assert here.slack.answers(here.asking, thread=asked) == [answer]
    row = here.row(asked)
    assert row.question == REFERRING
    assert (row.outcome, row.status, row.channel) == ("answered", "answered", "slack")
    assert row.asker == here.who(here.kari) and here.kari.id not in str(row)
    shown = quotes(answer)
    assert shown and all(any(part.strip() in quote.text for quote in row.quotes) for part in shown)
    assert "[1]" in here.slack.shown(answer)


def test_a_direct_message_is_answered(here: Town) -> None:
    channel = here.slack.dm(here.kari)
    asked = here.slack.say(here.kari, channel, STARTING)
    answer = here.answer_to(asked)
    assert quotes(answer)
    assert here.row(asked).outcome == "answered"


@pytest.mark.parametrize(
    ("question", "language", "lead"),
    [
        ("Korleis kjem vi i gang med ein frisklivssentral?", "nn", "Automatisk svar"),
        ("How do we start a Healthy Life Centre?", "en", "Automatic"),
    ],
)
def test_the_answer_is_in_the_language_of_the_question(
    here: Town, question: str, language: str, lead: str
) -> None:
    asked = here.slack.say(here.ola, here.slack.dm(here.ola), question)
    answer = here.answer_to(asked)
    assert lead in here.slack.shown(answer)
    assert here.row(asked).language == language
    here.wait(lambda: here.people.get(here.who(here.ola)).language == language)


def test_a_command_is_answered_for_the_asker_alone_and_can_be_shared(here: Town) -> None:
    assert here.slack.command(here.kari, here.elsewhere, REFERRING).ok
    answer = here.said_to(here.kari, "[1]", here.elsewhere)
    assert not here.slack.answers(here.elsewhere)
    here.slack.press(here.kari, answer, ids.SHARE)
    here.slack.press(here.kari, answer, ids.SHARE)  # twice is once
    here.wait(lambda: here.slack.answers(here.elsewhere))
    quiet(here)
    (shared,) = here.slack.answers(here.elsewhere)
    assert quotes(shared) == quotes(answer)
    assert ids.SHARE not in str(shared.blocks)


def test_help_mine_and_delete(here: Town) -> None:
    user = here.slack.user("berit")
    here.slack.invite(here.asking, user)
    here.slack.command(user, here.asking, "hjelp")
    assert "/frisksvar kommune" in here.slack.shown(here.said_to(user, "Slik spør du"))
    here.slack.command(user, here.asking, "mine")
    here.said_to(user, "ingen henvendelser")
    here.ask(user, here.asking, STARTING)
    (mine,) = here.inquiries.of_asker(here.who(user))
    here.slack.command(user, here.asking, "mine")
    listed = here.said_to(user, "Henvendelsene dine (1)")
    assert STARTING in here.slack.shown(listed)
    here.slack.command(user, here.asking, "slett")
    here.wait(lambda: "danger" in str(here.said_to(user, "Henvendelsene dine").blocks))
    here.slack.press(user, here.said_to(user, "Henvendelsene dine (1)"), ids.FORGET_ME)
    here.said_to(user, "Slettet: 1")
    row = here.inquiries.get(mine.id)
    assert row is not None
    assert (row.question, row.asker) == ("", None) and row.withdrawn_at is not None
    assert here.inquiries.of_asker(here.who(user)) == []
    # And a backup that is restored forgets it again, also the votes and what was remembered.
    noted = read(here.home.settings.home / FILE).erasures
    person = here.pseudonyms.forgotten(here.who(user))
    assert person in {each.hash for each in noted}
    assert mine.id in {each.number for each in noted if each.act == "withdrawn"}


def test_the_municipality_can_be_typed_after_the_command(here: Town) -> None:
    here.slack.command(here.ingrid, here.asking, "kommune Lenvik")
    here.said_to(here.ingrid, "Senja")
    assert here.people.get(here.who(here.ingrid)).municipality == "5530"


def test_the_shortcut_answers_somebody_elses_message_where_the_bot_is_not(here: Town) -> None:
    message = here.slack.say(here.ola, here.elsewhere, f"Noen som vet: {REFERRING}")
    here.slack.shortcut(here.kari, ids.ASK_ABOUT, message)
    here.said_to(here.kari, "[1]", here.elsewhere, after=message)
    row = here.row(message)
    assert row.outcome == "answered" and row.asker == here.who(here.kari)
    before = len(here.slack.ephemerals(here.ingrid))
    here.slack.shortcut(here.ingrid, ids.ASK_ABOUT, message)  # another person: the same inquiry
    here.wait(lambda: len(here.slack.ephemerals(here.ingrid)) > before)
    assert here.row(message).id == row.id


def test_a_follow_up_in_the_thread_needs_no_mention_and_knows_what_it_is_about(
    here: Town,
) -> None:
    asked = here.slack.say(
        here.kari, here.asking, f"{here.slack.mention} Hva er Bra mat-kurset på frisklivssentralen?"
    )
    here.answer_to(asked)
    follow = here.slack.say(here.kari, here.asking, "og hva koster det?", thread=asked)
    answer = here.answer_to(follow)
    row = here.row(follow)
    assert row.thread == ("Hva er Bra mat-kurset på frisklivssentralen?",)
    assert "mat" in here.slack.shown(answer).lower()


@pytest.mark.parametrize("text", ["Takk!", "tusen takk for hjelpen", "👍"])
def test_thanks_and_talk_between_people_are_left_alone(here: Town, text: str) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
    here.answer_to(asked)
    here.slack.say(here.kari, here.asking, text, thread=asked)
    here.slack.say(
        here.kari, here.asking, f"{here.ola.mention} hva tenker du om dette?", thread=asked
    )
    here.slack.say(here.kari, here.asking, "Hva skal vi ha til lunsj?")  # nobody mentioned the bot
    quiet(here)
    assert len(here.slack.answers(here.asking, thread=asked)) == 1


def test_a_channel_can_be_off_or_answer_every_question(here: Town) -> None:
    team = here.slack.team.id
    off = here.slack.channel("stille", [here.kari])
    here.channels.set(team, off.id, ChannelSettings("off"))
    here.slack.say(here.kari, off, f"{here.slack.mention} {REFERRING}")
    here.said_to(here.kari, "slått av", off)
    assert not here.slack.answers(off)
    every = here.slack.channel("spor-i-vei", [here.kari])
    here.channels.set(team, every.id, ChannelSettings("every", municipality="5530"))
    asked = here.slack.say(here.kari, every, REFERRING)
    here.answer_to(asked)
    assert here.row(asked).municipality == "5530"
    here.slack.say(here.kari, every, "Jeg er tilbake klokka tolv.")
    quiet(here)
    assert len(here.slack.answers(every)) == 1


def test_what_the_sources_do_not_cover_is_said_with_the_way_to_a_person(here: Town) -> None:
    answer = here.ask(here.kari, here.asking, "Hvor mange vindmøller har Norge bygd på Svalbard?")
    assert not quotes(answer)
    shown = here.slack.shown(answer)
    assert "ingen kilder" in shown or "dekker ikke" in shown


def test_a_question_of_two_things_is_asked_back_and_the_choice_is_answered(here: Town) -> None:
    asked = here.slack.say(
        here.kari,
        here.asking,
        f"{here.slack.mention} Hvem kan henvise til frisklivssentralen? "
        "Hvilket journalsystem bør vi velge?",
    )
    back = here.answer_to(asked)
    assert here.row(asked).outcome == "unclear"
    assert "henvise" in here.button(back, f"{ids.CHOICE}_0")
    here.slack.press(here.kari, back, f"{ids.CHOICE}_0")
    here.slack.press(here.kari, back, f"{ids.CHOICE}_0")  # an impatient second press
    answer = here.answer_to(asked, 1)
    assert quotes(answer)
    quiet(here)
    assert len(here.slack.answers(here.asking, thread=asked)) == 2
    row = here.row(asked)
    assert row.outcome == "answered" and row.quotes


def test_an_identity_number_is_masked_and_only_the_author_is_told(here: Town) -> None:
    asked = here.slack.say(
        here.kari, here.asking, f"{here.slack.mention} Kan {FNR} bli med? {REFERRING}"
    )
    here.answer_to(asked)
    note = here.said_to(here.kari, "rediger eller slett", here.asking)
    assert FNR not in here.slack.shown(note)
    assert not here.slack.ephemerals(here.ola, here.asking)
    assert "[fødselsnummer]" in here.row(asked).question
    quiet(here)
    for file in here.home.settings.home.glob("frisksvar.db*"):
        assert FNR.encode() not in file.read_bytes()
    assert FNR not in here.bot.said and REFERRING not in here.bot.said


def test_an_edit_and_a_deletion_reach_the_register(here: Town) -> None:
    asked = here.slack.say(here.ola, here.asking, f"{here.slack.mention} {REFERRING} Per Olsen")
    here.answer_to(asked)
    here.slack.edit(here.ola, asked, f"{here.slack.mention} {REFERRING}")
    here.wait(lambda: here.row(asked).question == REFERRING)
    assert here.row(asked).edited_at is not None
    here.slack.delete(here.ola, asked)
    here.wait(lambda: here.row(asked).withdrawn_at is not None)
    assert here.row(asked).question == "" and here.row(asked).asker is None


def test_more_passages_resolved_and_undone(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {STARTING}")
    answer = here.answer_to(asked)
    before = here.row(asked)
    here.slack.press(here.kari, answer, ids.MORE)
    here.wait(lambda: len(here.row(asked).quotes) > len(before.quotes))
    shown = quotes(answer)
    here.slack.press(here.kari, answer, ids.RESOLVED)
    here.wait(lambda: ids.UNRESOLVED in str(answer.blocks))
    assert here.row(asked).status == "resolved" and here.row(asked).resolved_at is not None
    assert quotes(answer) == shown
    here.slack.press(here.kari, answer, ids.UNRESOLVED)
    here.wait(lambda: ids.RESOLVED in str(answer.blocks) and here.row(asked).resolved_at is None)
    assert here.row(asked).status == "answered"


def test_thumbs_are_kept_and_the_last_one_counts(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {STARTING}")
    answer = here.answer_to(asked)
    inquiry = here.row(asked).id
    here.slack.vote(here.kari, answer, True)
    here.wait(lambda: [vote.vote for vote in here.feedback.of(inquiry)] == ["up"])
    here.slack.vote(here.kari, answer, False)
    view = here.slack.wait_for(lambda: here.slack.views(here.kari))[-1]
    reached = here.slack.submit(
        here.kari, view, {ids.REASON: "missing", ids.COMMENT: f"Ring meg på 99887766 om {STARTING}"}
    )
    assert reached.ok
    here.wait(lambda: here.feedback.of(inquiry)[0].reason == "missing")
    (vote,) = here.feedback.of(inquiry)
    assert vote.vote == "down" and "99887766" not in (vote.comment or "")


def test_the_agent_pane_gets_prompts_and_nothing_breaks_without_it(here: Town) -> None:
    channel = here.slack.dm(here.ingrid)
    here.slack.open_home(here.ingrid, tab="messages")
    prompts = here.slack.wait_for(lambda: here.slack.prompts(channel))
    assert prompts is not None
    here.slack.team.agent_features = False
    try:
        here.slack.open_home(here.tor, tab="messages")
        asked = here.slack.say(here.tor, here.slack.dm(here.tor), REFERRING)
        assert quotes(here.answer_to(asked))
    finally:
        here.slack.team.agent_features = True


def test_a_guest_is_answered_though_nobody_can_look_them_up(here: Town) -> None:
    guest = here.slack.user("gjest", guest=True)
    here.slack.invite(here.asking, guest)
    here.slack.faults.error("users.info", "user_not_found", times=None)
    try:
        here.slack.open_home(guest)
        assert quotes(here.ask(guest, here.asking, REFERRING))
        here.wait(lambda: here.slack.home(guest))
    finally:
        here.slack.faults.clear()


@pytest.mark.parametrize("text", ["", "Hei!", ":runner:", "God morgen 🙂"])
def test_what_is_no_question_is_asked_what_it_is_about_and_not_counted(
    here: Town, text: str
) -> None:
    before = here.inquiries.count()
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {text}")
    here.said_to(here.kari, "Hva gjelder", here.asking, after=asked)
    quiet(here)
    assert here.inquiries.count() == before


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Takk!", True),
        ("tusen takk for hjelpen 🙏", True),
        (":+1::skin-tone-2:", True),
        ("Supert, takk skal du ha", True),
        ("takk, men hva koster det?", False),
        (":runner:", False),
        ("takk" + "  takk" * 5_000 + " x", False),
        ("ok" + " " * 20_000 + "x", False),
        ("2", False),
    ],
)
def test_thanks_are_known_at_once_whatever_is_written(text: str, thanks: bool) -> None:
    begun = time.perf_counter()
    assert is_thanks(text) is thanks
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("words", ["slett alt", "SLETT mine henvendelser", "mine henvendelser"])
def test_subcommands_bear_a_word_more(here: Town, words: str) -> None:
    before = here.inquiries.count()
    here.slack.command(here.tor, here.elsewhere, words)
    here.said_to(here.tor, "envendelse", here.elsewhere)
    assert here.inquiries.count() == before


def test_a_question_that_begins_like_a_subcommand_is_a_question(here: Town) -> None:
    here.slack.command(here.tor, here.elsewhere, "kommune hva er kravene til oss?")
    here.wait(
        lambda: any(
            row.question.startswith("kommune hva") for row in here.inquiries.newest(limit=3)
        )
    )


def test_others_talk_in_the_thread_is_left_alone_and_their_questions_are_answered(
    here: Town,
) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
    here.answer_to(asked)
    for text in ("Kan du ta møtet kl 10 i morgen, Kari?", "Har du spist lunsj?"):
        here.slack.say(here.ola, here.asking, text, thread=asked)
    quiet(here)
    assert len(here.slack.answers(here.asking, thread=asked)) == 1
    further = here.slack.say(here.ola, here.asking, STARTING, thread=asked)
    assert quotes(here.answer_to(further))


def test_only_the_asker_marks_as_resolved(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
    answer = here.answer_to(asked)
    here.slack.press(here.ola, answer, ids.RESOLVED)
    here.said_to(here.ola, "Bare den som spurte", here.asking)
    assert here.row(asked).resolved_at is None


def test_a_question_that_becomes_another_one_can_be_answered_anew(here: Town) -> None:
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
    here.answer_to(asked)
    here.slack.edit(here.kari, asked, f"{here.slack.mention} {STARTING}")
    offer = here.said_to(here.kari, "endret spørsmålet", here.asking, after=asked)
    here.slack.press(here.kari, offer, ids.ASK_AGAIN)
    assert quotes(here.answer_to(asked, 1))


def test_a_number_that_is_edited_in_is_told(here: Town) -> None:
    asked = here.slack.say(here.ola, here.asking, f"{here.slack.mention} {REFERRING}")
    here.answer_to(asked)
    here.slack.edit(here.ola, asked, f"{here.slack.mention} {REFERRING} Gjelder {FNR}.")
    here.said_to(here.ola, "rediger eller slett", here.asking, after=asked)
    here.wait(lambda: "[fødselsnummer]" in here.row(asked).question)


def test_a_deleted_question_is_gone_from_the_follow_ups_too(here: Town) -> None:
    asked = here.slack.say(
        here.kari, here.asking, f"{here.slack.mention} Min kollega Per er syk. {REFERRING}"
    )
    here.answer_to(asked)
    follow = here.slack.say(here.kari, here.asking, "og hva koster det?", thread=asked)
    here.answer_to(follow)
    assert "Per" in str(here.row(follow).thread)
    here.slack.delete(here.kari, asked)
    here.wait(lambda: here.row(asked).withdrawn_at is not None)
    assert here.row(follow).thread == ()


def test_what_is_delivered_after_its_deletion_is_not_taken(here: Town) -> None:
    with here.slack.shuffled(3):
        said = [
            here.slack.say(here.ola, here.asking, f"{here.slack.mention} {STARTING} ({number})")
            for number in range(6)
        ]
        for message in said:
            here.slack.delete(here.ola, message)
    quiet(here)
    rows = [
        here.inquiries.found(f"slack:{here.slack.team.id}:{here.asking.id}:{message.ts}")
        for message in said
    ]
    assert all(row is None or row.question == "" for row in rows)


def test_a_film_is_not_for_us(here: Town) -> None:
    answer = here.ask(here.kari, here.asking, FAR_OFF)
    assert not quotes(answer)
