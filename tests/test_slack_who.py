"""Who asks, whether it helped, and registering what a person answered, over the local Slack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_desk import QUOTE, Office, office
from slack_server import User, View, check_options, check_view
from tests_support import Home

from bot.slack import ids
from bot.slack.blocks.fields import (
    MOST_SUGGESTED,
    NOT_TOLD,
    municipality_options,
    serving_centres,
)
from bot.slack.blocks.modals import (
    AS_ASKED,
    ToRegister,
    reason_modal,
    register_modal,
    who_modal,
)
from bot.slack.channels import ChannelSettings
from bot.slack.listeners import feedback, home, register, who
from bot.slack.listeners.who import RECENT, set_municipality
from bot.slack.posts import Place
from bot.slack.staff import clear_staff
from knowledge.calendar import OSLO
from knowledge.messages import LANGUAGES, Language
from knowledge.reference import Reference
from knowledge.register import Inquiry, Person

FNR = "01010750160"  # a synthetic number of the right form


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Home(tmp_path_factory.mktemp("who"))
    with office(made, [who, feedback, register, home]) as running:
        yield running
    made.store.close()


@pytest.fixture
def kari(here: Office) -> User:
    """Somebody new, in the channels of the office."""
    user = here.slack.user("kari")
    here.slack.invite(here.asking, user)
    here.slack.invite(here.inside, user)
    return user


def opened(here: Office, user: User) -> View:
    return here.slack.wait_for(lambda: here.slack.views(user))[-1]


# Municipality by type-ahead


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Lenvik", ("5530", "Senja (tidligere Lenvik), Troms")),
        ("lenv", ("5530", "Senja (tidligere Lenvik), Troms")),
        ("Senja", ("5530", "Senja, Troms")),
        ("Nedre Eiker", ("3301", "Drammen (tidligere Nedre Eiker), Buskerud")),
        ("1931", ("5530", "Senja (tidligere Lenvik), Troms")),
        ("Deatnu", ("5628", "Tana, Finnmark")),
        ("x", (NOT_TOLD, "Ikke oppgitt")),
        ("finnes ikke", (NOT_TOLD, "Ikke oppgitt")),
    ],
)
def test_the_type_ahead_finds_names_of_today_and_former_ones(
    typed: str, first: tuple[str, str]
) -> None:
    options = municipality_options(typed, "nb", none_too=True)
    assert (options[0]["value"], options[0]["text"]["text"]) == first


def test_namesakes_are_told_apart_by_county() -> None:
    texts = [option["text"]["text"] for option in municipality_options("Herøy", "nb")]
    assert texts == ["Herøy, Møre og Romsdal", "Herøy, Nordland"]


def test_one_letter_gives_the_municipalities_that_begin_with_it() -> None:
    options = municipality_options("å", "nb")
    assert options and all(option["text"]["text"].startswith("Å") for option in options)


@given(st.text(max_size=60), st.sampled_from(LANGUAGES))
def test_whatever_is_typed_gives_options_that_slack_takes(typed: str, language: Language) -> None:
    options = municipality_options(typed, language, none_too=True)
    assert 1 <= len(options) <= MOST_SUGGESTED
    assert check_options({"options": options}) == []
    assert len({option["value"] for option in options}) == len(options)


# The modals as such

PEOPLE = [
    Person("u1"),
    Person("u2", municipality="5530", actor="leder", language="nn", language_chosen=True),
    Person("u3", municipality="9999", actor="ukjent", language="en"),
]
MESSAGES = [
    ToRegister("", date(2026, 3, 3)),
    ToRegister(
        "<!channel> *Hvem?* `" * 400, date(2026, 3, 3), "5530", (), serving_centres("senja")
    ),
    ToRegister(
        "\u202eHvem 👩‍👩‍👧? ",
        date(2024, 2, 29),
        "9999",
        [topic.id for topic in Reference.load().topics],
        serving_centres()[:1],
    ),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_modals_are_what_slack_takes(language: Language) -> None:
    views = [
        *(who_modal(person, language, {"inquiry": 1}) for person in PEOPLE),
        *(register_modal(known, language, {}) for known in MESSAGES),
        reason_modal(language, {"inquiry": 1}),
    ]
    for view in views:
        assert check_view(view) == []
        # a title or a choice that had to be cut is one to write shorter
        labels = [view["title"]["text"], *(text for text in _texts_of_options(view))]
        assert not [label for label in labels if label.endswith("…")]


def _texts_of_options(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for entry in node:
            yield from _texts_of_options(entry)
    elif isinstance(node, dict):
        for option in node.get("options", ()):
            yield option["text"]["text"]
        for value in node.values():
            yield from _texts_of_options(value)


# Who asks


def test_the_button_asks_once_and_the_answer_is_kept_on_what_was_asked(
    here: Office, kari: User
) -> None:
    earlier = here.ask(kari)
    long_ago = here.ask(kari, received_at=datetime.now(UTC) - RECENT - timedelta(days=1))
    asked = here.ask(kari)
    here.slack.press(kari, here.answer(asked), ids.WHO_ASKS)
    view = opened(here, kari)
    (senja, _none) = here.slack.options(kari, view, ids.MUNICIPALITY, "Lenvik")
    assert senja["text"]["text"] == "Senja (tidligere Lenvik), Troms"
    done = here.slack.submit(kari, view, {ids.MUNICIPALITY: "5530", ids.ACTOR: "leder"})
    assert done.ok and not here.slack.views(kari)
    assert here.told(kari, "Senja, Troms").channel is here.asking
    person = here.person(kari)
    assert (person.municipality, person.actor) == ("5530", "leder")
    assert person.asked_at is not None and not person.language_chosen
    for inquiry in (asked, earlier):
        row = here.inquiry(inquiry.id)
        assert (row.municipality, row.municipality_today) == ("5530", "5530")
        assert (row.centre, row.actor) == ("senja", "leder")
    assert here.inquiry(long_ago.id).municipality is None


@pytest.mark.parametrize(
    ("choice", "language", "chosen"), [("nn", "nn", True), (AS_ASKED, "en", False)]
)
def test_a_language_is_chosen_or_that_of_the_question(
    here: Office, kari: User, choice: str, language: str, chosen: bool
) -> None:
    here.desk.people.change(here.who(kari), language="en", language_chosen=not chosen)
    here.slack.open_home(kari)
    here.wait(lambda: here.slack.home(kari))
    page = here.slack.home(kari)
    assert page is not None
    here.slack.press(kari, page, ids.HOME_WHO)
    assert here.slack.submit(kari, opened(here, kari), {ids.LANGUAGE: choice}).ok
    person = here.person(kari)
    assert (person.language, person.language_chosen) == (language, chosen)


def test_what_is_emptied_is_forgotten_and_home_shows_it(here: Office, kari: User) -> None:
    here.desk.people.change(here.who(kari), municipality="5530", actor="leder")
    here.slack.open_home(kari)
    here.wait(lambda: "Senja" in shown_home(here, kari))
    page = here.slack.home(kari)
    assert page is not None
    here.slack.press(kari, page, ids.HOME_WHO)
    emptied = {ids.MUNICIPALITY: None, ids.ACTOR: NOT_TOLD}
    assert here.slack.submit(kari, opened(here, kari), emptied).ok
    assert (here.person(kari).municipality, here.person(kari).actor) == (None, None)
    here.wait(lambda: "Senja" not in shown_home(here, kari))


def shown_home(here: Office, user: User) -> str:
    page = here.slack.home(user)
    return here.slack.shown(page) if page else ""


def test_a_colleague_who_presses_the_button_tells_of_the_colleague(
    here: Office, kari: User
) -> None:
    asked = here.ask(kari)
    here.slack.press(here.ola, here.answer(asked), ids.WHO_ASKS)
    here.slack.submit(here.ola, opened(here, here.ola), {ids.MUNICIPALITY: "4601"})
    assert here.person(here.ola).municipality == "4601"
    assert here.inquiry(asked.id).municipality is None
    assert here.person(kari).municipality is None


def test_a_municipality_that_was_given_with_the_question_stays(here: Office, kari: User) -> None:
    asked = here.ask(kari, municipality="4601", municipality_today="4601", centre="bergen")
    set_municipality(here.desk, here.team, kari.id, "Senja")
    row = here.inquiry(asked.id)
    assert (row.municipality, row.centre) == ("4601", "bergen")


def test_a_forged_choice_is_no_choice(here: Office, kari: User) -> None:
    here.slack.press(kari, here.answer(here.ask(kari)), ids.WHO_ASKS)
    forged = {"value": "0000", "text": {"type": "plain_text", "text": "Atlantis"}}
    view = opened(here, kari)
    assert here.slack.submit(kari, view, {ids.MUNICIPALITY: forged}).ok
    assert here.person(kari).municipality is None


@pytest.mark.parametrize(
    ("typed", "municipality", "said"),
    [
        ("Lenvik", "5530", "Senja, Troms"),
        ("senja", "5530", "Senja, Troms"),
        ("Herøy, Nordland", "1818", "Herøy, Nordland"),
        ("Herøy", None, "Herøy, Møre og Romsdal; Herøy, Nordland"),
        ("Tysfjord", None, "Narvik"),
        ("sen", None, "Senja"),
        ("<!channel>", None, "Fant ingen kommune"),
    ],
)
def test_the_municipality_after_the_command(
    here: Office, kari: User, typed: str, municipality: str | None, said: str
) -> None:
    rendered = set_municipality(here.desk, here.team, kari.id, typed)
    assert here.person(kari).municipality == municipality
    assert said in str(rendered.blocks)
    assert "<!channel>" not in rendered.text


def test_a_modal_that_does_not_open_harms_nothing(here: Office, kari: User) -> None:
    message = here.answer(here.ask(kari))
    here.slack.faults.error("views.open", "expired_trigger_id")
    assert here.slack.press(kari, message, ids.WHO_ASKS).ok
    assert not here.slack.views(kari)


# Whether it helped


def test_a_vote_is_kept_at_once_with_the_passage_and_the_message_stays(
    here: Office, kari: User
) -> None:
    asked = here.ask(kari)
    message = here.answer(asked)
    before = str(message.blocks)
    here.slack.vote(kari, message, True)
    (vote,) = here.desk.feedback.of(asked.id)
    assert (vote.who, vote.vote) == (here.who(kari), "up")
    (link,) = here.desk.links.of(asked.id)
    assert (link.kind, link.document, link.start) == ("helpful", QUOTE.document, QUOTE.start)
    assert link.who == here.who(kari) and kari.id not in str(link)
    assert str(message.blocks) == before and not here.slack.views(kari)


def test_the_last_vote_counts_and_a_reason_is_thanked_for(here: Office, kari: User) -> None:
    asked = here.ask(kari)
    message = here.answer(asked)
    here.slack.vote(kari, message, True)
    here.slack.vote(kari, message, False)
    assert [vote.vote for vote in here.desk.feedback.of(asked.id)] == ["down"]
    assert [link.kind for link in here.desk.links.of(asked.id)] == ["not_helpful"]
    told = {ids.REASON: "old", ids.COMMENT: f"Spør {FNR}, han vet det"}
    assert here.slack.submit(kari, opened(here, kari), told).ok
    here.told(kari, "Takk!")
    (vote,) = here.desk.feedback.of(asked.id)
    assert (vote.reason, vote.comment) == ("old", "Spør [fødselsnummer], han vet det")


def test_a_vote_without_a_reason_is_not_thanked_for(here: Office, kari: User) -> None:
    asked = here.ask(kari)
    here.slack.vote(kari, here.answer(asked), False)
    opened(here, kari)
    here.slack.close_view(kari)
    assert [vote.vote for vote in here.desk.feedback.of(asked.id)] == ["down"]
    assert not here.slack.ephemerals(kari)


def test_a_reason_after_the_vote_has_changed_is_left_out(here: Office, kari: User) -> None:
    asked = here.ask(kari)
    message = here.answer(asked)
    here.slack.vote(kari, message, False)
    view = opened(here, kari)
    here.desk.feedback.vote(asked.id, here.who(kari), "up")
    here.slack.submit(kari, view, {ids.REASON: "wrong"})
    (vote,) = here.desk.feedback.of(asked.id)
    assert (vote.vote, vote.reason) == ("up", None)


@pytest.mark.parametrize("value", ["up:999999", "sideways:1", "up:", "", "up:1; DROP TABLE x"])
def test_a_value_that_is_none_of_ours_is_ignored(here: Office, kari: User, value: str) -> None:
    assert feedback.keep_vote(here.desk, here.team, kari.id, value) is None


def test_a_vote_on_an_answer_without_quotes_is_kept_without_a_passage(
    here: Office, kari: User
) -> None:
    asked = here.ask(kari, outcome="not_covered")
    assert feedback.keep_vote(here.desk, here.team, kari.id, f"down:{asked.id}")
    assert len(here.desk.feedback.of(asked.id)) == 1 and here.desk.links.of(asked.id) == []


# «Registrer som henvendelse»


@pytest.fixture(autouse=True)
def no_centre_is_left(here: Office) -> Iterator[None]:
    yield
    for centre in serving_centres():
        here.desk.channels.set_centre(centre.id, None)
        clear_staff(here.desk, centre.id)
    here.desk.channels.set(here.team, here.inside.id, ChannelSettings())


def works_in(here: Office, user: User, centre: str) -> None:
    """As after «Jeg jobber her» in the channel of a centre that is asked in the workspace."""
    here.desk.channels.set_centre(centre, Place(here.team, f"C0{centre.upper()}"))
    here.desk.people.change(here.who(user), centre=centre)


def fields(view: View) -> set[str]:
    return {block["block_id"] for block in view.blocks if block["type"] == "input"}


def registering(here: Office, user: User, text: str, author: User | None = None) -> View:
    message = here.slack.say(author or here.ola, here.inside, text)
    here.slack.shortcut(user, ids.REGISTER, message)
    return opened(here, user)


def found(here: Office, view: View) -> Inquiry:
    ts = view.content["private_metadata"].split('"ts":"')[1].split('"')[0]
    row = here.desk.inquiries.found(f"slack:{here.team}:{here.inside.id}:{ts}")
    assert row is not None
    return row


def initial(view: View, name: str) -> Any:
    element = next(b["element"] for b in view.blocks if b["block_id"] == name)
    chosen = [v for k, v in element.items() if k.startswith("initial_")]
    return chosen[0] if chosen else None


def test_what_a_person_answered_is_registered_with_everything(here: Office, kari: User) -> None:
    works_in(here, kari, "stavanger")
    here.desk.channels.set(here.team, here.inside.id, ChannelSettings(municipality="4601"))
    view = registering(here, kari, f"Kan {FNR} betale egenandel? {here.boss.mention}", kari)
    assert initial(view, ids.QUESTION) == "Kan [fødselsnummer] betale egenandel?"
    assert initial(view, ids.CENTRE)["value"] == "stavanger"
    assert initial(view, ids.MUNICIPALITY)["value"] == "4601"
    assert initial(view, ids.DATE) == datetime.now(OSLO).date().isoformat()
    topics = [option["value"] for option in initial(view, ids.TOPIC)]
    assert topics
    answer = {ids.ANSWER: "Ja, ring 99 88 77 66.", ids.ACTOR: "leder"}
    assert here.slack.submit(kari, view, {ids.MUNICIPALITY: "5530", **answer}).ok
    row = found(here, view)
    assert (row.status, row.answered_by, row.centre) == ("answered", "stavanger", "stavanger")
    assert (row.channel, row.municipality, row.actor) == ("slack", "5530", "leder")
    assert row.question == "Kan [fødselsnummer] betale egenandel?"
    assert row.masked == ("national_identity_number",)
    assert row.asker == here.who(kari) and list(row.topics) == topics
    (kept,) = here.desk.handovers.answers(row.id)
    assert (kept.centre, kept.text) == ("stavanger", "Ja, ring [telefon].")
    here.told(kari, f"henvendelse nr. {row.id}")


def test_what_the_author_told_of_themselves_is_not_shown_and_nobody_is_made_an_asker(
    here: Office, kari: User
) -> None:
    here.desk.people.change(here.who(here.ola), municipality="4601", actor="leder")
    view = registering(here, kari, "Hvem kan henvise?", here.ola)
    assert initial(view, ids.MUNICIPALITY) is None and initial(view, ids.ACTOR) is None
    assert here.slack.submit(kari, view, {}).ok
    row = found(here, view)
    assert (row.asker, row.municipality, row.actor, row.channel) == (None, None, None, "slack")


def test_who_works_at_no_centre_registers_a_question_and_no_answer(
    here: Office, kari: User
) -> None:
    here.desk.channels.set_centre("bergen", Place(here.team, here.inside.id))
    view = registering(here, kari, "Hvem kan henvise?")
    assert not fields(view) & {ids.CENTRE, ids.ANSWER}
    assert here.slack.submit(kari, view, {ids.MUNICIPALITY: "5530"}).ok
    row = found(here, view)
    assert (row.status, row.answered_by, row.centre) == ("new", None, "senja")
    assert here.desk.handovers.answers(row.id) == []


def test_who_works_at_a_centre_answers_for_that_one_only(here: Office, kari: User) -> None:
    works_in(here, kari, "stavanger")
    view = registering(here, kari, "Hvem kan henvise?")
    block = next(b for b in view.blocks if b["block_id"] == ids.CENTRE)
    assert [o["value"] for o in block["element"]["options"]] == ["stavanger", NOT_TOLD]
    forged = {"value": "bergen", "text": {"type": "plain_text", "text": "Bergen"}}
    refused = here.slack.submit(kari, view, {ids.CENTRE: forged})
    assert set(refused.errors) == {ids.CENTRE}
    # They left while the form was open.
    clear_staff(here.desk, "stavanger")
    assert set(here.slack.submit(kari, view, {ids.CENTRE: "stavanger"}).errors) == {ids.CENTRE}
    assert here.slack.submit(kari, view, {ids.CENTRE: NOT_TOLD, ids.ANSWER: "Alle."}).ok
    row = found(here, view)
    assert (row.status, row.answered_by) == ("new", None)
    assert here.desk.handovers.answers(row.id) == []


def test_an_administrator_registers_the_answer_of_any_centre(here: Office) -> None:
    view = registering(here, here.boss, "Hvem kan henvise?")
    assert here.slack.submit(here.boss, view, {ids.CENTRE: "bergen", ids.ANSWER: "Alle."}).ok
    row = found(here, view)
    assert (row.status, row.answered_by) == ("answered", "bergen")


def test_a_telephone_call_of_last_week_has_no_asker_and_needs_no_answer_text(
    here: Office, kari: User
) -> None:
    here.desk.channels.set_centre("bergen", Place(here.team, here.inside.id))
    here.desk.people.change(here.who(kari), centre="bergen")
    view = registering(here, kari, "Os ringte og spurte hvem som kan henvise", kari)
    assert initial(view, ids.CENTRE)["value"] == "bergen"
    last_week = datetime.now(OSLO).date() - timedelta(days=7)
    filled = {ids.CAME_BY: "phone", ids.DATE: last_week.isoformat()}
    assert here.slack.submit(kari, view, filled).ok
    row = found(here, view)
    assert (row.channel, row.asker) == ("phone", None)
    assert row.received_at.astimezone(OSLO).date() == last_week
    assert (row.status, row.answered_by) == ("answered", "bergen")
    assert here.desk.handovers.answers(row.id) == []


def test_a_date_to_come_and_an_empty_question_are_refused_at_their_fields(
    here: Office, kari: User
) -> None:
    view = registering(here, kari, "Hvem kan henvise?")
    tomorrow = (datetime.now(OSLO) + timedelta(days=1)).date().isoformat()
    filled = {ids.DATE: tomorrow, ids.QUESTION: "   "}
    refused = here.slack.submit(kari, view, filled)
    assert set(refused.errors) == {ids.DATE, ids.QUESTION}
    assert here.slack.views(kari)


def test_a_message_is_registered_once(here: Office, kari: User) -> None:
    message = here.slack.say(here.ola, here.inside, "Hvem kan henvise?")
    here.slack.shortcut(kari, ids.REGISTER, message)
    here.slack.shortcut(here.boss, ids.REGISTER, message)
    first, second = opened(here, kari), opened(here, here.boss)
    here.slack.submit(kari, first, {ids.MUNICIPALITY: "5530"})
    row, count = found(here, first), here.desk.inquiries.count()
    late = here.slack.submit(here.boss, second, {ids.CENTRE: "bergen"})
    assert late.action == "update"
    assert f"nr. {row.id} (ny)" in here.slack.shown(opened(here, here.boss))
    here.slack.close_view(here.boss)
    here.slack.shortcut(kari, ids.REGISTER, message)
    assert f"nr. {row.id} (ny)" in here.slack.shown(opened(here, kari))
    here.slack.close_view(kari)
    assert here.desk.inquiries.count() == count and here.inquiry(row.id).centre == "senja"


def test_an_answer_of_the_bot_leads_to_its_inquiry(here: Office, kari: User) -> None:
    asked = here.ask(kari)
    here.slack.shortcut(kari, ids.REGISTER, here.answer(asked))
    assert f"nr. {asked.id} (besvart)" in here.slack.shown(opened(here, kari))


def test_the_bot_need_not_be_in_the_channel(here: Office, kari: User) -> None:
    elsewhere = here.slack.channel("lunsj", [kari], bot=False)
    here.desk.channels.set(here.team, elsewhere.id, ChannelSettings(municipality="5530"))
    message = here.slack.say(kari, elsewhere, "Hvem kan henvise?")
    here.slack.shortcut(kari, ids.REGISTER, message)
    view = opened(here, kari)
    assert initial(view, ids.MUNICIPALITY)["value"] == "5530"
    assert here.slack.submit(kari, view, {}).ok
    assert here.desk.inquiries.of_asker(here.who(kari))[0].centre == "senja"
    assert here.told(kari, "Registrert som henvendelse").channel is elsewhere


def test_every_way_it_may_have_come_can_be_chosen() -> None:
    for language, known in product(LANGUAGES, MESSAGES[:1]):
        view = register_modal(known, language, {})
        block = next(b for b in view["blocks"] if b.get("block_id") == ids.CAME_BY)
        values = [option["value"] for option in block["element"]["options"]]
        assert values == ["slack", "phone", "email", "meeting", "facebook", "web"]
