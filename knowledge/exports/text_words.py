"""What keys are called where a reader meets them without a name beside them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from knowledge.messages import Language, Message

UNITS: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "persons": Message("report_unit_persons"),
        "municipalities": Message("report_unit_municipalities"),
        "visits": Message("report_unit_visits"),
        "inquiries": Message("report_unit_inquiries"),
        "votes": Message("report_unit_votes"),
        "centres": Message("report_unit_centres"),
        "percent": Message("report_unit_percent"),
        "hours": Message("report_unit_hours"),
        "ideas": Message("report_unit_ideas"),
        "NOK": Message("report_unit_nok"),
        "years": Message("report_unit_years"),
        "stories": Message("report_unit_stories"),
        "talks": Message("report_unit_talks"),
        "assignments": Message("report_unit_assignments"),
    }
)

_TOTAL: Final = {"total": Message("report_word_total")}

WORDS: Final[Mapping[str, Mapping[str, Message]]] = MappingProxyType(
    {
        "source": {
            "published": Message("report_figure_published"),
            "register": Message("report_figure_recorded"),
            "both": Message("report_figure_both"),
        },
        "basis": {
            "stated": Message("report_word_stated"),
            "edition": Message("report_word_edition"),
        },
        "state": {
            "open": Message("report_word_open"),
            "accepted": Message("report_word_accepted"),
        },
        "period": _TOTAL,
        "column": _TOTAL,
        "unit": UNITS,
    }
)
"""Column -> key -> what it is called."""


def word(column: str, key: str, language: Language) -> str:
    """What a key of a column is called; the key itself where it has no other name."""
    found = WORDS.get(column, {}).get(key)
    return found.sentence(language) if found else key
