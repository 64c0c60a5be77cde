"""`frisksvar report` and `frisksvar close-year`, as a person types them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from knowledge.demonstration import DemoSize, demo_data
from knowledge.exports import FORMATS
from knowledge.register.visits import NewVisit, Visits
from knowledge.store import Store

LAST = date.today().year - 1


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with Store(folder / "frisksvar.db") as store:
        demo_data(store, DemoSize(LAST, LAST, inquiries=400, visits=30))
    yield folder


def run(home: Path, *words: object) -> Result:
    runner = CliRunner(env={"FRISKSVAR_HOME": str(home), "COLUMNS": "120"})
    return runner.invoke(main, [str(word) for word in words])


def test_without_a_file_the_main_figures_are_shown(home: Path) -> None:
    told = run(home, "report", LAST)
    assert told.exit_code == 0, told.output
    assert f"Hovedtallene for {LAST}" in told.stderr
    for heading in ("Hospiteringer per år", "Henvendelser per år", "Svartid"):
        assert heading in told.stdout


@pytest.mark.parametrize("kind", [*FORMATS, "csv folder"])
def test_the_name_tells_the_format(home: Path, tmp_path: Path, kind: str) -> None:
    name = {"csv": "r.zip", "csv folder": "r"}.get(kind, f"r.{kind}")
    told = run(home, "report", LAST, "-o", tmp_path / name)
    assert told.exit_code == 0, told.output
    assert (tmp_path / name).exists()
    if kind == "csv":
        assert "datapackage.json" in zipfile.ZipFile(tmp_path / name).namelist()
    if kind == "csv folder":
        assert (tmp_path / name / "datapackage.json").is_file()


def test_every_format_at_once(home: Path, tmp_path: Path) -> None:
    told = run(home, "report", "--period", f"2014-{LAST}", "--format", "all", "-o", tmp_path)
    assert told.exit_code == 0, told.output
    suffixes = {path.suffix for path in tmp_path.iterdir()}
    assert suffixes == {".xlsx", ".zip", ".json", ".docx", ".html"}
    assert len(told.stdout.split()) == len(FORMATS)


def test_a_folder_for_every_format_is_made(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(home, "report", LAST, "--format", "all", "-o", tmp_path / "ny").exit_code == 0
    assert len(list((tmp_path / "ny").iterdir())) == len(FORMATS)
    monkeypatch.chdir(tmp_path)
    assert run(home, "report", LAST, "--format", "all", "--internal").exit_code == 0
    assert (tmp_path / f"frisksvar-rapport-{LAST}-intern").is_dir()
    told = run(home, "report", LAST, "--format", "all", "-o", tmp_path / "a" / "b")
    assert told.exit_code == 1 and "finnes ikke" in told.stderr


def test_a_hidden_number_says_why(home: Path, tmp_path: Path) -> None:
    run(home, "report", LAST, "-o", tmp_path / "r.json")
    rows = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["tables"]
    hidden = next(
        row
        for row in rows["inquiries_by_municipality"]["rows"]
        if row["inquiries"] == {"hidden": True}
    )
    address = f"inquiries_by_municipality/{LAST}/{hidden['municipality']}/inquiries"
    assert "--internal" in run(home, "report", LAST, "--explain", address).stderr
    assert run(home, "report", LAST, "--internal", "--explain", address).stderr == ""


def test_small_numbers_are_hidden_unless_asked_for(home: Path, tmp_path: Path) -> None:
    outward, inward = tmp_path / "ut.json", tmp_path / "inn.json"
    run(home, "report", LAST, "-o", outward)
    run(home, "report", LAST, "--internal", "-o", inward)

    def hidden(path: Path) -> int:
        tables = json.loads(path.read_text(encoding="utf-8"))["tables"]
        rows = [row for table in tables.values() for row in table["rows"]]
        return sum(value == {"hidden": True} for row in rows for value in row.values())

    assert hidden(outward) > 50
    assert hidden(inward) == 0


def test_the_same_register_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    for name in ("a.json", "a.zip", "b.json", "b.zip"):
        assert run(home, "report", LAST, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_one_centre(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "r.json"
    told = run(home, "report", LAST, "--centre", "stavanger", "--internal", "-o", target)
    assert told.exit_code == 0, told.output
    tables = json.loads(target.read_text(encoding="utf-8"))["tables"]
    assert {row["centre"] for row in tables["visits_by_centre"]["rows"]} == {"stavanger"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("visits/2022/persons", ["= 104", "publisert i utgaven 2014-2022", "https://"]),
        (f"visits/{LAST}/persons", ["hospitering 1  "]),
        (f"inquiries/{LAST}/inquiries", ["henvendelse ", "til."]),
        ("visits_total/2014-2022/persons", ["visits/2019/persons"]),
    ],
)
def test_a_number_is_explained(home: Path, address: str, expected: list[str]) -> None:
    told = run(home, "report", "--explain", address)
    assert told.exit_code == 0, told.output
    for text in expected:
        assert text in told.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["2199"], "har ikke begynt ennå"),
        (["2013"], "ordningen med utviklingssentraler begynte i 2014"),
        (["i fjor"], "er ikke et år eller en periode"),
        (["--period", "2022-2014"], "går baklengs"),
        (["2022", "--period", "2014-2022"], "ikke begge"),
        (["2022", "--centre", "oslo"], "Det finnes ingen utviklingssentral «oslo»"),
        (["2022", "-o", "rapport.pdf"], "forteller ikke hvilket format"),
        (["2022", "--format", "docx", "-o", "r.xlsx"], "sier et annet format enn docx"),
        (["2022", "-o", "rapport.csv"], "én fil for hver tabell"),
        (["--explain", "visits/2022/personer"], "har ikke tallet «personer»"),
        (["--explain", "visit/2022/persons"], "mener du visits"),
    ],
)
def test_bad_input_is_told_in_one_sentence(home: Path, words: list[str], sentence: str) -> None:
    told = run(home, "report", *words)
    assert told.exit_code == 1
    assert sentence in " ".join(told.stderr.split())
    assert "Traceback" not in told.output and told.stdout == ""


def test_a_year_of_which_nothing_is_known(tmp_path: Path) -> None:
    told = run(tmp_path, "report", LAST)
    assert told.exit_code == 1
    assert f"Registeret har ingenting for {LAST}" in told.stderr


def test_a_closed_year_shows_a_later_change_as_a_correction(tmp_path: Path) -> None:
    with Store(tmp_path / "frisksvar.db") as store:
        demo_data(store, DemoSize(LAST, LAST, inquiries=200, visits=10))
    assert "versjon 1" in run(tmp_path, "close-year", LAST).stderr
    again = run(tmp_path, "close-year", LAST)
    assert again.exit_code == 1 and "ingenting er endret siden versjon 1" in again.stderr

    with Store(tmp_path / "frisksvar.db") as store:
        late = NewVisit(on_date=date(LAST, 5, 5), centre="modum", people=7, came_from="web:late")
        Visits(store).add(late, "cli")
    target = tmp_path / "r.json"
    assert run(tmp_path, "report", LAST, "-o", target).exit_code == 0
    rows = json.loads(target.read_text(encoding="utf-8"))["tables"]["corrections"]["rows"]
    people = next(row for row in rows if row["address"] == f"visits_recorded/{LAST}/persons")
    assert people["after"] - people["before"] == 7 and people["state"] == "open"

    assert run(tmp_path, "close-year", LAST).exit_code == 1, "a reason is needed"
    told = run(tmp_path, "close-year", LAST, "--reason", "En hospitering kom inn for sent")
    assert "versjon 2" in told.stderr, told.output
