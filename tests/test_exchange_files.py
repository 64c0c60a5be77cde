"""The register out: one inquiry as a file, everything as an archive and in again; the commands."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.state_store.sqlite3 import SQLite3OAuthStateStore

from bot.cli import main
from bot.slack.installations import SEALED, SealedInstallations
from knowledge.exchange import (
    apply,
    as_xlsx,
    export_all,
    import_all,
    inquiry_as_html,
    inquiry_as_json,
    preview,
    whole,
)
from knowledge.exchange import tables as exchange_tables
from knowledge.exchange.tables import SLACKS_OWN, tables
from knowledge.exchange.tables import rows_of as rows_of_table
from knowledge.messages import LANGUAGES, Failure, Language
from knowledge.register import (
    FeedbackBook,
    Handovers,
    Inquiries,
    Links,
    NewInquiry,
    NewLink,
    ShownQuote,
)
from knowledge.register.changes import Changes
from knowledge.register.visits import NewVisit, Visits
from knowledge.store import Store

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
SCRIPT = "<script>alert('Ø')</script>"
ASKER = "a" * 32


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "a.db")


@pytest.fixture
def empty(tmp_path: Path) -> Store:
    return Store(tmp_path / "empty" / "b.db")


def fill(store: Store, question: str = f"Hvem kan henvise? {SCRIPT}") -> int:
    """A register with something in most tables; the number of its inquiry."""
    inquiries, handovers = Inquiries(store), Handovers(store)
    number, _ = inquiries.receive(
        NewInquiry(
            came_from="slack:T1:C1:1.0",
            received_at=NOW,
            channel="slack",
            question=question,
            masked=("phone",),
            thread=("Hva er en frisklivssentral?",),
            language="nb",
            municipality="1201",
            municipality_today="4601",
            actor="legesenter",
            asker=ASKER,
            centre="bergen",
            topics={"henvisning": "henvise"},
        )
    )
    quote = ShownQuote(
        document="d" * 64,
        title="Veilederen",
        section="Henvisning",
        url="javascript:alert(1)",
        edition="2016",
        updated="2016-10-01",
        start=10,
        end=32,
        text="Fastlegen kan henvise.",
        highlight="Fastlegen",
        score=4.2,
    )
    inquiries.complete(number, outcome="answered", generation="g17", quotes=[quote], at=NOW)
    handovers.open(number, centre="bergen", reason="own_municipality", note="Haster litt")
    handovers.answer(number, "Ja, begge kan.", came_from="slack:T1:C1:1.1", centre="bergen")
    handovers.answer(number, "Takk!", came_from="slack:T1:C1:1.2", centre=None)
    votes = FeedbackBook(store)
    votes.vote(number, ASKER, "up")
    votes.vote(number, "b" * 32, "down")
    votes.explain(number, "b" * 32, "old", "Finnes det noe nyere?")
    links = Links(store)
    links.remove(gone := link(number, 5))
    links.add(link(number, 1))
    links.add(gone)
    links.remove(gone)
    Changes(store).record("user:3", "inquiry", number, {"status": ("new", "resolved")})
    Visits(store).add(
        NewVisit(
            on_date=date(2026, 3, 1),
            centre="bergen",
            people=12,
            municipalities=("4601",),
            actors={"nav": None},
            came_from="web:1",
        ),
        "user:3",
    )
    with store.write() as db:
        db.conn.execute(
            "INSERT INTO users (issuer, subject, name, role, created_at) "
            "VALUES ('local', 'x', 'Kari', 'admin', ?)",
            [NOW.isoformat()],
        )
        db.conn.execute(
            "INSERT INTO sign_in_links (digest, user, expires_at) VALUES ('secret-digest', 1, '')"
        )
        db.conn.executemany(
            "INSERT INTO slack_posts (key, team, channel, way, recipient, response_url, state, "
            "payload, next_try_at, created_at) VALUES (?, 'T1', 'C1', 'message', 'U-secret', "
            "'https://hooks.slack.example/secret', ?, '{\"text\": \"secret-text\"}', '', '')",
            [("answer:1", "posted"), ("answer:2", "ready")],
        )
    install(store)
    return number


def install(store: Store) -> str:
    """A workspace has installed the app, and another is about to; the code of the latter."""
    kept = SealedInstallations(store.path, "C1", b"k" * 32)
    kept.save(
        Installation(
            app_id="A1", team_id="T1", user_id="U-secret", bot_token="xoxb-secret", bot_id="B1",
            bot_user_id="U2", user_token="xoxp-secret",
        )
    )  # fmt: skip
    states = SQLite3OAuthStateStore(expiration_seconds=600, database=str(store.path))
    return states.issue()


def link(number: int, start: int) -> NewLink:
    return NewLink(
        inquiry=number, document="d" * 64, start=start, end=start + 9, kind="linked", who="bergen"
    )


class Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_inquiry_as_one_page_that_needs_and_runs_nothing(
    store: Store, language: Language
) -> None:
    page = Page(inquiry_as_html(store, fill(store), language).decode())
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base"}
    for _, attributes in page.tags:
        assert not {"src", "href", "srcset", "style"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in page.text and "@import" not in page.text
    for expected in (
        SCRIPT,
        "Hva er en frisklivssentral?",
        "Fastlegen kan henvise.",
        "d" * 64,
        "g17",
        "javascript:alert(1)",
        "Ja, begge kan.",
        "Takk!",
        "Finnes det noe nyere?",
        "Haster litt",
        "03.03.2026 13.00",
        "Bergen (1201)",
        "telefon",
    ):
        assert expected in page.text
    for code in ("own_municipality", "linked", "resolved", "nb", "legesenter"):
        assert not re.search(rf"\b{code}\b", page.text), code
    assert "b" * 32 not in page.text, "another person's pseudonym"


def test_an_address_on_the_web_may_be_a_link(store: Store) -> None:
    number = fill(store)
    with store.write() as db:
        db.conn.execute("DROP TRIGGER inquiry_quotes_are_history")
        db.conn.execute("UPDATE inquiry_quotes SET url = 'https://example.no/a?b=1&c=\"'")
    page = Page(inquiry_as_html(store, number).decode())
    ((_, attributes),) = [tag for tag in page.tags if tag[0] == "a"]
    assert attributes["href"] == 'https://example.no/a?b=1&c="'


def test_an_inquiry_as_json(store: Store) -> None:
    number = fill(store)
    read = json.loads(inquiry_as_json(store, number))
    assert read["inquiry"]["question"] == f"Hvem kan henvise? {SCRIPT}"
    assert read["inquiry"]["thread"] == ["Hva er en frisklivssentral?"]
    assert read["inquiry"]["generation"] == "g17"
    (quote,) = read["inquiry"]["quotes"]
    assert (quote["document"], quote["text"]) == ("d" * 64, "Fastlegen kan henvise.")
    assert [answer["text"] for answer in read["answers"]] == ["Ja, begge kan.", "Takk!"]
    assert [vote["who"] for vote in read["feedback"]] == ["asker", "other"]
    assert [handover["note"] for handover in read["handovers"]] == ["Haster litt"]
    (change,) = read["history"]
    assert (change["who"], change["before"], change["after"]) == ("staff", "new", "resolved")
    assert "b" * 32 not in json.dumps(read)


def test_an_inquiry_that_is_not_there(store: Store) -> None:
    for write in (inquiry_as_html, inquiry_as_json):
        with pytest.raises(Failure) as missing:
            write(store, 7)
        assert missing.value.key == "inquiry_missing"


def contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    connection = store.database.conn
    names = [*tables(connection), "sqlite_sequence"]
    order = {"sqlite_sequence": "name", "slack_posts": "key"}
    held = {
        name: connection.execute(
            f'SELECT * FROM "{name}" ORDER BY {order.get(name, "rowid")}'
        ).fetchall()
        for name in names
    }
    held["sqlite_sequence"] = [row for row in held["sqlite_sequence"] if row[0] in names]
    return held


FORGOTTEN = {"slack_posts"}


def test_everything_out_and_in_again_is_the_same(
    store: Store, empty: Store, tmp_path: Path
) -> None:
    fill(store)
    path = tmp_path / "alt.zip"
    out = export_all(store, path)
    back = import_all(path, empty)
    assert out == back
    before, after = contents(store), contents(empty)
    assert before.keys() == after.keys()
    filled = {name for name, rows in before.items() if rows}
    assert filled >= {
        "inquiries", "inquiry_topics", "inquiry_quotes", "inquiry_links", "inquiry_feedback",
        "inquiry_answers", "handovers", "changes", "visits", "visit_actors",
        "visit_municipalities", "users", "link_changes", "slack_posts",
    }  # fmt: skip
    for name in before.keys() - FORGOTTEN:
        assert after[name] == before[name], name
    assert len(after["slack_posts"]) == 2
    # Found by its words too: the text index was made again.
    found = empty.database.conn.execute(
        "SELECT rowid FROM inquiries_text WHERE inquiries_text MATCH 'henvise'"
    ).fetchall()
    assert found == [(1,)]


def test_an_id_that_was_taken_back_is_not_given_again(
    store: Store, empty: Store, tmp_path: Path
) -> None:
    number = fill(store)
    export_all(store, tmp_path / "alt.zip")
    import_all(tmp_path / "alt.zip", empty)
    assert Links(empty).add(link(number, 7)) == Links(store).add(link(number, 7)) == 3


def test_the_archive_has_no_secrets_and_is_its_owners_alone(store: Store, tmp_path: Path) -> None:
    fill(store)
    state = install(store)
    path = tmp_path / "alt.zip"
    export_all(store, path)
    with zipfile.ZipFile(path) as archive:
        assert not {f"{name}.jsonl" for name in SLACKS_OWN} & set(archive.namelist())
        everything = b"".join(archive.read(name) for name in archive.namelist())
        posts = [json.loads(line) for line in archive.read("slack_posts.jsonl").splitlines()]
    for secret in ("secret", SEALED, state):
        assert secret.encode() not in everything
    # What was still to be posted is not posted by whoever reads this in.
    assert [(post["key"], post["state"]) for post in posts] == [
        ("answer:1", "posted"),
        ("answer:2", "failed"),
    ]
    assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".part"] == []


def test_tokens_in_an_archive_of_an_earlier_version_are_not_read_in(
    store: Store, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    with monkeypatch.context() as earlier:
        earlier.setattr(exchange_tables, "SLACKS_OWN", ("slack_installations",))
        out = export_all(store, tmp_path / "alt.zip")
    with zipfile.ZipFile(tmp_path / "alt.zip") as archive:
        assert {"slack_bots.jsonl", "oauth_states.jsonl"} <= set(archive.namelist())
    back = import_all(tmp_path / "alt.zip", empty)
    assert (back.tables, back.rows) == (out.tables - 2, out.rows - 2)
    assert contents(empty)["inquiries"] == contents(store)["inquiries"]
    assert contents(empty)["sqlite_sequence"] == contents(store)["sqlite_sequence"]
    assert b"sealed:" not in empty.path.read_bytes()


def test_the_manifest_tells_what_is_there(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_all(store, tmp_path / "alt.zip")
    with zipfile.ZipFile(tmp_path / "alt.zip") as archive:
        manifest = json.loads(archive.read("manifest.json"))
        inquiries = archive.read("inquiries.jsonl")
    assert manifest["schema_name"] == manifest["migrations"][-1] >= "0008_users"
    assert manifest["tables"]["inquiries"] == {
        "rows": 1,
        "sha256": hashlib.sha256(inquiries).hexdigest(),
    }


def test_only_an_empty_database_takes_an_archive(store: Store, tmp_path: Path) -> None:
    fill(store)
    export_all(store, tmp_path / "alt.zip")
    before = contents(store)
    with pytest.raises(Failure) as refused:
        import_all(tmp_path / "alt.zip", store)
    assert refused.value.key == "review_all_not_empty"
    assert contents(store) == before


Change = Callable[[dict[str, bytes]], None]


def manifest_with(**fields: Any) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        parts["manifest.json"] = json.dumps(
            {**json.loads(parts["manifest.json"]), **fields}
        ).encode()

    return change


def row_with(table: str, line: bytes) -> Change:
    """One line more in a table, with a manifest that agrees."""

    def change(parts: dict[str, bytes]) -> None:
        name = f"{table}.jsonl"
        parts[name] += line + b"\n"
        manifest = json.loads(parts["manifest.json"])
        manifest["tables"][table] = {
            "rows": parts[name].count(b"\n"),
            "sha256": hashlib.sha256(parts[name]).hexdigest(),
        }
        parts["manifest.json"] = json.dumps(manifest).encode()

    return change


def changed_text(parts: dict[str, bytes]) -> None:
    parts["inquiries.jsonl"] = parts["inquiries.jsonl"].replace(b"Hvem", b"Hvor")


def one_more_file(parts: dict[str, bytes]) -> None:
    parts["../outside.jsonl"] = b""


def one_less(parts: dict[str, bytes]) -> None:
    del parts["visits.jsonl"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda parts: parts.pop("manifest.json"), "review_all_no_archive"),
        (manifest_with(format="another"), "review_all_no_archive"),
        (manifest_with(version=2), "review_all_newer"),
        (manifest_with(migrations=["0001_library", "9999_later"]), "review_all_newer"),
        (manifest_with(tables={"inquiries": {"rows": -1, "sha256": ""}}), "review_all_damaged"),
        (manifest_with(migrations=7), "review_all_damaged"),
        (changed_text, "review_all_damaged"),
        (one_more_file, "review_all_damaged"),
        (one_less, "review_all_damaged"),
        (row_with("visits", b"not json"), "review_all_damaged"),
        (row_with("visits", b"[1]"), "review_all_damaged"),
        (row_with("visits", b'{"id); DROP TABLE visits; --": 1}'), "review_all_damaged"),
        (row_with("visits", b'{"id": 9}'), "review_all_damaged"),
        (row_with("visits", b'{"id": 99999999999999999999}'), "review_all_damaged"),
        (row_with("visit_actors", b'{"visit": 77, "actor": "nav", "people": 1}'),
         "review_all_damaged"),
        (row_with("visit_actors", b'{"visit": 1, "actor": "\\ud800", "people": 1}'),
         "review_all_damaged"),
        (row_with("people", b'{"who": ["a"]}'), "review_all_damaged"),
    ],
)  # fmt: skip
def test_an_archive_that_was_changed_is_refused_and_nothing_is_kept(
    store: Store, empty: Store, tmp_path: Path, change: Change, key: str
) -> None:
    fill(store)
    export_all(store, tmp_path / "alt.zip")
    with zipfile.ZipFile(tmp_path / "alt.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(tmp_path / "endret.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    before = contents(empty)
    with pytest.raises(Failure) as refused:
        import_all(tmp_path / "endret.zip", empty)
    assert refused.value.key == key
    assert contents(empty) == before


@pytest.mark.parametrize("cut", [10, 300, -30])
def test_half_an_archive_is_refused(store: Store, empty: Store, tmp_path: Path, cut: int) -> None:
    fill(store)
    export_all(store, tmp_path / "alt.zip")
    (tmp_path / "halv.zip").write_bytes((tmp_path / "alt.zip").read_bytes()[:cut])
    with pytest.raises(Failure) as refused:
        import_all(tmp_path / "halv.zip", empty)
    assert refused.value.key == "review_all_damaged"


def test_what_is_written_meanwhile_is_not_half_in_the_archive(
    store: Store, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables are read as they were at one moment: no answer without its inquiry."""
    fill(store)
    real = rows_of_table
    other = sqlite3.connect(store.path)

    def rows_of(connection: sqlite3.Connection, table: str) -> Any:
        if table == "inquiry_answers":
            other.execute("PRAGMA foreign_keys = OFF")
            other.execute("INSERT INTO inquiry_answers VALUES (9, 77, 'x', NULL, '', '', NULL)")
            other.commit()
        return real(connection, table)

    monkeypatch.setattr(whole, "rows_of", rows_of)
    export_all(store, tmp_path / "alt.zip")
    other.close()
    import_all(tmp_path / "alt.zip", empty)
    assert len(Handovers(empty).answers(1)) == 2


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("texts")
    with Store(folder / "a.db") as out, Store(folder / "b.db") as back:
        for index, text in enumerate(texts):
            Inquiries(out).receive(
                NewInquiry(came_from=f"x:{index}", received_at=NOW, channel="cli", question=text)
            )
        export_all(out, folder / "alt.zip")
        import_all(folder / "alt.zip", back)
        assert contents(out) == contents(back)


# The commands


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(main, list(map(str, arguments)))


ROWS = [["1.3.2026", "Hvem kan henvise?", "Bergen"], ["2.3.2026", "Hva koster det?", "Voss"]]


def test_import_shows_first_and_stores_when_told(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "inn.xlsx"
    path.write_bytes(as_xlsx(["Dato", "Spørsmål", "Kommune", "Farge"], [[*r, "x"] for r in ROWS]))
    shown = run("register", "import", path)
    assert shown.exit_code == 0
    assert "Hvem kan henvise?" in shown.stdout and "4601 Bergen" in shown.stdout
    assert "Rader som kan importeres: 2." in shown.stderr and "Farge" in shown.stderr
    assert "Ingen henvendelser" in run("inquiries", "list").stderr
    assert (
        "Nye i registeret: 2. Der fra før: 0." in run("register", "import", path, "--apply").stderr
    )
    assert (
        "Nye i registeret: 0. Der fra før: 2." in run("register", "import", path, "--apply").stderr
    )


def test_import_refuses_with_a_table_and_status_one(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "inn.xlsx"
    path.write_bytes(as_xlsx(["Dato", "Spørsmål", "Kommune"], [*ROWS, ["1.3.26", "a", "Bergn"]]))
    for more in ([], ["--apply"]):
        refused = run("register", "import", path, *more)
        assert refused.exit_code == 1
        assert "Bergn" in refused.stdout and "Mente du: 4601 Bergen?" in refused.stdout
        assert "Celler som ikke kan brukes: 1." in refused.stderr
    assert "Ingen henvendelser" in run("inquiries", "list").stderr


@pytest.mark.parametrize("kind", ["inquiries", "visits"])
def test_the_template_command(run: Callable[..., Result], tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mal.xlsx"
    assert run("--lang", "nn", "register", "template", "--kind", kind, "-o", path).exit_code == 0
    done = run("register", "import", path, "--kind", kind, "--apply")
    assert "Nye i registeret: 1." in done.stderr


def test_an_inquiry_as_a_file_and_everything_moved(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "home" / "frisksvar.db") as store:
        fill(store)
    page, data, everything = (tmp_path / name for name in ("1.html", "1.json", "alt.zip"))
    assert run("register", "show-file", 1, "-o", page).exit_code == 0
    assert "&lt;script&gt;" in page.read_text("utf-8")
    assert run("register", "show-file", 1, "-o", data, "--format", "json").exit_code == 0
    assert json.loads(data.read_bytes())["inquiry"]["id"] == 1
    missing = run("register", "show-file", 2, "-o", data)
    assert missing.exit_code == 1 and "2" in missing.stderr
    assert run("register", "export-all", everything).exit_code == 0
    again = run("register", "import-all", everything)
    assert again.exit_code == 1 and "har innhold fra før" in again.stderr
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path / "ny"))
    moved = run("register", "import-all", everything)
    assert moved.exit_code == 0, moved.stderr
    assert "Hvem kan henvise?" in run("inquiries", "show", 1).stdout


def test_an_imported_table_moves_too(store: Store, empty: Store, tmp_path: Path) -> None:
    data = as_xlsx(["Dato", "Spørsmål", "Kommune"], ROWS)
    planned = preview(data, "inquiries", date(2026, 11, 22))
    apply(planned, store, "cli")
    export_all(store, tmp_path / "alt.zip")
    import_all(tmp_path / "alt.zip", empty)
    assert apply(planned, empty, "cli").unchanged == 2
