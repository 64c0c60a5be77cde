"""The command line, as a user types it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests_support import Home
from web_server import Answer, WebServer, document

from bot.cli import main

Run = Callable[..., Result]
Write = Callable[[str, str], Path]
STARTING = "Hvordan kommer vi i gang med en frisklivssentral?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cli-home"


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FRISKSVAR_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: str, **more: object) -> Result:
        return CliRunner().invoke(main, list(arguments), **more)  # type: ignore[arg-type]

    return invoke


@pytest.fixture
def ready(run: Run, folder: Path, bundled_home: Home) -> Iterator[Run]:
    """A home whose index is built."""
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    yield run


def ok(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_first_question_builds_the_index_and_is_registered(run: Run, folder: Path) -> None:
    first = run("ask", STARTING)
    assert "Bygger indeksen" in first.stderr
    assert "Registrert som henvendelse nr. 1." in ok(first)
    second = run("ask", STARTING)
    assert "Bygger indeksen" not in second.stderr
    assert "Registrert som henvendelse nr. 2." in ok(second)


def test_an_answer_names_its_source(ready: Run) -> None:
    told = ok(ready("ask", STARTING))
    assert told.startswith("Automatisk svar fra Frisksvar: bare ordrette sitater")
    assert "[1]" in told and "Helsedirektoratet" in told and "https://" in told


def test_the_answer_is_in_the_language_asked_for(ready: Run) -> None:
    assert "Automatisk svar frå" in ok(ready("ask", "Korleis kjem vi i gang med sentralen?"))
    assert "Automatic answer from" in ok(ready("--lang", "en", "ask", STARTING))


def test_not_logging_leaves_no_row(ready: Run) -> None:
    assert "Registrert" not in ok(ready("ask", "--no-log", STARTING))
    assert "Ingen henvendelser" in ready("inquiries", "list").stderr


def test_a_question_may_come_on_standard_input(ready: Run) -> None:
    assert "Registrert" in ok(ready("ask", input=STARTING))
    empty = ready("ask", input="  \n")
    assert empty.exit_code == 1 and "ikke noe spørsmål" in empty.stderr


def test_documents_are_added_indexed_asked_and_taken_out(
    run: Run, write: Write, tmp_path: Path
) -> None:
    path = write("trappa.md", "# Trappa\n\nTrappetrimmen i Fjellby er hver torsdag klokka sju.")
    write("tom.md", "")
    shutil.copyfile(path, path.parent / "kopi.md")
    added = run("add", str(path.parent))
    assert "1 lagt til, 0 endret, 0 uendret, 1 kopi, 1 kunne ikke leses" in ok(added)
    assert "tom.md" in added.stderr and "kopi" in added.stdout
    assert "1 dokument," in ok(run("index", "--no-bundled"))
    assert "hver torsdag klokka sju" in ok(run("ask", "Når er trappetrimmen i Fjellby?"))
    assert "allerede oppdatert" in ok(run("index"))
    listed = ok(run("sources"))
    assert "Trappa" in listed
    short = next(line.split()[0] for line in listed.splitlines() if "Trappa" in line)
    assert "Tok ut Trappa" in ok(run("sources", "--remove", short))
    assert "Ingen dokumenter har id" in run("sources", "--remove", short).stderr


def test_what_is_missing_is_told(run: Run) -> None:
    result = run("add", "finnes-ikke")
    assert result.exit_code == 1 and "Finner ikke finnes-ikke" in result.stderr


def test_inquiries_are_listed_shown_and_exported(ready: Run, tmp_path: Path) -> None:
    ok(ready("ask", "-m", "Lenvik", "=1+1 Hvordan kommer vi i gang med en frisklivssentral?"))
    listed = ok(ready("inquiries", "list"))
    assert "5530" in listed and "besvart" in listed
    assert "frisklivssentral" in ok(ready("inquiries", "show", "1"))
    assert ready("inquiries", "show", "99").exit_code == 1
    target = tmp_path / "ut.csv"
    assert "1 henvendelse til" in ready("inquiries", "export", "-o", str(target)).stderr
    rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0]["municipality_today"] == "5530" and rows[0]["centre"] == "senja"
    assert rows[0]["question"].startswith("'=")
    assert rows == list(csv.DictReader(io.StringIO(ok(ready("inquiries", "export")))))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Lenvik", "Lenvik (1931) (–2019) er i dag Senja (5530), Troms"),
        ("Herøy", "Flere kommuner passer"),
        ("1103", "Stavanger (1103), Rogaland"),
        ("Stavangr", "Stavanger (1103)"),
    ],
)
def test_a_municipality_is_found(run: Run, text: str, told: str) -> None:
    assert told in ok(run("municipality", text))


def test_an_unknown_municipality_is_told(run: Run) -> None:
    result = run("municipality", "Qwertyville")
    assert result.exit_code == 1 and "Fant ingen kommune" in result.stderr


def test_doctor_says_what_is_wrong(ready: Run, folder: Path) -> None:
    assert "feil" not in ok(ready("doctor"))
    pointer = (folder / "index" / "current").read_text(encoding="utf-8").strip()
    (folder / "index" / "generations" / pointer / "documents.json").unlink()
    result = ready("doctor")
    assert result.exit_code == 1
    assert "documents.json" in result.output and "frisksvar index" in result.output


def test_evaluation_prints_the_measures(ready: Run, tmp_path: Path) -> None:
    gold = "Fra 2014 til 2022 hospiterte"
    lines = [
        {"id": "1", "question": STARTING, "lang": "nb", "kind": "in_scope", "gold": ["Utred"]},
        {"id": "2", "question": "Vinner Brann?", "lang": "nb", "kind": "out_of_scope", "gold": []},
        {"id": "3", "question": "xyzzy", "lang": "en", "kind": "in_scope", "gold": [gold]},
    ]
    path = tmp_path / "q.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert "recall@5" in ok(ready("evaluate", str(path)))
    data = json.loads(ok(ready("evaluate", "--json", str(path))))
    assert data["nb"]["recall@1"] == 1.0 and data["en"]["recall@5"] == 0.0
    assert data["all"]["mrr@10"] == pytest.approx(0.5)
    assert data["refusal"]["refused"] == 1.0
    unasked = json.loads(
        ok(ready("evaluate", "--json", "--without", "typical_questions", str(path)))
    )
    assert unasked["all"]["questions"] == 2
    parts = json.loads(ok(ready("evaluate", "--ablate", "--json", str(path))))
    assert {"", "thesaurus", "heading", "typical_questions"} <= parts.keys()
    assert parts[""]["all"] == data["all"]["recall@5"]
    assert "Hele søket" in ok(ready("evaluate", "--ablate", str(path)))
    wrong = ready("evaluate", "--without", "luck", str(path))
    assert wrong.exit_code == 2 and "--without" in wrong.stderr
    path.write_text('{"id": "1"}\n', encoding="utf-8")
    bad = ready("evaluate", str(path))
    assert bad.exit_code == 1 and "linje 1" in bad.stderr


SOURCES = """
[[source]]
id = "side"
title = "En side"
publisher = "Utgiveren"
url = "{url}/side"
kind = "html"
edition = "2026"
"""
PAGE = b"<html><body><main><h1>Turer</h1><p>Turgruppa i Elvedal starter kl. ti.</p></main>"


def test_sources_are_fetched_once_and_leave_when_they_vanish(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebServer() as server:
        later = PAGE.replace(b"ti.", b"elleve.")
        first, second = document(PAGE, etag='"1"'), document(later, etag='"2"')
        server.script("/side", first, first, second)
        listing = tmp_path / "kilder.toml"
        listing.write_text(SOURCES.format(url=server.url("")), encoding="utf-8")
        fetch = ("fetch", "--sources", str(listing))
        refused = run(*fetch)
        assert refused.exit_code == 1 and "1 ikke hentet" in refused.stdout
        monkeypatch.setenv("FRISKSVAR_ALLOW_HTTP", "true")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PRIVATE", "true")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PORTS", f"[{server.port}]")
        assert "side: ny" in ok(run(*fetch))
        ok(run("index", "--no-bundled"))
        assert "starter kl. ti" in ok(run("ask", "Når starter turgruppa i Elvedal?"))
        assert "side: uendret" in ok(run(*fetch))
        assert "side: endret" in ok(run(*fetch))
        ok(run("index"))
        assert "starter kl. elleve" in ok(run("ask", "Når starter turgruppa i Elvedal?"))
        server.script("/side", Answer(status=404))
        assert "side: borte" in ok(run(*fetch))
        assert "En side" not in ok(run("sources"))
        unknown = run(*fetch, "annet")
        assert unknown.exit_code == 1 and "Ingen kilde heter annet" in unknown.stderr


def test_what_cannot_be_read_is_told_in_the_language_chosen(run: Run, tmp_path: Path) -> None:
    made = tmp_path / "uleselig"
    made.mkdir()
    (made / "a.md").touch()
    (made / "b.pdf").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    (made / "c.docx").write_bytes(b"PK\x03\x04 avkortet")
    (made / "d.md").symlink_to(made / "borte.md")
    expected = {
        "nb": [
            "a.md er tom; se etter at den ble lagret i sin helhet.",
            "b.pdf er et JPEG-bilde og ikke en PDF; hent eller eksporter filen på nytt.",
            "c.docx er skadet eller ikke et Word-dokument; åpne filen i Word, og lagre den på nytt",
            "Dette er ikke en vanlig fil, eller en lenke som ikke fører noe sted;",
        ],
        "nn": [
            "a.md er tom; sjå etter at ho vart lagra i sin heilskap.",
            "b.pdf er eit JPEG-bilete og ikkje ein PDF; hent eller eksporter fila på nytt.",
            "c.docx er skadd eller ikkje eit Word-dokument; opne fila i Word, og lagre ho på nytt",
            "Dette er ikkje ei vanleg fil, eller ei lenkje som ikkje fører nokon stad;",
        ],
        "en": [
            "a.md is empty; check that it was saved in full.",
            "b.pdf is a JPEG image and not a PDF; fetch or export it again.",
            "c.docx is damaged or no Word document; open it in Word and save it again",
            "Not a regular file, or a link that leads nowhere;",
        ],
    }
    prefix = {"nb": "Kunne ikke lese", "nn": "Kunne ikkje lese", "en": "Could not read"}
    for language, reasons in expected.items():
        result = run("--lang", language, "add", str(made))
        assert result.exit_code == 1
        said = [line for line in result.stderr.splitlines() if line.startswith(prefix[language])]
        assert len(said) == len(reasons)
        for name, line, reason in zip(
            ("a.md", "b.pdf", "c.docx", "d.md"), said, reasons, strict=True
        ):
            assert line.startswith(f"{prefix[language]} {made / name}: {reason}")


REFUSED = {
    "nb": "Kunne ikke hente {url}: http er ikke kryptert, og innstillingene tillater det ikke;",
    "nn": "Kunne ikkje hente {url}: http er ikkje kryptert, og innstillingane tillèt det ikkje;",
    "en": "Could not fetch {url}: http is not encrypted and is not permitted by the settings;",
}


@pytest.mark.parametrize("language", REFUSED)
def test_an_address_that_is_refused_is_told_in_the_language_chosen(
    run: Run, tmp_path: Path, language: str
) -> None:
    url = "http://utgiver.example"
    told = REFUSED[language].format(url=f"{url}/side")
    listing = tmp_path / "kilder.toml"
    listing.write_text(SOURCES.format(url=url), encoding="utf-8")
    fetched = run("--lang", language, "fetch", "--sources", str(listing))
    assert fetched.exit_code == 1 and f"({told}" in fetched.stdout
    added = run("--lang", language, "add", f"{url}/side")
    assert added.exit_code == 1 and added.stderr.startswith(told)


def test_a_page_that_cannot_be_added_is_told_by_its_address(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebServer() as server:
        monkeypatch.setenv("FRISKSVAR_ALLOW_HTTP", "true")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PRIVATE", "true")
        monkeypatch.setenv("FRISKSVAR_ALLOW_PORTS", f"[{server.port}]")
        empty = server.script("/tom", document(b"<html><body><script>x</script></body></html>"))
        gone = server.script("/borte", Answer(status=404))
        moved = server.script("/flyttet", Answer(status=301, headers={"Location": gone}))
        result = run("add", empty, gone, moved, "https://en:hemmelig@utgiver.example/")
    assert f"{empty} har ingen tekst; den kan være fylt ut av et skript" in result.stderr
    assert f"\n{gone} finnes ikke lenger (status 404)" in result.stderr
    assert f"Kunne ikke lese {moved}: {gone} finnes ikke lenger" in result.stderr
    assert "med brukernavn eller passord" in result.stderr and "hemmelig" not in result.stderr


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nb", "kilde 1 (side): «url» er feil: bare https-adresser hentes, ikke ftp."),
        ("nn", "kjelde 1 (side): «url» er feil: berre https-adresser blir henta, ikkje ftp."),
        ("en", "source 1 (side): 'url' is wrong: only https addresses are fetched, not ftp."),
    ],
)
def test_a_faulty_list_of_sources_is_told_in_the_language_chosen(
    run: Run, tmp_path: Path, language: str, told: str
) -> None:
    listing = tmp_path / "kilder.toml"
    listing.write_text(SOURCES.format(url="ftp://utgiver.example"), encoding="utf-8")
    result = run("--lang", language, "fetch", "--sources", str(listing))
    assert result.exit_code == 1 and result.stderr == f"{listing}, {told}\n"


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help(run: Run, name: str) -> None:
    assert len(ok(run(name, "--help")).splitlines()) > 4


def test_a_question_is_in_the_register_also_when_the_index_is_damaged(
    ready: Run, folder: Path
) -> None:
    (folder / "index" / "current").write_text("borte", encoding="utf-8")
    result = ready("ask", STARTING)
    assert result.exit_code == 1 and "frisksvar index" in result.stderr
    assert STARTING in ok(ready("inquiries", "list"))


def test_a_batch_and_a_question_are_not_both_answered(ready: Run, write: Write) -> None:
    path = write("q.jsonl", '{"id": 1, "question": "Hva?"}')
    assert ready("ask", "--batch", str(path), STARTING).exit_code == 2


def test_a_long_question_is_one_short_line_in_the_list(ready: Run) -> None:
    ok(ready("ask", "Hvem kan henvise? " + "mer bakgrunn " * 1_000))
    listed = ok(ready("inquiries", "list"))
    assert len(listed.splitlines()) <= 4 and "…" in listed
    assert len(ok(ready("inquiries", "show", "1"))) > 10_000
