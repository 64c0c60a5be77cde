"""Which queue somebody works in, as it stands in an address, and where an inquiry is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from bot.review.web import Form, language_of, me, site
from knowledge.geography import Municipalities
from knowledge.messages import Failure, say
from knowledge.register import Inquiry
from knowledge.register.filters import NONE, Filter, conditions
from knowledge.register.queue import SORTS
from knowledge.register.users import User

NEWEST_FIRST: Final = "-received_at"
WAITING_FIRST: Final = "-status"
"""Of those new and those waiting: by the alphabet «waiting» comes last, and so first."""

MOST_IN_A_QUEUE: Final = 5_000
"""How far «next» looks: nobody goes through more one by one."""

_EXACT: Final = {"code", "name", "parallel_name", "former_name", "former_code"}


@dataclass(frozen=True)
class View:
    """A queue: its filter, how it is sorted, and what could not be understood of the address.

    Attributes:
        typed: the municipality as it was written, where none is known by that name.
        wrong: one sentence, where the filter could not be read.
        query: of the address; never empty.
    """

    filter: Filter
    sort: str = NEWEST_FIRST
    typed: str = ""
    wrong: str = ""

    @property
    def query(self) -> str:
        return "&".join(part for part in (self.filter.to_query(), f"sort={self.sort}") if part)

    def other(self, **values: object) -> str:
        """The query with other values of the filter, from the first page."""
        return View(self.filter.model_copy(update=values), self.sort).query

    def sorted_by(self, sort: str) -> str:
        return View(self.filter, sort).query


@dataclass(frozen=True)
class Standing:
    """Where an inquiry is in the queue: `number` of `total` from 1, and its neighbours."""

    number: int | None
    total: int
    before: int | None
    after: int | None


def start_of(user: User) -> View:
    """What waits for this person's centre, those that a person waits for first."""
    return View(Filter(status=("waiting", "new"), centre=user.centre), WAITING_FIRST)


def view_of(request: Request, query: str) -> View:
    """The queue of an address; without anything in it, where this person begins."""
    given = QueryParams(query)
    if not given:
        return start_of(me(request))
    language = language_of(request)
    sort = given.get("sort") or NEWEST_FIRST
    if sort.removeprefix("-") not in SORTS:
        sort = NEWEST_FIRST
    typed = given.get("municipality", "").strip()
    pairs = [(name, value) for name, value in given.multi_items() if name != "municipality"]
    wrong = ""
    if typed:
        number = _number_of(typed)
        if number is None:
            wrong = say("review_queue_municipality_unknown", language, text=typed)
        else:
            pairs.append(("municipality", number))
            typed = ""
    try:
        chosen = Filter.from_query(QueryParams(pairs))
    except Failure as error:
        return View(Filter(), sort, typed, error.sentence(language))
    return View(chosen, sort, typed, wrong)


def queue_of(request: Request) -> str:
    """The queue that the page of an inquiry was opened from, as a query."""
    return view_of(request, request.query_params.get("queue", "")).query


def standing(request: Request, inquiry: int) -> Standing:
    """Where an inquiry is in the queue it was opened from; one that has left it, before all."""
    ids = _ids(request, view_of(request, request.query_params.get("queue", "")))
    if inquiry not in ids:
        return Standing(None, len(ids), None, ids[0] if ids else None)
    at = ids.index(inquiry)
    after = ids[at + 1] if at + 1 < len(ids) else None
    return Standing(at + 1, len(ids), ids[at - 1] if at else None, after)


def address(request: Request, inquiry: int, part: str = "") -> str:
    """Of an inquiry's page, with the queue that it was opened from."""
    return f"/inquiry/{inquiry}{part}?{urlencode({'queue': queue_of(request)})}"


def onward(request: Request, form: Form, inquiry: Inquiry) -> str:
    """Where to go after a change: to the next in the queue, or back to the page.

    To be asked before the change, which may take the inquiry out of the queue.
    """
    if form.text("then") != "next":
        return address(request, inquiry.id)
    after = standing(request, inquiry.id).after
    return f"/queue?{queue_of(request)}" if after is None else address(request, after)


def _ids(request: Request, view: View) -> list[int]:
    where, parameters = conditions(view.filter)
    direction = " DESC" if view.sort.startswith("-") else ""
    order = ", ".join(f"{column}{direction}" for column in SORTS[view.sort.removeprefix("-")])
    rows = site(request).store.database.conn.execute(
        f"SELECT i.id FROM inquiries AS i WHERE {where} "  # noqa: S608 (our own conditions)
        f"ORDER BY {order} LIMIT {MOST_IN_A_QUEUE}",
        parameters,
    )
    return [int(number) for (number,) in rows]


def _number_of(text: str) -> str | None:
    """The number of a municipality, by number or name, today's or an earlier one."""
    known = Municipalities.load()
    if text == NONE or known.by_code(text) is not None:
        return text
    found = [match for match in known.find(text) if match.reason in _EXACT]
    return found[0].municipality.code if len(found) == 1 else None
