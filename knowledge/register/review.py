"""What a centre does with an inquiry: correct, answer, mark, and take that back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from knowledge.messages import Message
from knowledge.register import editing
from knowledge.register.changes import Change, Changes
from knowledge.register.corrections import (
    AUTOMATIC,
    FIELDS,
    NOT_IN_BULK,
    complete,
    status_with,
    tidied,
)
from knowledge.register.editing import Refused
from knowledge.register.handovers import Answer, Handovers
from knowledge.register.inquiry_state import InquiryFields, follows
from knowledge.register.redaction import erase, redact
from knowledge.register.values import cleaned, known_centre
from knowledge.store import Store

__all__ = ["AUTOMATIC", "FIELDS", "NOT_IN_BULK", "Review"]


class Review:
    """Review work in one `Store`. Thread-safe. Every change is recorded with it, or not made.

    Raises, from every method that changes something: Failure where the inquiry is missing,
    withdrawn or deleted; Refused (a Failure) for a value that cannot be used.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fields = InquiryFields(store)
        self._changes = Changes(store)
        self._handovers = Handovers(store)

    def correct(
        self,
        inquiry: int,
        values: Mapping[str, Any],
        *,
        revision: int,
        who: str,
        base: Mapping[str, Any] | None = None,
    ) -> int:
        """Write the fields (of `FIELDS`) that were changed, and return the new revision.

        A municipality is a number or name of the day of the inquiry. None or "" empties a field;
        the centre follows the municipality only where it is given as `AUTOMATIC`. What a form sends
        unchanged does not overwrite what others changed meanwhile.

        Args:
            revision: of the inquiry as it was shown.
            base: the values that were shown, if known, as `values` has them.

        Raises:
            Stale: somebody else changed the same field since.
        """
        if unknown := sorted(set(values) - set(FIELDS)):
            raise TypeError(f"no such field: {', '.join(unknown)}")
        with self._store.write():
            wanted = editing.merged(
                self._store,
                self._fields,
                inquiry,
                tidied(values),
                revision=revision,
                base=tidied(base) if base else None,
            )
            return self._write(inquiry, wanted, who)

    def answer(self, inquiry: int, text: str, *, centre: str, who: str) -> Answer:
        """Keep a centre's answer, masked; whoever shows it to the asker does that.

        Raises:
            Refused: there is no text, or no such centre.
        """
        known_centre(centre)
        kept = cleaned(text)
        if not kept:
            raise Refused("text", Message("review_answer_empty"))
        with self._store.write():
            before = self._fields.state(inquiry)
            origin = f"review:{uuid4().hex}"
            answer, _ = self._handovers.answer(inquiry, kept, came_from=origin, centre=centre)
            now = answer.at.isoformat()
            if before["first_reply_at"] is None:
                self._fields.put(inquiry, "first_reply_at", now)
            self._fields.put(inquiry, "reviewed_at", now)
            self._record(inquiry, before, who)
        return answer

    def redact(self, inquiry: int, words: Sequence[str], *, who: str) -> int:
        """Replace each occurrence of the words by «[fjernet]»; how many. It cannot be undone."""
        with self._store.write():
            replaced = redact(self._store, inquiry, words)
            if replaced:
                self._gone(inquiry, "redacted", who)
        return replaced

    def mark_duplicate(self, inquiry: int, of: int | None, who: str) -> int:
        """Mark as the same inquiry as another, and so as done; with `of` None, take that back.

        Raises:
            Failure: there is no such other inquiry, or it is a duplicate of this one.
        """
        with self._store.write():
            state = self._fields.state(inquiry)
            if of is None:
                back = {"duplicate_of": None}
                if state["duplicate_of"] is not None and state["status"] == "resolved":
                    back |= status_with(state, self._unresolved(state))
                return self._write(inquiry, back, who)
            if self._first_of(of) == inquiry:
                raise Refused("duplicate_of", Message("review_duplicate_of_itself"))
            return self._write(
                inquiry,
                {"duplicate_of": self._first_of(of), "status": "resolved"},
                who,
            )

    def set_aside(self, inquiry: int, who: str) -> int:
        """Mark as not an inquiry: thanks, a test, something posted by mistake."""
        with self._store.write():
            return self._write(inquiry, {"status": "not_an_inquiry"}, who)

    def delete(self, inquiry: int, who: str) -> None:
        """Remove what was written and who asked; the row stays, marked. It cannot be undone."""
        with self._store.write():
            erase(self._store, inquiry)
            self._gone(inquiry, "deleted", who)
            self._changes.scrub("inquiry", inquiry)

    def bulk(
        self,
        inquiries: Sequence[int],
        values: Mapping[str, Any],
        who: str,
        *,
        batch: str | None = None,
    ) -> str:
        """The same correction in each, all or nothing; the batch, for `undo`.

        Args:
            batch: of an earlier call that this one belongs to.
        """
        if unknown := sorted(set(values) - set(FIELDS) | set(values) & NOT_IN_BULK):
            raise TypeError(f"not in bulk: {', '.join(unknown)}")
        batch = batch or uuid4().hex
        given = tidied(values)
        with self._store.write():
            for inquiry in dict.fromkeys(inquiries):
                self._write(inquiry, given, who, batch)
        return batch

    def undo(self, batch: str, who: str) -> list[int]:
        """Take a batch back, in all its inquiries, exactly; returns them (editing.undo)."""
        return editing.undo(self._store, self._fields, batch, who=who)

    def history(self, inquiry: int, *, everything: bool = False) -> list[Change]:
        """Newest first; without what only follows from another field, unless `everything`."""
        return [
            change
            for change in self._changes.of("inquiry", inquiry)
            if everything or not follows(change.field)
        ]

    def last_batch(self, inquiry: int) -> str | None:
        """What `undo` would take back."""
        return self._changes.last_batch("inquiry", inquiry)

    def _write(
        self, inquiry: int, given: Mapping[str, Any], who: str, batch: str | None = None
    ) -> int:
        state = self._fields.state(inquiry)
        wanted = complete(state, given, who)
        # An unchanged form is a review too: it is noted on the row, and is no change.
        wanted["reviewed_at"] = datetime.now(UTC).isoformat()
        if all(state[field] == value for field, value in wanted.items() if field != "reviewed_at"):
            self._fields.put(inquiry, "reviewed_at", wanted["reviewed_at"])
        return editing.write(self._store, self._fields, inquiry, wanted, who=who, batch=batch)

    def _unresolved(self, state: Mapping[str, Any]) -> str:
        """As `Inquiries.resolve` does when it takes back that something is resolved."""
        return "answered" if state["answered_by"] else "new"

    def _first_of(self, inquiry: int) -> int:
        """The inquiry itself, or the one at the end of those that it is a duplicate of."""
        seen: list[int] = []
        while inquiry not in seen:
            seen.append(inquiry)
            first = self._fields.state(inquiry)["duplicate_of"]
            if first is None:
                break
            inquiry = int(first)
        return inquiry

    def _record(self, inquiry: int, before: Mapping[str, Any], who: str) -> None:
        """Record what was already written by other means."""
        after = self._fields.state(inquiry)
        different = {
            field: (before.get(field), value)
            for field, value in after.items()
            if before.get(field) != value
        }
        self._changes.record(who, "inquiry", inquiry, different)
        self._fields.moved(inquiry, self._changes.last("inquiry", inquiry))

    def _gone(self, inquiry: int, field: str, who: str) -> None:
        """Record that words had to go, without them."""
        self._changes.record(who, "inquiry", inquiry, {field: (None, None)})
        self._changes.scrub("inquiry", inquiry, [field])
        self._fields.moved(inquiry, self._changes.last("inquiry", inquiry))
