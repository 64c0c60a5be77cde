"""The register: sound, of this program's version, and not ahead of the clock."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Final

from bot.doctor.finding import Finding, Findings, Installation
from knowledge.messages import Message
from knowledge.register import Inquiries
from knowledge.store import StoreError
from knowledge.store.copying import applied, connect, known_migrations, orphans

AHEAD: Final = timedelta(minutes=2)
"""A row may be so much newer than the clock: a time server sets it by less."""


def database(place: Installation) -> Findings:
    """Raises StoreError or sqlite3.Error where it cannot be read or written, or is damaged."""
    path = place.settings.database
    if not path.exists():
        yield Finding("warn", Message("operation_install_no_register"), run="frisksvar init")
        return
    with closing(connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")  # one that can only be read would lose every inquiry
        connection.execute("ROLLBACK")
        result = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        if result != "ok":
            raise StoreError("database_unusable", path=path, reason=" ".join(result.split()))
        seen, known = set(applied(connection)), set(known_migrations())
        lost = orphans(connection)
    if newer := sorted(seen - known):
        raise StoreError("database_newer", path=path, migration=newer[0])
    if waiting := sorted(known - seen):
        values = {"count": len(waiting), "migration": waiting[0]}
        text = Message("operation_install_migrations", values)
        yield Finding("warn", text, run="frisksvar backup")
        return
    count = Inquiries(place.store).count()
    yield Finding("ok", Message("doctor_inquiries", {"count": count, "integrity": result}))
    if lost:
        text = Message("operation_install_orphans", {"count": lost})
        yield Finding("bad", text, run="frisksvar backups list")


def clock(place: Installation) -> Findings:
    """A clock that went back would give inquiries the wrong day, and put them out of order."""
    shown = place.now.strftime("%Y-%m-%d %H:%M UTC")
    newest = None
    if place.register_ready:
        found = place.store.database.execute("SELECT max(received_at) FROM inquiries").fetchone()
        newest = datetime.fromisoformat(found[0]) if found[0] else None
    if newest is not None and newest > place.now + AHEAD:
        values = {"now": shown, "newest": newest.strftime("%Y-%m-%d %H:%M UTC")}
        yield Finding("bad", Message("operation_install_clock_back", values), run="timedatectl")
    else:
        yield Finding("ok", shown)
