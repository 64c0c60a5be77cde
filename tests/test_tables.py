"""Tables read from text in the shapes that saved pages have, and asked for one cell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.documents import Table
from indexer.tables import cell_answer, find_tables
from indexer.tables.lines import collapse, is_caption, is_value


def only(text: str) -> Table:
    tables = find_tables(text)
    assert len(tables) == 1, tables
    check(text, tables[0])
    return tables[0]


def check(text: str, table: Table) -> None:
    for row in table.rows:
        assert len(row.cells) == len(table.columns)
        assert table.start <= row.start <= row.end <= table.end
        for cell in row.cells:
            assert collapse(text[cell.start : cell.end]) == cell.text


def figures(table: Table) -> dict[str, list[str]]:
    return {row.label: [cell.text for cell in row.cells] for row in table.rows}


def stacked(*cells: str) -> str:
    return "\n\n".join(cells)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("178", True),
        ("1 385", True),
        ("1\u00a0385", True),
        ("66,7%", True),
        ("66,7 %", True),
        ("kr 50 000", True),
        ("-3,5", True),
        ("3 av 9", True),
        ("..", True),
        ("–", True),
        ("20–29", False),
        ("2014-2018", False),
        ("under 18", False),
        ("1 38", False),
        ("12 345 67", False),
        ("N", False),
    ],
)
def test_a_figure_is_told_from_a_label(text: str, value: bool) -> None:
    assert is_value(text) is value


@pytest.mark.parametrize(
    ("line", "caption"),
    [
        ("Tabell 1: Besøk i hagene", True),
        ("Tabell 4. Hva pengene gikk til", True),
        ("Tabell 2.1 – Avling", True),
        ("Table 3: Visits", True),
        ("Tabell 3 viser at avlingen økte.", False),
        ("Se tabell 3: Avling", False),
        ("Tabellen er lang", False),
    ],
)
def test_a_caption_is_told_from_a_sentence(line: str, caption: bool) -> None:
    assert is_caption(line) is caption


def test_years_across_with_an_empty_first_cell() -> None:
    text = "Tekst før.\n\n" + stacked(
        "Tabell 7: Besøk 2019–2021",
        "\u00a0",
        *("2019", "2020", "2021", "Totalt"),
        *("Antall gjester", "30", "1 011", "20", "1 061"),
        *("Antall skoler", "4", "..", "5", "9"),
        "Etter tabellen står en lang setning som ikke hører til den, og som slutter med punktum.",
    )
    table = only(text)
    assert table.caption == "Tabell 7: Besøk 2019–2021"
    assert table.columns == ("2019", "2020", "2021", "Totalt")
    assert figures(table) == {
        "Antall gjester": ["30", "1 011", "20", "1 061"],
        "Antall skoler": ["4", "..", "5", "9"],
    }
    assert text[table.start : table.end].startswith("Tabell 7")
    assert text[table.start : table.end].endswith("\n9")


@pytest.mark.parametrize("columns", [2, 3, 5, 8])
@pytest.mark.parametrize("rows", [1, 2, 6])
@pytest.mark.parametrize("joint", ["\n\n", "\n"])
def test_any_number_of_columns_and_rows(columns: int, rows: int, joint: str) -> None:
    header = [str(2010 + i) for i in range(columns)]
    body = {f"Lag {r}": [f"{r}{c},{c} %" for c in range(columns)] for r in range(1, rows + 1)}
    cells = [c for label, values in body.items() for c in (label, *values)]
    table = only(joint.join(["Tabell 1: Andel", "Lag", *header, *cells]))
    assert table.stub == "Lag"
    assert table.columns == tuple(header)
    assert figures(table) == body


def test_years_down() -> None:
    text = stacked(
        "Tabell 2: Avling", *("År", "Poteter (kg)", "Løk (kg)"), *("2014", "178", "45"),
        *("2015", "186", "-"), *("Totalt", "364", "45"),
    )  # fmt: skip
    table = only(text)
    assert (table.stub, table.columns) == ("År", ("Poteter (kg)", "Løk (kg)"))
    assert figures(table) == {
        "2014": ["178", "45"],
        "2015": ["186", "-"],
        "Totalt": ["364", "45"],
    }


def test_label_and_value_in_turn() -> None:
    text = stacked(
        "Tabell 4. Hva pengene gikk til. Prosentandel 2021.", "Jord, gjødsel etc.", "66,7%",
        "Frø", "22,2 %", "N", "\u00a0 9", "Sist endret: 1. mai 2022",
    )  # fmt: skip
    table = only(text)
    assert table.columns == ("",)
    assert figures(table) == {"Jord, gjødsel etc.": ["66,7%"], "Frø": ["22,2 %"], "N": ["9"]}
    assert text[table.end - 1] == "9"


def test_rows_under_a_group_heading() -> None:
    cells = ("Klasse", "2020", "2021", "A", "10", "12", "Gutter", "A", "9", "8", "B", "7", "6")
    table = only(stacked("Tabell 1: Elever", *cells))
    assert figures(table) == {"A": ["10", "12"], "Gutter: A": ["9", "8"], "Gutter: B": ["7", "6"]}


def test_an_empty_cell_that_is_only_a_hard_space() -> None:
    table = only(
        stacked(
            "Tabell 1: Elever", "\u00a0", "2020", "2021", "Lia", "\u00a0", "12", "Nes", "3", "4"
        )
    )
    assert figures(table) == {"Lia": ["", "12"], "Nes": ["3", "4"]}


@pytest.mark.parametrize(
    "text",
    [
        stacked("Tabell 2: Hvem som kom:", "Elever", "Lærere i skolen", "Pensjonister", "FAU"),
        "Vi har holdt på siden\n\n2014\n\nDet er lenge.",
        "Innledning ..... 3\nMetode ........ 5\nResultat ...... 9",
        "Ring oss på 22 33 44 55 eller skriv.\nVi svarer innen 14 dager.",
        "1. Ta imot 3\n2. Gi bort 4",
        "",
    ],
)
def test_what_is_no_table(text: str) -> None:
    assert find_tables(text) == []


@pytest.mark.parametrize(
    ("header", "row", "stub", "columns", "cells"),
    [
        ("År Antall gjester Antall skoler", "2014 178 45", "År", "Antall gjester|Antall skoler",
         "178|45"),
        ("Deltakere 2019 2020 Totalt", "Kvinner 45 50 95", "Deltakere", "2019|2020|Totalt",
         "45|50|95"),
        ("Skole\tPoteter i kg\tLøk i kg", "Lia skole\t1 204\t33,5", "Skole",
         "Poteter i kg|Løk i kg", "1 204|33,5"),
        ("Skole   2020   2021", "Lia    1 204    1 300", "Skole", "2020|2021", "1 204|1 300"),
        ("År 2019 2020", "Lia i prosent 12,5 % 13,5 %", "År", "2019|2020", "12,5 %|13,5 %"),
        ("Skole Andel", "Lia 66,7 %", "Skole", "Andel", "66,7 %"),
        ("År Kroner Skoler", "2020 kr\u00a050\u00a0000 12", "År", "Kroner|Skoler",
         "kr 50 000|12"),
        ("Skole 2020 2021", "Lia 1 204 1 300", "Skole", "2020|2021", "1 204|1 300"),
    ],
)  # fmt: skip
def test_rows_with_space_between_the_cells(
    header: str, row: str, stub: str, columns: str, cells: str
) -> None:
    other = row.replace("2014", "2015").replace("Lia", "Nes").replace("Kvinner", "Menn")
    table = only(f"Tabell 1: Tall\n\n{header}\n{row}\n{other}\n\nTekst etter.")
    assert table.stub == stub
    assert table.columns == tuple(columns.split("|"))
    assert [c.text for c in table.rows[0].cells] == cells.split("|")
    assert len(table.rows) == 2


def test_a_row_that_can_be_split_in_two_ways_is_left_out() -> None:
    text = "Tabell 1: Tall\nSkole Poteter Løk\nLia 17 45\nNes 20 31\nTotalt 1 178 345"
    table = only(text)
    assert list(figures(table)) == ["Lia", "Nes"]
    assert text[table.start : table.end] == text


def test_pipe_tables_with_short_rows_and_escaped_pipes() -> None:
    table = only("Tabell 1: Tall\n\n| Skole | A | B |\n|---|--:|:-:|\n| Li\\|a | 1 | |\n| Nes | 2")
    assert table.caption == "Tabell 1: Tall"
    assert figures(table) == {"Li|a": ["1", ""], "Nes": ["2", ""]}


VISITS = stacked(
    "Tabell 1: Antall besøk i hagene 2019–2021", "\u00a0", "2019", "2020", "2021", "Totalt",
    "Antall gjester", "30", "11", "20", "61", "Antall skoler", "4", "3", "5", "12",
)  # fmt: skip
YEARS_DOWN = "Tabell 1: Antall besøk\nÅr Antall gjester Antall skoler\n2019 30 4\n2020 11 3"
SHARES = stacked(
    "Tabell 4. Hva pengene gikk til. Prosent 2021.", "Kjøp av jord", "66,7%", "Kjøp av frø",
    "22,2%", "N", "9",
)  # fmt: skip
SYNONYMS = {word: {"gjester"} for word in ("besøkte", "vanket", "kom")}
SYNONYMS["municipalities"] = {"skoler"}


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        (VISITS, "antall gjester 2021", "20"),
        (VISITS, "skoler 2020", "3"),
        (VISITS, "skolar i 2020", "3"),  # nynorsk ending
        (VISITS, "hvor mange besøkte hagene i 2021", "20"),  # only the column: the first row
        (VISITS, "gjester besøk", "61"),  # only the row: the totals
        (VISITS, "vanket 2020", "11"),
        (VISITS, "municipalities 2019", "4"),
        (VISITS, "skoler kom 2020", "3"),  # the word itself before a synonym
        (VISITS, "municipalities besøkte 2020", "3"),  # the caption's own word counts least
        (VISITS, "skoler totalt", "12"),
        (VISITS, "hvor mange ansatte i 2021", None),  # nothing to do with the caption
        (VISITS, "gjester 2018", None),  # the year is not there
        (VISITS, "gjester skoler 2021", None),  # two rows
        (VISITS, "gjester 2020 2021", None),  # two columns
        (VISITS, "besøk i hagene", None),  # neither row nor column
        (VISITS, "", None),
        (YEARS_DOWN, "skoler 2020", "3"),
        (YEARS_DOWN, "besøk 2019", "30"),
        (YEARS_DOWN, "skoler besøk", None),  # years down, and no totals
        (SHARES, "andel jord prosent", "66,7%"),
        (SHARES, "penger frø 2021", "22,2%"),
        (SHARES, "frø 2020", None),
        (SHARES, "kjøp", None),
    ],
)
def test_the_cell_that_a_question_is_about(text: str, words: str, expected: str | None) -> None:
    answer = cell_answer(only(text), words.split(), synonyms=SYNONYMS)
    assert (answer.cell.text if answer else None) == expected


def test_the_answer_names_its_row_and_column() -> None:
    answer = cell_answer(only(VISITS), ["skoler", "2021"])
    assert answer is not None
    assert (answer.row, answer.column, answer.cell.text) == ("Antall skoler", "2021", "5")
    assert VISITS[answer.cell.start : answer.cell.end] == "5"


YEARS = """Tabell 1: Besøk i hagene 2019–2021

| År | Gjester | Skoler |
|---|---|---|
| 2019 | 30 | 4 |
| 2020 | 11 | 3 |
| 2021 | 20 | 5 |
| Sum av årene | 61 | 12 |"""
GRANTS = """| Mottaker | Tiltak | Kroner |
|---|---|---|
| Lia | Drivhus | 40 000 |
| Lia for Nettverket Nord | Frøbank | 15 000 |
| Åsen | Epledag | 9 500 |
| Andre | Ymse | 99 000 |"""
MIXED = """| År | Prosjekter | Felles |
|---|---|---|
| 2022 | 109 | 16,5 % |
| 2023 | 126 | 15 % |"""
ACROSS = """| Skole | 2020 | 2021 |
|---|---|---|
| Lia | 7 | 12 |
| Nes | 9 | 9 |"""
SHARED = """| Gruppe | Kjennetegn | Tall |
|---|---|---|
| Elever | blå lue | 30 % |
| Elever | rød lue | 75 % |"""


@pytest.mark.parametrize(
    ("text", "context", "question", "expected"),
    [
        # What the table is about must be what the question is about.
        (YEARS, "", "hvor mange skoler besøkte hagene i 2020", "3"),
        (YEARS, "", "hvor mange skoler hadde svømmebasseng i 2020", None),
        (YEARS, "", "hvor mange gjester hadde diabetes i 2020", None),
        (YEARS, "", "hvor mange i 2020", None),
        (GRANTS, "Hagetilskudd i Nordland 2022", "hvor mye hagetilskudd fikk åsen i 2022", "9 500"),
        (GRANTS, "Hagetilskudd i Nordland 2022", "hvor mye hagetilskudd fikk åsen i 2021", None),
        (GRANTS, "Hagetilskudd i Nordland 2022", "hvor mye hagetilskudd fikk bodø i 2022", None),
        # Several rows that fit: the most specific one, or none.
        (GRANTS, "Hagetilskudd", "hvor mye fikk lia", "40 000"),
        (GRANTS, "Hagetilskudd", "hvor mye fikk lia for nettverket nord", "15 000"),
        (GRANTS, "Hagetilskudd", "hvor mye fikk lia og åsen", None),
        (SHARED, "Luer på skolen", "hvor stor andel av elevene har rød lue", "75 %"),
        (SHARED, "Luer på skolen", "hvor stor andel av elevene har lue", None),
        # Rows without labels of their own are told by their text.
        (GRANTS, "Hagetilskudd", "hvor mange kroner fikk epledag i hagetilskudd", "9 500"),
        # Totals, where the table has them; nothing is added up.
        (YEARS, "", "hvor mange gjester besøkte hagene totalt", "61"),
        (YEARS, "", "hvor mange skoler besøkte hagene til sammen", "12"),
        (YEARS, "", "hvor mange gjester besøkte hagene i 2019-2021", "61"),
        (MIXED, "Felles prosjekter", "hvor mange prosjekter til sammen", None),
        (YEARS, "", "hvor mange flere gjester besøkte hagene i 2021 enn i 2020", None),
        # A year down the side, and a year across.
        (ACROSS, "Elever med drivhus", "hvor mange elever på lia i 2021", "12"),
        (ACROSS, "Elever med drivhus", "hvor mange elever på lia i 2019", None),
        (ACROSS, "Elever med drivhus", "hvor mange elever på lia", None),
        # A share is in percent, and money in kroner; a number is neither.
        (MIXED, "Prosjekter", "hvor stor andel av prosjektene var felles i 2023", "15 %"),
        (MIXED, "Prosjekter", "hvor mange prosjekter i 2023", "126"),
        (MIXED, "Prosjekter", "antall felles prosjekter i 2023", None),
        (YEARS, "", "andel gjester i 2020", None),
        (GRANTS, "Hagetilskudd", "antall drivhus lia", None),
    ],
)
def test_a_cell_is_an_answer_to_the_whole_question(
    text: str, context: str, question: str, expected: str | None
) -> None:
    answer = cell_answer(only(text), question.split(), context=context)
    assert (answer.cell.text if answer else None) == expected


@pytest.mark.parametrize(
    ("text", "context", "question", "expected"),
    [
        (YEARS, "", "i hvilket år var det flest gjester i hagene", ("2019", "Gjester")),
        (YEARS, "", "i hvilket år var det færrest skoler i hagene", ("2020", "Skoler")),
        (YEARS, "", "hvilket år var best i hagene", None),
        (ACROSS, "Elever", "hvilken skole hadde flest elever i 2021", ("Lia", "2021")),
        (ACROSS, "Elever", "i hvilket år hadde lia flest elever", ("Lia", "2021")),
        (ACROSS, "Elever", "i hvilket år hadde nes flest elever", None),  # the same in both
        (GRANTS, "Hagetilskudd", "hvem fikk mest hagetilskudd", ("Lia", "Kroner")),  # not «Andre»
        (GRANTS, "Hagetilskudd", "hvem fikk minst hagetilskudd", ("Åsen", "Kroner")),
        (GRANTS, "Eksempler på hagetilskudd", "hvem fikk mest hagetilskudd", None),
        (GRANTS, "Hagetilskudd", "hvem fikk flest traktorer", None),
        (YEARS, "", "hagene må ha minst tre skoler", None),  # asks for no rank
    ],
)
def test_the_row_or_column_with_the_most_or_the_least(
    text: str, context: str, question: str, expected: tuple[str, str] | None
) -> None:
    answer = cell_answer(only(text), question.split(), context=context)
    assert (answer[:2] if answer else None) == expected


@pytest.mark.parametrize(
    "values",
    [
        ("10–12", "8"),  # a range is not compared
        ("1,6 millioner", "900 000"),  # nor are units
        ("ja", "nei"),
        ("5", "5"),
    ],
)
def test_figures_that_cannot_be_compared_have_no_highest(values: tuple[str, str]) -> None:
    text = "| Skole | Avling |\n|---|---|\n| Lia | {} |\n| Nes | {} |".format(*values)
    assert cell_answer(only(text), "hvilken skole hadde størst avling".split()) is None


TOKENS = st.sampled_from(
    ["Tabell 1: Tall", "2014", "2015", "Totalt", "Lia", "12", "1 204", "66,7%", "..", "\u00a0", "",
     "År Antall A Antall B", "2014 178 45", "Totalt 1 178 345", "| a | b |", "|---|---|", "| c |",
     "En lengre setning som er vanlig tekst, og som slutter med punktum.", "• punkt"]
)  # fmt: skip


@given(st.lists(TOKENS, max_size=40), st.sampled_from(["\n", "\n\n"]))
def test_tables_in_any_text_are_ordered_and_verbatim(tokens: list[str], joint: str) -> None:
    text = joint.join(tokens)
    end = 0
    for table in find_tables(text):
        assert end <= table.start < table.end <= len(text)
        end = table.end
        check(text, table)
        cell_answer(table, ["Lia", "2014", "antall"])
