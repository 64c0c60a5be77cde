"""Past questions as bridges: who is led where, and how little the crowd can do about it."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.bridges import CAP, MOST_PASSAGES, Bridges
from indexer.language import detect
from indexer.vectors.encoder import Vectors, embedded_model
from indexer.vectors.static import StaticEncoder
from indexer.words.asked import asked_words
from knowledge.register import Bridge
from knowledge.settings import Settings

ENCODER = StaticEncoder(embedded_model(), Settings())
PAIRS = Path(__file__).parent / "questions" / "asked_before.jsonl"
REFERRAL = "Hvem kan henvise til frisklivssentralen?"


def bridge(question: str = REFERRAL, document: str = "veileder", **more: object) -> Bridge:
    values = {"language": detect(question), "start": 0, "end": 50, **more}
    return Bridge(question, document=document, **values)  # type: ignore[arg-type]


def ask(bridges: Bridges, question: str) -> dict[tuple[str, int], float]:
    words = asked_words(question, detect(question))
    return dict(bridges.bonus(ENCODER.encode_question(question), words))


def worth(question: str = REFERRAL, **counts: int) -> float:
    """The bonus of a passage that the same question led to."""
    return ask(Bridges([bridge(REFERRAL, "veileder", **counts)], ENCODER), question).get(
        ("veileder", 0), 0.0
    )


REGISTER = {
    "henvisning": REFERRAL,
    "beløp": "Hvor mye kan vi få i tilskudd fra fylkeskommunen?",
    "kurs": "Kan vi ta egenandel for Bra mat-kurset?",
    "journal": "Må vi føre journal for deltakerne?",
    "hospitering": "Hvor mange hospiterte hos utviklingssentralene i 2019?",
    "resept": "Hvor lenge varer en frisklivsresept?",
    "tolk": "Må vi bruke tolk når deltakeren ikke snakker norsk?",
}


@pytest.fixture(scope="module")
def register() -> Bridges:
    asked = [bridge(question, name, linked=1) for name, question in REGISTER.items()]
    return Bridges(asked, ENCODER)


@pytest.mark.parametrize(
    ("question", "led"),
    [
        ("Kan Nav og fysioterapeuter henvise til frisklivssentralen?", "henvisning"),
        ("Kven kan tilvise til frisklivssentralen?", "henvisning"),
        ("Who can refer people to the healthy life centre?", "henvisning"),
        ("Kor mykje tilskot kan vi få frå fylkeskommunen?", "beløp"),
        ("Kan vi ta betalt for Bra mat-kurset?", "kurs"),
        ("May we charge a fee for the Bra mat course?", "kurs"),
        ("Har vi journalplikt når vi følger opp deltakere?", "journal"),
        ("Are we required to keep records of the participants?", "journal"),
        ("How many visitors did the development centres have in 2019?", "hospitering"),
        ("Hvor mange uker gjelder frisklivsresepten?", "resept"),
        ("Er vi pålagt å bruke tolk for deltakere med et annet språk?", "tolk"),
    ],
)
def test_a_question_in_other_words_or_another_language_is_led(
    register: Bridges, question: str, led: str
) -> None:
    found = ask(register, question)
    assert {document for document, _ in found} == {led}
    assert found[led, 0] > 0.1


@pytest.mark.parametrize(
    "question",
    [
        "Hva er en frisklivssentral?",
        "Når er søknadsfristen for tilskudd fra fylkeskommunen?",
        "Hvor mange møter har Bra mat-kurset?",
        "Hvor lenge skal journalen oppbevares?",
        "Hvor mange hospiterte hos utviklingssentralene i 2016?",
        "Hvem kan skrive ut frisklivsresept?",
        "Finnes det kurs for innvandrere som ikke snakker norsk?",
        "Hvem vant eliteserien i fotball?",
        "",
    ],
)
def test_a_question_about_something_else_is_led_nowhere(register: Bridges, question: str) -> None:
    assert ask(register, question) == {}


def test_most_paraphrases_are_led_and_few_other_questions_on_the_same_subject() -> None:
    # COSINE and LEAST_NEAR were chosen by these: 0.56 and 0.15 led then, by 0.25 and 0.03.
    lines = PAIRS.read_text(encoding="utf-8").splitlines()
    led: dict[str, list[float]] = {"same": [], "other": []}
    for row in map(json.loads, lines):
        past = Bridges([bridge(row["question"], linked=1)], ENCODER)
        for kind, bonuses in led.items():
            bonuses += [ask(past, question).get(("veileder", 0), 0.0) for question in row[kind]]
    share = {kind: float(np.mean(np.array(bonuses) > 0)) for kind, bonuses in led.items()}
    assert share["same"] >= 0.5 and share["other"] <= 0.2
    assert np.mean(led["same"]) > 5 * np.mean(led["other"])


def test_the_same_question_is_led_furthest() -> None:
    same = worth(linked=1)
    assert same == pytest.approx(1 - np.exp(-1))
    assert 0 < worth("Kan Nav og fysioterapeuter henvise til frisklivssentralen?", linked=1) < same


def test_a_link_tells_more_than_a_vote_and_a_vote_more_than_a_click() -> None:
    linked, helpful, clicked = worth(linked=1), worth(helpful=1), worth(clicked=1)
    assert linked > helpful > clicked > 0
    assert worth(not_helpful=1) == -helpful


def test_a_thousand_clicks_are_less_than_one_vote_and_one_link() -> None:
    crowd = worth(clicked=1000)
    assert worth(clicked=1) < crowd < worth(helpful=1) < worth(linked=1)
    assert worth(clicked=1000, not_helpful=1) < 0


def test_votes_cancel_each_other_and_never_a_reviewer() -> None:
    assert worth(helpful=3, not_helpful=3) == 0
    assert worth(helpful=1000, not_helpful=20) > 0.5
    assert 0 < worth(linked=1, not_helpful=1000) < worth(linked=1)


def test_the_crowd_is_worth_less_than_two_reviewers() -> None:
    assert worth(clicked=10**6, helpful=10**6) < worth(linked=2) < CAP


counts = st.integers(0, 10**6)


@given(linked=counts, helpful=counts, not_helpful=counts, clicked=counts)
def test_no_count_passes_the_cap(linked: int, helpful: int, not_helpful: int, clicked: int) -> None:
    bonus = worth(linked=linked, helpful=helpful, not_helpful=not_helpful, clicked=clicked)
    assert -CAP <= bonus <= CAP


def test_many_questions_a_little_alike_do_not_make_one_that_is() -> None:
    asked = "Kan Nav og fysioterapeuter henvise til frisklivssentralen?"
    one = ask(Bridges([bridge(asked, linked=9)], ENCODER), REFERRAL)["veileder", 0]
    many = [bridge(f"{asked[:-1]} nr. {number}?", linked=9) for number in range(200)]
    assert ask(Bridges(many, ENCODER), REFERRAL)["veileder", 0] <= one < worth(linked=9)


def test_several_inquiries_with_one_question_count_together() -> None:
    twice = Bridges([bridge(clicked=1), bridge(clicked=1)], ENCODER)
    assert len(twice) == 1
    assert ask(twice, REFERRAL)["veileder", 0] == pytest.approx(worth(clicked=2))


def test_what_was_masked_is_not_compared() -> None:
    asked = f"{REFERRAL} [telefon] [e-post]"
    assert ask(Bridges([bridge(asked, linked=1)], ENCODER), REFERRAL)["veileder", 0] == worth(
        linked=1
    )
    assert len(Bridges([bridge("[fødselsnummer]"), bridge("Hei!"), bridge("Takk")], ENCODER)) == 0


def test_a_follow_up_that_says_nothing_alone_is_no_bridge() -> None:
    follow = "Og hva med Nav?"
    assert len(Bridges([bridge(follow, follow_up=True, linked=1)], ENCODER)) == 0
    assert len(Bridges([bridge(REFERRAL, follow_up=True, linked=1)], ENCODER)) == 1


def test_no_bridges_lead_nowhere() -> None:
    assert ask(Bridges([], ENCODER), REFERRAL) == {}


class Counting:
    """The embedded encoder, and the texts it was given."""

    name, fingerprint, dimension = ENCODER.name, ENCODER.fingerprint, ENCODER.dimension

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        return ENCODER.encode_passages(texts)

    def encode_question(self, text: str) -> Vectors:
        raise AssertionError("questions are embedded in one batch")


def test_questions_are_embedded_once_and_new_ones_alone() -> None:
    encoder = Counting()
    entries = [bridge(linked=1), bridge(clicked=1), bridge("Hei!"), bridge("Hva koster tolk?")]
    before = Bridges(entries, encoder)
    assert encoder.batches == [[REFERRAL, "Hva koster tolk?"]]
    after = Bridges([*entries[:2], bridge("Må vi føre journal?")], encoder, before=before)
    assert encoder.batches[1:] == [["Må vi føre journal?"]]
    assert len(after) == 2
    assert ask(after, REFERRAL) == ask(before, REFERRAL)


def test_a_great_register_is_asked_in_milliseconds_and_gives_what_a_small_one_does() -> None:
    draw = random.Random(1)
    words = "tilbud kurs tolk journal resept avtale plan kommune lege samtale trening kost".split()
    many = [
        bridge(f"Kan vi {' '.join(draw.sample(words, 4))} {number}?", f"d{number}", linked=1)
        for number in range(2000)
    ]
    small = [bridge(linked=1, clicked=3), bridge(REGISTER["journal"], "lov", helpful=2)]
    great = Bridges(many + small, ENCODER)
    asked = asked_words(REFERRAL, "nb")
    vector = ENCODER.encode_question(REFERRAL)
    spent = []
    for _ in range(20):
        begun = time.perf_counter()
        found = great.bonus(vector, asked)
        spent.append(time.perf_counter() - begun)
    assert dict(found) == pytest.approx(ask(Bridges(small, ENCODER), REFERRAL))
    # The goal is 2 ms for 10,000; this only finds a change of kind, whatever else the machine does.
    assert min(spent) < 0.05


def test_no_more_passages_are_given_than_are_ranked() -> None:
    strong = bridge(document="strong", linked=5)
    many = [bridge(document=f"d{number}", clicked=1) for number in range(MOST_PASSAGES + 50)]
    found = ask(Bridges([*many, strong], ENCODER), REFERRAL)
    assert len(found) == MOST_PASSAGES
    assert ("strong", 0) in found
