"""The municipality that a cell names, on the day of its row."""

from __future__ import annotations

import re
from datetime import date

from knowledge.exchange.fields import Unfit
from knowledge.geography import Municipalities, Municipality

MOST_NAMED = 5
"""Namesakes and successors are at most four; near spellings may be more."""

_NUMBER_FIRST = re.compile(r"([0-9]{3,4})(?:[ ,.–-]+\D.*)?")
_NUMBER_LAST = re.compile(r"\D+\(([0-9]{4})\)")


def municipality(text: str, on: date) -> str:
    """The number, valid on the day, of the municipality that is meant.

    By number («4601», «301», «4601 Bergen», «Bergen (4601)») or name, today's or an earlier one: a
    name or number of another time leads to what the municipality was on the day.

    Raises:
        Unfit: none is meant, or several may be.
    """
    known = Municipalities.load()
    found = _NUMBER_FIRST.fullmatch(text) or _NUMBER_LAST.fullmatch(text)
    if found is not None:
        code = found[1].zfill(4)
        if there := known.by_code(code, on=on):
            return there.code
        other = known.by_code(code)
        return _only(_on_the_day([other] if other else [], on), on, text)
    if there_then := known.by_name(text, on=on):
        return _only(there_then, on, text)
    return _only(_on_the_day(known.by_name(text), on), on, text)


def successor(code: str) -> str | None:
    """The number of today; None where the municipality was split among several."""
    present = Municipalities.load().current_of(code)
    return present[0].code if len(present) == 1 else None


def _on_the_day(others: list[Municipality], on: date) -> list[Municipality]:
    """What municipalities of another time were on the day: those that became the same of today."""
    known = Municipalities.load()
    wanted = [set(known.current_of(other.code)) for other in others]
    return [
        there
        for there in known.all
        if there.valid_on(on) and any(set(known.current_of(there.code)) & of for of in wanted)
    ]


def _only(found: list[Municipality], on: date, text: str) -> str:
    if len(found) == 1:
        return found[0].code
    if found:
        raise Unfit("review_allowed_municipality_one_of", choices=_named(found))
    near = [match.municipality for match in Municipalities.load().find(text, limit=3, on=on)]
    if near:
        raise Unfit("review_allowed_municipality_near", choices=_named(near), day=on.isoformat())
    raise Unfit("review_allowed_municipality", day=on.isoformat())


def _named(found: list[Municipality]) -> str:
    said = [f"{there.code} {there.norwegian_name}" for there in found[:MOST_NAMED]]
    return ", ".join(said) + (" …" if len(found) > MOST_NAMED else "")
