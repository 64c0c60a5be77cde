"""Which development centre a place belongs to, where that is what is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answering.reply import Serving
from knowledge.geography import Municipalities
from knowledge.reference import centre_for, centres_on, choose_centre

_CENTRE = r"(?:utviklings-?sentral\w*|development\s+cent(?:re|er)s?)"
_ASKED = re.compile(
    rf"""
    \b(?:hvilke[nt]?|kva\s+for\s+(?:ein|ei|en)|which)\s+{_CENTRE}
    | \b(?:hvem|kven|who)\s+(?:er|is|are)\s+(?:(?:den|the|vår|våre|our|nærmeste)\s+)*{_CENTRE}
    | \b(?:vår|våre|our|nærmeste|næraste|nearest)\s+{_CENTRE}
    | \b{_CENTRE}\s+(?:vår|våre)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class _Place:
    """What the question is about: the number of a municipality, or of a county."""

    name: str
    municipality: str | None = None
    counties: frozenset[str] = frozenset()


def serving(text: str, municipality: str | None) -> Serving | None:
    """The centre that serves the place, if the question asks for it and the place is known.

    Args:
        text: the question, masked.
        municipality: the number of today's municipality that asks or is asked about; without it
            one county that the question names is looked for.
    """
    if not _ASKED.search(text):
        return None
    place = _place(text, municipality)
    if place is None:
        return None
    if place.municipality is not None:
        centre = centre_for(place.municipality).centre
    else:
        serving_now = centres_on(datetime.now(UTC).date())
        centre = choose_centre(serving_now, municipalities=(), counties=place.counties).centre
    return Serving(place.name, centre.name) if centre is not None else None


def _place(text: str, municipality: str | None) -> _Place | None:
    known = Municipalities.load()
    if municipality is not None:
        found = known.by_code(municipality)
        return _Place(found.name, municipality=municipality) if found else None
    named = [
        county
        for county in known.counties(datetime.now(UTC).date())
        if re.search(rf"\b{re.escape(county.name)}\b", text, re.IGNORECASE)
    ]
    return _Place(named[0].name, counties=frozenset({named[0].number})) if len(named) == 1 else None
