"""Which passages past inquiries led to: opened, found helpful or not, linked by a reviewer."""

from __future__ import annotations

from datetime import UTC, datetime

from knowledge.messages import Failure
from knowledge.register.models import Bridge, Link, LinkKind, NewLink
from knowledge.store import Store

OPPOSITE: dict[LinkKind, LinkKind] = {"helpful": "not_helpful", "not_helpful": "helpful"}
"""One vote for each person: the last one counts."""

_SAME = "inquiry = ? AND document = ? AND start = ? AND kind = ? AND who = ?"


class Links:
    """The links in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, new: NewLink) -> int:
        """Keep a link; on disk when this returns. The same link again is the same row.

        A vote replaces the opposite vote of the same person for the same passage.

        Returns:
            The id of the link.

        Raises:
            Failure: there is no such inquiry.
        """
        with self._store.write() as db:
            if not db.conn.execute(
                "SELECT 1 FROM inquiries WHERE id = ?", [new.inquiry]
            ).fetchone():
                raise Failure("inquiry_missing", inquiry=new.inquiry)
            if new.kind in OPPOSITE:
                self.remove(new.model_copy(update={"kind": OPPOSITE[new.kind]}))
            row = {**new.model_dump(), "at": datetime.now(UTC).isoformat()}
            inserted = db.conn.execute(
                'INSERT INTO inquiry_links (inquiry, document, start, "end", kind, who, at) '
                "VALUES (:inquiry, :document, :start, :end, :kind, :who, :at) "
                "ON CONFLICT (inquiry, document, start, kind, who) DO NOTHING RETURNING id",
                row,
            ).fetchone()
            if inserted is None:
                inserted = db.conn.execute(
                    f"SELECT id FROM inquiry_links WHERE {_SAME}",  # noqa: S608 (our conditions)
                    _key(new),
                ).fetchone()
        return int(inserted[0])

    def remove(self, link: NewLink) -> bool:
        """Take a link back (its `end` does not matter). Whether there was one."""
        with self._store.write() as db:
            removed = db.conn.execute(
                f"DELETE FROM inquiry_links WHERE {_SAME}",  # noqa: S608 (our conditions)
                _key(link),
            ).rowcount
        return bool(removed)

    def of(self, inquiry: int) -> list[Link]:
        """The links of an inquiry, oldest first."""
        cursor = self._store.database.conn.execute(
            "SELECT * FROM inquiry_links WHERE inquiry = ? ORDER BY id", [inquiry]
        )
        names = [column[0] for column in cursor.description]
        return [Link.model_validate(dict(zip(names, row, strict=True))) for row in cursor]

    def heading(self, document: str, start: int) -> tuple[str, str] | None:
        """Title and section of a passage as it was last shown, or None if it never was."""
        found = self._store.database.conn.execute(
            "SELECT title, section FROM inquiry_quotes WHERE document = ? AND start = ? "
            "ORDER BY inquiry DESC LIMIT 1",
            [document, start],
        ).fetchone()
        return (str(found[0]), str(found[1])) if found else None

    def bridges(self) -> list[Bridge]:
        """Each inquiry with each passage it led to, and how many times in each way.

        Inquiries that a reviewer has set aside as no inquiry are left out.
        """
        rows = self._store.database.conn.execute(
            """
            SELECT i.question, i.language, l.document, l.start, max(l."end"),
                sum(l.kind = 'linked'), sum(l.kind = 'helpful'),
                sum(l.kind = 'not_helpful'), sum(l.kind = 'clicked'), i.thread <> '[]'
            FROM inquiry_links AS l JOIN inquiries AS i ON i.id = l.inquiry
            WHERE i.status <> 'not_an_inquiry' AND trim(i.question) <> ''
            GROUP BY l.inquiry, l.document, l.start
            ORDER BY l.inquiry, l.document, l.start
            """
        )
        return [Bridge(*row) for row in rows]

    def version(self) -> int:
        """A number that grows whenever `bridges` may have changed; costs one row."""
        found = self._store.database.conn.execute("SELECT count FROM link_changes").fetchone()
        return int(found[0])


def _key(link: NewLink) -> list[object]:
    return [link.inquiry, link.document, link.start, link.kind, link.who]
