"""Masking anew when the rules improve, and forgetting again what a restored backup brings back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from privacy_world import KARI, KEY, ODD, OLA, World, ask, filled, pseudonym

from bot.slack.pseudonyms import Pseudonyms
from knowledge.personal_data import (
    Holds,
    PrivacyLog,
    Retention,
    apply_retention,
    forget,
    forget_again,
    identify,
    remask,
    remask_due,
)
from knowledge.personal_data import remasking as module
from knowledge.privacy.masking import RULES
from knowledge.register import Inquiries
from knowledge.register.approvals import Approvals
from knowledge.register.filters import Filter
from knowledge.register.ideas import Ideas, NewIdea
from knowledge.register.queue import Queue
from knowledge.register.review import Review
from knowledge.register.users import Users
from knowledge.store import Store

FNR = "01019012345"
PHONE = "41 23 45 67"
WHO = "cli:test"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = filled(tmp_path / "home")
    yield made
    made.store.close()


# Masking anew


def unmasked(world: World) -> None:
    """As rows would stand that were written by rules that knew nothing."""
    idea, _ = Ideas(world.store).add(NewIdea(title="Turgruppe", text="Ute", came_from="w:1"), WHO)
    with world.store.write() as db:
        for statement in (
            f"UPDATE inquiries SET question = 'Bruker {FNR} spør', thread = '[\"ring {PHONE}\"]'",
            f"UPDATE handovers SET note = 'tlf {PHONE}'",
            f"UPDATE inquiry_answers SET text = 'svar til a@b.no om {FNR}'",
            f"UPDATE inquiry_feedback SET comment = 'fnr {FNR}' WHERE comment IS NOT NULL",
            f"UPDATE approvals SET text = 'Ja, ring {PHONE}'",
            f"UPDATE ideas SET text = 'Ring {PHONE}' WHERE id = {idea}",
            "INSERT INTO annual_forms (centre, year, status, answers) VALUES ('verdal', 2025, "
            f'\'draft\', \'{{"a": "ring {PHONE}", "b": 12, "c": ["x"]}}\')',
            "INSERT INTO changes (at, who, kind, subject, field, before, after, batch) VALUES "
            f"('2026-01-01', 'cli', 'inquiry', 1, 'question', '\"{FNR}\"', '\"x\"', 'b1')",
            "INSERT INTO changes (at, who, kind, subject, field, before, after, batch) VALUES "
            f"('2026-01-01', 'cli', 'inquiry', 1, 'status', '\"{FNR}\"', '\"x\"', 'b1')",
        ):
            db.conn.execute(statement)


def test_what_the_rules_find_now_goes_wherever_it_stands(world: World) -> None:
    unmasked(world)
    listed = remask(world.store, who=WHO, dry_run=True)
    assert FNR.encode() in world.raw
    done = remask(world.store, who=WHO)
    assert (
        done.columns
        == listed.columns
        == {
            "inquiries.question": 3,
            "inquiries.thread": 3,
            "inquiry_feedback.comment": 1,
            "handovers.note": 1,
            "inquiry_answers.text": 2,
            "approvals.text": 1,
            "ideas.text": 1,
            "annual_forms.answers": 1,
            "changes": 1,
        }
    )
    first = Inquiries(world.store).get(world.theirs[0])
    assert first is not None
    assert (first.question, first.thread) == ("Bruker [fødselsnummer] spør", ("ring [telefon]",))
    assert set(first.masked) == {"national_identity_number", "phone"}
    answers = json.loads(str(world.one("SELECT answers FROM annual_forms")))
    assert answers == {"a": "ring [telefon]", "b": 12, "c": ["x"]}
    assert Queue(world.store).page(Filter(text=FNR), "-received_at", 1).rows == []
    # What is no text is left as it is, also where it looks like a number.
    assert world.one("SELECT before FROM changes WHERE field = 'status'") == f'"{FNR}"'
    with world.store.write() as db:
        db.conn.execute("UPDATE changes SET before = NULL, after = NULL WHERE field = 'status'")
    remask(world.store, who=WHO)
    world.store.close()
    assert FNR.encode() not in world.raw and PHONE.encode() not in world.raw


def test_an_approved_answer_with_something_in_it_stands_no_longer(world: World) -> None:
    unmasked(world)
    quoted = "SELECT text FROM inquiry_quotes"
    with world.store.write() as db:
        db.conn.execute("DROP TRIGGER inquiry_quotes_are_history")
        db.conn.execute("UPDATE inquiry_quotes SET text = 'Ja, ring ' || ?", [PHONE])
    assert remask(world.store, who=WHO).approvals == 1
    assert Approvals(world.store).of(world.theirs[0]) is None
    assert world.one(quoted) == "Ja, ring [fjernet]"


def test_a_second_time_there_is_nothing_to_do(world: World) -> None:
    unmasked(world)
    remask(world.store, who=WHO)
    before = world.all("SELECT * FROM inquiries")
    assert remask(world.store, who=WHO).rows == 0
    assert world.all("SELECT * FROM inquiries") == before


def test_small_batches_and_an_interruption_come_to_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmasked(world)
    real, calls = module._replace, []

    def broken(*arguments: object) -> int:
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_replace", broken)
    with pytest.raises(KeyboardInterrupt):
        remask(world.store, who=WHO, batch=2)
    monkeypatch.undo()
    assert PrivacyLog(world.store).last_rules() is None  # no run has ended
    rest = remask(world.store, who=WHO, batch=2)
    assert "inquiries.question" not in rest.columns  # those batches were kept
    assert rest.columns["inquiries.thread"] == 3  # of the one that broke nothing was
    assert remask(world.store, who=WHO).rows == 0


def test_it_is_due_when_the_rules_are_others_than_the_last_time(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path / "new.db") as new:
        assert not remask_due(new)
        ask(new, KARI, "Hei", "1.1", at=datetime.now(UTC))
        assert not remask_due(new)  # all of it was masked by these rules
    assert remask_due(world.store)  # that has older ones
    remask(world.store, who=WHO)
    assert not remask_due(world.store)
    monkeypatch.setattr(module, "RULES", f"{RULES}x")
    assert remask_due(world.store)
    remask(world.store, who=WHO, dry_run=True)
    assert remask_due(world.store)
    remask(world.store, who=WHO)
    assert not remask_due(world.store)
    assert PrivacyLog(world.store).newest(1)[0].rules == f"{RULES}x"


# A restored backup


class Backup:
    """A copy of the database, opened beside the one it is a copy of."""

    def __init__(self, world: World, folder: Path) -> None:
        world.store.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        folder.mkdir()
        self.path = folder / "restored.db"
        shutil.copyfile(world.path, self.path)

    def again(self, present: Path | None) -> int:
        with Store(self.path) as restored:
            return forget_again(present, restored, key=KEY)

    @property
    def raw(self) -> bytes:
        return b"".join(path.read_bytes() for path in self.path.parent.glob("*.db*"))


@pytest.fixture
def backup(world: World, tmp_path: Path) -> Backup:
    return Backup(world, tmp_path / "backup")


def test_who_was_forgotten_since_is_forgotten_in_the_backup_too(
    world: World, backup: Backup
) -> None:
    assert ODD.encode() in backup.raw.lower()
    forget(world.store, identify(world.store, KARI, Pseudonyms(KEY).of), key=KEY, who=WHO)
    assert backup.again(world.path) > 0
    raw = backup.raw
    for gone in (ODD, pseudonym(KARI), KARI):
        assert gone.lower().encode() not in raw.lower(), gone
    assert pseudonym(OLA).encode() in raw
    with Store(backup.path) as restored:
        acts = [entry.act for entry in PrivacyLog(restored).newest()]
        assert acts[:2] == ["restored", "forget"]
        assert forget_again(world.path, restored, key=KEY) == 0


def test_the_hash_alone_is_enough_where_the_present_database_is_lost(
    world: World, tmp_path: Path
) -> None:
    forget(world.store, identify(world.store, KARI, Pseudonyms(KEY).of), key=KEY, who=WHO)
    ask(world.store, KARI, "spør igjen", "9.1", at=datetime.now(UTC))
    late = ask(world.store, KARI, f"{ODD} fra en eldre fil", "9.2")  # of before they were forgotten
    backup = Backup(world, tmp_path / "backup")
    assert backup.again(None) == 1
    with Store(backup.path) as restored:
        kept = Inquiries(restored).get(late)
        assert kept is not None and kept.question == ""
        assert [one.question for one in Inquiries(restored).of_asker(pseudonym(KARI))] == [
            "spør igjen"
        ]


def test_what_was_taken_back_or_deleted_since_is_so_again(world: World, backup: Backup) -> None:
    first, second = world.theirs
    Inquiries(world.store).withdraw(first)
    Review(world.store).delete(second, who="user:1")
    assert backup.again(world.path) == 2
    with Store(backup.path) as restored:
        one, two = Inquiries(restored).get(first), Inquiries(restored).get(second)
        assert one is not None and one.withdrawn_at is not None and one.question == ""
        assert two is not None and two.deleted_at is not None and two.question == ""
    assert Inquiries(world.store).get(world.other) is not None


def test_words_that_were_removed_since_do_not_come_back(world: World, backup: Backup) -> None:
    Review(world.store).redact(world.theirs[0], [ODD, f"{ODD}kurs"], who="user:1")
    assert backup.again(world.path) >= 1
    with Store(backup.path) as restored:
        one = Inquiries(restored).get(world.theirs[0])
        assert one is not None and ODD not in one.question and "[fjernet]" in one.question
        assert restored.database.conn.execute(
            "SELECT count(*) FROM inquiry_answers WHERE instr(lower(text), ?)", [ODD]
        ).fetchone() == (0,)
        assert restored.database.conn.execute(
            "SELECT count(*) FROM inquiry_quotes WHERE instr(lower(text), ?)", [ODD]
        ).fetchone() == (0,)


def test_holds_and_the_log_go_on_and_a_user_stays_forgotten(world: World, backup: Backup) -> None:
    Holds(world.store).hold(world.other, "sak 1/26", WHO)
    forget(world.store, identify(world.store, "user:1", Pseudonyms(KEY).of), key=KEY, who=WHO)
    assert backup.again(world.path) == 1
    with Store(backup.path) as restored:
        assert [hold.inquiry for hold in Holds(restored).all()] == [world.other]
        user = Users(restored).get(1)
        assert user is not None and user.name == "user:1"
        later = datetime.now(UTC) + timedelta(days=5000)
        taken = apply_retention(restored, Retention(24, 0, 0), who="daily", now=later)
        assert taken["texts"] == 2


def test_nothing_forgotten_changes_nothing(world: World, backup: Backup) -> None:
    with Store(backup.path) as restored:
        before = restored.database.conn.execute("SELECT * FROM inquiries").fetchall()
        assert forget_again(world.path, restored, key=KEY) == 0
        assert restored.database.conn.execute("SELECT * FROM inquiries").fetchall() == before
