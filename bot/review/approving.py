"""Approving a centre's answer for reuse, and linking an inquiry to the passage that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from starlette.requests import Request

from bot.review.site import Site
from bot.review.web import may_change, me, site, who
from indexer import reuse
from indexer.index import bundled_wanted
from knowledge.privacy import mask
from knowledge.reference import centres_on
from knowledge.register import Inquiry, NewLink, ShownQuote
from knowledge.register.approvals import USUAL, Approval, Approvals, today
from knowledge.register.forgetting_rows import erase_due


@dataclass(frozen=True)
class ShownPassage:
    """A quote as it was shown, and whether this or another reviewer said that it answers."""

    position: int
    quote: ShownQuote
    linked: bool
    mine: bool


@dataclass(frozen=True)
class Approving:
    """What `inquiry/_approve.html` shows. `values` and `errors` are by field of its form."""

    inquiry: int
    may: bool
    answered: bool
    approval: Approval | None
    over: bool
    centre: str
    centres: Sequence[tuple[str, str]]
    passages: Sequence[ShownPassage]
    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)


def approving(
    request: Request,
    inquiry: Inquiry,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Approving:
    """The view of an inquiry's approval, with what was filled in where that has to be corrected."""
    here = site(request)
    approval = Approvals(here.store).of(inquiry.id)
    answers = [
        answer
        for answer in here.handovers.answers(inquiry.id)
        if answer.centre is not None and answer.taken_back_at is None and answer.text
    ]
    last = answers[-1] if answers else None
    first = {
        "question": approval.question if approval else inquiry.question,
        "text": approval.text if approval else "\n\n".join(answer.text for answer in answers),
        "centre": (last.centre if last else None) or me(request).centre or inquiry.centre or "",
        "until": (today() + USUAL).isoformat(),
    }
    return Approving(
        inquiry=inquiry.id,
        may=may_change(request, inquiry.centre) and inquiry.deleted_at is None,
        answered=bool(answers),
        approval=approval,
        over=approval is not None and approval.over(today()),
        centre=reuse.centre_name(approval.centre) if approval else "",
        centres=own_centres(request),
        passages=_passages(here, inquiry, _linker(request)),
        values={**first, **(values or {})},
        errors=errors or {},
    )


def own_centres(request: Request) -> list[tuple[str, str]]:
    """The centres that this person may answer for: id and name, in order of name."""
    own = me(request).centre
    found = [(c.id, c.name) for c in centres_on(today()) if own is None or c.id == own]
    return sorted(found, key=lambda pair: pair[1])


def approve(
    request: Request, inquiry: Inquiry, *, question: str, text: str, centre: str, until: date
) -> tuple[Approval, bool]:
    """Approve an answer, file it, and begin to renew the index.

    Returns:
        The approval, and whether personal data had to be masked in what was written.

    Raises:
        Failure: what was written cannot be approved; nothing is changed.
    """
    here = site(request)
    approvals = Approvals(here.store)
    with here.store.write():  # where it cannot be filed, what stood before stands on
        approval = approvals.approve(inquiry.id, question, text, centre, who(request), until)
        reuse.file_approved(here.catalogue, approvals, approval)
    here.building.start(here.settings, here.store)
    return approval, bool(mask(question).found or mask(text).found)


def withdraw(request: Request, approval: Approval) -> bool:
    """Take an approval back, from this moment; the index follows. False if it was before."""
    here = site(request)
    changed = Approvals(here.store).withdraw(approval.id, who(request))
    if changed:
        here.building.start(here.settings, here.store)
    return changed


def tidy(here: Site) -> None:
    """Let what has to go be gone: called after words were removed, and when the pages start.

    Renews the index, in the background, where an approved answer that stands no longer is in it or
    in the library; empties ideas and visits that were deleted long ago; and empties the database's
    log, where words stand that are not in the database any more.
    """
    erase_due(here.store)
    approvals = Approvals(here.store)
    bundled = bundled_wanted(here.settings)
    if reuse.lingers(here.settings.index, here.catalogue, approvals, bundled=bundled):
        here.building.start(here.settings, here.store)
    here.store.settle()


def link(request: Request, inquiry: Inquiry, position: int, *, undo: bool = False) -> bool:
    """Say that the quote at a position, from 1, answers the inquiry. False where there is none."""
    if not 1 <= position <= len(inquiry.quotes):
        return False
    quote = inquiry.quotes[position - 1]
    wanted = NewLink(
        inquiry=inquiry.id,
        document=quote.document,
        start=quote.start,
        end=quote.end,
        kind="linked",
        who=_linker(request),
    )
    links = site(request).links
    if undo:
        return links.remove(wanted)
    links.add(wanted)
    return True


def _linker(request: Request) -> str:
    """Whose link it is: one for each reviewer."""
    return who(request)


def _passages(here: Site, inquiry: Inquiry, own: str) -> list[ShownPassage]:
    linked = [link for link in here.links.of(inquiry.id) if link.kind == "linked"]
    places = {(link.document, link.start) for link in linked}
    mine = {(link.document, link.start) for link in linked if link.who == own}
    return [
        ShownPassage(
            number,
            quote,
            (quote.document, quote.start) in places,
            (quote.document, quote.start) in mine,
        )
        for number, quote in enumerate(inquiry.quotes, start=1)
    ]
