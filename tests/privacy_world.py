"""A register in which one person has left something everywhere, and another one too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.slack.pseudonyms import Pseudonyms
from knowledge.register import (
    FeedbackBook,
    Handovers,
    Inquiries,
    Links,
    NewInquiry,
    NewLink,
    People,
    ShownQuote,
)
from knowledge.register.approvals import Approvals, today
from knowledge.register.review import Review
from knowledge.register.users import Users
from knowledge.store import Store

KEY = b"a key that nobody knows of, 32 b"
TEAM, CHANNEL, DIRECT = "T1", "C1", "D1"
KARI, OLA = "U0KARI001", "U0OLA0001"
ODD = "zebrafink"
"""Stands in everything that Kari wrote, and in what was written of it."""
ASKED = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def pseudonym(user: str) -> str:
    return Pseudonyms(KEY).of(TEAM, user)


@dataclass
class World:
    """`theirs` are Kari's inquiries; `other` is Ola's, in the same thread."""

    store: Store
    path: Path
    theirs: list[int] = field(default_factory=list)
    other: int = 0

    @property
    def raw(self) -> bytes:
        """The files of the database, as they are on the disk."""
        return b"".join(path.read_bytes() for path in sorted(self.path.parent.glob("*.db*")))

    def one(self, sql: str, *values: object) -> object:
        found = self.store.database.conn.execute(sql, values).fetchone()
        return found[0] if found and len(found) == 1 else found

    def all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        return self.store.database.conn.execute(sql, values).fetchall()


def ask(
    store: Store,
    user: str,
    text: str,
    ts: str,
    *,
    at: datetime = ASKED,
    channel: str = CHANNEL,
    thread: tuple[str, ...] = (),
    reason: str = "",
) -> int:
    """A question in Slack with all that hangs on it there."""
    number, _ = Inquiries(store).receive(
        NewInquiry(
            came_from=f"slack:{TEAM}:{channel}:{ts}",
            received_at=at,
            channel="slack",
            question=text,
            thread=thread,
            municipality="1577",
            municipality_today="1577",
            asker=pseudonym(user),
            topics={"tilskudd": reason or "tilskudd"},
        )
    )
    with store.write() as db:
        db.conn.execute(
            "INSERT INTO slack_threads VALUES (?, ?, ?, ?, ?)", [number, TEAM, channel, ts, "1.0"]
        )
        for key, where in (("answer", channel), ("handover", "C9")):
            db.conn.execute(
                "INSERT INTO slack_posts (key, inquiry, team, channel, thread_ts, way, state, ts, "
                "next_try_at, created_at) VALUES (?, ?, ?, ?, '1.0', 'message', 'posted', ?, ?, ?)",
                [
                    f"{key}:{number}",
                    number,
                    TEAM,
                    where,
                    f"{key}{ts}",
                    at.isoformat(),
                    at.isoformat(),
                ],
            )
    return number


def filled(folder: Path) -> World:
    """A register of its own, copied from one that is written once."""
    content, theirs, other = _written()
    folder.mkdir(parents=True)
    path = folder / "frisksvar.db"
    path.write_bytes(content)
    return World(Store(path), path, list(theirs), other)


@cache
def _written() -> tuple[bytes, tuple[int, ...], int]:
    with TemporaryDirectory() as folder:
        world = _write(Path(folder))
        world.store.database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        world.store.close()
        return world.path.read_bytes(), tuple(world.theirs), world.other


def _write(folder: Path) -> World:
    path = folder / "frisksvar.db"
    store = Store(path)
    world = World(store, path)
    first = ask(
        store, KARI, f"Får vi tilskudd til {ODD}kurs?", "1.1", channel=DIRECT, reason=f"{ODD}kurs"
    )
    second = ask(store, KARI, f"Og hva med {ODD} til barn?", "1.2")
    world.theirs = [first, second]
    world.other = ask(
        store, OLA, "Når er fristen?", "1.3", thread=(f"Og hva med {ODD} til barn?", "Hei")
    )
    People(store).change(pseudonym(KARI), municipality="1577", actor="municipality")
    People(store).change(pseudonym(OLA), municipality="0301")
    votes = FeedbackBook(store)
    votes.vote(first, pseudonym(KARI), "down")
    votes.explain(first, pseudonym(KARI), "missing", f"Fant ikke {ODD}")
    votes.vote(world.other, pseudonym(KARI), "up")
    votes.vote(world.other, pseudonym(OLA), "up")
    Links(store).add(
        NewLink(inquiry=first, document="d", start=0, end=9, kind="clicked", who=pseudonym(KARI))
    )
    handovers = Handovers(store)
    handovers.open(first, centre="trondelag", reason="county", note=f"Gjelder {ODD}")
    handovers.answer(first, f"Om {ODD}: ja.", came_from=f"slack:{TEAM}:C9:8.1", centre="trondelag")
    handovers.answer(first, f"Takk, {ODD}", came_from=f"slack:{TEAM}:{DIRECT}:8.2", centre=None)
    user = Users(store).sign_in("https://slack.com", KARI, f"Kari {ODD.title()}")
    Users(store).first_admin()
    Users(store).save_view(user.id, "min", f"text={ODD}")
    Users(store).make_link(user.id)
    Review(store).correct(second, {"note": f"Ring om {ODD}"}, revision=0, who=user.who)
    approvals = Approvals(store)
    approval = approvals.approve(
        first, f"Får vi {ODD}?", f"Ja, {ODD}.", "trondelag", user.who, today() + timedelta(days=90)
    )
    approvals.filed(approval.id, "approved-document")
    quote = ShownQuote(
        document="approved-document", title="Svar", section=f"Får vi {ODD}?", url=None,
        edition=None, updated=None, start=0, end=9, text=f"Ja, {ODD}.", highlight=f"Ja, {ODD}.",
        score=1.0,
    )  # fmt: skip
    Inquiries(store).complete(
        world.other, outcome="answered", generation="g", quotes=[quote], at=ASKED
    )
    with store.write() as db:
        db.conn.execute(
            "INSERT INTO slack_posts (key, inquiry, team, channel, way, recipient, response_url, "
            "state, payload, next_try_at, created_at) VALUES ('note:1', ?, 'T1', 'D1', 'ephemeral',"
            " ?, 'https://hooks.slack.com/x', 'ready', ?, ?, ?)",
            [
                first,
                KARI,
                json.dumps({"text": ODD, "blocks": []}),
                ASKED.isoformat(),
                ASKED.isoformat(),
            ],
        )
    return world


def tables(world: World) -> Iterator[tuple[str, int]]:
    """Each table of ours, and how many rows it has."""
    for (name,) in world.all(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND name NOT LIKE 'inquiries_text%' ORDER BY name"
    ):
        yield str(name), int(str(world.one(f"SELECT count(*) FROM {name}")))
