"""The annual form: what each centre answers about its nine tasks, year by year."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.history import VALUES, history_of
from bot.review.naming import centre_name, person_name
from bot.review.numbers import whole
from bot.review.pages.annual_form import Sheet, empty_sheet, filled_sheet
from bot.review.places import alphabetical
from bot.review.rendering import LOCALES
from bot.review.web import (
    Form,
    flash,
    get,
    language_of,
    may_change,
    page,
    post,
    redirect,
    refused,
    site,
    who,
)
from knowledge.calendar import OSLO
from knowledge.messages import Failure, say
from knowledge.reference import Reference
from knowledge.register.annual import AnnualForm, Standing
from knowledge.register.annual_deadline import days_left, due
from knowledge.register.editing import Refused, Stale

FIRST_YEAR: Final = 2014
"""The scheme with development centres began."""

REPORTED_UNTIL: Final = timedelta(days=182)
"""In the first half of a year it is the year before that one fills in."""

LATE_FOR: Final = 365
"""Days for which a form that was not sent in is called late: then the next one is due."""


def today() -> date:
    """In Norway."""
    return datetime.now(OSLO).date()


def annual(request: Request) -> Response:
    """The centres that served in a year, and how far each has come."""
    asked = request.query_params.get("year", "")
    this_year = today().year
    year = (whole(asked) or 0) if len(asked) == 4 else 0
    if not FIRST_YEAR <= year <= this_year:
        year = (today() - REPORTED_UNTIL).year
    rows = []
    for centre in sorted(
        Reference.load().centres_in(year), key=lambda each: alphabetical(each.name)
    ):
        form = site(request).annual.get(centre.id, year)
        rows.append(
            {
                "centre": centre,
                "form": form,
                "status": say(VALUES[form.status], language_of(request))
                if form.id is not None
                else "",
                "own": may_change(request, centre.id),
                "standing": _standing(request, form),
            }
        )
    return page(
        request,
        "annual/list.html",
        year=year,
        due=_due(request, year),
        years=[(str(each), str(each)) for each in range(this_year, FIRST_YEAR - 1, -1)],
        rows=rows,
    )


def _standing(request: Request, form: AnnualForm) -> str:
    """Who last saved, submitted or opened it again, when and why; "" where it is not begun."""
    standing = site(request).annual.standing(form)
    if standing is None:
        return ""
    return say(
        TOLD[form.status],
        language_of(request),
        when=_moment(request, standing),
        who=person_name(request, standing.who),
        reason=standing.reason,
    )


TOLD: Final = {
    "draft": "review_annual_saved_by",
    "submitted": "review_yearly_submitted_by",
    "reopened": "review_annual_reopened_by",
}


def _moment(request: Request, standing: Standing) -> str:
    at = standing.at.astimezone(OSLO)
    day = format_date(at.date(), "long", locale=LOCALES[language_of(request)])
    return f"{day}, {at:%H:%M}"


def _due(request: Request, year: int) -> str:
    """When the form of a year is due, and how long that is; "" long after."""
    left, language = days_left(year, today()), language_of(request)
    if left < -LATE_FOR:
        return ""
    key = {0: "review_annual_due_today", 1: "review_annual_due_one"}.get(left)
    if key is None:
        late_key = "review_annual_late_one" if left == -1 else "review_annual_late"
        key = "review_annual_due" if left > 0 else late_key
    day = format_date(due(year), "long", locale=LOCALES[language])
    return say(key, language, day=day, days=abs(left))


def _asked(request: Request) -> tuple[str, int] | None:
    """The centre and year of the address, where that centre served in that year."""
    centre, year = request.path_params["centre"], request.path_params["year"]
    if not FIRST_YEAR <= year <= today().year:
        return None
    return (
        (centre, year)
        if centre in {each.id for each in Reference.load().centres_in(year)}
        else None
    )


def annual_form(request: Request) -> Response:
    """The form of a centre and a year: to fill in, or to read."""
    asked = _asked(request)
    if asked is None:
        return refused(request, "review_missing", 404)
    return _shown(request, *asked, empty_sheet(request, *asked))


def save_annual_form(request: Request, form: Form) -> Response:
    """Save half a form, or all of it; and send it in where that was the button."""
    asked = _asked(request)
    if asked is None:
        return refused(request, "review_missing", 404)
    centre, year = asked
    if not may_change(request, centre):
        return refused(request, "review_not_allowed", 403)
    language = language_of(request)
    submit = form.text("do") == "submit"
    sheet = filled_sheet(request, centre, year, form, complete=submit)
    if sheet.wrong:
        return _shown(request, centre, year, sheet, status=422)
    annual = site(request).annual
    try:
        revision = annual.save(
            centre, year, sheet.answers, revision=form.number("revision") or 0, who=who(request)
        )
        if sheet.missing:
            return _shown(request, centre, year, sheet.at(revision), status=422)
        if submit:
            annual.submit(centre, year, revision=revision, who=who(request))
    except Stale as stale:
        return _shown(request, centre, year, sheet.at(stale.revision), status=409, stale=stale)
    except Refused as error:
        said = sheet.refused(error.field, error.sentence(language))
        return _shown(request, centre, year, said, status=422)
    except Failure as failure:  # sent in by somebody else meanwhile: what is written here stays
        told = failure.sentence(language)
        return _shown(request, centre, year, sheet, status=409, told=told)
    key = "review_yearly_now_submitted" if submit else "review_yearly_saved"
    flash(request, say(key, language))
    return redirect(f"/annual/{year}/{centre}")


def reopen_annual_form(request: Request, form: Form) -> Response:
    asked = _asked(request)
    if asked is None:
        return refused(request, "review_missing", 404)
    centre, year = asked
    if not may_change(request, centre):
        return refused(request, "review_not_allowed", 403)
    language = language_of(request)
    reason = form.text("reason")
    if not reason:
        error = say("review_yearly_reason_missing", language)
        sheet = empty_sheet(request, centre, year)
        return _shown(request, centre, year, sheet, status=422, reason_error=error)
    if site(request).annual.get(centre, year).status == "submitted":
        site(request).annual.reopen(centre, year, reason=reason, who=who(request))
    flash(request, say("review_yearly_now_reopened", language))
    return redirect(f"/annual/{year}/{centre}")


def _shown(
    request: Request,
    centre: str,
    year: int,
    sheet: Sheet,
    *,
    status: int = 200,
    stale: Stale | None = None,
    reason_error: str = "",
    told: str = "",
) -> Response:
    form = site(request).annual.get(centre, year)
    own = may_change(request, centre)
    return page(
        request,
        "annual/form.html",
        status=status,
        form=form,
        sheet=sheet,
        centre=centre,
        year=year,
        name=centre_name(centre),
        state=say(VALUES[form.status], language_of(request)),
        standing=_standing(request, form),
        due=_due(request, year) if form.status != "submitted" else "",
        own=own,
        open=own and (form.status != "submitted" or bool(told)),
        told=told,
        reason_error=reason_error,
        history=[] if form.id is None else history_of(request, "annual_form", form.id),
        stale=[] if stale is None else history_of(request, "annual_form", 0, stale.changes),
    )


routes: list[Route] = [
    get("/annual", annual),
    get("/annual/{year:int}/{centre:str}", annual_form),
    post("/annual/{year:int}/{centre:str}", save_annual_form),
    post("/annual/{year:int}/{centre:str}/reopen", reopen_annual_form),
]
