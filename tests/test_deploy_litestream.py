"""deploy/litestream.yml: the right database, no secret, and no longer memory than the backups'."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from deploy_files import DEPLOY, Unit

from knowledge.settings import Settings

KNOWN: dict[str, set[str]] = {
    "": {"dbs", "snapshot", "levels", "logging", "addr", "l0-retention"},
    "snapshot": {"interval", "retention"},
    "logging": {"level", "type", "stderr"},
    "dbs": {"path", "busy-timeout", "monitor-interval", "checkpoint-interval", "replica"},
    "replica": {
        "type", "endpoint", "region", "bucket", "path", "force-path-style", "sync-interval",
        "sse-customer-algorithm", "sse-customer-key-path",
    },
}  # fmt: skip
"""Of Litestream 0.5 (cmd/litestream/main.go): the keys that are of use here."""


@pytest.fixture
def read() -> dict[str, Any]:
    text = (DEPLOY / "litestream.yml").read_text(encoding="utf-8")
    return cast(dict[str, Any], yaml.safe_load(text))


def test_every_key_is_one_of_litestream(read: dict[str, Any]) -> None:
    (database,) = read["dbs"]
    assert set(read) <= KNOWN[""]
    assert set(read["snapshot"]) <= KNOWN["snapshot"]
    assert set(read["logging"]) <= KNOWN["logging"]
    assert set(database) <= KNOWN["dbs"]
    assert set(database["replica"]) <= KNOWN["replica"]


def test_what_is_commented_out_is_known_too() -> None:
    text = (DEPLOY / "litestream.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"# ([a-z0-9-]+):(?! \w+ \w)", text)) <= KNOWN["replica"]


def test_it_copies_the_database_in_use(read: dict[str, Any]) -> None:
    home = Unit("frisksvar-bot.service").environment["FRISKSVAR_HOME"]
    assert read["dbs"][0]["path"] == str(Settings(home=Path(home)).database)


def test_it_remembers_no_longer_than_the_daily_backups(read: dict[str, Any]) -> None:
    hours = int(read["snapshot"]["retention"].removesuffix("h"))
    assert hours <= 24 * Settings.model_fields["backup_keep_daily"].default


def test_no_secret_is_in_it(read: dict[str, Any]) -> None:
    assert not re.search(r"access-key|secret|password|token", str(read))
    assert read["dbs"][0]["replica"]["endpoint"].startswith("https://")
