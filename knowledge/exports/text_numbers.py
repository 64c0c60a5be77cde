"""How numbers, years and lists are written in a report's text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from babel.dates import format_date, get_month_names
from babel.lists import format_list
from babel.numbers import format_decimal

from knowledge.calendar import OSLO
from knowledge.messages import Language, say
from knowledge.statistics.table import Hidden, Unit, Value

LOCALES: Final = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}
MISSING: Final = ".."
"""SSB's sign for a figure that there is not (SSB, Standardtegn i tabeller)."""

PERCENT: Final = "percent"
DECIMALS: Final = 2
"""Hours have two, percentages one; more is never told."""


def number(value: float, language: Language) -> str:
    """«1 385», «66,7»; spaces within a number do not break."""
    return format_decimal(round(value, DECIMALS), locale=LOCALES[language])


def cell(value: Value, language: Language, *, plain: bool = False) -> str:
    """A value as a table shows it. `plain`: a year or a code, which is not grouped."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return say("report_text_yes", language) if value else say("report_text_no", language)
    if isinstance(value, int | float):
        return str(value) if plain else number(value, language)
    return clean(str(value))


def clean(text: str) -> str:
    """Somebody's text without control characters, which neither Word's files nor SVG can hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def percent(value: float, language: Language) -> str:
    """«66,7 %»; in English without the space."""
    space = "" if language == "en" else "\N{NO-BREAK SPACE}"
    return f"{number(value, language)}{space}%"


def counted(value: float, unit: Unit, language: Language) -> str:
    """«1 person», «2 personer»: the unit agrees with the number.

    Raises:
        KeyError: the unit is none that text tells of.
    """
    one, many = _NOUNS[unit]
    return say(one if value == 1 else many, language, n=number(value, language))


_NOUNS: Final[dict[str, tuple[str, str]]] = {
    "persons": ("report_text_person", "report_text_persons"),
    "municipalities": ("report_text_municipality", "report_text_municipalities"),
    "visits": ("report_text_visit", "report_text_visits"),
    "inquiries": ("report_text_inquiry", "report_text_inquiries"),
    "centres": ("report_text_centre", "report_text_centres"),
    "hours": ("report_text_hour", "report_text_hours"),
    "votes": ("report_text_vote", "report_text_votes"),
}


def known(*values: Value) -> bool:
    """Whether all are numbers that may be told."""
    return all(
        isinstance(value, int | float) and not isinstance(value, bool | Hidden) for value in values
    )


def listed(items: Sequence[str], language: Language) -> str:
    """«a, b og c»."""
    return format_list(list(items), style="standard", locale=LOCALES[language]) if items else ""


def spans(years: Iterable[int], language: Language) -> str:
    """«2014–2022 og 2026»: years in a row are told by the first and the last."""
    runs: list[list[int]] = []
    for year in sorted(set(years)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    told = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return listed(told, language)


def month(number: str, language: Language) -> str:
    """«jan.» of "1"."""
    names = get_month_names("abbreviated", "stand-alone", LOCALES[language])
    return str(names[int(number)])


def day(moment: str, language: Language) -> str:
    """«3. mars 2026» of a date or a moment (ISO 8601), as the calendar shows in Norway."""
    read = datetime.fromisoformat(moment)
    shown = read.astimezone(OSLO).date() if read.tzinfo is not None else read.date()
    return format_date(shown, "long", locale=LOCALES[language])
