"""Calls the annual form to mind in the channel of each centre that has not submitted it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from babel.dates import format_date

from bot.slack.blocks import Rendered
from bot.slack.blocks.pieces import fallback, link, rich
from bot.slack.centres.calls import poke
from bot.slack.centres.record import channel_language
from bot.slack.desk import Desk
from knowledge.calendar import DAY_BEGINS, OSLO, is_working_day
from knowledge.messages import Language, say
from knowledge.reference import Centre, Reference
from knowledge.register.annual import AnnualForms
from knowledge.register.annual_deadline import Step, due, reminder_now

SENTENCES: Final[dict[Step, str]] = {
    "opens": "report_reminder_opens",
    "two-weeks": "report_reminder_two_weeks",
    "last-day": "report_reminder_last_day",
}

_LOCALES: Final[dict[Language, str]] = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}


def remind_of_forms(desk: Desk, now: datetime, review_url: str | None = None) -> None:
    """Write the reminder that is due to every centre that has not submitted last year's form.

    Each once for a centre and a year, in office hours of a working day; where the bot was away on
    the day, when it is back, and then only the newest. A centre that opened its form again has not
    submitted it. One without a channel is reminded when it has one.

    Args:
        now: aware.
        review_url: the address of the review pages, if it is known.
    """
    local = now.astimezone(OSLO)
    if not is_working_day(local.date()) or local.time() < DAY_BEGINS:
        return
    year = local.year - 1
    step = reminder_now(year, local.date())
    if step is None:
        return
    forms = AnnualForms(desk.store)
    for centre in Reference.load().centres_in(year):
        place = desk.channels.centre_place(centre.id)
        key = f"annual:{year}:{centre.id}:{step}"
        if place is None or desk.posts.get(key) is not None:
            continue
        with desk.store.write():
            submitted = forms.get(centre.id, year).status == "submitted"
            told = _reminder(centre, year, step, channel_language(desk, place), review_url)
            new = not submitted and desk.posts.put(key, place, told)
        if new:
            poke(desk, key)


def _reminder(
    centre: Centre, year: int, step: Step, language: Language, review_url: str | None
) -> Rendered:
    told = say(
        SENTENCES[step],
        language,
        centre=centre.name,
        year=year,
        day=_day(due(year), language),
    )
    if review_url is None:
        return Rendered(fallback([told]), [rich(told)])
    address = f"{review_url.rstrip('/')}/annual/{year}/{centre.id}"
    opened = say("report_reminder_open", language)
    return Rendered(fallback([told, address]), [rich(f"{told} ", link(address, opened))])


def _day(day: date, language: Language) -> str:
    """«31. mars 2027»."""
    return format_date(day, "long", locale=_LOCALES[language])
