"""By what a restored row is known to be the one that was forgotten, whatever was corrected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.personal_data import PrivacyLog
from knowledge.personal_data.erased_again import bring_up
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.review import Review
from knowledge.store import Store
from knowledge.store.copying import copy_database
from knowledge.store.erasures import FILE, Erasure, complete, keep, read
from knowledge.store.row_marks import mark_of

NOON = datetime(2026, 1, 5, 11, tzinfo=UTC)
EXACT = datetime(2026, 1, 5, 11, 3, 4, 123456, tzinfo=UTC)
QUESTION = "Hemmelig om Vesleblom"

FROM = {
    "an import": ("import:abc:1", NOON),
    "a message registered for another day": ("slack:T1:C1:1767.5", NOON),
    "a message": ("slack:T1:C1:1767.5", EXACT),
    "the pages": ("web:1", EXACT),
}
GOES = ("deleted", "withdrawn", "words")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "home" / "frisksvar.db") as made:
        yield made


def receive(store: Store, came_from: str, at: datetime, question: str = QUESTION) -> int:
    new = NewInquiry(came_from=came_from, received_at=at, channel="phone", question=question)
    return Inquiries(store).receive(new)[0]


def correct(store: Store, number: int, day: str = "2026-07-07") -> None:
    (revision,) = store.database.execute(
        "SELECT revision FROM inquiries WHERE id = ?", [number]
    ).fetchone()
    Review(store).correct(number, {"received_on": day}, revision=revision, who="user:1")


def go(store: Store, act: str, number: int) -> None:
    if act == "deleted":
        Review(store).delete(number, who="user:1")
    elif act == "withdrawn":
        Inquiries(store).withdraw(number)
    else:
        assert Review(store).redact(number, ["Vesleblom"], who="user:1")


def restored(
    old: Path, store: Store, known: bool, erasures: tuple[Erasure, ...] | None = None
) -> str:
    """The question in the restored copy."""
    lines = read(store.path.parent / FILE).erasures if erasures is None else erasures
    with Store(old) as again:
        bring_up([store.path] if known else [], again, lines, key=b"k" * 32)
        inquiry = Inquiries(again).get(1)
        assert inquiry is not None
        return inquiry.question


@pytest.mark.parametrize("known", [True, False], ids=["register read", "file alone"])
@pytest.mark.parametrize("act", GOES)
@pytest.mark.parametrize("origin", FROM)
def test_a_row_whose_day_was_corrected_is_forgotten_again(
    origin: str, act: str, known: bool, store: Store, tmp_path: Path
) -> None:
    number = receive(store, *FROM[origin])
    copy_database(store.path, tmp_path / "old.db")
    correct(store, number)
    go(store, act, number)
    correct_too = act == "words"
    if correct_too:
        correct(store, number, "2026-08-08")
    assert "Vesleblom" not in restored(tmp_path / "old.db", store, known)


@pytest.mark.parametrize("known", [True, False], ids=["register read", "file alone"])
@pytest.mark.parametrize("act", GOES)
def test_another_import_that_got_its_number_stays(
    act: str, known: bool, store: Store, tmp_path: Path
) -> None:
    """Both are from noon of the same day: only where they come from tells them apart."""
    with Store(tmp_path / "old.db") as other:
        receive(other, "import:xyz:1", NOON, "En annen om Vesleblom")
    number = receive(store, "import:abc:1", NOON)
    go(store, act, number)
    assert restored(tmp_path / "old.db", store, known) == "En annen om Vesleblom"


def test_what_only_the_emptied_register_knows_is_written_so_that_it_is_known(
    store: Store, tmp_path: Path
) -> None:
    """The origin in Slack went with the text; the file was lost and is made of the register."""
    number = receive(store, *FROM["a message registered for another day"])
    copy_database(store.path, tmp_path / "old.db")
    correct(store, number)
    go(store, "withdrawn", number)
    with store.write() as db:
        db.conn.execute("UPDATE inquiries SET came_from = 'forgotten:1'")
    (store.path.parent / FILE).unlink()
    complete(store.path.parent / FILE, store.database.conn)
    assert restored(tmp_path / "old.db", store, known=False) == ""


def test_a_line_from_before_origins_counted_is_read_still(store: Store, tmp_path: Path) -> None:
    receive(store, *FROM["an import"])
    copy_database(store.path, tmp_path / "old.db")
    before = Erasure(
        "2026-02-01T08:00:00.5+00:00",
        "deleted",
        kind="inquiry",
        number=1,
        mark=mark_of("inquiry", 1, NOON.isoformat()),
    )
    keep(store.path.parent, [before])
    assert restored(tmp_path / "old.db", store, known=False) == ""


def test_no_mark_can_be_tried_out_until_it_tells_a_message_in_slack(store: Store) -> None:
    first = mark_of("inquiry", 1, NOON.isoformat(), "slack:T1:C1:1767.5")
    assert first == mark_of("inquiry", 1, NOON.isoformat(), "slack:T1:C9:1900.5")
    assert first == mark_of("inquiry", 1, NOON.isoformat(), "forgotten:1")
    assert first != mark_of("inquiry", 1, NOON.isoformat(), "import:abc:1")


def test_the_log_goes_on_after_a_clock_that_was_ahead(store: Store, tmp_path: Path) -> None:
    log = PrivacyLog(store)
    with store.write() as db:
        db.conn.execute(
            "INSERT INTO privacy_log (at, act, who, reference, subject, detail, rules) "
            "VALUES ('2036-01-01T00:00:00+00:00', 'find', 'cli:ahead', '', '', '{}', '')"
        )
    copy_database(store.path, tmp_path / "old.db")
    log.record("export", who="cli:mended")
    newer = tmp_path / "newer.db"
    copy_database(store.path, newer)
    log.record("find", who="cli:last")
    with Store(tmp_path / "old.db") as again:
        bring_up([store.path, newer], again, (), key=None)
        told = [each.who for each in reversed(PrivacyLog(again).newest())]
    assert told == ["cli:ahead", "cli:mended", "cli:last"]


def test_the_log_of_a_copy_that_comes_after_a_new_register_is_not_lost(
    store: Store, tmp_path: Path
) -> None:
    """The numbers of the new one's lines are those that the backup's have too."""
    old, newer = tmp_path / "old.db", tmp_path / "newer.db"
    copy_database(store.path, old)
    PrivacyLog(store).record("export", who="cli:before")
    copy_database(store.path, newer)
    with Store(tmp_path / "new.db") as new:
        PrivacyLog(new).record("find", who="cli:new")
    with Store(old) as again:
        bring_up([tmp_path / "new.db", newer], again, (), key=None)
        assert {each.who for each in PrivacyLog(again).newest()} == {"cli:new", "cli:before"}
