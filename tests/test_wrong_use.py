"""A command line or a value that is wrong: one sentence in the language of the messages."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from click.testing import CliRunner, Result
from pydantic import BaseModel, Field, ValidationError
from tests_support import Home

from bot.cli import main
from bot.cli.building import ensure_index  # noqa: F401 (the commands are loaded)
from bot.configuration import described
from knowledge.messages import LANGUAGES, Language, Message, say
from knowledge.settings import Configured
from knowledge.validation import first_fault

ENGLISH = re.compile(
    r"\b(Error|Usage|Try|Invalid|No such|Missing|unexpected|Did you mean|does not|is not|"
    r"should|Input|match|required|argument|valid|greater|less)\b"
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for each in described():
        monkeypatch.delenv(each.variable, raising=False)
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), input="", prog_name="frisksvar")


LINES: list[tuple[str, str]] = [
    ("ask --nope", "frisksvar ask: valget --nope finnes ikke; mente du --top?"),
    ("report --year x", "frisksvar report: valget --year finnes ikke; «frisksvar report --help»"),
    ("rapport", "Kommandoen rapport finnes ikke; mente du report?"),
    ("zzz", "Kommandoen zzz finnes ikke; «frisksvar --help»"),
    ("inquiries list --limit x", "--limit kan ikke brukes: skriv et tall som er minst 1."),
    ("inquiries list --limit 0", "--limit kan ikke brukes: skriv et tall som er minst 1."),
    ("ask --top 101 x", "--top kan ikke brukes: skriv et helt tall fra 1 til 100."),
    ("inquiries list --since igår", "--since kan ikke brukes: skriv en dato slik: 2026-03-31."),
    ("inquiries list --outcome x", "skriv en av disse: answered, not_covered, unclear, failed."),
    ("daily --at 25", "--at kan ikke brukes: skriv et klokkeslett slik: 03:15."),
    ("register import /nope/a.csv", "FIL kan ikke brukes: /nope/a.csv finnes ikke"),
    ("ask --batch /nope", "--batch kan ikke brukes: /nope finnes ikke"),
    ("--config /tmp doctor", "--config kan ikke brukes: /tmp er en mappe, og her trengs en fil."),
    ("backup --to /etc/hostname", "/etc/hostname er en fil, og her trengs en mappe."),
    ("ask a b", "frisksvar ask: for mye på linjen (b)"),
    ("inquiries show", "frisksvar inquiries show: NR mangler"),
    ("inquiries link 3", "frisksvar inquiries link: --quote mangler"),
    ("ask --batch", "frisksvar ask: --batch skal ha noe etter seg"),
    ("ask --no-log=3", "frisksvar ask: --no-log skal ikke ha noe etter seg"),
    ("demo-data --seed x", "--seed kan ikke brukes: skriv et helt tall."),
    ("--lang xx ask", "--lang kan ikke brukes: skriv en av disse: nb, nn, en."),
    ("backup --keep 1", "--keep skal ha tre tall"),
    ("ask x --batch /etc/hostname", "Gi enten et spørsmål eller --batch"),
]


@pytest.mark.parametrize(("line", "sentence"), LINES)
def test_a_wrong_line_is_one_norwegian_sentence(line: str, sentence: str) -> None:
    told = run(*line.split())
    assert told.exit_code == 2 and told.stdout == ""
    (said,) = told.stderr.strip().splitlines()
    assert sentence in said
    assert not ENGLISH.search(said.replace("--nope", "")), said


@pytest.mark.parametrize(("language", "said"), [("nn", "finst ikkje"), ("en", "there is no")])
def test_the_language_is_the_one_that_the_line_asks_for(
    language: str, said: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said in run("--lang", language, "ask", "--nope").stderr
    assert said in run(f"--lang={language}", "--nope").stderr
    assert said in run("--lang", language, "zzz").stderr.lower()
    home.mkdir()
    (home / "frisksvar.toml").write_text(f'lang = "{language}"\n', encoding="utf-8")
    assert said in run("ask", "--nope").stderr
    assert said in run("--nope").stderr
    (home / "frisksvar.toml").unlink()
    monkeypatch.setenv("FRISKSVAR_LANG", language)
    assert said in run("--nope").stderr


def test_nothing_asked_for_is_the_help_page_in_one_language() -> None:
    told = run()
    assert told.exit_code == 2 and told.stderr.startswith("Bruk: frisksvar [VALG] KOMMANDO")
    page = run("inquiries", "list", "--help")
    assert page.exit_code == 0 and page.stdout.startswith("Bruk: frisksvar inquiries list [VALG]")
    assert "\nValg:\n" in page.stdout and "--limit TALL" in page.stdout
    assert "[vanlig: 20; x>=1]" in page.stdout and "Vis denne teksten." in page.stdout
    for english in ("Usage", "Options", "Commands", "Show this", "default", "INTEGER", "TEXT"):
        assert english not in page.stdout + run("--help").stdout


def test_the_status_of_a_command_is_that_of_the_program() -> None:
    assert run("--version").exit_code == 0
    assert run("inquiries", "show", "17").exit_code == 1


# Values of settings


SETTINGS: list[tuple[str, str, str]] = [
    ("FRISKSVAR_ALLOW_HTTP", "maybe", "skriv true eller false."),
    ("FRISKSVAR_ALLOW_PORTS", "x,y", "skriv et helt tall."),
    ("FRISKSVAR_ANSWER_THRESHOLD", "2", "skriv et tall som er høyst 1"),
    ("FRISKSVAR_ANSWER_THRESHOLD", "x", "skriv et tall, med punktum foran desimalene."),
    ("FRISKSVAR_BACKUP_KEEP_DAILY", "0", "skriv et tall som er minst 1."),
    ("FRISKSVAR_METRICS_LISTEN", "x", "skriv adresse og port, for eksempel 127.0.0.1:9464."),
    ("FRISKSVAR_REVIEW_METRICS_LISTEN", "x", "skriv adresse og port"),
    ("FRISKSVAR_LOG_FORMAT", "xml", "skriv en av disse: text, json."),
    ("FRISKSVAR_LOG", "DEBUG", "DEBUG er ikke tillatt"),
    ("FRISKSVAR_REVIEW_URL", "x", "skriv en hel adresse"),
    ("FRISKSVAR_SLACK_FIRST_WAIT", "x", "skriv et antall sekunder"),
    ("FRISKSVAR_RETENTION_MONTHS", "1.5", "skriv et helt tall."),
    ("FRISKSVAR_REVIEW_PUBLIC_IDEAS", "2", "skriv true eller false."),
]


@pytest.mark.parametrize(("variable", "value", "sentence"), SETTINGS)
def test_a_wrong_setting_is_one_norwegian_sentence(
    variable: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    told = run("config")
    assert told.exit_code == 1
    (said,) = told.stderr.strip().splitlines()
    assert said.startswith(f"{variable} kan ikke brukes: ") and sentence in said
    assert said.endswith(".") and not said.endswith("..")
    assert not ENGLISH.search(said), said
    assert run("--lang", "en", "config").stderr.startswith(f"{variable} cannot be used: ")


def below(settings: type[Configured]) -> list[type[Configured]]:
    return [settings, *(one for each in settings.__subclasses__() for one in below(each))]


def test_no_kind_of_setting_is_told_in_pydantic_s_words() -> None:
    """Each setting is given a value of a kind that none of them takes."""
    told = 0
    for settings in below(Configured)[1:]:
        for name, field in settings.model_fields.items():
            key = str(field.validation_alias.choices[0]) if field.validation_alias else name  # type: ignore[union-attr]
            try:
                settings.model_validate({key: object()})
            except ValidationError as error:
                assert first_fault(error).reason.key != "operation_value_other", (name, error)
                told += 1
    assert told > 30


class Example(BaseModel):
    number: int = Field(default=1, gt=0, lt=9)
    kind: Literal["one", "two"] = "one"
    texts: tuple[str, ...] = ()
    text: Annotated[str, Field(min_length=2, max_length=3)] = "ab"
    inner: dict[str, int] = Field(default_factory=dict)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "given",
    [{"number": 0}, {"number": 9}, {"kind": "x"}, {"texts": 3}, {"text": "a"}, {"text": "abcd"},
     {"inner": 1}, {"inner": {"a": "b"}}, {"text": None}, 3],
)  # fmt: skip
def test_a_fault_is_told_without_the_value(given: Any, language: Language) -> None:
    with pytest.raises(ValidationError) as raised:
        Example.model_validate(given)
    fault = first_fault(raised.value)
    told = fault.message.sentence(language)
    assert told.startswith(f"{fault.field}: " if fault.field else "") and not told.endswith(".")
    if language != "en":
        assert not ENGLISH.search(told), told


# Numbers in sentences


@pytest.mark.parametrize(
    ("language", "count", "told"),
    [
        ("nb", 0, "0 henvendelser"), ("nb", 1, "1 henvendelse"), ("nb", 2, "2 henvendelser"),
        ("nn", 1, "1 førespurnad"), ("en", 1, "1 inquiry"), ("en", 12, "12 inquiries"),
        ("en", "1", "1 inquiry"),
    ],
)  # fmt: skip
def test_one_is_told_as_one(language: Language, count: int | str, told: str) -> None:
    sentence = say("operation_install_register", language, path="x", count=count)
    assert f"({told})" in sentence


@pytest.mark.parametrize(("language", "told"), [("nb", "55,0"), ("nn", "55,0"), ("en", "55.0")])
def test_decimals_are_written_as_the_language_does(language: Language, told: str) -> None:
    message = Message("operation_install_disk", {"path": "/a.b", "free": 55.0, "need": 0.5})
    assert f"{told} GB" in message.sentence(language) and "/a.b" in message.sentence(language)


def test_a_disk_that_took_a_part_only_is_told_as_full(home: Path, bundled_home: Home) -> None:
    """numpy's short write has no errno; a limit on the size of files makes one anywhere."""
    program = (
        "import resource, signal, sys, numpy as np; from pathlib import Path\n"
        "from indexer.files import DiskTrouble, new_folder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n"
        "    with new_folder(Path(sys.argv[1])) as work:\n"
        "        np.save(work / 'a.npy', np.zeros(1_000_000))\n"
        "except DiskTrouble as error:\n"
        "    print(repr(error.__cause__)); print(error.sentence('nb'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(home)], capture_output=True, text=True, timeout=60
    )
    cause, told = done.stdout.strip().splitlines()
    assert "requested and" in cause, "as numpy tells it"
    assert told.startswith(f"Disken er full ({home.parent})") and "requested" not in told
