"""The data-protection texts are true to the code: tables, columns, texts and periods."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore
from slack_sdk.oauth.state_store.sqlite3 import SQLite3OAuthStateStore

from bot.cli import main
from knowledge.personal_data import finding
from knowledge.personal_data.rules import RULES
from knowledge.personal_data.texts import TEXT_COLUMNS
from knowledge.settings import Settings
from knowledge.store import Store

DOCS = Path(__file__).parent.parent / "docs"
PROTOCOL = (DOCS / "privacy" / "behandlingsprotokoll.md").read_text(encoding="utf-8")

KINDS = {"fritekst", "person", "sted i Slack", "–"}
OTHERWISE = {
    ("inquiries_text", "question"): "follows the question by triggers",
    ("slack_posts", "payload"): "gone when it is posted",
    ("ideas", "links"): "addresses: a mask would break them; `forgetting_rows` removes them",
    ("changes", "before"): "masked by taking them away: `remasking._trail`",
    ("changes", "after"): "masked by taking them away: `remasking._trail`",
    ("closed_years", "reason"): "the table refuses changes",
    ("saved_views", "name"): "of one user, and goes with the user",
    ("saved_views", "query"): "of one user, and goes with the user",
    ("holds", "reason"): "masked when written",
    ("privacy_log", "reference"): "masked when written; the table refuses changes",
}
"""Texts that the masking does not go over anew, and why."""


def told() -> dict[str, dict[str, tuple[str, str]]]:
    """Table -> column -> (what kind it is, how long it is kept), as the protocol says."""
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for line in PROTOCOL.splitlines():
        if heading := re.fullmatch(r"### `(\w+)`", line):
            assert heading[1] not in found, heading[1]
            found[heading[1]] = {}
        elif row := re.fullmatch(r"\| `(\w+)` \| (.+) \| (.+) \| (.+) \|", line):
            table = list(found)[-1]
            assert row[1] not in found[table], (table, row[1])
            assert row[2].strip() and row[4].strip()
            found[table][row[1]] = (row[3], row[4])
    return found


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """A fresh database's tables and columns, with those of Slack's library."""
    path = tmp_path_factory.mktemp("schema") / "a.db"
    with Store(path) as store:
        SQLite3InstallationStore(database=str(path), client_id="x").init()  # type: ignore[no-untyped-call]
        SQLite3OAuthStateStore(database=str(path), expiration_seconds=1).init()  # type: ignore[no-untyped-call]
        return dict(_tables(store))


def _tables(store: Store) -> Iterator[tuple[str, list[str]]]:
    connection = store.database.conn
    for (name,) in connection.execute(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type <> 'shadow' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall():
        columns = connection.execute("SELECT name FROM pragma_table_info(?)", [name])
        yield name, [column for (column,) in columns]


def test_every_table_and_column_is_in_the_protocol_and_no_other(
    schema: dict[str, list[str]],
) -> None:
    listed = told()
    assert sorted(listed) == sorted(schema)
    for table, columns in schema.items():
        assert sorted(listed[table]) == sorted(columns), table


def test_each_column_says_what_kind_it_is() -> None:
    assert {kind for columns in told().values() for kind, _ in columns.values()} == KINDS


def test_every_text_of_the_protocol_is_masked_anew_or_says_why_not() -> None:
    texts = {
        (table, column)
        for table, columns in told().items()
        for column, (kind, _) in columns.items()
        if kind == "fritekst"
    }
    reached = {(place.table, place.column) for place in TEXT_COLUMNS}
    assert reached.isdisjoint(OTHERWISE)
    assert texts == reached | set(OTHERWISE)


def test_every_table_with_a_person_is_searched() -> None:
    searched = {table for table, _, _ in finding._SEARCHES}
    persons = {
        table
        for table, columns in told().items()
        if any(kind in ("person", "sted i Slack") for kind, _ in columns.values())
    }
    # Hashes that nobody can be found by, and what is gone within the hour.
    assert persons - searched == {"forgotten_people", "slack_deleted"}


def test_the_periods_are_those_of_the_settings() -> None:
    settings = Settings()
    assert (settings.retention_months, settings.retention_user_months) == (24, 24)
    assert settings.retention_slack_days == 365
    for name in ("retention_months", "retention_slack_days", "retention_user_months"):
        assert f"FRISKSVAR_{name.upper()}" in PROTOCOL
    periods = {period for columns in told().values() for _, period in columns.values()}
    assert "24 md." in periods and "1 år etter avsluttet, senest 24 md." in periods


@pytest.mark.parametrize("name", ["behandlingsprotokoll.md", "dpia.md", "til-ansatte.md"])
def test_the_texts_are_there_and_the_overview_points_to_them(name: str) -> None:
    assert len((DOCS / "privacy" / name).read_text(encoding="utf-8")) > 2000
    assert f"privacy/{name}" in (DOCS / "privacy.md").read_text(encoding="utf-8")


def test_every_rule_and_command_is_in_the_overview() -> None:
    overview = (DOCS / "privacy.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"`{rule.name}`" in overview
    group = main.commands["privacy"]
    for name in group.commands:  # type: ignore[attr-defined]
        assert f"privacy {name}" in overview
