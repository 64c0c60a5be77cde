"""What was done with personal data: when, by whom, on what request, and how much; never what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from knowledge.privacy import mask
from knowledge.store import Store

Act = Literal["find", "export", "forget", "retention", "remask", "hold", "release", "restored"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One act.

    Attributes:
        who: ran it: "user:3", "cli:<account>", "daily".
        reference: of the request, masked.
        subject: a keyed hash, "user:3", "inquiry:12", or empty.
        detail: counts by what they count.
        rules: the version of the masking, where it matters.
    """

    id: int
    at: datetime
    act: Act
    who: str
    reference: str
    subject: str
    detail: Mapping[str, object]
    rules: str


class PrivacyLog:
    """The log in one `Store`: append-only. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(
        self,
        act: Act,
        *,
        who: str,
        reference: str = "",
        subject: str = "",
        detail: Mapping[str, object] | None = None,
        rules: str = "",
    ) -> None:
        """Write an act down, in the transaction of the act itself."""
        with self._store.write() as db:
            db.conn.execute(
                "INSERT INTO privacy_log (at, act, who, reference, subject, detail, rules) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    datetime.now(UTC).isoformat(),
                    act,
                    who,
                    mask(reference).text,
                    subject,
                    json.dumps(dict(detail or {}), ensure_ascii=False, sort_keys=True),
                    rules,
                ],
            )

    def newest(self, limit: int = 20) -> list[Entry]:
        """The last acts, newest first."""
        rows = self._store.database.conn.execute(
            "SELECT id, at, act, who, reference, subject, detail, rules FROM privacy_log "
            "ORDER BY id DESC LIMIT ?",
            [limit],
        )
        return [
            Entry(
                number, datetime.fromisoformat(at), act, who, about, subject, json.loads(n), rules
            )
            for number, at, act, who, about, subject, n, rules in rows
        ]

    def last_rules(self) -> str | None:
        """The rules that everything stored was last masked with; None where it never was."""
        found = self._store.database.conn.execute(
            "SELECT rules FROM privacy_log WHERE act = 'remask' ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return str(found[0]) if found else None
