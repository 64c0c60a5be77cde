"""A backup that was restored is older than what was forgotten since: it is forgotten again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from knowledge.personal_data.emptying import empty_user
from knowledge.personal_data.forgetting import forget_inquiries, remember
from knowledge.personal_data.holds import HELD, held_again, released_again
from knowledge.personal_data.person import GONE, hashed
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.personal_data.words_again import words_gone
from knowledge.privacy.removal import REMOVED
from knowledge.register.redaction import clear_search
from knowledge.store import Store
from knowledge.store.row_marks import same_row

Rows = list[tuple[Any, ...]]


def forget_those_known(store: Store, key: bytes) -> int:
    """Forget again what is there of people who were forgotten; how many inquiries.

    What they asked after they were forgotten stays: they came back.
    """
    connection = store.database.conn
    gone = dict(connection.execute("SELECT hash, at FROM forgotten_people").fetchall())
    if not gone:
        return 0
    inquiries = 0
    with store.write():
        for (who,) in connection.execute(
            "SELECT asker FROM inquiries WHERE asker IS NOT NULL UNION SELECT who FROM people "
            "UNION SELECT who FROM inquiry_feedback UNION SELECT who FROM inquiry_links"
        ).fetchall():
            at = gone.get(hashed(key, who))
            if at is not None:
                inquiries += _forget_before(store, who, at)
    return inquiries


def forget_again(
    present: Path | None,
    restored: Store,
    *,
    key: bytes | None,
    emptied: dict[tuple[str, int], None] | None = None,
) -> int:
    """Bring a restored database up to what has been forgotten since it was copied.

    People who were forgotten; inquiries that were withdrawn or deleted; words that were removed;
    users who were emptied. What is on hold now is on hold there, and the log of what was done with
    personal data goes on where it was. Retention and remasking are for the next `frisksvar privacy
    retention` and `remask`.

    Args:
        present: the database that the restored one takes the place of. None, where it cannot be
            read: then only what the restored one itself knows of is done, and what stands in the
            file beside it (`erased_again.py`).
        key: of the pseudonyms. None, where it is lost: people are then known by their inquiries.
        emptied: gets the rows that lost all their text (words_again.py).

    Returns:
        How many rows were emptied or changed.
    """
    count = 0
    emptied = {} if emptied is None else emptied
    with restored.write():
        if present is not None:
            with closing(_opened(present)) as now:
                if _has(now, "forgotten_people"):
                    _carry_over(now, restored)
                count += _inquiries_gone(now, restored)
                count += words_gone(now, restored, emptied)
                count += _quotes(now, restored)
                count += _users_gone(now, restored)
        if key is not None:
            count += forget_those_known(restored, key)
        if count:
            PrivacyLog(restored).record("restored", who="restore", detail={"rows": count})
    if count and not restored.database.conn.in_transaction:
        clear_search(restored)
    return count


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _has(connection: sqlite3.Connection, table: str) -> bool:
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).fetchone()
    return found is not None


def _forget_before(store: Store, who: str, at: str) -> int:
    connection = store.database.conn
    old = f"(SELECT id FROM inquiries WHERE received_at < ? AND id NOT IN ({HELD}))"
    own = connection.execute(
        f"SELECT id FROM inquiries WHERE asker = ? AND id IN {old}",
        [who, at],
    ).fetchall()
    forget_inquiries(store, [int(row[0]) for row in own])
    connection.execute("DELETE FROM people WHERE who = ? AND changed_at < ?", [who, at])
    connection.execute(
        "UPDATE inquiry_feedback SET who = 'gone-' || rowid, comment = NULL "
        f"WHERE who = ? AND at < ? AND inquiry NOT IN ({HELD})",
        [who, at],
    )
    connection.execute(
        "UPDATE inquiry_links SET who = 'gone-' || id "
        f"WHERE who = ? AND at < ? AND inquiry NOT IN ({HELD})",
        [who, at],
    )
    return len(own)


def _carry_over(now: sqlite3.Connection, restored: Store) -> None:
    """Who was forgotten, what is on hold and what no longer, and the log."""
    connection = restored.database.conn
    for person, at in now.execute("SELECT hash, at FROM forgotten_people").fetchall():
        remember(restored, person, at)
    for inquiry, at, who, reason, released_at, released_by in now.execute(
        "SELECT inquiry, at, who, reason, released_at, released_by FROM holds ORDER BY id"
    ).fetchall():
        if not same_row(now, connection, "inquiry", inquiry):
            continue
        if released_at is None:
            held_again(connection, inquiry, at, who, reason)
        else:
            released_again(connection, inquiry, released_at, released_by)
    # By all of a line, and not from the newest moment on: a clock may have been ahead.
    columns = "at, act, who, reference, subject, detail, rules"
    there = set(connection.execute(f"SELECT {columns} FROM privacy_log").fetchall())
    log = now.execute(f"SELECT {columns} FROM privacy_log ORDER BY id").fetchall()
    connection.executemany(
        f"INSERT INTO privacy_log ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [line for line in log if line not in there],
    )


def _inquiries_gone(now: sqlite3.Connection, restored: Store) -> int:
    """Withdrawn, deleted or emptied since: the same row, by the rule that the file goes by."""
    connection = restored.database.conn
    gone = now.execute(
        "SELECT id, withdrawn_at, deleted_at FROM inquiries "
        "WHERE withdrawn_at IS NOT NULL OR deleted_at IS NOT NULL"
    )
    due: Rows = []
    for number, withdrawn_at, deleted_at in gone:
        found = connection.execute(
            "SELECT 1 FROM inquiries WHERE id = ? AND withdrawn_at IS NULL AND deleted_at IS NULL",
            [number],
        ).fetchone()
        if found is not None and same_row(now, connection, "inquiry", number):
            due.append((withdrawn_at, deleted_at, number))
    numbers = [int(row[2]) for row in due]
    connection.executemany(
        "UPDATE inquiries SET withdrawn_at = ?, deleted_at = ? WHERE id = ?", due
    )
    forget_inquiries(restored, numbers)
    return len(due)


def _quotes(now: sqlite3.Connection, restored: Store) -> int:
    """Quotes of approved answers that words were taken out of, where they were shown."""
    connection = restored.database.conn
    cursor = now.execute("SELECT * FROM inquiry_quotes WHERE instr(text, ?) > 0", [REMOVED])
    names = [column[0] for column in cursor.description]
    changed = 0
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        place = [row["inquiry"], row["position"]]
        found = connection.execute(
            "SELECT text FROM inquiry_quotes WHERE inquiry = ? AND position = ? AND document = ?",
            [*place, row["document"]],
        ).fetchone()
        if found is None or found[0] == row["text"]:
            continue
        changed += 1
        connection.execute("DELETE FROM inquiry_quotes WHERE inquiry = ? AND position = ?", place)
        restored.database.table("inquiry_quotes").insert(row)
    return changed


def _users_gone(now: sqlite3.Connection, restored: Store) -> int:
    gone = now.execute("SELECT id, created_at FROM users WHERE issuer = ?", [GONE]).fetchall()
    there = restored.database.conn.execute(
        "SELECT id, created_at FROM users WHERE issuer <> ?", [GONE]
    ).fetchall()
    due = set(gone) & set(there)
    for number, _ in due:
        empty_user(restored, int(number))
    return len(due)
