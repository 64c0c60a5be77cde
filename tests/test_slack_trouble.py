"""Tokens, scopes, channels and settings that are wrong: one clear sentence, or the answer still."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from bot_process import BotProcess
from click.testing import CliRunner
from slack_server import Slack, Timing
from slack_town import REFERRING, environment, town
from tests_support import Home

from bot.cli import main
from bot.slack import ids
from bot.slack.manifest import manifest, scopes
from bot.slack.settings import SlackSettings
from knowledge.messages import say

MANY = 60
"""Questions at once: more than are written down before the bot is told to stop."""


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xapp-1-wrong"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-unknown"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xoxb-wrong"}, "SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-unknown"}, "SLACK_APP_TOKEN"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s"}, "--http"),
    ],
)
def test_a_missing_or_wrong_token_is_one_sentence_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], variable: str
) -> None:
    with Slack(timing=Timing.quick()) as slack:
        values = {"FRISKSVAR_HOME": str(tmp_path), **environment(slack), **change}
        if variable == "--http":
            values.pop("SLACK_BOT_TOKEN")
        monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        result = CliRunner().invoke(main, ["bot"])
    assert result.exit_code == 1
    assert variable in result.stderr and len(result.stderr.strip().splitlines()) <= 2
    for token in values.values():
        if token.startswith("xox") or token.startswith("xapp"):
            assert token not in result.stderr


@pytest.mark.parametrize(
    ("variable", "value", "wanted"),
    [
        ("FRISKSVAR_SLACK_API_URL", "slack.example/api", "https://"),
        ("FRISKSVAR_SLACK_API_URL", "ftp://slack.example/api", "https://"),
        ("FRISKSVAR_SLACK_API_URL", "http://[", "https://"),
        ("FRISKSVAR_LOG", "LOUD", "WARNING"),
        ("FRISKSVAR_LOG", "debug", "WARNING"),
        ("FRISKSVAR_SLACK_FIRST_WAIT", "soon", "60"),
        ("FRISKSVAR_SLACK_FIRST_WAIT", "-3", "60"),
        ("FRISKSVAR_SLACK_FIRST_WAIT", "nan", "60"),
        ("FRISKSVAR_SLACK_FIRST_WAIT", "1e9", "60"),
    ],
)
@pytest.mark.parametrize(
    ("language", "refused"),
    [("nb", "kan ikke brukes"), ("nn", "kan ikkje brukast"), ("en", "cannot be used")],
)
def test_a_setting_that_cannot_be_used_is_one_sentence_in_the_language_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    wanted: str,
    language: str,
    refused: str,
) -> None:
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path))
    monkeypatch.setenv(variable, value)
    for command in (["bot"], ["slack", "manifest", "--check"]):
        result = CliRunner().invoke(main, ["--lang", language, *command])
        assert result.exit_code == 1
        (line,) = result.stderr.strip().splitlines()
        assert f"{variable} {refused}" in line and wanted in line
        assert value not in line


def test_the_level_of_the_log_may_be_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRISKSVAR_LOG", "info")
    assert SlackSettings.read().log == "INFO"


@pytest.mark.parametrize(
    "change",
    [
        {"SLACK_BOT_TOKEN": "xoxb-unknown"},
        {"SLACK_APP_TOKEN": "xapp-unknown"},
        {"FRISKSVAR_SLACK_API_URL": "http://127.0.0.1:9/api"},
    ],
)
def test_nothing_is_logged_beside_the_sentence(tmp_path: Path, change: dict[str, str]) -> None:
    with Slack(timing=Timing.quick()) as slack:
        values = {**environment(slack), **change}
        with BotProcess(tmp_path, values, tmp_path / "bot.log") as bot:
            assert bot.wait() == 1
            assert len(bot.said.strip().splitlines()) == 1, bot.said


def test_an_address_where_nobody_answers_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "FRISKSVAR_HOME": str(tmp_path),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "FRISKSVAR_SLACK_API_URL": "http://127.0.0.1:9/api",
    }.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(main, ["bot"])
    assert result.exit_code == 1 and "http://127.0.0.1:9/api" in result.stderr


def test_the_manifest_is_printed_and_compared_with_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = CliRunner().invoke(main, ["slack", "manifest"]).stdout
    assert "app_mentions:read" in printed
    with Slack(timing=Timing.quick()) as slack:
        for name, value in environment(slack).items():
            monkeypatch.setenv(name, value)
        slack.team.scopes = set(scopes())
        right = CliRunner().invoke(main, ["slack", "manifest", "--check"])
        assert right.exit_code == 0 and str(len(scopes())) in right.stderr
        slack.team.scopes = set(scopes()) - {"im:write"} | {"files:read"}
        wrong = CliRunner().invoke(main, ["slack", "manifest", "--check"])
        assert wrong.exit_code == 1
        assert "im:write" in wrong.stderr and "files:read" in wrong.stderr


def test_the_manifest_asks_for_no_e_mail_and_names_what_the_code_listens_to() -> None:
    assert not [scope for scope in scopes() if "email" in scope]
    features = manifest()["features"]
    assert [command["command"] for command in features["slash_commands"]] == [ids.COMMAND]
    assert {shortcut["callback_id"] for shortcut in features["shortcuts"]} == {
        ids.ASK_ABOUT,
        ids.REGISTER,
    }


def test_a_second_bot_on_the_same_folder_is_refused(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        second = BotProcess(
            here.home.settings.home, environment(here.slack), tmp_path / "second.log"
        )
        with second:
            assert second.wait(60) == 1
            assert str(here.home.settings.home) in second.said
        assert here.bot.stop() == 0


def test_an_answer_where_the_bot_may_not_write_comes_as_a_direct_message(
    bundled_home: Home, tmp_path: Path
) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        here.slack.faults.error(
            "chat.postMessage",
            "not_in_channel",
            times=None,
            when=lambda args: args.get("channel") == here.asking.id,
        )
        here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
        direct = here.slack.dm(here.kari)
        here.wait(lambda: here.slack.answers(direct))
        assert "[1]" in here.slack.shown(here.slack.answers(direct)[0])


def test_a_token_revoked_while_running_is_logged_and_answers_wait(
    bundled_home: Home, tmp_path: Path
) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        here.slack.faults.error("chat.postMessage", "token_revoked", times=None)
        asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
        here.wait(lambda: "token_revoked" in here.bot.said)
        assert here.row(asked).outcome == "answered"
        here.wait(lambda: here.posts.unposted() == (1, "token_revoked"))
        here.bot.stop()
        here.slack.faults.clear()
        with here.home.store.write() as db:  # a minute passes
            db.conn.execute("UPDATE slack_posts SET next_try_at = created_at")
        here.start()
        here.answer_to(asked)
        assert here.bot.stop() == 0


def test_blocks_that_slack_refuses_are_posted_as_text(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        here.slack.faults.error("chat.postMessage", "invalid_blocks", times=1)
        answer = here.ask(here.kari, here.asking, REFERRING)
        assert not answer.blocks and "[1]" in answer.text


def test_a_question_without_an_index_is_kept_and_answered_honestly(
    bundled_home: Home, tmp_path: Path
) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        (here.home.settings.index / "current").write_text("gone", encoding="utf-8")
        asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
        answer = here.answer_to(asked)
        assert here.row(asked).outcome == "failed"
        assert str(here.row(asked).id) in here.slack.shown(answer)


def test_http_mode_verifies_signatures_and_answers(bundled_home: Home, tmp_path: Path) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with town(bundled_home, tmp_path) as here:
        here.bot = BotProcess(
            here.home.settings.home,
            environment(here.slack),
            tmp_path / "http.log",
            "--http",
            "--port",
            str(port),
        )
        here.bot.start()
        url = f"http://127.0.0.1:{port}/slack/events"
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(url)
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        assert here.slack.use_http(url)
        answer = here.ask(here.kari, here.asking, REFERRING)
        assert "[1]" in here.slack.shown(answer)
        here.slack.command(here.kari, here.elsewhere, REFERRING)
        here.said_to(here.kari, "[1]", here.elsewhere)
        forged = httpx.post(
            url,
            json={"type": "event_callback", "event": {"type": "app_mention"}},
            headers={"x-slack-signature": "v0=00", "x-slack-request-timestamp": "1"},
        )
        assert forged.status_code == 401
        assert here.bot.stop() == 0


def test_what_cannot_be_written_is_told_to_who_waits(bundled_home: Home, tmp_path: Path) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        answer = here.ask(here.kari, here.asking, REFERRING)
        message = here.slack.say(here.ola, here.asking, "Hvem kan henvise?")
        here.slack.shortcut(here.kari, ids.REGISTER, message)
        view = here.slack.wait_for(lambda: here.slack.views(here.kari))[-1]
        with here.home.store.write() as db:  # as a disk that is full would
            for table in ("inquiries", "inquiry_feedback"):
                db.conn.execute(
                    f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} "
                    "BEGIN SELECT RAISE(ABORT, 'full'); END"
                )
        asked = here.slack.command(here.kari, here.elsewhere, REFERRING)
        assert asked.ok
        first = here.said_to(here.kari, "Prøv igjen om litt", here.elsewhere)
        assert here.slack.vote(here.kari, answer, True).ok
        here.said_to(here.kari, "Prøv igjen om litt", here.asking, after=first)
        refused = here.slack.submit(here.kari, view, {})
        assert refused.ok and refused.action == "push"
        told, form = here.slack.views(here.kari)[-1], here.slack.views(here.kari)[-2]
        assert "Prøv igjen om litt" in here.slack.shown(told) and form.id == view.id
        with here.home.store.write() as db:
            for table in ("inquiries", "inquiry_feedback"):
                db.conn.execute(f"DROP TRIGGER full_{table}")
        here.slack.close_view(here.kari)
        assert here.slack.submit(here.kari, form, {}).ok
        assert here.row(message).question == "Hvem kan henvise?"
        assert here.bot.stop() == 0


def test_a_bot_that_is_stopped_under_load_says_nothing_of_it_and_loses_nothing(
    bundled_home: Home, tmp_path: Path
) -> None:
    with town(bundled_home, tmp_path) as here:
        here.start()
        for number in range(MANY):
            here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING} ({number})")
        here.wait(lambda: here.inquiries.count() > MANY // 6)
        assert here.inquiries.count() < MANY, "it is at work when it is stopped"
        assert here.bot.stop() == 0
        assert "Traceback" not in here.bot.said and "ERROR" not in here.bot.said, here.bot.said
        assert here.inquiries.count() == MANY  # what was received is written down


def test_every_sentence_for_the_terminal_fills_in() -> None:
    for language in ("nb", "nn", "en"):
        assert "42" in say("slack_scopes_right", language, count=42, team="T")
