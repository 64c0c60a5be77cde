"""Messages that ask two things, and those that only look as if they did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answering.parts import MAX_CHARACTERS, MOST_PARTS, lead_apart, parts_of
from bot.evaluation.questions import read_questions
from indexer.generations.manifest import DocumentEntry
from indexer.language import Language
from indexer.library.stored import Metadata, StoredPassage
from indexer.ranking.hits import Hit

QUESTIONS = Path(__file__).parent / "questions"

# Of a double question, the parts are marked with | here; what lies between is in no part.
SEVERAL: list[tuple[Language, str]] = [
    ("nb", "|Hva koster det| og |hvem kan henvise?|"),
    ("nb", "|Hva er egenandelen på kurs?| |Hvor lenge kan en deltaker gå hos oss?|"),
    ("nb", "Hei! Vi starter til høsten. |Hvor mange ansatte bør vi ha|, og |hvem eier journalen?|"),
    ("nb", "|Må vi ha politiattest for frivillige| og |kan vi ta betalt for matkurset?|"),
    (
        "nb",
        "1. |Hvem kan henvise|\n2. |Hva skal stå i frisklivsresepten|\n3. |Må fastlegen ha svar|",
    ),
    ("nb", "|Vi lurer på hvem som kan henvise deltakere.| Og |hva må stå i samarbeidsavtalen?|"),
    ("nb", "|Kan dere si noe om hva det koster å starte| og |hvor mange som fullfører kurset?|"),
    ("nb", "|Hvordan søker vi tilskudd|, |hvem skal signere søknaden| og |når må vi rapportere?|"),
    ("nb", "hei, |må vi føre journal| og |hvor ofte bør sentralen evalueres|"),
    ("nb", "|Hvem får komme på hospitering?| Takk for sist! |Finnes det en mal for årsrapport?|"),
    ("nb", "- |Hvilken utdanning kreves?|\n- |Hvor store grupper er vanlig på trening?|"),
    ("nb", "|Skal barn ha samtykke fra foreldre| og |kan vi gi tilbud til gravide?|"),
    (
        "nb",
        "|Gjelder taushetsplikten for frivillige|, og |skal kommunen betale tolk for deltakere?|",
    ),
    (
        "nb",
        "To spørsmål: 1) |hva er målgruppa for Bra mat| 2) |hvor lenge varer frisklivsperioden|",
    ),
    ("nn", "|Kva kostar det å starte|, og |kor lang tid tek ei søknadshandsaming?|"),
    (
        "nn",
        "|Kven kan vise deltakarar til oss| og |kor mange gonger i veka skal deltakarane trene?|",
    ),
    ("nn", "|Må vi ha ernæringsfysiolog?| |Korleis skal vi rapportere til statsforvaltaren?|"),
    (
        "nn",
        "Vi er ein liten kommune. |Korleis finn vi samarbeidspartnarar|, og |kven skal leie?|",
    ),
    ("nn", "|Kan vi ta eigenandel på kurs|, og |kva krav gjeld for journalføring?|"),
    ("nn", "|Eg lurer på kven som eig journalen| og |kor lenge opplysningane skal lagrast.|"),
    (
        "nn",
        "a) |Kva bør ein helsesamtale innehalde|\nb) |Kven kan halde kurs i depresjonsmeistring|",
    ),
    ("nn", "|Kor mange sentralar har snuskurs?| Og |når må vi melde frå til SSB?|"),
    ("en", "|How do we start|, and |who pays?|"),
    ("en", "|What does a course cost?| |Do we need a physiotherapist on the staff?|"),
    ("en", "Hi! |Who can refer people to us|, and |how long should a session last?|"),
    ("en", "|Can we charge a fee for courses| and |do volunteers need a police certificate?|"),
    (
        "en",
        "|I wonder who keeps the patient records| and |how often we should evaluate the centre.|",
    ),
    ("en", "1. |How many staff do we need?|\n2. |Which training should our staff have?|"),
    (
        "en",
        "We are new here. |What should a health talk cover?| Also, |when is the grant paid out?|",
    ),
    (
        "en",
        "|How do we apply for the grant|, |who signs the application| and |when must we report?|",
    ),
]

ONE: list[tuple[Language, str]] = [
    ("nb", "Hva er Sov godt og hvordan virker det?"),
    ("nb", "Hvordan tar vi opp kosthold og søvn med deltakerne?"),
    ("nb", "Vi har to ansatte og liten plass. Kan vi starte kurs likevel?"),
    ("nb", "Hvem kan henvise? Er det noen som vet?"),
    ("nb", "Hvordan evaluerer vi sentralen? Kan dere hjelpe oss? Takk!"),
    ("nb", "Hva sier veilederen om hvem som kan henvise og hvor lenge de kan gå hos oss?"),
    ("nb", "Hva kan og bør kommunen tilby eldre?"),
    ("nb", "Når og hvor skal vi rapportere antall deltakere?"),
    ("nb", "Hvem har ansvaret for planen og skal betale for tiltaket?"),
    ("nb", "Må vi ha egen journal, eller kan vi bruke legens?"),
    ("nb", "Hvis en deltaker slutter og vil begynne igjen, hva gjør vi da?"),
    ("nb", "Får vi bruke tilskuddet til lønn? Stemmer det at det må søkes hvert år?"),
    ("nb", "Hvor mange og hvilke kommuner har matkurs?"),
    ("nb", "Finnes det en kommune hvor alle får plass, og hvor kursene er gratis?"),
    ("nb", "Kan vi vise folk videre til frivillige, og i så fall hvordan?"),
    ("nb", "Må leger levere politiattest? Hva med fysioterapeuter?"),
    ("nb", "Hva er viktigst når man starter, og hva har andre erfart?"),
    ("nb", "Hvordan organiserer dere gruppetrening? Hva er deres erfaringer med det?"),
    ("nb", "Hva skal vi tilby? Kosthold? Søvn? Trening?"),
    ("nb", "Når vi har startet og når vi er i gang, skal vi da melde fra til noen?"),
    ("nn", "Kva er Bra mat, og kven passar det for?"),
    ("nn", "Korleis kjem vi i gang med trening og kosthald for unge?"),
    ("nn", "Kor lenge og kor ofte bør ein deltakar trene?"),
    ("nn", "Er det nokon som har prøvd dette? Korleis legg ein opp kurs på skjerm?"),
    ("nn", "Vi har fått pengar og tilsett ein ny leiar. Kva bør ho gjere fyrst?"),
    ("nn", "Må vi ha tolk, og kvifor det?"),
    ("nn", "Korleis søkjer vi om tilskot, og når er fristen?"),
    ("en", "What is a Healthy Life Centre and how does it work?"),
    ("en", "How do men and women differ in what they get out of exercise and diet courses?"),
    ("en", "Can we charge a fee, and if so, how much?"),
    ("en", "What does the guide say about who can refer and how long people can stay?"),
    ("en", "Which diseases must we report, and how fast? What do you think?"),
]


def marked(example: str) -> tuple[str, list[str]]:
    return example.replace("|", ""), example.split("|")[1::2]


@pytest.mark.parametrize(("language", "example"), SEVERAL, ids=lambda value: value[:60])
def test_a_message_that_asks_several_things_is_parted(language: Language, example: str) -> None:
    text, parts = marked(example)
    assert parts_of(text, language) == parts


@pytest.mark.parametrize(("language", "text"), ONE, ids=lambda value: value[:60])
def test_one_question_is_left_whole(language: Language, text: str) -> None:
    assert len(parts_of(text, language)) <= 1


def test_it_is_known_which_of_the_tuning_questions_ask_two_things() -> None:
    """Each of these asks two things in a person's eyes; the others were read, and do not."""
    questions = read_questions(QUESTIONS / "tune.jsonl")
    parted = {q.id for q in questions if len(parts_of(q.question, q.lang)) > 1}
    assert parted == {"t054", "t105", "u040", "u046", "u218", "u233"}


def test_a_question_about_a_statement_takes_it_along() -> None:
    text = "Hun sier hun slipper å føre journal. Stemmer det? Og hvem skal signere avtalen?"
    assert parts_of(text, "nb") == [
        "Hun sier hun slipper å føre journal. Stemmer det?",
        "hvem skal signere avtalen?",
    ]


def test_what_refers_back_stays_with_its_question() -> None:
    text = "Hva er Sov godt? Hvordan virker det? Hvem betaler for tolk?"
    assert parts_of(text, "nb") == [
        "Hva er Sov godt? Hvordan virker det?",
        "Hvem betaler for tolk?",
    ]


def test_there_are_never_more_parts_than_buttons() -> None:
    text = "Hva koster kurset? Hvem kan henvise? Må vi ha journal? Når er søknadsfristen?"
    assert parts_of(text, "nb") == ["Hva koster kurset?", "Hvem kan henvise?", "Må vi ha journal?"]


def test_a_document_that_was_pasted_in_is_left_whole() -> None:
    double = "Hva koster kurset? Hvem kan henvise? "
    assert parts_of(double * (MAX_CHARACTERS // len(double)), "nb")
    assert parts_of(double * (MAX_CHARACTERS // len(double) + 1), "nb") == []


FRAGMENTS = st.sampled_from(
    [
        *("hva koster det", "hvem kan henvise", "og", "and", ",", "?", "\n", " ", "1)", "2)", "- "),
        *("kan vi", "det", "who pays", "lurer på", "om", "Hei,", "spørsmål:", "kor mange", "I"),
    ]
)


@settings(deadline=None)  # the first question reads the word lists
@given(
    text=st.one_of(st.text(max_size=120), st.lists(FRAGMENTS, max_size=14).map(" ".join)),
    language=st.sampled_from(["nb", "nn", "en"]),
)
def test_parts_are_of_the_text_in_order_and_apart(text: str, language: Language) -> None:
    parts = parts_of(text, language)
    assert len(parts) <= MOST_PARTS
    at = 0
    for part in parts:
        assert part == part.strip() != ""
        at = text.index(part, at) + len(part)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "repeated", ["?", " ", ", ", " og ", "hva er, ", "er, ", "hvem og ", "1) ", "spørsmål", "\n-"]
)
def test_a_strange_message_takes_no_long_time(repeated: str) -> None:
    text = repeated * (MAX_CHARACTERS // len(repeated))
    assert len(parts_of(text, "nb")) <= MOST_PARTS


def hit(document: str, section: str, *also: Hit) -> Hit:
    passage = StoredPassage(
        start=0,
        end=4,
        byte_start=0,
        byte_end=4,
        text="Text",
        path=(section,),
        search_text="Text",
    )
    entry = DocumentEntry(
        id=document, origin="added", location=document, metadata=Metadata(title=document)
    )
    return Hit(f"{document}:{section}", entry, passage, also=also)


A, B, C, D, E = (hit("guide", section) for section in "ABCDE")
FOLDED = hit("report", "X", A)


@pytest.mark.parametrize(
    ("hits", "apart"),
    [
        ([[A], [B]], True),
        ([[A, B, C], [C, D]], False),  # C answers both
        ([[A, B, C, D], [D]], True),  # D is below what is shown for the first
        ([[A], [hit("report", "A")]], True),  # a heading of the same name, elsewhere
        ([[A], [FOLDED]], False),  # says the same as A
        ([[A, B], [B, C], [C, D]], True),  # none answers all three
        ([[A, B], [B, C], [B, D]], False),
        ([[A], []], False),  # nothing to choose between
        ([[A], [], [B]], True),
        ([[A]], False),
        ([], False),
    ],
)
def test_parts_lead_apart(hits: Sequence[Sequence[Hit]], apart: bool) -> None:
    assert lead_apart(hits) is apart
