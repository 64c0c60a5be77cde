"""`frisksvar doctor` on the keys, and on what was masked by older rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_desk import frisksvar
from privacy_world import KARI, TEAM
from tests_support import Home

from bot.doctor.examining import CHECKS
from bot.slack.pseudonyms import KEY, pseudonyms
from knowledge.personal_data import remasking
from knowledge.register import Inquiries, NewInquiry


@pytest.fixture
def ready(home: Home) -> Home:
    """Where somebody asked in Slack, and both keys are made."""
    folder = home.settings.home
    folder.chmod(0o700)
    who = pseudonyms(home.store).of(TEAM, KARI)
    Inquiries(home.store).receive(
        NewInquiry(
            came_from="slack:1",
            received_at=datetime.now(UTC),
            channel="slack",
            question="Hva?",
            asker=who,
        )
    )
    (folder / "session.key").write_text("a" * 64, encoding="ascii")
    (folder / "session.key").chmod(0o600)
    home.store.close()
    return home


def found(home: Home, check: str, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str | None]]:
    monkeypatch.setattr("bot.doctor.examining.CHECKS", {check: CHECKS[check]})
    told = json.loads(frisksvar(home.settings.home, "doctor", "--offline", "--json").stdout)
    return [each for each in told["findings"] if each["check"] == check]


def test_whole_and_right_keys_are_well(ready: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (only,) = found(ready, "keys", monkeypatch)
    assert only["state"] == "ok" and "er den registeret er laget med" in str(only["text"])
    assert "ta vare på en kopi" in str(only["text"]), "backups that are not encrypted have it not"
    keys = ready.settings.home / "age.key"
    monkeypatch.setenv("FRISKSVAR_BACKUP_KEY_FILE", str(keys))
    assert "kopi" not in str(found(ready, "keys", monkeypatch)[0]["text"])


def test_a_new_home_needs_none(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.settings.home.chmod(0o700)
    home.store.close()
    (only,) = found(home, "keys", monkeypatch)
    assert only["state"] == "ok" and not (home.settings.home / KEY).exists()


SPOILT: dict[str, tuple[str, Callable[[Path], object], str, str]] = {
    "lost": (KEY, Path.unlink, "bad", "mangler"),
    "replaced": (KEY, lambda path: path.write_text("b" * 64), "bad", "en annen enn den"),
    "cut": (KEY, lambda path: path.write_text("b" * 5), "bad", "for kort"),
    "open": (KEY, lambda path: path.chmod(0o644), "warn", "rettigheter 644"),
    "sessions cut": ("session.key", lambda path: path.write_text("b"), "bad", "slett filen"),
    "sessions open": ("session.key", lambda path: path.chmod(0o640), "warn", "rettigheter 640"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_key_that_is_not_as_it_should_be_is_told(
    what: str, ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, spoil, state, said = SPOILT[what]
    path = ready.settings.home / name
    spoil(path)
    told = [each for each in found(ready, "keys", monkeypatch) if each["state"] != "ok"]
    assert [each["state"] for each in told] == [state]
    assert said in str(told[0]["text"]) and str(path) in str(told[0]["text"])
    if state == "warn":
        assert told[0]["run"] == f"chmod 600 {path}"


def test_sessions_need_no_key_before_the_pages_run(
    ready: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ready.settings.home / "session.key").unlink()
    assert [each["state"] for each in found(ready, "keys", monkeypatch)] == ["ok"]


def test_rows_masked_by_older_rules_are_told(ready: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(ready, "personal_data", monkeypatch)[0]["state"] == "ok"
    with ready.store.write() as db:
        older = datetime.now(UTC) - timedelta(days=1)
        db.conn.execute(
            "INSERT INTO privacy_log (at, act, who, reference, subject, detail, rules) "
            "VALUES (?, 'remask', 'daily', '', '', '{}', '0')",
            [older.isoformat()],
        )
    ready.store.close()
    (told,) = found(ready, "personal_data", monkeypatch)
    assert (told["state"], told["run"]) == ("warn", "frisksvar privacy remask")
    remasked = frisksvar(ready.settings.home, "privacy", "remask")
    assert remasked.exit_code == 0
    assert found(ready, "personal_data", monkeypatch)[0]["state"] == "ok"
    monkeypatch.setattr(remasking, "RULES", "99")
    assert found(ready, "personal_data", monkeypatch)[0]["run"] == "frisksvar privacy remask"
