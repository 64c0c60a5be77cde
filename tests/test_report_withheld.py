"""What is left out of a report is told where it would have stood, in every format."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
from docx import Document
from openpyxl import load_workbook

from knowledge.exports import docx
from knowledge.exports.csv_package import package
from knowledge.exports.html import page
from knowledge.exports.json_report import document, schema
from knowledge.exports.xlsx import workbook
from knowledge.messages import Language, say
from knowledge.register import Inquiries, NewInquiry
from knowledge.statistics.definitions import specs
from knowledge.statistics.report import RULES, Report, report
from knowledge.statistics.scope import Scope
from knowledge.store import Store

PLACES = "inquiries_by_municipality"
TOLD = {
    "nb": "Tallene i «Henvendelser etter kommune» for 2025 er ikke vist: "
    "det var så få at en kommune kunne kjennes igjen.",
    "nn": "Tala i «Førespurnader etter kommune» for 2025 er ikkje viste: "
    "det var så få at ein kommune kunne kjennast att.",
    "en": "The figures of “Inquiries by municipality” for 2025 are not shown: "
    "there were so few that a municipality could be recognised.",
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Three inquiries in 2025, which no hiding of numbers protects, and sixty in 2026."""
    with Store(tmp_path_factory.mktemp("withheld") / "frisksvar.db") as made:
        few = [(2025, "3310"), (2025, "3310"), (2025, "0301")]
        many = [(2026, number) for number in ("3310", "0301", "4601") for _ in range(20)]
        for at, (year, municipality) in enumerate([*few, *many]):
            Inquiries(made).receive(
                NewInquiry(
                    came_from=f"t:{at}",
                    received_at=datetime(year, 5, 5, tzinfo=UTC),
                    channel="phone",
                    question="Hva?",
                    municipality=municipality,
                    centre="modum",
                )
            )
        yield made


def of(store: Store, first: int, last: int, language: Language = "nb", least: int = 5) -> Report:
    return report(store, Scope(first, last, shown_from=least), made_by="x", language=language)


def test_a_report_says_which_years_are_left_out(store: Store) -> None:
    made = of(store, 2025, 2026)
    assert made.withheld[PLACES] == (2025,)
    assert {row[0] for row in made.tables[PLACES].rows} == {2026}
    assert {"inquiries_by_county", "inquiries_by_topic"} <= made.withheld.keys()
    assert "inquiries_by_channel" not in made.withheld
    assert of(store, 2026, 2026).withheld == {}
    assert of(store, 2025, 2026, least=0).withheld == {}


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
@pytest.mark.parametrize("last", [2025, 2026])  # without, and with, a year that is shown
def test_the_page_tells_it_once(store: Store, last: int, language: Language) -> None:
    made = of(store, 2025, last, language)
    shown = page(made, language)
    assert shown.count(TOLD[language]) == 1
    before = say("report_text_tables_empty", language, tables="").rstrip(". ")
    title = specs()[PLACES].title.text(language)
    empty = [line for line in shown.splitlines() if before in line]
    assert empty and not any(title in line for line in empty)  # it is not without figures


@pytest.mark.parametrize("last", [2025, 2026])
def test_each_file_tells_it(store: Store, last: int, tmp_path: Path) -> None:
    made, told = of(store, 2025, last), TOLD["nb"]
    (written,) = docx.write(made, tmp_path / "r.docx", "nb")
    paragraphs = [each.text for each in Document(str(written)).paragraphs]
    assert paragraphs.count(told) == 1
    empty = [each for each in paragraphs if each.startswith("Ingen tall for perioden")]
    assert empty and not any("Henvendelser etter kommune" in each for each in empty)
    about = load_workbook(io.BytesIO(workbook(made, "nb"))).worksheets[0]
    assert any(told in str(cell.value) for row in about.iter_rows() for cell in row)
    described = json.loads(package(made, "nb")["datapackage.json"])
    [places] = [each for each in described["resources"] if each["name"] == PLACES]
    assert places["description"].endswith(told)


def test_json_has_the_years(store: Store) -> None:
    made = document(of(store, 2025, 2026), "nb")
    jsonschema.validate(made, schema(specs(), RULES))
    assert made["tables"][PLACES]["withheld"] == [2025]
    assert made["tables"]["inquiries"]["withheld"] == []


def test_nothing_is_said_where_everything_is_shown(store: Store) -> None:
    made = of(store, 2025, 2026, least=0)
    assert TOLD["nb"] not in page(made, "nb")
    assert "Ikke vist" not in str(
        [*load_workbook(io.BytesIO(workbook(made, "nb"))).worksheets[0].values]
    )
