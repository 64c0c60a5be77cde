"""The words around the report's numbers: in the reader's language, and right in every format."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from knowledge.exports.text_tables import grid
from knowledge.exports.text_words import WORDS, word
from knowledge.exports.xlsx import workbook
from knowledge.messages import LANGUAGES, Language
from knowledge.reference import Label, Reference, figures
from knowledge.register.visits import NewVisit, Visits
from knowledge.statistics.counting.base import NONE, SEVERAL, TOPICS, Dimension, messages
from knowledge.statistics.counting.feedback import VOTES
from knowledge.statistics.counting.outcomes import OUTCOMES
from knowledge.statistics.counting.times import STEPS
from knowledge.statistics.definitions import specs
from knowledge.statistics.report import close_year, report
from knowledge.statistics.scope import Scope
from knowledge.store import Store

NAMED: dict[str, Dimension] = {
    "outcomes": messages(OUTCOMES),
    "response_times": STEPS,
    "feedback": VOTES,
}
PERIOD = Scope(2014, 2022, shown_from=0)
MARKED = re.compile(r"[«“]([^»”]+)[»”] \(([a-z_-]+)\)")
"""What a reader sees, and in parentheses its key in the files for programs."""
ENGLISH = re.compile(r"\b(the|of|centres|published|municipalities|total|with|persons|percent)\b")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("words") / "frisksvar.db") as made:
        yield made


# Published figures


def test_each_text_of_a_figure_is_used() -> None:
    used = {text for figure in figures() for text in (figure.row, figure.note)}
    assert {text.id for text in Reference.load().figure_texts} == used - {""}


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_published_figures_are_told_in_the_language_of_the_report(
    store: Store, language: Language
) -> None:
    made = report(store, PERIOD, made_by="test", language=language)
    table = grid(made.tables["published_figures"], language)
    cells = [cell.text for row in table.rows for cell in row if not cell.link]
    assert len(cells) > 500
    assert [text for text in cells if ENGLISH.search(text.replace("Helsedirektoratet", ""))] == []
    for shown in ({"nb": "kommuner", "nn": "kommunar"}[language], "i alt", "oppdrag", "prosent"):
        assert shown in cells


def test_a_program_finds_the_same_keys_in_every_language(store: Store) -> None:
    keys = []
    for language in LANGUAGES:
        table = report(store, PERIOD, made_by="test", language=language).tables["published_figures"]
        at = [table.spec.index(name) for name in ("figure", "column", "value", "unit", "address")]
        keys.append([tuple(row[place] for place in at) for row in table.rows])
    assert keys[0] == keys[1] == keys[2]
    assert {"total", "persons"} <= {str(value) for row in keys[0] for value in row}


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nb", "Sør-Varanger er ikke med."),
        ("nn", "Sør-Varanger er ikkje med."),
        ("en", "Sør-Varanger is not included."),
    ],
)
def test_a_note_is_in_the_language_also_in_a_year_that_is_closed(
    tmp_path: Path, language: Language, told: str
) -> None:
    with Store(tmp_path / "frisksvar.db") as store:
        Visits(store).add(
            NewVisit(on_date=date(2021, 5, 4), centre="modum", people=3, came_from="t:1"),
            who="kari",
        )
        close_year(store, 2021, who="kari", today=date(2026, 1, 2))
        table = report(store, PERIOD, made_by="test", language=language).tables["visits"]
    at = table.spec.index("figure_note")
    notes = {row[0]: row[at] for row in table.rows}
    assert notes[2020] == notes[2021] == told  # of which 2021 is closed
    assert notes[2022] is None


# Keys and what they are called


def _texts() -> Iterator[tuple[str, str, Label]]:
    for name, spec in specs().items():
        yield name, "", spec.note
        for column in spec.columns:
            yield name, column.id, column.definition


def _called(table: str, column: str, key: str, language: Language) -> str:
    """What a reader sees instead of a key that a definition names."""
    if key in specs():
        return specs()[key].title.text(language)
    if key in (NONE, SEVERAL):
        return TOPICS.name(key, language)
    if table in NAMED:
        return NAMED[table].name(key, language)
    column = "state" if table == "corrections" else "period" if key == "total" else column
    return word(column, key, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_definitions_name_keys_as_a_reader_sees_them(language: Language) -> None:
    found = [
        (table, column, shown, key)
        for table, column, label in _texts()
        for shown, key in MARKED.findall(label.text(language))
    ]
    assert len(found) > 60
    for table, column, shown, key in found:
        assert shown == _called(table, column, key, language), (table, column)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_definition_has_a_key_without_its_name(language: Language) -> None:
    keys = {key for words in WORDS.values() for key in words} - {"edition", "total", *WORDS["unit"]}
    keys |= {NONE, SEVERAL, *specs()} - {"visits", "inquiries", "feedback", "research", "tasks"}
    for table, column, label in _texts():
        quoted = re.findall(r"[«“]([^»”]+)[»”](?! \()", label.text(language))
        named = {_called(table, column, each, language) for each in quoted}
        assert not keys & set(quoted) - named, (table, column)
        assert "_" not in re.sub(r"\([^)]*\)", "", label.text(language)), (table, column)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_the_same_keys(language: Language) -> None:
    """But for a name that is the key, which is not said twice."""
    for table, column, label in _texts():
        told = {key for _, key in MARKED.findall(label.text(language))}
        wanted = {key for _, key in MARKED.findall(label.nb)}
        same = {key for key in wanted if _called(table, column, key, language) == key}
        assert told | same == wanted, (table, column)


def test_spreadsheets_have_words_where_no_name_stands_beside(store: Store) -> None:
    made = report(store, PERIOD, made_by="test", language="nb")
    book = load_workbook(io.BytesIO(workbook(made, "nb")), read_only=True)
    seen = {
        str(value)
        for sheet in book.worksheets[:-1]  # the last one has the definitions
        for row in sheet.iter_rows(values_only=True)
        for value in row
    }
    assert {"publisert", "i alt", "kommuner", "oppdrag", "året er oppgitt"} <= seen
    assert not seen & {"published", "municipalities", "stated", "assignments", "register"}
