"""`frisksvar init`: what it writes, what it leaves alone, and what Slack says of the tokens."""

from __future__ import annotations

import os
import pty
import select
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from slack_server import Slack, Timing
from slack_town import environment
from tests_support import Home

from bot.cli import main
from bot.configuration import described
from bot.installing.file import new_file, with_setting
from knowledge.configuration import flattened
from knowledge.store import Store

ROOT = Path(__file__).parent.parent
Init = Callable[..., Result]
URL = "https://friskliv.example.no"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def init(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Init:
    for each in described():
        monkeypatch.delenv(each.variable, raising=False)
    monkeypatch.setenv("FRISKSVAR_HOME", str(folder))

    def run(*arguments: str, index: bool = False, before: tuple[str, ...] = ()) -> Result:
        more = () if index else ("--no-index",)
        return CliRunner().invoke(main, [*before, "init", *more, *arguments])

    return run


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch, init: Init) -> Iterator[Slack]:
    with Slack(timing=Timing.quick()) as running:
        monkeypatch.setenv(
            "FRISKSVAR_SLACK_API_URL", environment(running)["FRISKSVAR_SLACK_API_URL"]
        )
        yield running


def tokens(slack: Slack, tmp_path: Path, **changed: str) -> list[str]:
    """Options that give the tokens of the local Slack."""
    values = environment(slack) | changed
    options: list[str] = []
    for variable, option in (("SLACK_BOT_TOKEN", "bot"), ("SLACK_APP_TOKEN", "app")):
        path = tmp_path / f"{option}.txt"
        path.write_text(values[variable] + "\n", encoding="utf-8")
        options += [f"--slack-{option}-token-file", str(path)]
    return options


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def said(path: Path) -> dict[str, Any]:
    return flattened(tomllib.loads(path.read_text(encoding="utf-8")))


def test_an_empty_machine_gets_a_register_a_file_and_the_next_commands(
    init: Init, folder: Path
) -> None:
    made = init("--set", f"review.url={URL}", "--set", "backup.keep_daily=5")
    assert made.exit_code == 0, made.output
    path = folder / "frisksvar.toml"
    assert said(path) == {"review.url": URL, "backup.keep_daily": 5}
    assert (mode(folder), mode(path)) == (0o700, 0o600)
    with Store(folder / "frisksvar.db") as store:
        assert store.database.table("inquiries").count == 0
    assert mode(folder / "frisksvar.db") == 0o600
    for told in ("slack_bot_token", "folder i [backup]", "frisksvar index", "frisksvar doctor"):
        assert told in made.stdout
    assert "url i [review]" not in made.stdout, "it was given"
    assert "export" not in made.stdout, "a new shell finds it, as this one did"


def test_the_file_explains_every_setting(init: Init, folder: Path) -> None:
    init()
    text = (folder / "frisksvar.toml").read_text(encoding="utf-8")
    joined = " ".join(line.removeprefix("# ") for line in text.splitlines())
    for each in described():
        assert f"({each.variable})" in joined and each.description in joined
        assert f"\n# {each.key} = " in text


def test_the_index_is_built_unless_it_is_there(
    init: Init, folder: Path, bundled_home: Home
) -> None:
    shutil.copytree(
        bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*", "*.lock")
    )
    made = init(index=True)
    assert made.exit_code == 0 and "Indeks: " in made.stdout
    assert "Bygger indeksen" not in made.stderr


def test_doing_it_again_changes_nothing(init: Init, folder: Path) -> None:
    options = ("--set", f"review.url={URL}")
    init(*options)
    path = folder / "frisksvar.toml"
    before, changed = path.read_bytes(), path.stat().st_mtime_ns
    again = init(*options)
    assert again.exit_code == 0 and "er som før" in again.stdout
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, changed)


def test_what_a_person_wrote_stays(init: Init, folder: Path) -> None:
    folder.mkdir()
    path = folder / "frisksvar.toml"
    own = (
        '# ours\nlang = "nn"   # of the county\n\n[review]\n# the old one\nurl = "https://old.no"\n'
    )
    path.write_text(own, encoding="utf-8")
    kept = init("--set", f"review.url={URL}", "--set", "log=INFO", "--set", "slack.home_team=T1")
    assert kept.exit_code == 0 and "review.url" in kept.stdout and "--yes" in kept.stdout
    text = path.read_text(encoding="utf-8")
    for line in own.splitlines():
        assert line in text.splitlines()
    assert said(path) == {
        "lang": "nn", "log": "INFO", "review.url": "https://old.no", "slack.home_team": "T1",
    }  # fmt: skip
    changed = init("--yes", "--set", f"review.url={URL}")
    assert changed.exit_code == 0
    assert said(path)["review.url"] == URL
    assert "# ours" in path.read_text(encoding="utf-8")


NAMES = [each.name for each in described()]
VALUES = st.one_of(st.booleans(), st.integers(0, 99), st.text(max_size=8))


@given(
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6),
    st.sampled_from(NAMES),
    VALUES,
    st.sampled_from(["", "# a comment\n", "\n\n"]),
)
def test_one_setting_is_put_into_any_file_and_nothing_else_changes(
    before: dict[str, Any], name: str, value: object, end: str
) -> None:
    text = new_file(before, "nb") + end
    made = with_setting(text, name, value)
    assert made is not None
    assert flattened(tomllib.loads(made)) == before | {name: value}
    assert with_setting(made, name, value) == made


@pytest.mark.parametrize(
    "text",
    [
        "allow_ports = [\n  1,\n  2,\n]\n",
        'allow_ports = [1]\nmodel = """\nallow_ports = 7\n"""\n',
        "review = { url = 'x' }\n",
        "review.url = 'x'\n",
    ],
)
def test_what_would_have_to_be_guessed_is_left_to_a_person(text: str) -> None:
    for name, value in (("allow_ports", [9]), ("review.url", "y")):
        made = with_setting(text, name, value)
        before = flattened(tomllib.loads(text))
        assert made is None or flattened(tomllib.loads(made)) == before | {name: value}
    assert with_setting("allow_ports = [\n  1,\n]\n", "allow_ports", [9]) is None


# Slack


def test_the_tokens_are_kept_for_their_owner_and_slack_takes_them(
    init: Init, folder: Path, slack: Slack, tmp_path: Path
) -> None:
    made = init(*tokens(slack, tmp_path))
    assert made.exit_code == 0, made.output
    assert "tilgangene manifestet ber om" in made.stdout and "frisksvar bot" in made.stdout
    assert [call.method for call in slack.world.calls] == ["auth.test", "apps.connections.open"]
    path = folder / "secrets" / "slack_bot_token"
    assert path.read_text(encoding="utf-8").strip() == slack.bot_token
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)
    everything = made.output + (folder / "frisksvar.toml").read_text(encoding="utf-8")
    assert slack.bot_token not in everything and slack.app_token not in everything


def test_a_scope_that_is_missing_is_named(init: Init, slack: Slack, tmp_path: Path) -> None:
    slack.team.scopes.discard("im:write")
    made = init(*tokens(slack, tmp_path))
    assert made.exit_code == 1 and "im:write" in made.stdout


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong-1", "invalid_auth"),
        ("SLACK_APP_TOKEN", "xapp-wrong-1", "SLACK_APP_TOKEN"),
    ],
)
def test_a_token_that_slack_refuses_is_told(
    init: Init, slack: Slack, tmp_path: Path, variable: str, value: str, told: str
) -> None:
    made = init(*tokens(slack, tmp_path, **{variable: value}))
    assert made.exit_code == 1 and told in made.stdout
    assert value not in made.output
    assert "frisksvar bot" not in made.stdout


def test_nothing_is_asked_of_slack_offline(init: Init, slack: Slack, tmp_path: Path) -> None:
    made = init("--offline", *tokens(slack, tmp_path))
    assert made.exit_code == 0 and slack.world.calls == []


def test_another_kind_of_token_is_refused_before_anything_is_written(
    init: Init, folder: Path, slack: Slack, tmp_path: Path
) -> None:
    made = init(*tokens(slack, tmp_path, SLACK_BOT_TOKEN="xoxp-Kobberkjele"))
    assert made.exit_code == 1 and "xoxb-" in made.stderr and "Kobberkjele" not in made.output
    assert not folder.exists()


def test_a_token_is_replaced_only_when_that_is_wanted(
    init: Init, folder: Path, slack: Slack, tmp_path: Path
) -> None:
    init("--offline", *tokens(slack, tmp_path, SLACK_BOT_TOKEN="xoxb-old"))
    path = folder / "secrets" / "slack_bot_token"
    kept = init("--offline", *tokens(slack, tmp_path))
    assert path.read_text(encoding="utf-8") == "xoxb-old\n" and "--yes" in kept.stdout
    init("--yes", "--offline", *tokens(slack, tmp_path))
    assert path.read_text(encoding="utf-8").strip() == slack.bot_token


# Wrong use, and other places


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("review.ulr=x", "review.url"),
        ("review.url", "review.url="),
        ("slack.bot_token=xoxb-1", "secrets/slack_bot_token"),
        ("answer_threshold=9", "FRISKSVAR_ANSWER_THRESHOLD"),
        ("review.url=not an address", "https://"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_before_anything_is_written(
    init: Init, folder: Path, option: str, told: str
) -> None:
    made = init("--set", option)
    assert made.exit_code == 1 and told in made.stderr
    assert len(made.stderr.strip().splitlines()) == 1
    assert not folder.exists()


def test_another_home_and_another_file_are_found_again_with_what_is_printed(
    init: Init, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "else where"
    made = init("--home", str(elsewhere))
    assert (elsewhere / "frisksvar.toml").is_file() and (elsewhere / "frisksvar.db").is_file()
    assert f"export FRISKSVAR_HOME='{elsewhere}'" in made.stdout
    file = tmp_path / "conf" / "f.toml"
    named = init("--home", str(elsewhere), before=("--config", str(file)))
    assert named.exit_code == 0, named.output
    assert said(file) == {"home": str(elsewhere)}
    assert f"export FRISKSVAR_CONFIG={file}" in named.stdout


def test_it_speaks_the_language_it_is_asked_in(init: Init, folder: Path) -> None:
    made = init(before=("--lang", "en"))
    assert "Now you can run:" in made.stdout
    first = (folder / "frisksvar.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# The configuration of Frisksvar.")


def test_files_for_deployment_are_written_once_and_not_over_changed_ones(
    init: Init, tmp_path: Path
) -> None:
    target = tmp_path / "drift"
    assert init("--deploy", str(target)).exit_code == 0
    units = [path.name for path in (ROOT / "deploy" / "systemd").glob("*.service")]
    assert units and units == [path.name for path in (target / "systemd").glob("*.service")]
    changed = target / "systemd" / units[0]
    changed.write_text("ours", encoding="utf-8")
    again = init("--deploy", str(target))
    assert str(changed) in again.stdout and changed.read_text(encoding="utf-8") == "ours"


# On a terminal


def on_a_terminal(command: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run a command on a terminal, and type each answer when its question stands there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, close_fds=True
    )
    os.close(theirs)
    seen, at, until = "", 0, time.monotonic() + 60
    waiting = list(answers)
    while time.monotonic() < until:
        ready, _, _ = select.select([ours], [], [], 0.2)
        read = b""
        if ready:
            with suppress(OSError):  # Linux, when the other end is closed
                read = os.read(ours, 65_536)
        seen += read.decode("utf-8", "replace")
        if waiting and waiting[0][0] in seen[at:]:
            at = len(seen)
            os.write(ours, (waiting.pop(0)[1] + "\n").encode())
        if (ready and not read) or (process.poll() is not None and not ready):
            break
    os.close(ours)
    return process.wait(timeout=30), seen


def test_a_person_is_asked_and_a_token_is_not_shown(
    init: Init, folder: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", "from bot.cli import main; main()", "init", "--offline"]
    status, seen = on_a_terminal(
        command,
        [
            ("Språk i meldingene (nb, nn, en) [nb]", "klingonsk"),
            ("Skriv en av disse: nb, nn, en.", "nn"),
            ("Mappe for register", str(tmp_path / "asked")),
            ("SLACK_BOT_TOKEN", "xoxb-Kobberkjele"),
            ("SLACK_APP_TOKEN", ""),
            ("(berre Enter: sidene er berre for denne maskina)", URL),  # nynorsk from here on
            ("Byggje indeksen no? [J/n]", "kanskje"),
            ("Skriv j for ja eller n for nei.", "nei"),
        ],
    )
    assert status == 1, "without the app token the bot cannot start"
    assert "SLACK_APP_TOKEN" in seen and "Kobberkjele" not in seen
    asked = tmp_path / "asked"
    assert said(asked / "frisksvar.toml") == {"lang": "nn", "review.url": URL}
    token = (asked / "secrets" / "slack_bot_token").read_text(encoding="utf-8")
    assert token == "xoxb-Kobberkjele\n"
    assert not (asked / "index").exists() and not folder.exists()
