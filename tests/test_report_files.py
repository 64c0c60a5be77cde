"""The report as files for programs and spreadsheets: CSV with its data package, JSON, XLSX."""

from __future__ import annotations

import copy
import csv
import hashlib
import io
import json
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import frictionless
import jsonschema
import openpyxl
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.exports import FORMATS, csv_package, json_report, xlsx
from knowledge.exports.charts import figures
from knowledge.exports.files import write_file, write_folder
from knowledge.exports.text_words import word
from knowledge.exports.xlsx_names import sheet_names
from knowledge.messages import LANGUAGES, Failure, Language
from knowledge.statistics.definitions import specs
from knowledge.statistics.report import RULES, RegisterState, Report, report
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import HIDDEN, Column, Row, Table, TableSpec, Value
from knowledge.store import Store

OURS = ("xlsx", "csv", "json")
DANGEROUS = '=HYPERLINK("https://example.org";"a")'
SPECIAL = 'æøå; "to" , tre\nog fire'
NAMES = ("Etablering", "Finansiering", DANGEROUS, SPECIAL, "-")


def sample_value(column: Column, year: int, row: int) -> Value:
    """A value that the column may have; every kind of them comes up among the rows."""
    if column.role == "key" and column.id == "month":
        return str(row + 1) if column.type == "string" else row + 1
    if column.role == "key" and column.type == "string":
        return "-" if row == len(NAMES) - 1 else f"{column.id}-{row}"
    if column.role == "measure" and row == 1:
        return HIDDEN
    if column.role in ("measure", "about") and row == 2:
        return None
    if column.id == "source":
        return "published" if year <= 2022 else "register"
    if column.id == "address":
        return f"https://example.org/{year}"
    by_type: dict[str, Value] = {
        "year": year,
        "string": NAMES[row],
        "integer": 1000 * row + year,
        "number": row + 0.5,
        "boolean": row == 0,
        "date": f"{year}-0{row + 1}-15",
    }
    return by_type[column.type]


def sample_rows(spec: TableSpec) -> tuple[Row, ...]:
    """Rows of two years; one for each key."""
    rows: dict[tuple[Value, ...], Row] = {}
    for year in (2022, 2026):
        for number in range(len(NAMES)):
            row = tuple(sample_value(column, year, number) for column in spec.columns)
            rows.setdefault(row[: len(spec.keys)], row)
    return tuple(rows.values())


@pytest.fixture(scope="module")
def sample() -> Report:
    """Every table of the report with every kind of value; one table is empty."""
    tables = {name: Table(spec, sample_rows(spec)) for name, spec in specs().items()}
    tables["feedback"] = Table(specs()["feedback"])
    state = RegisterState(20_114, 400, 9, 812, "2026-01-31T23:30:00+00:00", (2024, 2025))
    return Report(Scope(2014, 2026), tables, state, RULES, "Kari Nordmann")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What the program itself makes of an empty register: the published series."""
    with closing(Store(tmp_path_factory.mktemp("register") / "frisksvar.db")) as store:
        return report(store, Scope(2014, 2026), made_by="Kari Nordmann")


def written(made: Report, target: Path, name: str, language: Language = "nb") -> Path:
    paths = FORMATS[name](made, target, language)
    assert paths
    assert all(path.is_file() for path in paths)
    return target


# --- CSV and its data package ---------------------------------------------------------------------


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


READERS: dict[str, Callable[[str], Value]] = {
    "year": int,
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
    "date": str,
}


def read_cell(text: str, column: Column) -> Value:
    if text == ":":
        return HIDDEN
    if text == "":
        return None
    if text.startswith("'="):
        return text[1:]
    return READERS[column.type](text)


def test_every_table_is_read_back_from_its_csv_file(sample: Report, tmp_path: Path) -> None:
    folder = written(sample, tmp_path / "report", "csv")
    for name, table in sample.tables.items():
        header, *rows = read_csv((folder / f"{name}.csv").read_bytes())
        assert header == [column.id for column in table.spec.columns]
        read = [tuple(map(read_cell, row, table.spec.columns)) for row in rows]
        assert read == list(table.rows), name


def test_csv_is_utf8_with_crlf_and_no_mark(sample: Report) -> None:
    for name, content in csv_package.package(sample, "nb").items():
        if name.endswith(".csv"):
            assert content.endswith(b"\r\n")
            assert not content.startswith(b"\xef\xbb\xbf")


def test_text_that_a_spreadsheet_could_run_is_defused_but_no_key(sample: Report) -> None:
    content = csv_package.package(sample, "nb")["inquiries_by_topic.csv"].decode()
    assert "'=HYPERLINK" in content
    assert not re.search(r'(^|[,"])=', content, re.MULTILINE)
    assert ",-," in content
    assert "'-" not in content


def test_the_dictionary_has_every_column_once(sample: Report) -> None:
    header, *rows = read_csv(csv_package.package(sample, "nn")["data_dictionary.csv"])
    found = [dict(zip(header, row, strict=True)) for row in rows]
    columns = [
        (table.spec, column) for table in sample.tables.values() for column in table.spec.columns
    ]
    assert [(each["table"], each["column"]) for each in found] == [
        (spec.id, column.id) for spec, column in columns
    ]
    for each, (_, column) in zip(found, columns, strict=True):
        assert (each["role"], each["type"], each["unit"]) == (column.role, column.type, column.unit)
        assert each["label"] == column.label.nn
        assert each["definition"].removeprefix("'") == column.definition.nn
        assert each["additive"] == ("true" if column.additive else "false")
        assert each["source"]


@pytest.mark.parametrize("which", ["sample", "published"])
def test_the_package_is_valid(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    folder = written(request.getfixturevalue(which), tmp_path / "report", "csv")
    found = frictionless.validate(str(folder / "datapackage.json"))
    assert found.valid, found.flatten(["name", "rowNumber", "fieldName", "message"])
    assert len(found.tasks) == len(specs()) + 1


def test_the_validator_sees_a_changed_number(sample: Report, tmp_path: Path) -> None:
    folder = written(sample, tmp_path / "report", "csv")
    path = folder / "visits.csv"
    path.write_bytes(path.read_bytes().replace(b"2022", b"2023", 1))
    assert not frictionless.validate(str(folder / "datapackage.json")).valid


def test_the_package_tells_size_checksum_missing_values_and_sources(sample: Report) -> None:
    contents = csv_package.package(sample, "nb")
    described = json.loads(contents["datapackage.json"])
    assert described["report"]["rules"] == RULES
    assert described["report"]["register"]["closed_years"] == [2024, 2025]
    assert {source.get("path") for source in described["sources"]} >= {
        None,
        "https://example.org/2022",
    }
    resources = {each["path"]: each for each in described["resources"]}
    assert resources.keys() == contents.keys() - {"datapackage.json"}
    for path, each in resources.items():
        content = contents[path]
        assert each["bytes"] == len(content)
        assert each["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    for name, table in sample.tables.items():
        schema = resources[f"{name}.csv"]["schema"]
        assert schema["missingValues"] == ["", ":"]
        assert schema["primaryKey"] == [column.id for column in table.spec.keys]


def test_sqlite_imports_the_files(sample: Report, tmp_path: Path) -> None:
    program = shutil.which("sqlite3")
    if program is None:
        pytest.skip("the sqlite3 program is not installed")
    folder = written(sample, tmp_path / "report", "csv")
    database = tmp_path / "import.db"
    orders = "".join(f'.import --csv "{folder / name}.csv" {name}\n' for name in sample.tables)
    subprocess.run([program, "-bail", database], input=orders, text=True, check=True, timeout=60)
    with closing(sqlite3.connect(database)) as connection:
        for name, table in sample.tables.items():
            if not table.rows:
                continue  # SQLite makes no table of a header alone
            for column in table.spec.columns:
                if column.role != "measure":
                    continue
                place = table.spec.index(column.id)
                values = [row[place] for row in table.rows]
                numbers = [value for value in values if isinstance(value, int | float)]
                total, hidden = connection.execute(
                    f'SELECT total(cast("{column.id}" AS REAL)), total("{column.id}" = \':\')'
                    f" FROM {name}"
                ).fetchone()
                assert total == pytest.approx(sum(numbers)), (name, column.id)
                assert hidden == values.count(HIDDEN), (name, column.id)


@pytest.mark.parametrize("target", ["report.zip", "report.json"])
def test_the_same_report_gives_the_same_bytes(sample: Report, tmp_path: Path, target: str) -> None:
    name = "csv" if target.endswith("zip") else "json"
    (tmp_path / "later").mkdir()
    one = written(sample, tmp_path / target, name).read_bytes()
    two = written(copy.deepcopy(sample), tmp_path / "later" / target, name).read_bytes()
    assert one == two


def test_the_archive_has_the_files_of_the_folder(sample: Report, tmp_path: Path) -> None:
    folder = written(sample, tmp_path / "report", "csv")
    with zipfile.ZipFile(written(sample, tmp_path / "report.ZIP", "csv")) as archive:
        assert archive.testzip() is None
        packed = {name: archive.read(name) for name in archive.namelist()}
        # The time when it was made would make it another file each time.
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert packed == {path.name: path.read_bytes() for path in folder.iterdir()}


# --- JSON -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    made = json_report.schema(specs(), RULES)
    jsonschema.Draft202012Validator.check_schema(made)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(made, format_checker=checker)


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_keeps_to_its_schema(
    sample: Report,
    published: Report,
    validator: jsonschema.Draft202012Validator,
    tmp_path: Path,
    language: Language,
) -> None:
    for made in (sample, published):
        path = written(made, tmp_path / "report.json", "json", language)
        validator.validate(json.loads(path.read_bytes()))


def test_json_has_every_number_of_the_report(sample: Report) -> None:
    made = json.loads(json.dumps(json_report.document(sample, "nb")))
    assert list(made["tables"]) == list(sample.tables)
    for name, table in sample.tables.items():
        told = made["tables"][name]
        assert told["title"] == table.spec.title.nb
        rows = [
            tuple(HIDDEN if value == {"hidden": True} else value for value in row.values())
            for row in told["rows"]
        ]
        assert rows == list(table.rows)
        for row in told["rows"]:
            assert list(row) == [column["id"] for column in told["columns"]]


def visits(made: dict[str, Any]) -> Any:
    return made["tables"]["visits"]


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a table too few": lambda made: made["tables"].pop("visits"),
    "a table too many": lambda made: made["tables"].update(persons=visits(made)),
    "a column too many": lambda made: visits(made)["rows"][0].update(question="Hva?"),
    "a column too few": lambda made: visits(made)["rows"][0].pop("persons"),
    "no key": lambda made: visits(made)["rows"][0].update(year=None),
    "a column that no row has": lambda made: visits(made)["columns"].append(
        visits(made)["columns"][0]
    ),
    "a hidden key": lambda made: visits(made)["rows"][0].update(year={"hidden": True}),
    "a number as text": lambda made: visits(made)["rows"][0].update(persons="178"),
    "a hidden number told": lambda made: visits(made)["rows"][0].update(
        persons={"hidden": True, "value": 3}
    ),
    "columns in another order": lambda made: visits(made)["columns"].reverse(),
    "an unknown language": lambda made: made["report"].update(language="se"),
    "something of a person": lambda made: made["report"].update(email="a@example.org"),
    "other rules": lambda made: made.update(schema="urn:frisksvar:report:1999.1"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_schema_refuses(
    sample: Report, validator: jsonschema.Draft202012Validator, change: str
) -> None:
    made = json.loads(json.dumps(json_report.document(sample, "nb")))
    assert validator.is_valid(made)
    CHANGES[change](made)
    assert not validator.is_valid(made)


# --- XLSX -----------------------------------------------------------------------------------------


def opened(made: Report, language: Language = "nb") -> Any:
    return openpyxl.load_workbook(io.BytesIO(xlsx.workbook(made, language)))


def read_xlsx(value: Any, column: Column) -> Value:
    if value == ":":
        return HIDDEN
    if isinstance(value, datetime):
        assert column.type == "date"
        return value.date().isoformat()
    return value.removeprefix("'") if isinstance(value, str) else value


def worded(row: Row, columns: Sequence[Column], language: Language) -> Row:
    """As a sheet has it: what no name stands beside in words, every other value as it is."""
    return tuple(
        word(column.id, value, language)
        if column.role == "about" and isinstance(value, str)
        else value
        for column, value in zip(columns, row, strict=True)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_is_read_back_from_its_sheet(sample: Report, language: Language) -> None:
    book = opened(sample, language)
    sheets = book.sheetnames[2:-1]
    assert len(sheets) == len(sample.tables)
    for name, table in zip(sheets, sample.tables.values(), strict=True):
        header, *rows = book[name].iter_rows(values_only=True)
        assert list(header) == [column.label.text(language) for column in table.spec.columns]
        read = [tuple(map(read_xlsx, row, table.spec.columns)) for row in rows]
        assert read == [worded(row, table.spec.columns, language) for row in table.rows], name
        for row, expected in zip(read, table.rows, strict=True):
            assert list(map(type, row)) == list(map(type, expected)), name


def test_a_sheet_is_made_for_filtering_pivoting_and_printing(sample: Report) -> None:
    book = opened(sample)
    for name, table in zip(book.sheetnames[2:-1], sample.tables.values(), strict=True):
        sheet = book[name]
        last = f"{openpyxl.utils.get_column_letter(len(table.spec.columns))}{len(table.rows) + 1}"
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.replace("$", "") == (f"A1:{last}" if last != "A1" else "A1")
        assert not sheet.merged_cells.ranges
        assert sheet.print_title_rows == "$1:$1"
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_nothing_in_the_workbook_is_a_formula_or_a_link_out(sample: Report) -> None:
    for sheet in opened(sample):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                if cell.hyperlink is not None:
                    assert cell.hyperlink.target is None, cell


def test_text_in_a_sheet_stays_text_when_it_is_saved_as_csv(sample: Report) -> None:
    texts = [
        cell
        for sheet in opened(sample)
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str)
    ]
    assert f"'{DANGEROUS}" in texts
    assert not [
        text for text in texts if text.startswith(("=", "+", "@")) or text[:1] == "-" != text
    ]


def test_links_lead_to_sheets_that_there_are(sample: Report) -> None:
    book = opened(sample)
    links = [
        cell.hyperlink.location
        for sheet in (book.worksheets[0], book.worksheets[1])
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink
    ]
    named = {re.fullmatch(r"'(.+)'!A1", link)[1].replace("''", "'") for link in links}  # type: ignore[index]
    assert set(book.sheetnames[2:-1]) == named


def test_cells_are_shown_as_what_they_are(sample: Report) -> None:
    book = opened(sample)
    names = dict(zip(sample.tables, book.sheetnames[2:-1], strict=True))
    expected = {
        ("visits", "year"): "0",
        ("visits", "persons"): "#,##0",
        ("communication", "share"): '0.0" %"',
        ("response_times", "median_hours"): "#,##0.00",
        ("centres", "from_date"): "yyyy-mm-dd",
    }
    for (table, column), shown in expected.items():
        place = specs()[table].index(column) + 1
        assert book[names[table]].cell(2, place).number_format == shown


def test_the_first_sheet_tells_what_the_report_is(sample: Report) -> None:
    sheet = opened(sample).worksheets[0]
    told = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if row[0]}
    assert told["Periode"] == "2014-2026"
    assert told["Gjelder"] == "alle utviklingssentraler"
    assert told["Laget av"] == "Kari Nordmann"
    assert told["Regler"].startswith(RULES)
    assert told["Registeret"].replace("\xa0", " ").startswith("20 114 henvendelser, 400 hosp")
    assert told["Sist endret"] == "1. februar 2026 00:30"
    assert told["Lukkede år"] == "2024, 2025"
    assert "under 5" in told["Tegnet :"]
    assert told["Tom celle"]


def test_a_centres_own_view_says_that_it_must_not_be_shared(sample: Report) -> None:
    own = Report(
        Scope(2026, 2026, "stavanger", 0), sample.tables, sample.state, RULES, "Kari Nordmann"
    )
    sheet = opened(own).worksheets[0]
    told = {row[0]: row[1] for row in sheet.iter_rows(values_only=True) if row[0]}
    assert "ikke skal deles" in told["Tegnet :"]
    assert "Stavanger" in told["Gjelder"]


def test_the_last_sheet_defines_every_column(sample: Report) -> None:
    _, *rows = opened(sample).worksheets[-1].iter_rows(values_only=True)
    defined = {(row[-2], row[-1]): row for row in rows}
    assert len(rows) == len(defined)
    for table in sample.tables.values():
        for column in table.spec.columns:
            row = defined[table.spec.id, column.id]
            assert column.definition.nb in row[2]
            assert row[5]  # the source
            assert bool(row[3]) == bool(column.unit)


def test_charts_are_native_and_told_in_words(sample: Report) -> None:
    drawn = figures(sample, "nb")
    assert {"visits_persons", "inquiries_by_month", "communication", "research"} <= drawn.keys()
    with zipfile.ZipFile(io.BytesIO(xlsx.workbook(sample, "nb"))) as archive:
        charts = [name for name in archive.namelist() if re.match(r"xl/charts/chart\d+", name)]
        drawing = archive.read("xl/drawings/drawing1.xml").decode()
        # A scale that begins higher up would make small differences look large.
        assert all(b'<c:min val="0"/>' in archive.read(name) for name in charts)
    assert len(charts) == len(drawn)
    assert drawing.count("descr=") == len(drawn)
    sheet = opened(sample).worksheets[1]
    cells = [tuple(row[:3]) for row in sheet.iter_rows(values_only=True)]
    for series in drawn.values():
        start = next(at for at, row in enumerate(cells) if row[0] == series.title)
        assert cells[start + 1][0].startswith("Tabell: ")
        for point, row in zip(series.points, cells[start + 3 :], strict=False):
            assert row[0].removeprefix("'") == point.label
            shown = [value for value in row[1:] if value is not None]
            expected = point.size if point.size is not None else str(point.value)
            assert shown == ([] if point.value is None else [expected])


LETTERS = st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs", "Cn"))
TITLES = st.text(LETTERS, max_size=60).filter(lambda text: text.strip())


@given(st.lists(TITLES | st.just("Henvendelser etter dagens kommunenummer"), max_size=30))
def test_names_of_sheets_are_allowed_and_unlike(titles: list[str]) -> None:
    base = specs()["visits"].model_dump(by_alias=True)
    made = [
        TableSpec.model_validate(
            {**base, "id": f"t{n}", "title": {"nb": title, "nn": "x", "en": "x"}}
        )
        for n, title in enumerate(titles)
    ]
    names = sheet_names(made, "nb", taken=["Figurer"])
    assert len({name.casefold() for name in [*names.values(), "Figurer"]}) == len(titles) + 1
    for name in names.values():
        assert 0 < len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_titles_of_the_report_stand_uncut_as_names_of_sheets(language: Language) -> None:
    names = sheet_names(specs().values(), language)
    assert not [name for name in names.values() if name.endswith("…")]


def test_libreoffice_prints_the_workbook(published: Report, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    path = written(published, tmp_path / "report.xlsx", "xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, path],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with closing(pypdfium2.PdfDocument(tmp_path / "report.pdf")) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    assert len(pages) > len(specs())
    assert any("1\u00a0385" in page or "1,385" in page or "1385" in page for page in pages)
    assert "Frisksvar: årsrapport 2014-2026" in pages[0]
    figure_pages = [page for page in pages if page.startswith("Figurer")]
    assert figure_pages
    assert "Personer som hospiterte" in figure_pages[0]


# --- On disk --------------------------------------------------------------------------------------

LIMIT = 2000
"""Bytes: fewer than any report has."""


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond `LIMIT`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def content_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


TARGETS = {"xlsx": "r.xlsx", "csv": "r", "zip": "r.zip", "json": "r.json", "html": "r.html"}


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("kind", TARGETS)
def test_a_full_disk_leaves_what_there_was(
    sample: Report, published: Report, tmp_path: Path, kind: str, before: bool
) -> None:
    write = FORMATS["csv" if kind == "zip" else kind]
    target = tmp_path / TARGETS[kind]
    if before:
        write(published, target, "nb")
    there = content_of(tmp_path)
    with pytest.raises(Failure) as caught, full_disk():
        write(sample, target, "nb")
    assert caught.value.key == "report_disk_full"
    assert str(target) in caught.value.sentence("nb")
    assert content_of(tmp_path) == there
    assert {path.name for path in tmp_path.iterdir()} == ({target.name} if before else set())


@pytest.mark.parametrize("name", OURS)
def test_a_report_replaces_the_one_before(
    sample: Report, published: Report, tmp_path: Path, name: str
) -> None:
    target = tmp_path / "report"
    FORMATS[name](published, target, "nb")
    before = content_of(tmp_path)
    FORMATS[name](sample, target, "nb")
    after = content_of(tmp_path)
    assert before.keys() == after.keys()
    assert before != after
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_folder_with_anything_else_is_not_touched(sample: Report, tmp_path: Path) -> None:
    target = tmp_path / "documents"
    target.mkdir()
    (target / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(Failure) as caught:
        FORMATS["csv"](sample, target, "nb")
    assert caught.value.key == "report_folder_in_use"
    assert content_of(tmp_path) == {"documents/mine.txt": b"mine"}


@pytest.mark.parametrize("extra", ["notes.txt", "inner/notes.txt"])
def test_a_report_that_somebody_added_to_is_not_replaced(
    sample: Report, tmp_path: Path, extra: str
) -> None:
    target = tmp_path / "report"
    FORMATS["csv"](sample, target, "nb")
    (target / extra).parent.mkdir(exist_ok=True)
    (target / extra).write_text("mine", encoding="utf-8")
    before = content_of(target)
    with pytest.raises(Failure, match="something other than a report"):
        FORMATS["csv"](sample, target, "nb")
    assert content_of(target) == before


@pytest.mark.parametrize(
    "described", ["", "[]", "{}", '{"resources": 1}', '{"name": "other", "resources": []}']
)
def test_a_package_of_somebody_else_is_not_replaced(tmp_path: Path, described: str) -> None:
    target = tmp_path / "report"
    target.mkdir()
    (target / "datapackage.json").write_text(described, encoding="utf-8")
    with pytest.raises(Failure):
        write_folder(target, {"datapackage.json": b"{}"})
    assert (target / "datapackage.json").read_text(encoding="utf-8") == described


def test_an_empty_folder_is_filled(sample: Report, tmp_path: Path) -> None:
    target = tmp_path / "report"
    target.mkdir()
    written(sample, target, "csv")
    assert (target / "visits.csv").is_file()


@pytest.mark.parametrize("name", OURS)
def test_a_folder_that_is_not_there_is_told(sample: Report, tmp_path: Path, name: str) -> None:
    with pytest.raises(Failure) as caught:
        FORMATS[name](sample, tmp_path / "no" / "report", "nb")
    assert caught.value.key == "report_no_folder"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["xlsx", "json"])
def test_a_folder_is_never_replaced_by_a_file(sample: Report, tmp_path: Path, name: str) -> None:
    (tmp_path / "report").mkdir()
    with pytest.raises(Failure) as caught:
        FORMATS[name](sample, tmp_path / "report", "nb")
    assert caught.value.key == "report_not_a_file"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_what_is_no_file_is_never_replaced_by_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(Failure, match="not a regular file"):
        write_file(pipe, b"x")
    assert pipe.is_fifo()


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.json", tmp_path / "link.json"
    kept.write_bytes(b"before")
    link.symlink_to(kept)
    write_file(link, b"after")
    assert link.is_symlink()
    assert kept.read_bytes() == b"after"


def test_a_long_name_is_no_trouble_and_a_too_long_one_is_told(tmp_path: Path) -> None:
    longest = tmp_path / ("ø" * 127)
    write_file(longest, b"x")
    assert longest.read_bytes() == b"x"
    with pytest.raises(Failure) as caught:
        write_file(tmp_path / ("ø" * 128), b"x")
    assert caught.value.key == "report_not_written"
    assert list(tmp_path.iterdir()) == [longest]


@pytest.mark.parametrize("name", OURS)
def test_an_interrupted_report_leaves_nothing(
    sample: Report, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("knowledge.exports.files.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        FORMATS[name](sample, tmp_path / "report", "nb")
    assert list(tmp_path.iterdir()) == []
