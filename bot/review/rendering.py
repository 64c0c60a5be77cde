"""Templates, and how dates and numbers are written in Norwegian."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

OSLO = ZoneInfo("Europe/Oslo")
LOCALES = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}


@cache
def templates() -> Environment:
    """Everything is escaped; a name that is not there is an error."""
    environment = Environment(
        loader=PackageLoader("bot.review"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["csrf"] = _csrf
    environment.filters["date"] = _date
    environment.filters["moment"] = _moment
    environment.filters["number"] = _number
    return environment


@pass_context
def _csrf(context: Context) -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(context["token"])


def _locale(context: Context) -> str:
    return LOCALES[str(context["language"])]


@pass_context
def _date(context: Context, value: date | datetime | str | None) -> str:
    """«3. mars 2026»."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = value.astimezone(OSLO).date()
    return format_date(value, "long", locale=_locale(context))


@pass_context
def _moment(context: Context, value: datetime | None) -> str:
    """«3. mars 2026, 14:05», as the clock shows in Norway."""
    if value is None:
        return ""
    day = _date(context, value)
    return f"{day}, {format_datetime(value, 'HH:mm', tzinfo=OSLO, locale=_locale(context))}"


@pass_context
def _number(context: Context, value: int | float) -> str:
    """«1 385»."""
    return format_decimal(value, locale=_locale(context))
