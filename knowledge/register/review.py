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
    DONE,
    FIELDS,
    NOT_IN_BULK,
    OPEN_AGAIN,
    complete,
    opened_again,
    tidied,
)
from knowledge.register.editing import Refused
from knowledge.register.handing_over import HandingOver
from knowledge.register.handovers import Answer, Handover, Handovers
from knowledge.register.inquiry_state import InquiryFields, follows
from knowledge.register.redaction import erase, redact
from knowledge.register.values import cleaned, known_centre
from knowledge.store import Store

__all__ = ["AUTOMATIC", "FIELDS", "NOT_IN_BULK", "OPEN_AGAIN", "Review"]


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
        self._handing = HandingOver(store, self._fields)

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

        A centre that has the inquiry passes it on to the new one; status "waiting" hands it to its
        centre, where none has it; status `OPEN_AGAIN` takes back that it was done with.

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

    def hand_over(self, inquiry: int, centre: str, *, note: str = "", who: str) -> Handover:
        """Ask a centre to answer; one that has the inquiry passes it on.

        Raises:
            Refused: there is no such centre, it serves no longer, or it has the inquiry.
        """
        known_centre(centre)
        with self._store.write():
            before = self._fields.state(inquiry)
            standing = self._handovers.open_of(inquiry)
            if standing is not None and standing.centre == centre:
                raise Refused("centre", Message("review_handover_already"))
            opened = self._handing.give(inquiry, centre, cleaned(note))
            self._record(inquiry, before, who, opened=opened)
        return opened

    def redact(self, inquiry: int, words: Sequence[str], *, who: str) -> int:
        """Replace each occurrence of the words by «[fjernet]»; how many. It cannot be undone.

        Also where the inquiry was withdrawn: a centre's answers stay.
        """
        with self._store.write():
            replaced = redact(self._store, inquiry, words)
            if replaced:
                self._gone(inquiry, "redacted", who)
        return replaced

    def mark_duplicate(self, inquiry: int, of: int | None, who: str) -> int:
        """Mark as the same inquiry as another, and so as done; with `of` None, take that back.

        A handover that was closed with it is then open again.

        Raises:
            Failure: there is no such other inquiry, or it is a duplicate of this one.
        """
        with self._store.write():
            state = self._fields.state(inquiry)
            if of is None:
                back: dict[str, Any] = {"duplicate_of": None}
                if state["duplicate_of"] is not None and state["status"] == "resolved":
                    back["status"] = OPEN_AGAIN
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
        """Remove what was written and who asked; the row stays, marked. It cannot be undone.

        Also where the inquiry was withdrawn.
        """
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

        Where everything was so before, the batch is empty (`Changes.in_batch`).

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
        given, back = self._meant(inquiry, given, state)
        wanted = {**complete(state, given, who), **back}
        opened = self._handing.follow(inquiry, state, wanted)
        if opened is not None:
            wanted = complete(self._fields.state(inquiry), {**given, "centre": opened.centre}, who)
        # An unchanged form is a review too: it is noted on the row, and is no change.
        wanted["reviewed_at"] = datetime.now(UTC).isoformat()
        if opened is not None:
            now = self._fields.state(inquiry)
            for field, value in wanted.items():
                if now.get(field) != value:
                    self._fields.put(inquiry, field, value)
            return self._record(inquiry, state, who, batch=batch, opened=opened)
        if all(state[field] == value for field, value in wanted.items() if field != "reviewed_at"):
            self._fields.put(inquiry, "reviewed_at", wanted["reviewed_at"])
        return editing.write(self._store, self._fields, inquiry, wanted, who=who, batch=batch)

    def _meant(
        self, inquiry: int, given: Mapping[str, Any], state: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], dict[str, Any]]:
        """What is to be corrected, and what taking back that it was done with amounts to."""
        asked, done = given.get("status"), state["status"] in DONE
        if asked == OPEN_AGAIN:
            given = {field: value for field, value in given.items() if field != "status"}
        elif asked != "answered":
            return given, {}
        closed = self._handing.closed_with(inquiry, state) if done else None
        if asked == OPEN_AGAIN:
            return given, opened_again(state, closed) if done else {}
        if closed is None:
            return given, {}
        replied = state[f"{closed}:first_reply"] or datetime.now(UTC).isoformat()
        return given, {closed: None, f"{closed}:first_reply": replied}

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

    def _record(
        self,
        inquiry: int,
        before: Mapping[str, Any],
        who: str,
        *,
        batch: str | None = None,
        opened: Handover | None = None,
    ) -> int:
        """Record what was already written by other means; the row's new revision.

        Args:
            opened: a new handover.
        """
        after = self._fields.state(inquiry)
        # First, as only one may be open, also on the way back.
        was = {**(self._handing.undone(opened) if opened else {}), **before}
        different = {
            field: (was.get(field), after[field])
            for field in {**was, **after}
            if was.get(field) != after[field]
        }
        self._changes.record(who, "inquiry", inquiry, different, batch=batch)
        revision = self._changes.last("inquiry", inquiry)
        self._fields.moved(inquiry, revision)
        return revision

    def _gone(self, inquiry: int, field: str, who: str) -> None:
        """Record that words had to go, without them."""
        self._changes.record(who, "inquiry", inquiry, {field: (None, None)})
        self._changes.scrub("inquiry", inquiry, [field])
        self._fields.moved(inquiry, self._changes.last("inquiry", inquiry))
