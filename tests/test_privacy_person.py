"""What is held on a person is found, handed out, and forgotten wherever it stands."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from privacy_world import (
    DIRECT,
    KARI,
    KEY,
    ODD,
    OLA,
    TEAM,
    World,
    ask,
    filled,
    pseudonym,
    tables,
)
from tests_support import Home

from bot.cli.main import main
from bot.slack.centres.papers import PapersOnly
from bot.slack.centres.record import take_outdated
from bot.slack.pseudonyms import Pseudonyms
from indexer import reuse
from knowledge.messages import Failure
from knowledge.personal_data import (
    Holds,
    Person,
    PrivacyLog,
    Retention,
    apply_retention,
    export,
    find,
    forget,
    identify,
)
from knowledge.personal_data import forgetting as module
from knowledge.personal_data.person import hashed
from knowledge.register import Inquiries, People
from knowledge.register.approvals import Approvals, today
from knowledge.register.month import month_figures
from knowledge.register.users import Users

WHO = "cli:test"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = filled(tmp_path / "home")
    yield made
    made.store.close()


def kari(world: World) -> Person:
    return identify(world.store, KARI, Pseudonyms(KEY).of)


# Who is meant


def test_a_slack_id_is_looked_for_in_the_workspaces_that_the_register_knows(world: World) -> None:
    found = kari(world)
    assert found.pseudonyms == (pseudonym(KARI),)
    assert [Users(world.store).get(user).name for user in found.users] == ["Kari Zebrafink"]  # type: ignore[union-attr]
    elsewhere = identify(world.store, KARI, Pseudonyms(KEY).of, ["T2"])
    assert elsewhere.pseudonyms == (Pseudonyms(KEY).of("T2", KARI),)


def test_a_pseudonym_and_a_user_are_taken_as_they_are(world: World) -> None:
    assert identify(world.store, pseudonym(OLA), Pseudonyms(KEY).of).pseudonyms == (pseudonym(OLA),)
    assert identify(world.store, "user:1", Pseudonyms(KEY).of).whos == ("user:1",)


@pytest.mark.parametrize("given", ["Kari Hansen", "kari@kommune.no", "u123", "user:x", ""])
def test_a_name_or_an_address_is_no_person_here(world: World, given: str) -> None:
    with pytest.raises(Failure, match="Slack id"):
        identify(world.store, given, Pseudonyms(KEY).of)
    with pytest.raises(Failure, match="999"):
        identify(world.store, "user:999", Pseudonyms(KEY).of)


def test_without_a_workspace_somebody_has_to_say_which(tmp_path: Path) -> None:
    from knowledge.store import Store

    with Store(tmp_path / "a.db") as store, pytest.raises(Failure, match="--team"):
        identify(store, KARI, Pseudonyms(KEY).of)


# Finding


def test_every_table_that_holds_something_is_named(world: World) -> None:
    held = {each.table: each.rows for each in find(world.store, kari(world))}
    first, second = world.theirs
    assert held["inquiries"] == (str(first), str(second))
    assert held["people"] == (pseudonym(KARI),)
    assert held["inquiry_feedback"] == (str(first), str(world.other))
    assert set(held) == {
        *("people", "inquiries", "inquiry_topics", "inquiry_feedback", "inquiry_links"),
        *("handovers", "inquiry_answers", "approvals", "slack_threads", "slack_posts", "changes"),
        *("users", "saved_views", "sign_in_links"),
    }


def test_no_text_is_shown_unless_it_is_asked_for(world: World) -> None:
    person = kari(world)
    assert ODD not in str(find(world.store, person)).casefold()
    shown = [text for each in find(world.store, person, texts=True) for text in each.texts]
    assert sum(ODD in text for text in shown) == 10


# Handing out


def test_the_zip_has_everything_of_theirs_and_names_nobody_else(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "innsyn.zip"
    assert export(world.store, kari(world), path, key=KEY, who=WHO, reference="sak 1/26") == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    first, second = world.theirs
    assert set(files) == {
        *("person.json", "index.html"),
        *(f"inquiry-{n}.{kind}" for n in (first, second) for kind in ("html", "json")),
    }
    held = json.loads(files["person.json"])
    assert held["remembered"][0]["municipality"] == "1577"
    assert [vote["inquiry"] for vote in held["votes"]] == [first, world.other]
    assert held["accounts"][0]["subject"] == KARI
    assert f'href="inquiry-{first}.html"' in files["index.html"]
    for text in files.values():
        assert pseudonym(OLA) not in text and "Når er fristen" not in text
    entry = PrivacyLog(world.store).newest(1)[0]
    assert (entry.act, entry.reference, entry.detail) == ("export", "sak 1/26", {"inquiries": 2})


# Forgetting


def test_nothing_of_what_they_wrote_or_who_they_are_is_left_on_the_disk(world: World) -> None:
    person = kari(world)
    assert ODD.encode() in world.raw.lower()
    done = forget(world.store, person, key=KEY, who=WHO)
    assert (done.inquiries, done.held, done.people, done.approvals, done.users) == (2, 0, 1, 1, 1)
    world.store.close()
    raw = world.raw
    for gone in (ODD, KARI, pseudonym(KARI), DIRECT + ":1.1"):
        assert gone.lower().encode() not in raw.lower(), gone
    assert pseudonym(OLA).encode() in raw
    assert find(world.store, kari(world)) == []


def test_the_rows_stay_and_are_counted_as_before(world: World) -> None:
    rows, since = dict(tables(world)), datetime(2026, 1, 1, tzinfo=UTC)
    figures = month_figures(world.store, since)
    forget(world.store, kari(world), key=KEY, who=WHO)
    after = dict(tables(world))
    changed = {name for name in rows if rows[name] != after[name]}
    assert changed == {
        *("people", "slack_threads", "saved_views", "sign_in_links"),
        *("forgotten_people", "privacy_log"),
    }
    assert month_figures(world.store, since) == figures
    kept = Inquiries(world.store).get(world.theirs[0])
    assert kept is not None and kept.withdrawn_at is not None
    assert (kept.question, kept.asker, kept.came_from) == ("", None, f"forgotten:{kept.id}")
    assert (kept.municipality, list(kept.topics)) == ("1577", ["tilskudd"])


def test_what_others_asked_stays_but_for_their_words(world: World) -> None:
    forget(world.store, kari(world), key=KEY, who=WHO)
    other = Inquiries(world.store).get(world.other)
    assert other is not None
    assert (other.question, other.asker) == ("Når er fristen?", pseudonym(OLA))
    assert other.thread == ("Hei",)
    assert other.quotes[0].text == "[fjernet]"
    assert People(world.store).get(pseudonym(OLA)).municipality == "0301"
    votes = world.all("SELECT who, vote FROM inquiry_feedback WHERE inquiry = ?", world.other)
    assert (pseudonym(OLA), "up") in votes and len(votes) == 2


def test_what_waited_is_not_posted_and_the_centre_channel_is_redrawn(world: World) -> None:
    forget(world.store, kari(world), key=KEY, who=WHO)
    waiting = world.all("SELECT key FROM slack_posts WHERE state IN ('due', 'ready')")
    assert waiting == []
    first, second = world.theirs
    redrawn = take_outdated(PapersOnly.over(world.store))
    assert redrawn == [f"handover:{first}", f"handover:{second}"]
    places = world.all("SELECT channel FROM slack_posts WHERE key = ?", f"answer:{first}")
    assert places == [("",)]


def test_somebody_elses_press_on_their_question_is_emptied_too(world: World) -> None:
    first = world.theirs[0]
    asked = Inquiries(world.store).get(first)
    assert asked is not None
    copy = ask(world.store, OLA, asked.question, "9.9")
    with world.store.write() as db:
        db.conn.execute(
            "UPDATE inquiries SET came_from = ? WHERE id = ?",
            [f"slack:{TEAM}:press:{first}:{pseudonym(OLA)}", copy],
        )
    forget(world.store, kari(world), key=KEY, who=WHO)
    assert world.one("SELECT question FROM inquiries WHERE id = ?", copy) == ""


def test_the_log_tells_when_who_and_how_much_and_never_whom(world: World) -> None:
    forget(world.store, kari(world), key=KEY, who=WHO, reference="sak 7, ring 22 33 44 55")
    entry = PrivacyLog(world.store).newest(1)[0]
    assert (entry.act, entry.who) == ("forget", WHO)
    assert entry.reference == "sak 7, ring [telefon]"
    assert entry.detail["inquiries"] == 2
    assert hashed(KEY, pseudonym(KARI)) in entry.subject
    assert pseudonym(KARI) not in entry.subject and KARI not in entry.subject
    for statement in ("DELETE FROM privacy_log", "UPDATE privacy_log SET who = 'x'"):
        with pytest.raises(Exception, match="log of personal data"):
            world.store.database.conn.execute(statement)


def test_it_is_all_or_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(module, "remember", broken)
    person = kari(world)
    before = [world.all(f"SELECT * FROM {name} ORDER BY rowid") for name, _ in tables(world)]
    with pytest.raises(RuntimeError):
        forget(world.store, person, key=KEY, who=WHO)
    after = [world.all(f"SELECT * FROM {name} ORDER BY rowid") for name, _ in tables(world)]
    assert after == before


def test_forgetting_twice_changes_nothing_more(world: World) -> None:
    person = kari(world)
    forget(world.store, person, key=KEY, who=WHO)
    again = forget(world.store, person, key=KEY, who=WHO)
    assert (again.inquiries, again.votes, again.links, again.people, again.approvals) == (0,) * 5


def test_what_is_on_hold_stays_until_it_is_released(world: World) -> None:
    first = world.theirs[0]
    holds = Holds(world.store)
    assert holds.hold(first, "arkiv, sak 1/26", WHO) and not holds.hold(first, "igjen", WHO)
    done = forget(world.store, kari(world), key=KEY, who=WHO)
    assert (done.inquiries, done.held) == (1, 1)
    kept = Inquiries(world.store).get(first)
    assert kept is not None and ODD in kept.question and kept.asker == pseudonym(KARI)
    assert [hold.reason for hold in holds.all()] == ["arkiv, sak 1/26"]
    assert holds.release(first, WHO, "avlevert") and not holds.release(first, WHO)
    taken = apply_retention(world.store, Retention(0, 0, 0), who="daily", key=KEY)
    assert taken["forgotten"] == 1
    world.store.close()
    assert ODD.encode() not in world.raw.lower()


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_hold_needs_a_reason_and_an_inquiry(world: World, reason: str) -> None:
    with pytest.raises(Failure, match="--reason"):
        Holds(world.store).hold(world.other, reason, WHO)
    with pytest.raises(Failure, match="999"):
        Holds(world.store).hold(999, "sak 1", WHO)
    Inquiries(world.store).withdraw(world.other)
    with pytest.raises(Failure, match="withdrawn"):
        Holds(world.store).hold(world.other, "sak 1", WHO)


def test_who_comes_back_is_not_forgotten_again(world: World) -> None:
    forget(world.store, kari(world), key=KEY, who=WHO)
    new = ask(world.store, KARI, "Hei igjen", "5.5", at=datetime.now(UTC))
    People(world.store).change(pseudonym(KARI), municipality="0301")
    apply_retention(world.store, Retention(0, 0, 0), who="daily", key=KEY)
    assert world.one("SELECT question FROM inquiries WHERE id = ?", new) == "Hei igjen"
    assert People(world.store).get(pseudonym(KARI)).municipality == "0301"


def test_a_user_is_forgotten_and_what_they_did_stays_as_a_number(world: World) -> None:
    (number,) = kari(world).users
    forget(
        world.store, identify(world.store, f"user:{number}", Pseudonyms(KEY).of), key=KEY, who=WHO
    )
    user = Users(world.store).get(number)
    assert user is not None and (user.name, user.role, user.disabled) == (
        f"user:{number}",
        "none",
        True,
    )
    assert world.one("SELECT count(*) FROM changes WHERE who = ?", f"user:{number}")
    again = Users(world.store).sign_in("https://slack.com", KARI, "Kari")
    assert again.id != number and again.role == "none"


def test_the_last_administrator_is_not_forgotten(world: World) -> None:
    admin = Users(world.store).first_admin()
    with pytest.raises(Failure):
        forget(world.store, Person("x", users=(admin.id,)), key=KEY, who=WHO)
    assert Users(world.store).has_admin()


# The command


def run(folder: Path, *arguments: str, sure: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(
        main,
        ["--lang", "en", "privacy", *arguments],
        input=sure,
        env={"FRISKSVAR_HOME": str(folder), "FRISKSVAR_SECRET": KEY.decode(), "COLUMNS": "200"},
        catch_exceptions=False,
    )
    return done.exit_code, done.output


def test_the_command_finds_shows_and_forgets_when_somebody_is_sure(world: World) -> None:
    folder = world.path.parent
    status, told = run(folder, "find", KARI)
    assert status == 0 and ODD not in told.lower() and "inquiry_feedback" in told
    assert ODD in run(folder, "find", KARI, "--show")[1]
    status, told = run(folder, "forget", KARI, "--dry-run")
    assert status == 0 and "slack_threads" in told
    assert run(folder, "forget", KARI, sure="n\n")[0] == 1
    assert ODD.encode() in world.raw.lower()
    status, told = run(folder, "forget", KARI, sure="y\n")
    assert status == 0 and "Forgotten: 2 inquiries" in told and "Backups" in told
    assert "Nothing is held" in run(folder, "find", KARI)[1]
    acts = [entry.act for entry in PrivacyLog(world.store).newest()]
    assert acts == ["find", "forget", "find", "find"]


def test_the_command_holds_and_lists(world: World) -> None:
    folder, number = world.path.parent, str(world.other)
    assert "No inquiries" in run(folder, "holds")[1]
    assert run(folder, "hold", number, "--reason", "sak 5/26")[0] == 0
    assert "sak 5/26" in run(folder, "holds")[1]
    assert run(folder, "release", number)[0] == 0
    assert "was not kept" in run(folder, "release", number)[1]
    assert "hold" in run(folder, "log")[1]


def test_somebody_the_command_does_not_know_is_told_in_a_sentence(world: World) -> None:
    status, told = run(world.path.parent, "find", "Kari Hansen")
    assert status == 1 and "neither a Slack id" in told and "Traceback" not in told


def test_what_was_approved_of_their_inquiry_goes_from_the_library_and_the_index(
    tmp_path: Path, write: Callable[[str, str], Path]
) -> None:
    home = Home(tmp_path / "home")
    home.add(write("veileder.md", "# Veileder\n\n## Tilskudd\n\nFristen for tilskudd er i mars.\n"))
    number = ask(home.store, KARI, f"Kan vi låne ut {ODD} til deltakere?", "1.1")
    approvals = Approvals(home.store)
    approval = approvals.approve(
        number, f"Kan vi låne ut {ODD}?", f"Ja, {ODD} lånes ut mot en avtale.", "verdal",
        WHO, today() + timedelta(days=90),
    )  # fmt: skip
    reuse.file_approved(home.catalogue, approvals, approval)
    home.build()
    home.store.close()
    folder = tmp_path / "home"

    def holding() -> list[str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return [path.name for path in files if ODD.encode() in path.read_bytes().lower()]

    assert len(holding()) >= 3  # the database, the library, the index
    status, told = run(folder, "forget", KARI, "--yes")
    assert status == 0 and "built again" in told and "1 approved answer." in told
    assert holding() == []
