"""Links from past inquiries to the passages they led to: kept once, taken back, and told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pydantic import ValidationError

from bot.cli import main
from knowledge.messages import Failure
from knowledge.register import Inquiries, LinkKind, Links, NewInquiry, NewLink, ShownQuote
from knowledge.settings import Settings
from knowledge.store import Store

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
DOCUMENT = "d" * 64


class Desk:
    def __init__(self, path: Path) -> None:
        self.store = Store(path)
        self.inquiries = Inquiries(self.store)
        self.links = Links(self.store)
        self._asked = 0

    def ask(self, question: str = "Hvem kan henvise?", *, quotes: int = 2, **more: object) -> int:
        self._asked += 1
        values = {"channel": "cli", "question": question, "received_at": NOW, **more}
        new = NewInquiry.model_validate({"came_from": f"cli:{self._asked}", **values})
        number, _ = self.inquiries.receive(new)
        shown = [
            ShownQuote(
                document=DOCUMENT,
                title="Veileder",
                section=f"Del {number}.{place}",
                url=None,
                edition=None,
                updated=None,
                start=1000 * number + 100 * place,
                end=1000 * number + 100 * place + 50,
                text="Legen kan henvise.",
                highlight="Legen kan henvise.",
                score=3.0,
            )
            for place in range(1, quotes + 1)
        ]
        self.inquiries.complete(number, outcome="answered", generation="g", quotes=shown, at=NOW)
        return number

    def status(self, inquiry: int, status: str) -> None:
        with self.store.write() as db:
            db.conn.execute("UPDATE inquiries SET status = ? WHERE id = ?", [status, inquiry])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(Settings(home=tmp_path).database)
    yield made
    made.store.close()


def link(inquiry: int, kind: LinkKind = "linked", *, start: int = 0, who: str = "modum") -> NewLink:
    return NewLink(
        inquiry=inquiry, document=DOCUMENT, start=start, end=start + 50, kind=kind, who=who
    )


# The register


def test_the_same_link_twice_is_one(desk: Desk) -> None:
    number = desk.ask()
    first = desk.links.add(link(number, "clicked", who="a1"))
    assert desk.links.add(link(number, "clicked", who="a1")) == first
    other = desk.links.add(link(number, "clicked", who="b2"))
    assert [(item.id, item.kind, item.who) for item in desk.links.of(number)] == [
        (first, "clicked", "a1"),
        (other, "clicked", "b2"),
    ]
    assert all(item.at.tzinfo is not None for item in desk.links.of(number))


def test_a_link_is_taken_back_once(desk: Desk) -> None:
    number = desk.ask()
    desk.links.add(link(number))
    assert not desk.links.remove(link(number, who="senja"))
    assert desk.links.remove(link(number))
    assert not desk.links.remove(link(number))
    assert desk.links.of(number) == []


def test_the_last_vote_of_a_person_counts(desk: Desk) -> None:
    number = desk.ask()
    desk.links.add(link(number, "helpful", who="a1"))
    desk.links.add(link(number, "helpful", who="b2"))
    desk.links.add(link(number, "clicked", who="a1"))
    desk.links.add(link(number, "not_helpful", who="a1"))
    (bridge,) = desk.links.bridges()
    assert (bridge.helpful, bridge.not_helpful, bridge.clicked) == (1, 1, 1)


def test_a_removed_inquiry_takes_its_links_along(desk: Desk) -> None:
    kept, gone = desk.ask(), desk.ask()
    for number in (kept, gone):
        desk.links.add(link(number))
    with desk.store.write() as db:
        db.conn.execute("DELETE FROM inquiries WHERE id = ?", [gone])
    assert desk.links.of(gone) == []
    assert len(desk.links.of(kept)) == 1


def test_a_link_needs_an_inquiry(desk: Desk) -> None:
    with pytest.raises(Failure, match=r"no inquiry no\. 7"):
        desk.links.add(link(7))


@pytest.mark.parametrize("who", ["", "Kari Nordmann", "kari@modum.no", "Kari", "kari\n", "x" * 65])
def test_who_is_an_id_and_never_a_name(who: str) -> None:
    with pytest.raises(ValidationError):
        link(1, who=who)


def test_the_database_refuses_what_is_no_link(desk: Desk) -> None:
    number = desk.ask()
    for column, value in (("kind", "'liked'"), ("start", "-1"), ('"end"', "0"), ("inquiry", "9")):
        row = {"inquiry": str(number), "document": "'d'", "start": "0", '"end"': "5"}
        row |= {"kind": "'linked'", "who": "'a'", "at": "'t'"} | {column: value}
        with pytest.raises(sqlite3.IntegrityError), desk.store.write() as db:
            db.conn.execute(
                f"INSERT INTO inquiry_links ({', '.join(row)}) VALUES ({', '.join(row.values())})"
            )


def test_bridges_count_each_kind_for_each_passage(desk: Desk) -> None:
    first = desk.ask("Hvem kan henvise?", language="nb")
    second = desk.ask("And what about Nav?", language="en", thread=("Who can refer people?",))
    for who in ("a1", "b2", "c3"):
        desk.links.add(link(first, "clicked", start=100, who=who))
    desk.links.add(link(first, "linked", start=100))
    desk.links.add(link(first, "helpful", start=100, who="a1"))
    desk.links.add(link(first, "not_helpful", start=700, who="b2"))
    desk.links.add(link(second, "helpful", start=100, who="a1"))
    found = {(bridge.question, bridge.start): bridge for bridge in desk.links.bridges()}
    assert len(found) == 3
    most = found["Hvem kan henvise?", 100]
    assert (most.linked, most.helpful, most.not_helpful, most.clicked) == (1, 1, 0, 3)
    assert (most.document, most.end, most.language, most.follow_up) == (DOCUMENT, 150, "nb", False)
    assert found["Hvem kan henvise?", 700].not_helpful == 1
    assert found["And what about Nav?", 100].follow_up


def test_what_is_no_inquiry_and_what_asks_nothing_are_no_bridges(desk: Desk) -> None:
    aside, empty, kept = desk.ask("Takk for sist!"), desk.ask("  "), desk.ask("Hvem kan henvise?")
    for number in (aside, empty, kept):
        desk.links.add(link(number))
    desk.status(aside, "not_an_inquiry")
    assert [bridge.question for bridge in desk.links.bridges()] == ["Hvem kan henvise?"]


def test_the_version_grows_with_every_change_and_only_then(desk: Desk) -> None:
    number, other = desk.ask(), desk.ask()
    seen = [desk.links.version()]

    def changed() -> bool:
        seen.append(desk.links.version())
        return seen[-1] > seen[-2]

    desk.links.add(link(number))
    assert changed()
    desk.links.add(link(number))
    desk.links.remove(link(number, who="senja"))
    desk.ask()
    desk.status(number, "resolved")
    desk.status(other, "not_an_inquiry")  # has no link
    assert not changed()
    # The id and the count are the same as before, the link is another.
    desk.links.remove(link(number))
    desk.links.add(link(number, who="senja"))
    assert changed()
    desk.status(number, "not_an_inquiry")
    assert changed()
    desk.status(number, "new")
    assert changed()
    with desk.store.write() as db:
        db.conn.execute("DELETE FROM inquiries WHERE id = ?", [number])
    assert changed()


# The command line

Run = Callable[..., Result]


@pytest.fixture
def run(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FRISKSVAR_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(main, ["inquiries", *arguments])


def kept(desk: Desk, inquiry: int) -> list[tuple[int, str, str]]:
    return [(item.start, item.kind, item.who) for item in desk.links.of(inquiry)]


def test_a_reviewer_links_a_quote_and_takes_it_back(desk: Desk, run: Run) -> None:
    number = desk.ask()
    done = run("link", "1", "--quote", "2")
    assert done.exit_code == 0
    assert "Veileder › Del 1.2 er merket «svaret» ved henvendelse nr. 1." in done.stderr
    assert kept(desk, number) == [(1200, "linked", "cli")]
    assert run("link", "1", "--quote", "2").exit_code == 0
    assert len(kept(desk, number)) == 1
    assert "ikke lenger merket" in run("link", "1", "--quote", "2", "--undo").stderr
    assert kept(desk, number) == []
    again = run("link", "1", "--quote", "2", "--undo")
    assert again.exit_code == 1
    assert "Sitat nr. 2 er ikke merket «svaret» av cli ved henvendelse nr. 1" in again.stderr


def test_a_quote_shown_with_another_inquiry_is_linked_and_shown(desk: Desk, run: Run) -> None:
    number = desk.ask(quotes=0)
    desk.ask()
    assert run("link", "1", "--from", "2", "--quote", "1", "--who", "modum").exit_code == 0
    assert kept(desk, number) == [(2100, "linked", "modum")]
    assert kept(desk, 2) == []
    shown = run("show", "1")
    assert shown.exit_code == 0
    assert f"svaret: Veileder › Del 2.1 (modum, {datetime.now(UTC):%Y-%m-%d})" in shown.stdout


@pytest.mark.parametrize(
    ("option", "kind"), [("--helpful", "helpful"), ("--not-helpful", "not_helpful")]
)
def test_a_vote_is_given_on_the_command_line(desk: Desk, run: Run, option: str, kind: str) -> None:
    number = desk.ask()
    assert run("link", "1", "--quote", "1", option).exit_code == 0
    assert kept(desk, number) == [(1100, kind, "cli")]
    assert run("link", "1", "--quote", "1", option, "--undo").exit_code == 0
    assert kept(desk, number) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["9", "--quote", "1"], "Det finnes ingen henvendelse nr. 9."),
        (["1", "--from", "9", "--quote", "1"], "Det finnes ingen henvendelse nr. 9."),
        ([f"{2**70}", "--quote", "1"], f"Det finnes ingen henvendelse nr. {2**70}."),
        (["1", "--quote", "3"], "Henvendelse nr. 1 har ikke noe sitat nr. 3; det siste er nr. 2."),
        (["2", "--quote", "1"], "Ingen sitater ble vist ved henvendelse nr. 2"),
        (["1", "--quote", "1", "--who", "Kari Nordmann"], "aldri et navn"),
    ],
)
def test_what_cannot_be_linked_is_told_in_one_sentence(
    desk: Desk, run: Run, arguments: list[str], told: str
) -> None:
    desk.ask()
    desk.ask(quotes=0)
    result = run("link", *arguments)
    assert result.exit_code == 1
    assert told in result.stderr and len(result.stderr.strip().splitlines()) == 1
    assert kept(desk, 1) == kept(desk, 2) == []


def test_a_quote_is_not_both(desk: Desk, run: Run) -> None:
    desk.ask()
    result = run("link", "1", "--quote", "1", "--helpful", "--not-helpful")
    assert result.exit_code == 2 and "velg ett av dem" in result.stderr
