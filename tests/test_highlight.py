"""Which sentence or table cell of a passage is marked as the answer, and how often the right one.

The floors are an oracle's: each tuning question is put to the very passage that answers it, so that
no search is involved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

import pytest

from bot.answering.highlight import best_sentence, figure_in
from bot.evaluation.questions import EvaluationQuestion, read_questions
from indexer.documents import Document, Section
from indexer.expectation import cell, expected, fits
from indexer.language import detect
from indexer.library.stored import StoredPassage, passages_of
from indexer.loaders import load
from indexer.tables import find_tables
from indexer.words.asked import AskedWord, asked_words, flat, own_words, subject_of

TUNE = Path(__file__).parent / "questions" / "tune.jsonl"
BUNDLED = Path(__file__).parents[1] / "knowledge" / "bundled"
SPACE = re.compile(r"\s+")

Span = tuple[int, int]


def passage(text: str, *path: str) -> StoredPassage:
    document = Document("", text, (Section(path, 0, len(text)),), tables=tuple(find_tables(text)))
    found = passages_of(document)
    assert len(found) == 1
    return found[0]


def marked(given: StoredPassage, question: str) -> str:
    asked = asked_words(question, detect(question))
    start, end = best_sentence(given, flat(asked), expected(question))
    return given.text[start:end]


FEES = passage(
    "Kommunen kan ta egenandel for kurs. Egenandelen dekker mat og trykksaker. "
    "Beløpet skal ikke være høyere enn 300 kroner etter § 15. Ordningen gjelder fra 2016. "
    "Formålet er at ingen skal utestenges, fordi mange har dårlig råd."
)
LIST = passage(
    "Dette skal stå i avtalen mellom kommunene:\n\n"
    "- hvem som er vertskommune\n- hvordan samarbeidet avvikles og avtalen sies opp\n"
    "- hvor lenge avtalen gjelder"
)


@pytest.mark.parametrize(
    ("given", "question", "start"),
    [
        (FEES, "Hvor høy kan egenandelen være?", "Beløpet"),  # the figure, no section or year
        (FEES, "Når ble ordningen med egenandel til?", "Ordningen"),
        (FEES, "Hvorfor er det en grense for beløpet?", "Formålet"),
        (FEES, "Hva dekker eigenandelen av mat?", "Egenandelen"),
        (FEES, "trykkssaker", "Egenandelen"),  # a typing error
        (LIST, "Kva må avtala seie om å seie opp samarbeidet?", "- hvordan"),
        (LIST, "Hvem er vertskommune?", "- hvem"),
    ],
)
def test_one_sentence_or_list_item_is_marked(
    given: StoredPassage, question: str, start: str
) -> None:
    found = marked(given, question)
    assert found.startswith(start)
    assert "\n" not in found and len(found) < len(given.text) / 2


def test_a_fragment_is_marked_with_the_sentence_it_belongs_to() -> None:
    given = passage("Nei, ikke betaling. Kommunen dekker alt. Deltakerne tar med egen matpakke.")
    assert marked(given, "Må de gi betaling?") == "Nei, ikke betaling. Kommunen dekker alt."


def test_of_a_table_without_the_cell_one_row_is_marked() -> None:
    rows = "| Lia | drivhus av glass og tre |\n| Nes | epledag med pressing av saft |"
    given = passage(f"| Skole | Tiltak |\n|---|---|\n{rows}")
    assert given.table is not None
    assert marked(given, "Hvem presser epler?") == rows.split("\n")[1]


def test_a_passage_without_words_is_marked_whole() -> None:
    given = passage("Tekst her.").model_copy(update={"text": ""})
    assert best_sentence(given, {"tekst": 1.0}) == (0, 0)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Hvor mange kom?", "figure"),
        ("Kor lenge kan ein vente?", "figure"),
        ("How many came?", "figure"),
        ("Når kom de?", "time"),
        ("Hvorfor kom de?", "reason"),
        ("Kven kan kome?", "person"),
        ("Må vi komme?", "rule"),
        ("Are we allowed to come?", "rule"),
        ("Er det gratis?", "rule"),
        ("Hva koster mest når alle kommer?", "time"),
        ("pengestøtte", None),
    ],
)
def test_the_kind_of_answer_a_question_asks_for(question: str, kind: str | None) -> None:
    assert expected(question) == kind


@pytest.mark.parametrize(
    ("sentence", "figure", "time"),
    [
        ("Det kom 40 personer.", True, False),
        ("Halvparten kom.", True, False),
        ("Det gjelder fra 2016.", False, True),
        ("Fristen er 15. mars 2016.", False, True),
        ("Etter § 3-2 og kapittel 6.2 er det slik.", False, False),
        ("I 2016 kom 40.", True, True),
    ],
)
def test_a_year_or_a_section_number_is_no_figure(sentence: str, figure: bool, time: bool) -> None:
    assert (fits(sentence, "figure"), fits(sentence, "time")) == (figure, time)


def figures(question: str) -> set[str]:
    """`document: row | column = value` of every cell that a bundled table has for the question."""
    asked = asked_words(question, detect(question))
    found = set()
    for name, given in BUNDLED_TABLES:
        answer = figure_in(given, own_words(asked), asked=asked)
        if answer:
            found.add(f"{name}: {answer.row} | {answer.column} = {answer.value}")
    return found


def bundled() -> Iterator[tuple[str, StoredPassage]]:
    for path in sorted(BUNDLED.glob("*.md")):
        for found in passages_of(load(path)):
            yield path.stem, found


BUNDLED_PASSAGES = list(bundled())
BUNDLED_TABLES = [(name, found) for name, found in BUNDLED_PASSAGES if found.table]


@pytest.mark.parametrize(
    ("question", "cells"),
    [
        (
            "Hvor mange personer hospiterte i 2021?",
            {"hospitering-2014-2022: 2021 | Personer = 67"},
        ),
        (
            "How many people visited the development centres in 2021?",
            {"hospitering-2014-2022: 2021 | Personer = 67"},
        ),
        (
            "Hvor mange hospiterte i perioden 2014–2022?",
            {"hospitering-2014-2022: Sum av årene | Personer = 1385"},
        ),
        ("Hvor mye fikk Moss i 2022?", {"tilskudd-viken-2022: Moss | Kroner = 150 000"}),
        (
            "Hvilken kommune i Viken fikk mest penger i 2022?",
            {"tilskudd-viken-2022: Asker | Kroner = 435 000"},
        ),
        (
            "Which municipality in Troms og Finnmark got the most money in 2023?",
            {"tilskudd-troms-og-finnmark-2023: Kautokeino | Kroner = 427 813"},
        ),
        (
            "Hvor stor andel av prosjektene var interkommunale i 2023?",
            {"tilskudd-bruk-2023: 2023 | Interkommunale = 15 %"},
        ),
        # The tables are about visits, grants and courses; none answers these.
        ("Hvor mange kommuner hadde frisklivssentral i 2016?", set()),
        ("Hvor mange ansatte hadde frisklivssentralene i 2019?", set()),
        ("Hvor mange kommuner i 2016?", set()),
        ("Hvor mange besøk hadde legevakta i 2019?", set()),
        ("Hvor mye fikk Oslo i 2022?", set()),
        ("Hvor mange flere hospiterte i 2019 enn i 2018?", set()),
        ("Hvilken kommune fikk mest i Innlandet?", set()),  # the table has examples only
        ("Hvor mye er 200 euro i norske kroner i dag?", set()),
    ],
)
def test_the_cells_that_the_bundled_tables_have_for_a_question(
    question: str, cells: set[str]
) -> None:
    assert figures(question) == cells


def test_a_cell_is_found_by_the_words_alone() -> None:
    asked = own_words(asked_words("Hvor mange kommuner hospiterte i 2016?", "nb"))
    found = [answer for _, given in BUNDLED_TABLES if (answer := cell(given, asked))]
    assert {answer.cell.text for answer in found} == {"38"}


def asked_of(question: EvaluationQuestion) -> list[AskedWord]:
    asked = asked_words(question.question, question.lang)
    subject = subject_of(question.thread) if question.thread else ""
    return asked + (asked_words(subject, question.lang, 0.4) if subject else [])


def golds(question: EvaluationQuestion, given: StoredPassage) -> list[Span]:
    patterns = [r"\s+".join(map(re.escape, gold.split())) for gold in question.gold]
    return [m.span() for p in patterns for m in re.finditer(p, given.text, re.IGNORECASE)]


@pytest.fixture(scope="module")
def judged() -> dict[str, list[bool]]:
    """Whether the mark holds, or lies in, the gold: all, texts, tables; and of the cells taken."""
    result: dict[str, list[bool]] = {"all": [], "text": [], "table": [], "cell": []}
    for question in read_questions(TUNE):
        if question.kind != "in_scope":
            continue
        own_first = sorted(BUNDLED_PASSAGES, key=lambda item: f"{item[0]}.md" != question.document)
        given, spans = next((p, s) for _, p in own_first if (s := golds(question, p)))
        asked = asked_of(question)
        figure = figure_in(given, own_words(asked), asked=asked)
        if figure:
            mark = figure.start - given.start, figure.end - given.start
        else:
            mark = best_sentence(given, flat(asked), expected(question.question))
        hit = any(
            (mark[0] <= start and end <= mark[1]) or (start <= mark[0] and mark[1] <= end)
            for start, end in spans
        )
        result["all"].append(hit)
        result["table" if given.table else "text"].append(hit)
        if figure:
            result["cell"].append(hit)
    return result


@pytest.mark.parametrize(
    ("part", "floor"),
    # By chance 0.21 of the marks would be right. The sampling error of a share of 200 is 0.035.
    [("all", 0.47), ("text", 0.43), ("table", 0.8), ("cell", 1.0)],
)
def test_the_right_sentence_or_cell_is_marked_at_least_so_often(
    judged: dict[str, list[bool]], part: str, floor: float
) -> None:
    assert fmean(judged[part]) >= floor


def test_the_tuning_questions_take_enough_cells_and_few_from_other_tables(
    judged: dict[str, list[bool]],
) -> None:
    assert len(judged["cell"]) >= 10
    wrong = 0
    for question in read_questions(TUNE):
        asked = asked_of(question)
        for _, given in BUNDLED_TABLES:
            answer = figure_in(given, own_words(asked), asked=asked)
            if answer is None or given.table is None:
                continue
            row = next(r for r in given.table.rows if r.start <= answer.start <= r.end)
            first, last = row.start - given.start, row.end - given.start
            right = any(first <= start and end <= last for start, end in golds(question, given))
            wrong += not right
    assert wrong <= 3
