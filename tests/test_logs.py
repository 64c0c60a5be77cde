"""The log: events with ids and kinds, never what somebody wrote, in JSON or in readable lines."""

from __future__ import annotations

import ast
import json
import logging
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from bot_process import FRISKSVAR
from slack_server import Channel, Message
from slack_town import REFERRING, Town, town
from tests_support import Home

from bot.logs import LIBRARY, WITHHELD, described, safe, written
from bot.slack import ids
from bot.slack.posts import label

ROOT = Path(__file__).parent.parent
ODD = "Zebrafinke"
NUMBER = "13097248022"
"""A national identity number that is valid in form (a synthetic person's)."""

PHONE = "91234567"
PERSON = "Gunnvor Snøfugl"
SECRETS = (ODD.lower(), NUMBER, PHONE, PERSON.lower(), "snøfugl")
PERSONAL = f"{PERSON} {ODD} {NUMBER} {PHONE}"

log = logging.getLogger("bot.trial")


def parsed(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines() if line]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (12, 12),
        (0.25, 0.25),
        (None, None),
        (True, True),
        ("answer:12", "answer:12"),
        ("OperationalError", "OperationalError"),
        ("/inquiry/{id:int}", "/inquiry/{id:int}"),
        ("a" * 64, "a" * 64),
        ("12345678" * 8, "12345678" * 8),
        ("hvem kan henvise", WITHHELD),
        (PERSON, WITHHELD),
        (NUMBER, WITHHELD),
        (int(NUMBER), WITHHELD),
        (PHONE, WITHHELD),
        ("130972 48022", WITHHELD),
        ("kari@example.no", WITHHELD),
        ("xoxb-1-2-abc", WITHHELD),
        ("a" * 121, WITHHELD),
        ("", WITHHELD),
        ("U0ABCDEFGH", "…"),
        ("slack:T0ABCDEFGH:D0ABCDEFGH:1700.1", "slack:T0ABCDEFGH:…:1700.1"),
        (ValueError("hvem er det"), WITHHELD),
    ],
)
def test_a_value_is_an_id_or_a_kind_or_withheld(given: object, kept: object) -> None:
    assert safe(given) == kept


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("answer:12", "answer:12"),
        ("choice:12:1", "choice:12"),
        ("thanks:D0ABCDEFGH:1700.1", "thanks"),
        ("annual:2026:senja:1", "annual:2026"),
    ],
)
def test_the_key_of_a_message_is_logged_without_its_place(key: str, shown: str) -> None:
    assert label(key) == shown


def test_a_record_of_ours_is_an_event_with_fields(capsys: pytest.CaptureFixture[str]) -> None:
    with written("INFO", "json"):
        log.warning("post waits: post=%s error=%s", "answer:12", "ratelimited")
        log.error("left out: member=block_id")
        log.info("page: route=%s status=%d", "/inquiry/{id:int}", 200)
        log.debug("not at this level: post=%s", "answer:1")
    first, second, third = parsed(capsys.readouterr().err)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+\+00:00", first.pop("at"))
    assert first == {
        "level": "warning",
        "logger": "bot.trial",
        "event": "post_waits",
        "post": "answer:12",
        "error": "ratelimited",
    }
    assert (second["event"], second["member"]) == ("left_out", "block_id")
    assert (third["event"], third["status"]) == ("page", 200)


def test_a_readable_line_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with written("WARNING", "text"):
        log.warning("post waits: post=%s error=%s", "answer:12", PERSONAL)
    line = capsys.readouterr().err
    assert line.endswith(f" WARNING bot.trial post_waits post=answer:12 error={WITHHELD}\n")


def test_what_a_library_writes_into_its_message_is_not_passed_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with written("WARNING", "json"):
        for name in (LIBRARY, "uvicorn.error", "asyncio", "slack_sdk.web.base_client"):
            library = logging.getLogger(name)
            library.error(f"Failed to run a listener: {PERSONAL}")
            library.error("Failed to run a listener: %s", PERSONAL)
    said = capsys.readouterr().err
    assert not any(secret in said.lower() for secret in SECRETS)
    lines = parsed(said)
    assert {line["event"] for line in lines} == {"library"} and len(lines) >= 6
    assert all(line["place"].startswith("test_logs:") for line in lines)
    constant = [line.get("message") for line in lines if line["logger"] == "uvicorn.error"]
    assert constant == [None, "Failed to run a listener: %s"]


def test_of_an_exception_the_type_and_the_frames_are_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with written("WARNING", "json"):
        try:
            raise ValueError(PERSONAL)
        except ValueError:
            log.exception("trial failed: post=%s", "answer:1")
            logging.getLogger(LIBRARY).exception(PERSONAL)
    said = capsys.readouterr().err
    assert not any(secret in said.lower() for secret in SECRETS)
    for line in parsed(said):
        assert line["exception"] == "ValueError"
        assert "test_logs.py" in line["frames"][-1]


@pytest.mark.filterwarnings("default")
def test_what_nobody_caught_and_warnings_are_events_too(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise RuntimeError(PERSONAL)

    class Odd:
        def __del__(self) -> None:
            raise RuntimeError(PERSONAL)

    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    with written("WARNING", "json"):
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
        Odd()
        try:
            broken()
        except RuntimeError:
            sys.excepthook(*sys.exc_info())
        logging.getLogger().setLevel(logging.WARNING)
        warnings.warn(PERSONAL, UserWarning, stacklevel=1)
        log.error("not well: post=%d", PERSONAL)  # a wrong format, which logging would print
    assert before == (sys.excepthook, threading.excepthook, sys.unraisablehook)
    said = capsys.readouterr().err
    assert not any(secret in said.lower() for secret in SECRETS)
    lines = parsed(said)
    assert [line["event"] for line in lines[:3]] == ["crashed"] * 3
    assert [line.get("logger") for line in lines[3:]] == ["py.warnings", "bot.trial"]


def test_everything_is_as_before_when_the_service_has_ended() -> None:
    names = (None, "bot", "bot.cli", "slack_sdk", "indexer")
    before = [
        (logging.getLogger(name).level, logging.getLogger(name).handlers[:]) for name in names
    ]
    with written("INFO", "json"):
        assert logging.getLogger("bot").level == logging.INFO
    after = [(logging.getLogger(name).level, logging.getLogger(name).handlers[:]) for name in names]
    assert after == before


# How our own code logs


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    for package in ("bot", "indexer", "knowledge"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in ("log", "logger", "logging")
                    and node.func.attr
                    in ("debug", "info", "warning", "error", "critical", "exception")
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_every_call_names_its_event_and_its_values() -> None:
    calls = dict(log_calls())
    assert len(calls) > 30
    for place, call in calls.items():
        template = call.args[0]
        assert isinstance(template, ast.Constant) and isinstance(template.value, str), place
        text = template.value
        assert re.fullmatch(r"[a-z][\w -]*(:( \w+=(%[sd]|\w+))+)?", text), f"{place}: {text}"
        assert text.count("%") == len(call.args) - 1, place
        # An exception as a value would be its message; `type(error).__name__` is its kind.
        for value in call.args[1:]:
            assert not (isinstance(value, ast.Name) and value.id in ("error", "exc", "e")), place
            assert not (isinstance(value, ast.Call) and ast.unparse(value.func) == "str"), place


def test_a_record_in_our_shape_loses_nothing_of_its_fields() -> None:
    for _, call in log_calls():
        template = call.args[0]
        assert isinstance(template, ast.Constant)
        values = tuple(range(len(call.args) - 1))
        record = logging.LogRecord("bot.x", 20, "x.py", 1, str(template.value), values, None)
        fields = set(re.findall(r"(\w+)=", str(template.value)))
        assert fields == set(described(record)) - {"at", "level", "logger", "event"}


# The whole bot


def typed(here: Town, channel: Channel, words: str, **more: Any) -> Message:
    return here.slack.say(here.kari, channel, f"{here.slack.mention} {words}", **more)


def fill_with(here: Town, message: str) -> None:
    """From now on the register refuses new rows, and says `message`."""
    with here.home.store.write() as db:
        for table in ("inquiries", "inquiry_feedback", "inquiry_answers"):
            db.conn.execute(
                f"CREATE TRIGGER full_{table} BEFORE INSERT ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )


def empty_again(here: Town) -> None:
    with here.home.store.write() as db:
        for table in ("inquiries", "inquiry_feedback", "inquiry_answers"):
            db.conn.execute(f"DROP TRIGGER full_{table}")


def test_nothing_that_is_written_in_slack_comes_into_the_log(
    bundled_home: Home, tmp_path: Path
) -> None:
    question = f"{REFERRING} Det gjelder {PERSONAL}."
    with town(bundled_home, tmp_path) as here:
        here.bot._environment |= {"FRISKSVAR_LOG": "INFO", "FRISKSVAR_LOG_FORMAT": "json"}
        here.start()
        slack = here.slack
        asked = typed(here, here.asking, question)
        answer = here.answer_to(asked)
        slack.say(here.kari, slack.dm(here.kari), question)
        here.wait(lambda: slack.answers(slack.dm(here.kari)))
        slack.command(here.ola, here.elsewhere, question)
        here.said_to(here.ola, "[1]", here.elsewhere)
        slack.vote(here.kari, answer, False)
        # A centre, with a note, an answer and an addition.
        slack.press(here.kari, answer, ids.TO_CENTRE)
        view = slack.wait_for(lambda: slack.views(here.kari))[-1]
        sent = {ids.MUNICIPALITY: "Stavanger, Rogaland", ids.COMMENT: PERSONAL}
        assert slack.submit(here.kari, view, sent).ok
        case = slack.wait_for(lambda: slack.answers(here.stavanger), 20)[-1]
        here.wait(lambda: here.posts.at(slack.team.id, here.stavanger.id, case.ts))
        slack.say(here.ingrid, here.stavanger, f"Ja. {PERSONAL}", thread=case)
        here.wait(lambda: len(slack.answers(here.asking, thread=asked)) > 1)
        # What is edited, taken back, and registered.
        slack.edit(here.kari, asked, f"{here.slack.mention} Noe annet om {PERSONAL}?")
        other = typed(here, here.asking, question)
        here.answer_to(other)
        slack.delete(here.kari, other)
        slack.open_home(here.tor)
        # Trouble: Slack says odd things, and the register's errors hold words.
        slack.faults.error("chat.postMessage", PERSONAL, times=1)
        slack.faults.server_error("chat.postMessage", 503, times=1)
        here.answer_to(typed(here, here.asking, question))
        fill_with(here, PERSONAL)
        typed(here, here.asking, question)
        slack.command(here.ola, here.elsewhere, question)
        slack.vote(here.ola, answer, True)
        here.wait(lambda: "IntegrityError" in here.bot.said)
        empty_again(here)
        with here.home.store.write() as db:
            db.conn.execute(
                "CREATE TRIGGER odd BEFORE UPDATE ON slack_posts WHEN NEW.state = 'ready' "
                f"BEGIN SELECT RAISE(ABORT, '{PERSONAL}'); END"
            )
        typed(here, here.asking, question)
        here.wait(lambda: '"event": "outbox"' in here.bot.said)
        with here.home.store.write() as db:
            db.conn.execute("DROP TRIGGER odd")
        slack.cut_sockets()
        (here.home.settings.index / "current").write_text(PERSONAL, encoding="utf-8")
        here.bot.stop()
        said = here.bot.said
        forbidden = [
            *SECRETS,
            slack.bot_token,
            slack.app_token,
            *(user.id.lower() for user in (here.kari, here.ola, here.ingrid, here.tor)),
            "henvise",
        ]
        assert not [word for word in forbidden if word.lower() in said.lower()], said
        events = parsed(said)
        names = {line["event"] for line in events}
        assert {"question_received", "answer_made", "posted", "post_waits"} <= names
        made = next(line for line in events if line["event"] == "answer_made")
        assert isinstance(made["inquiry"], int) and made["seconds"] >= 0
        assert made["outcome"] in ("answered", "unclear", "not_covered")


# The pages


@contextmanager
def review(home: Path, folder: Path, environment: dict[str, str]) -> Iterator[tuple[str, Path]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log, out = folder / "review.log", folder / "review.out"
    with log.open("wb") as said, out.open("wb") as shown:
        process = subprocess.Popen(
            [FRISKSVAR, "review", "--port", str(port)],
            env=environment | {"FRISKSVAR_HOME": str(home)},
            stdout=shown,
            stderr=said,
        )
        try:
            until = time.monotonic() + 60
            while "review_first_link_wanted" not in log.read_text("utf-8"):
                assert process.poll() is None and time.monotonic() < until, log.read_text("utf-8")
                time.sleep(0.05)
            # A log is read by others: the link is given to who asks for it, on a terminal.
            assert "/link/" not in log.read_text("utf-8") + out.read_text("utf-8")
            asked = subprocess.run(
                [FRISKSVAR, "review", "link", "--url", f"http://127.0.0.1:{port}"],
                env=environment | {"FRISKSVAR_HOME": str(home)},
                capture_output=True,
                text=True,
                check=True,
            )
            link = re.search(r"http://\S+/link/\S+", asked.stdout)
            assert link is not None, asked.stdout
            yield link[0], log
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait()


def test_nothing_that_is_written_on_the_pages_comes_into_the_log(
    bundled_home: Home, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(bundled_home.settings.home, home, ignore=shutil.ignore_patterns("*.db*"))
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("FRISKSVAR_", "SLACK_"))}
    kept |= {"FRISKSVAR_LOG": "INFO", "FRISKSVAR_LOG_FORMAT": "json"}
    with review(home, tmp_path, kept) as (link, log), httpx.Client(follow_redirects=True) as client:
        base, secret = link.split("/link/")

        def csrf(path: str) -> str:
            found = re.search(r'name="csrf" value="([^"]+)"', client.get(base + path).text)
            assert found is not None
            return found[1]

        page = client.get(link)
        if 'name="csrf"' in page.text and "/link/" in page.text:
            token = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert token is not None
            client.post(link, data={"csrf": token[1]})
        asked = {"question": f"{REFERRING} {PERSONAL}", "municipality": "", "keep": "1"}
        answered = client.post(f"{base}/ask", data=asked | {"csrf": csrf("/ask")})
        assert answered.status_code == 200
        client.get(f"{base}/", params={"q": PERSONAL})
        client.get(f"{base}/{PERSONAL}")
        client.get(f"{base}/link/{secret[:-1]}x")
        client.post(f"{base}/ask", data=asked | {"csrf": PERSONAL})
        with sqlite3.connect(home / "frisksvar.db") as register:
            register.execute(
                "CREATE TRIGGER odd BEFORE INSERT ON inquiries "
                f"BEGIN SELECT RAISE(ABORT, '{PERSONAL}'); END"
            )
        register.close()
        broken = client.post(f"{base}/ask", data=asked | {"csrf": csrf("/ask")})
        assert broken.status_code == 500
    said = log.read_text("utf-8")
    forbidden = [*SECRETS, secret, secret[:-1], "henvise"]
    assert not [word for word in forbidden if word.lower() in said.lower()], said
    events = parsed(said)
    pages = [line for line in events if line["event"] == "page"]
    assert {"/ask", "none"} <= {line["route"] for line in pages}
    assert {200, 404, 500} <= {line["status"] for line in pages}
    failed = next(line for line in events if line["event"] == "page_failed")
    assert (failed["route"], failed["error"]) == ("/ask", "IntegrityError")
    library = next(line for line in events if line["event"] == "library")
    assert library["exception"] == "IntegrityError" and library["frames"]
