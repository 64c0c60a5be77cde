"""Handing an inquiry over from the pages: to which centre, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from knowledge.messages import Message
from knowledge.reference import Reference
from knowledge.register.changes import Changes
from knowledge.register.corrections import AUTOMATIC, NOBODYS, centre_of
from knowledge.register.editing import Refused
from knowledge.register.handovers import Handover, Handovers
from knowledge.register.inquiry_state import InquiryFields
from knowledge.store import Store

BY_REVIEWER: Final = "reviewer"
"""Why a centre was asked (`Handover.reason`): somebody who reviews chose it."""


class HandingOver:
    """What a correction means for the centre that has an inquiry. Within its transaction."""

    def __init__(self, store: Store, fields: InquiryFields) -> None:
        self._fields = fields
        self._handovers = Handovers(store)
        self._changes = Changes(store)

    def follow(
        self, inquiry: int, state: Mapping[str, Any], wanted: dict[str, Any]
    ) -> Handover | None:
        """Hand the inquiry over where that follows from a new centre or status; the new handover.

        One that is to be opened again is put into `wanted`.

        Raises:
            Refused: there is no centre to go to.
        """
        standing = self._handovers.open_of(inquiry)
        centre, status = wanted.get("centre", state["centre"]), wanted.get("status")
        if standing is not None:
            if "centre" not in wanted or centre == standing.centre or status in NOBODYS:
                return None
            if centre is None:
                raise Refused("centre", Message("review_handover_needs_centre"))
            return self.give(inquiry, centre)
        if status != "waiting":
            return None
        last = self._handovers.last_of(inquiry)
        if last is not None and last.passed_to is None and centre in (None, last.centre):
            wanted |= {"centre": last.centre, "resolved_at": None, f"handover:{last.id}": None}
            return None
        centre = centre or centre_of(AUTOMATIC, {**state, **wanted})
        if centre is None:
            raise Refused("centre", Message("review_waiting_needs_centre"))
        return self.give(inquiry, centre)

    def give(self, inquiry: int, centre: str, note: str = "") -> Handover:
        """Open a handover to a centre; the one that has the inquiry passes it on.

        Raises:
            Refused: the centre serves no longer, and nobody there would see it.
        """
        if not any(one.id == centre and one.serving for one in Reference.load().centres):
            raise Refused("centre", Message("review_handover_not_serving"))
        self._fields.put(inquiry, "resolved_at", None)
        standing = self._handovers.open_of(inquiry)
        if standing is None:
            return self._handovers.open(inquiry, centre=centre, reason=BY_REVIEWER, note=note)[0]
        passed_on = self._handovers.pass_on(standing.id, centre, note)
        assert passed_on is not None  # it was open in this transaction
        return passed_on

    def undone(self, opened: Handover) -> dict[str, Any]:
        """What an undo makes of a new handover, as fields: its row stays.

        Closed, and given back to the one that passed it on.
        """
        field, every = f"handover:{opened.id}", self._handovers.of(opened.inquiry)
        passed_on = next((one.id for one in every if one.passed_to == opened.id), None)
        return {
            field: opened.at.isoformat(),
            f"{field}:first_reply": None,
            f"{field}:passed_to": passed_on,
        }

    def closed_with(self, inquiry: int, state: Mapping[str, Any]) -> str | None:
        """The field of the handover that was closed when the inquiry was done with."""
        last = self._handovers.last_of(inquiry)
        if last is None or last.closed_at is None or last.passed_to is not None:
            return None
        field = f"handover:{last.id}"
        if state["resolved_at"] is not None:  # on the pages, by the centre, or by the asker
            return field if state[field] >= state["resolved_at"] else None
        trail = self._changes.of("inquiry", inquiry)
        done = next((one for one in trail if one.field == "status"), None)
        with_it = done is not None and any(
            one.field == field and one.batch == done.batch and one.before is None for one in trail
        )
        return field if with_it else None
