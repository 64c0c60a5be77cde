"""Bad questions, files, models and databases: one clear sentence each, and nothing false shown."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from tests_support import Home
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from bot.cli import main
from indexer.library import catalogue as catalogue_module

PROGRAM = [sys.executable, "-c", "from bot.cli import main; main()"]
QUESTION = "Når serverer Vesleblom suppe med kikerter?"
SOUP = "# Suppe\n\nSentralen Vesleblom serverer suppe med kikerter hver tirsdag klokka elleve.\n"
NOTES = ("Biblioteket er endret", "Kjør «frisksvar index»", "Bygger indeksen")

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def template(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digests and one document of our own, indexed."""
    folder = tmp_path_factory.mktemp("bad")
    shutil.copytree(bundled_home.settings.home, folder / "home")
    (folder / "soup.md").write_text(SOUP, encoding="utf-8")
    for command in (["add", str(folder / "soup.md")], ["index"]):
        done = CliRunner().invoke(main, command, env={"FRISKSVAR_HOME": str(folder / "home")})
        assert done.exit_code == 0, done.stderr
    return folder / "home"


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FRISKSVAR_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*arguments: str, **more: Any) -> Result:
        return CliRunner().invoke(main, list(arguments), **more)

    return invoke


def told(err: str) -> list[str]:
    """The sentences on standard error, without progress and without requests to index."""
    lines = [line for line in err.splitlines() if line.strip() and " 0:00:" not in line]
    return [line for line in lines if not line.startswith(NOTES)]


def refused(result: Result, *parts: str) -> None:
    """One sentence that has these parts, exit status 1, and no result."""
    sentences = told(result.stderr)
    assert result.exit_code == 1, result.output
    assert len(sentences) == 1, sentences
    assert result.stdout == ""
    assert "Noe uventet" not in sentences[0] and "Traceback" not in result.stderr
    for part in parts:
        assert part in sentences[0]


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(folder / "frisksvar.db")
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


# ---- questions


@pytest.mark.parametrize(
    ("question", "asks_back"),
    [
        ("", True),
        (" \t\n ", True),
        ("\x00\x01\x02", True),
        ("12057912345", True),
        ("120579 12345 og 15076500565", True),
        ("How kan vi få tilskot til a frisklivssentral, пожалуйста 日本 😀?", False),
        ("hva er en frisklivssentral " * 80_000, False),
        ("\udcff\udcfe hva er en frisklivssentral", False),
    ],
    ids=["empty", "blank", "binary", "number", "numbers", "mixed", "2MB", "not-utf-8"],
)
def test_every_question_gets_a_reply_and_a_row(
    run: Run, folder: Path, question: str, asks_back: bool
) -> None:
    before = rows(folder, "SELECT count(*) FROM inquiries")[0][0]
    result = run("ask", question)
    assert result.exit_code == 0 and result.stdout.strip()
    asked, outcome = rows(folder, "SELECT question, outcome FROM inquiries ORDER BY id")[-1]
    assert rows(folder, "SELECT count(*) FROM inquiries")[0][0] == before + 1
    assert (outcome == "unclear") == asks_back
    assert "12057912345" not in asked and "15076500565" not in asked
    assert len(asked) <= 20_000


@pytest.mark.parametrize("content", [b"", b"  \n ", b"\n" * 1000])
def test_standard_input_without_a_question_is_told(run: Run, content: bytes) -> None:
    refused(run("ask", input=content), "Det kom ikke noe spørsmål")


def test_standard_input_that_is_not_text_is_answered(run: Run) -> None:
    result = run("ask", input=bytes(range(256)) * 8_000)
    assert result.exit_code == 0 and result.stdout.strip()


def test_standard_input_that_is_closed_is_told(folder: Path) -> None:
    command = " ".join(["exec", f"'{PROGRAM[0]}'", "-c", f"'{PROGRAM[2]}'", "ask", "<&-"])
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        env={**os.environ, "FRISKSVAR_HOME": str(folder)},
    )
    assert done.returncode == 1
    assert len(told(done.stderr)) == 1 and "Det kom ikke noe spørsmål" in done.stderr


def test_a_reader_that_goes_away_ends_the_command_quietly(folder: Path) -> None:
    lines = b"".join(b'{"id": %d, "question": "Hvem?"}\n' % number for number in range(400))
    with subprocess.Popen(
        [*PROGRAM, "ask", "--no-log", "--batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "FRISKSVAR_HOME": str(folder)},
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(lines)
        process.stdin.close()
        assert json.loads(process.stdout.readline())["id"] == 0
        process.stdout.close()
        said = process.stderr.read().decode()
    assert said == "" and process.returncode == 1


def test_a_municipality_that_does_not_exist_does_not_stop_the_answer(
    run: Run, folder: Path
) -> None:
    result = run("ask", "--municipality", "Atlantisburg", QUESTION)
    assert result.exit_code == 0 and "Vesleblom" in result.stdout
    assert rows(folder, "SELECT municipality FROM inquiries ORDER BY id")[-1] == (None,)
    for text in ("Atlantisburg", "99999999999999999999", "\udcff"):
        refused(run("municipality", text), "Fant ingen kommune")


def test_a_number_at_the_place_where_a_long_question_is_cut_is_not_stored(
    run: Run, folder: Path
) -> None:
    run("ask", "a " * 9_995 + "12057912345 mer")
    asked = rows(folder, "SELECT question FROM inquiries ORDER BY id")[-1][0]
    assert "1205791234" not in asked, "ten of its eleven digits are the number"


# ---- batch


BAD_LINES: dict[str, tuple[bytes, Any]] = {
    "no JSON": (b"hei", None),
    "cut off": (b'{"id": 1, "question": "x', None),
    "a list": (b"[1]", None),
    "a number": (b"42", None),
    "null": (b"null", None),
    "no id": (b'{"question": "Hvem?"}', None),
    "no question": (b'{"id": "a"}', "a"),
    "id is a list": (b'{"id": [1], "question": "x"}', None),
    "id is NaN": (b'{"id": NaN, "question": "x"}', None),
    "question is a number": (b'{"id": "a", "question": 5}', "a"),
    "question is null": (b'{"id": 7, "question": null}', 7),
    "thread is text": (b'{"id": "a", "question": "x", "thread": "y"}', "a"),
    "thread of numbers": (b'{"id": "a", "question": "x", "thread": [1]}', "a"),
    "municipality is a number": (b'{"id": "a", "question": "x", "municipality": 5501}', "a"),
    "not UTF-8": (b'{"id": "a", "question": "\xff\xfe"}', None),
    "UTF-16": ('{"id": "a", "question": "x"}'.encode("utf-16"), None),
    "nested too deeply": (b"[" * 100_000, None),
    "a number too long": (b'{"id": ' + b"9" * 5_000 + b', "question": "x"}', None),
    "surrogate id": (b'{"id": "\\ud800", "question": 1}', "\ud800"),
}
GOOD_LINES: dict[str, bytes] = {
    "surrogate": b'{"id": "\\ud800", "question": "Hvem kan \\udfff henvise?"}',
    "surrogate thread": b'{"id": "a", "question": "x", "thread": ["\\udfff"]}',
    "surrogate municipality": b'{"id": "a", "question": "x", "municipality": "\\ud800"}',
    "huge": b'{"id": "a", "question": "' + b"frisk " * 400_000 + b'"}',
    "empty question": b'{"id": "a", "question": ""}',
    "number": b'{"id": "a", "question": "12057912345"}',
    "byte order mark": b'\xef\xbb\xbf{"id": "a", "question": "Hvem?"}',
    "large id": b'{"id": 99999999999999999999, "question": "Hvem?"}',
    "unknown municipality": b'{"id": "a", "question": "Hvem?", "municipality": "Atlantis"}',
    "unknown member": b'{"id": "a", "question": "Hvem?", "else": {"a": [1]}}',
}


def test_a_bad_line_is_told_and_the_rest_is_answered(run: Run, folder: Path) -> None:
    before = rows(folder, "SELECT count(*) FROM inquiries")[0][0]
    lines = [line for line, _ in BAD_LINES.values()] + [b"", b"  "] + list(GOOD_LINES.values())
    # A newline within the UTF-16 line would make two of it.
    assert not any(b"\n" in line for line in lines)
    result = run("ask", "--batch", "-", "--top", "1", input=b"\n".join(lines))
    assert result.exit_code == 0, result.stderr
    replies = [json.loads(line) for line in result.stdout_bytes.decode("utf-8").splitlines()]
    bad, good = replies[: len(BAD_LINES)], replies[len(BAD_LINES) :]
    for number, (name, (_, given)) in enumerate(BAD_LINES.items(), start=1):
        reply = bad[number - 1]
        assert set(reply) == {"id", "error"} and reply["id"] == given, name
        assert reply["error"].startswith(f"Linje {number} "), name
        assert "\n" not in reply["error"] and len(reply["error"]) < 400, name
    for name, reply in zip(GOOD_LINES, good, strict=True):
        assert "error" not in reply and isinstance(reply["inquiry"], int), name
    assert rows(folder, "SELECT count(*) FROM inquiries")[0][0] == before + len(GOOD_LINES)


def test_a_line_beyond_the_limit_is_told_and_the_rest_is_answered(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.batch.MAX_LINE_BYTES", 1_000)
    long = b'{"id": 1, "question": "' + b"x" * 5_000 + b'"}\n'
    exact = b'{"id": 2, "question": "Hvem?"}'.ljust(999) + b"\n"
    last = b'{"id": 3, "question": "Hvem?"}'
    result = run("ask", "--no-log", "--batch", "-", input=long + exact + last)
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == [None, 2, 3]
    assert "error" in replies[0] and "error" not in replies[1] | replies[2]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("nb", "Linje 1 er ikke et gyldig JSON-objekt"),
        ("nn", "Linje 1 er ikkje eit gyldig JSON-objekt"),
        ("en", "Line 1 is not a valid JSON object"),
    ],
)
def test_errors_are_told_in_the_language_chosen(run: Run, language: str, sentence: str) -> None:
    result = run("--lang", language, "ask", "--no-log", "--batch", "-", input=b"x\n")
    assert json.loads(result.stdout)["error"].startswith(sentence)


# ---- adding


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with everything that goes wrong, and three documents that are fine."""
    made = tmp_path / "documents"
    (made / "below").mkdir(parents=True)
    (made / "fine.md").write_text("# Ski\n\nStorebregne går på ski hver torsdag.\n")
    (made / "latin.txt").write_bytes(
        "Blåbærlyng åpner på lørdager, og på søndager.".encode("latin-1")
    )
    (made / "word.md").write_text("Frisklivsresept")
    shutil.copy(made / "fine.md", made / "below" / "copy.md")
    (made / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj <<\x00\xff")
    (made / "binary.pdf").write_bytes(bytes(range(256)) * 20)
    (made / "broken.docx").write_bytes(b"PK\x03\x04 broken")
    (made / "binary.md").write_bytes(bytes(range(256)) * 20)
    (made / "empty.md").touch()
    (made / "blank.txt").write_text(" \n\n ")
    (made / "heading.md").write_text("# Bare en overskrift\n")
    (made / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0JFIF")
    (made / "sheet.xlsx").write_bytes(b"PK\x03\x04")
    (made / ".hidden.md").write_text("skjult")
    os.mkfifo(made / "pipe.md")
    (made / "nowhere.md").symlink_to(made / "gone.md")
    (made / "self.md").symlink_to(made / "self.md")
    (made / "loop").symlink_to(made)
    (made / "below" / "up").symlink_to(made)
    Path(os.fsdecode(bytes(made) + b"/name\xff.md")).write_text("Ugyldig navn.")
    return made


def test_a_folder_of_trouble_is_added_as_far_as_it_goes(
    run: Run, documents: Path, folder: Path
) -> None:
    result = run("add", str(documents))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "3 lagt til, 0 endret, 0 uendret, 1 kopi, 12 kunne ikke leses, 1 hoppet over."
    ]
    sentences = told(result.stderr)
    assert len(sentences) == 14 and not any("uventet" in line for line in sentences)
    again = run("add", str(documents))
    assert again.stdout.startswith("0 lagt til, 0 endret, 3 uendret, 1 kopi, 12 kunne ikke")
    assert run("index").exit_code == 0
    assert "Blåbærlyng åpner på lørdager" in run("ask", "Når åpner Blåbærlyng?").stdout
    assert "går på ski hver torsdag" in run("ask", "Når går Storebregne på ski?").stdout


def test_a_missing_path_among_others_is_told_and_the_rest_is_added(
    run: Run, documents: Path
) -> None:
    result = run("add", "/no/such/file.md", str(documents / "fine.md"))
    assert result.exit_code == 0 and result.stdout.startswith("1 lagt til")
    assert told(result.stderr) == ["Finner ikke /no/such/file.md: se etter skrivefeil."]
    assert run("add", "/no/such/file.md").exit_code == 1


def test_an_empty_folder_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    refused(run("add", str(tmp_path / "none")), "Fant ingen dokumenter i")


def test_a_changed_file_is_quoted_as_it_is_now_and_a_removed_one_no_more(
    run: Run, documents: Path
) -> None:
    path = documents / "fine.md"
    ask = ("ask", "--no-log", "Når går Storebregne på ski?")
    run("add", str(path))
    path.write_text("# Ski\n\nStorebregne går på ski hver lørdag.\n")
    assert run("add", str(path)).stdout.startswith("0 lagt til, 1 endret")
    run("index")
    now = run(*ask).stdout
    assert "lørdag" in now and "torsdag" not in now
    assert run("sources", "--remove", str(path.resolve())).exit_code == 0
    run("index")
    assert "Storebregne" not in run(*ask).stdout


def restricted(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run as a user whom permissions stop: root gives up the right to ignore them first."""
    library = ctypes.CDLL(None, use_errno=True)

    def without_rights() -> None:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
            library.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP

    return subprocess.run(
        [*PROGRAM, *command],
        capture_output=True,
        text=True,
        env={**os.environ, "FRISKSVAR_HOME": str(folder)},
        preexec_fn=without_rights if os.geteuid() == 0 else None,
    )


needs_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="capabilities and their prctl are Linux's"
)


@needs_linux
def test_files_and_folders_without_permission_are_told(documents: Path, folder: Path) -> None:
    closed = documents / "closed"
    closed.mkdir()
    (closed / "inside.md").write_text("inni")
    (documents / "secret.md").write_text("hemmelig")
    (documents / "secret.md").chmod(0)
    closed.chmod(0)
    try:
        done = restricted(folder, "add", str(documents))
    finally:
        closed.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "3 lagt til" in done.stdout and "14 kunne ikke leses" in done.stdout
    for path, what in ((closed, "Mappen"), (documents / "secret.md", "Filen")):
        assert f"Kunne ikke lese {path}: {what} er ikke åpen for lesing" in done.stderr


@needs_linux
@pytest.mark.parametrize("command", [["ask", QUESTION], ["index"], ["doctor"]])
def test_a_database_that_cannot_be_written_is_told(folder: Path, command: list[str]) -> None:
    (folder / "index" / "current").unlink()  # so that index has something to do
    (folder / "frisksvar.db").chmod(0o444)
    folder.chmod(0o555)
    try:
        done = restricted(folder, *command)
    finally:
        folder.chmod(0o755)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "kan ikke leses eller skrives" in done.stdout + done.stderr
    assert "sikkerhetskopi" not in done.stdout + done.stderr


# ---- the home, the database, the index


@pytest.mark.parametrize("command", [["ask", "Hvem?"], ["index"], ["inquiries", "list"]])
def test_a_home_that_is_a_file_is_told(run: Run, tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "file"
    path.write_text("x")
    refused(run(*command, env={"FRISKSVAR_HOME": str(path)}), str(path), "FRISKSVAR_HOME")


@pytest.mark.parametrize(
    "content", [b"not a database " * 400, os.urandom(8192), b"SQLite format 3\x00" + b"\x11" * 9000]
)
def test_a_damaged_database_is_told_and_left_alone(run: Run, folder: Path, content: bytes) -> None:
    for file in folder.glob("frisksvar.db*"):
        file.unlink()
    (folder / "frisksvar.db").write_bytes(content)
    refused(run("ask", "Hvem?"), "frisksvar.db", "sikkerhetskopi")
    assert (folder / "frisksvar.db").read_bytes() == content
    assert run("doctor").exit_code == 1


def test_a_database_that_another_program_holds_is_told(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.store.connection.BUSY_TIMEOUT_SECONDS", 0.1)
    other = sqlite3.connect(folder / "frisksvar.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        refused(run("ask", QUESTION), "opptatt av et annet program")
        other.execute("ROLLBACK")
    finally:
        other.close()
    assert run("ask", QUESTION).exit_code == 0


def generation(folder: Path) -> Path:
    return folder / "index" / "generations" / (folder / "index" / "current").read_text().strip()


def damage(path: Path, how: str) -> None:
    if how == "missing":
        path.unlink()
    elif how == "foreign":
        path.with_name("foreign.bin").write_bytes(b"x")
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content[:-1] if how == "truncated" else content)


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped", "foreign"])
def test_each_damaged_file_of_an_index_is_refused(
    run: Run, folder: Path, how: str, template: Path
) -> None:
    names = [p.relative_to(generation(template)) for p in generation(template).rglob("*.*")]
    assert len(names) >= 10
    for name in names:
        path = generation(folder) / name
        kept = path.read_bytes()
        damage(path, how)
        refused(run("ask", "--no-log", QUESTION), "Indeksen", "kjør «frisksvar index»")
        path.with_name("foreign.bin").unlink(missing_ok=True)
        path.write_bytes(kept)
    damage(generation(folder) / "manifest.json", how)
    assert run("index").exit_code == 0
    assert "Vesleblom" in run("ask", QUESTION).stdout


@pytest.mark.parametrize("content", [b"", b"x", b"../../etc", b"\xff\xfe", b"a\x00b"])
def test_a_pointer_to_no_generation_is_refused_and_renewed(
    run: Run, folder: Path, content: bytes
) -> None:
    (folder / "index" / "current").write_bytes(content)
    refused(run("ask", QUESTION), "Indeksen er skadet", "kjør «frisksvar index»")
    assert run("index").exit_code == 0
    assert "Vesleblom" in run("ask", QUESTION).stdout


# ---- models


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Path]]:
    """Two real SentenceTransformers that differ in their dimension, by it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    words = ["[UNK]", *sorted({word.strip(".,?#") for word in f"{SOUP} {QUESTION}".split()})]
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    folder = tmp_path_factory.mktemp("models")
    for dimension in (4, 6):
        weights = np.random.default_rng(dimension).normal(size=(len(words), dimension))
        module = StaticEmbedding(tokenizer, embedding_weights=weights.astype(np.float32))
        SentenceTransformer(modules=[module], device="cpu").save(str(folder / str(dimension)))
    yield {dimension: folder / str(dimension) for dimension in (4, 6)}


def test_an_index_made_by_another_model_is_refused_until_it_is_built_again(
    run: Run, models: dict[int, Path]
) -> None:
    for model, other in ((models[4], models[6]), (models[6], models[4])):
        env = {"FRISKSVAR_MODEL": str(model)}
        refused(run("ask", QUESTION, env=env), "annen modell", "kjør «frisksvar index»")
        assert run("index", env=env).exit_code == 0
        assert run("ask", QUESTION, env=env).exit_code == 0
        refused(run("ask", QUESTION, env={"FRISKSVAR_MODEL": str(other)}), "annen modell")
    refused(run("ask", QUESTION), "annen modell")


@pytest.mark.parametrize("which", ["missing", "empty", "truncated", "no vocabulary"])
def test_a_model_that_cannot_be_loaded_is_told(
    run: Run, models: dict[int, Path], tmp_path: Path, which: str, folder: Path
) -> None:
    model = tmp_path / "model"
    if which == "empty":
        model.mkdir()
    elif which != "missing":
        shutil.copytree(models[4], model)
        damage(model / "model.safetensors", "truncated")
    if which == "no vocabulary":
        (model / "tokenizer.json").write_text("{}")
    before = (folder / "index" / "current").read_text()
    refused(run("index", env={"FRISKSVAR_MODEL": str(model)}), str(model), "FRISKSVAR_MODEL")
    doctor = run("doctor", env={"FRISKSVAR_MODEL": str(model)})
    assert doctor.exit_code == 1 and f"Modell: Modellen {model} kan ikke lastes" in doctor.stdout
    assert (folder / "index" / "current").read_text() == before
    assert "Vesleblom" in run("ask", QUESTION).stdout


# ---- stored sources


def stored(folder: Path) -> Path:
    found = [p for p in folder.glob("library/v*/*/*/text.txt") if "Vesleblom" in p.read_text()]
    return found[0].parent


@pytest.mark.parametrize("what", ["changed", "not text", "deleted", "folder"])
def test_a_stored_source_that_changed_is_not_quoted_and_is_repaired(
    run: Run, folder: Path, what: str
) -> None:
    text = stored(folder) / "text.txt"
    said = text.read_text(encoding="utf-8")
    if what == "changed":
        text.write_text(said.replace("tirsdag", "onsdag!"), encoding="utf-8")
    elif what == "not text":
        text.write_bytes(b"\xff" * len(said.encode()))
    elif what == "deleted":
        text.unlink()
    else:
        shutil.rmtree(text.parent)
    result = run("ask", QUESTION)
    assert result.exit_code == 0
    assert "kikerter" not in result.stdout
    quotes = rows(folder, "SELECT text FROM inquiry_quotes")
    assert not any("kikerter" in quote for (quote,) in quotes)
    doctor = run("doctor")
    assert doctor.exit_code == 1 and "skadet" in doctor.stdout
    repaired = run("index")
    assert repaired.exit_code == 0
    if what == "folder":  # and the original with it
        assert len(told(repaired.stderr)) == 1
        assert told(repaired.stderr)[0].startswith("Den lagrede teksten til Suppe (")
        assert "kikerter" not in run("ask", QUESTION).stdout
    else:
        assert told(repaired.stderr) == []
        assert "kikerter hver tirsdag" in run("ask", QUESTION).stdout


def test_adding_again_repairs_what_is_damaged(run: Run, folder: Path, template: Path) -> None:
    shutil.rmtree(stored(folder))
    assert run("add", str(template.with_name("soup.md"))).exit_code == 0
    assert "kikerter hver tirsdag" in run("ask", QUESTION).stdout


@pytest.mark.parametrize("name", ["text.txt", "metadata.json", "passages.jsonl"])
def test_a_damaged_digest_is_read_again_from_the_one_that_comes_along(
    run: Run, folder: Path, name: str
) -> None:
    digest = next(p for p in folder.glob("library/v*/*/*") if p != stored(folder))
    shutil.rmtree(digest / "original")
    (digest / name).write_text("{", encoding="utf-8")
    assert run("index").exit_code == 0
    assert run("doctor").exit_code == 0
    assert (digest / name).read_text(encoding="utf-8") != "{"


def test_a_digest_that_was_edited_is_indexed_as_it_is_now(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled = tmp_path / "bundled"
    shutil.copytree(catalogue_module.bundled_folder(), bundled)
    monkeypatch.setattr(catalogue_module, "bundled_folder", lambda: bundled)
    edited = sorted(bundled.glob("*.md"))[0]
    with edited.open("a", encoding="utf-8") as end:
        end.write("\n\n## Tillegg\n\nGrevlingen Ulrik åpner kontoret på Sotra hver onsdag.\n")
    ask = ("ask", "--no-log", "Når åpner grevlingen Ulrik kontoret?")
    before = run(*ask)
    assert "Biblioteket er endret" in before.stderr and "Sotra" not in before.stdout
    assert run("index").exit_code == 0
    assert "Sotra" in run(*ask).stdout
