"""The queue: which inquiries there are, filtered, sorted and paged; and the same change in many."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.naming import Option, all_centres, centre_name
from bot.review.numbers import ID_DIGITS, whole
from bot.review.pages.inquiry_labels import (
    LANGUAGE_NAMES,
    OUTCOMES,
    STATUSES,
    VOTES,
    options,
    told,
    topic_names,
    topic_options,
)
from bot.review.pages.inquiry_slack import followed
from bot.review.pages.queue_place import View, start_of, view_of
from bot.review.places import alphabetical, place_name
from bot.review.web import (
    RANK,
    Form,
    flash,
    get,
    language_of,
    may_change,
    me,
    page,
    post,
    redirect,
    refused,
    site,
    who,
)
from knowledge.geography import Municipalities
from knowledge.messages import Failure, say
from knowledge.register.changes import Changes
from knowledge.register.filters import NONE
from knowledge.register.labels import CHANNELS
from knowledge.register.queue import QueueRow

FIRST_CHARACTERS: Final = 110
"""Of a question in the list: two lines."""

MOST_NAME: Final = 60
MOST_VIEWS: Final = 30
MOST_PAGE: Final = 10_000_000
COLUMNS: Final = (
    ("id", "review_queue_number"),
    ("received_at", "review_queue_date"),
    (None, "review_queue_question"),
    ("municipality", "review_queue_municipality"),
    (None, "review_queue_topics"),
    ("status", "review_queue_status"),
    (None, "review_queue_outcome"),
    (None, "review_queue_votes"),
)


def queue(request: Request) -> Response:
    """The list. What is filtered by is in the address; without it, what waits for one's centre."""
    return _show(request, view_of(request, request.url.query), status=200)


def _show(request: Request, view: View, *, status: int, wrong: str = "") -> Response:
    here, language = site(request), language_of(request)
    asked = request.query_params.get("page", "")
    # The first digits: `int` refuses thousands of them.
    number = min(int(asked[:9]), MOST_PAGE) if asked.isascii() and asked.isdigit() else 1
    found = here.queue.page(view.filter, view.sort, number)
    counts = here.queue.counts(view.filter)
    user = me(request)
    return page(
        request,
        "queue/list.html",
        status=status,
        view=view,
        query=view.query,
        wrong=wrong or view.wrong,
        found=found,
        rows=[_row(request, row) for row in found.rows],
        suffix=urlencode({"queue": view.query}),
        counts=[
            (told(STATUSES, key, language), count, view.other(status=(key,)), _only(view, key))
            for key, count in counts.items()
        ],
        every=(sum(counts.values()), view.other(status=())),
        unowned=here.queue.page(view.filter.model_copy(update={"centre": NONE}), size=1).total
        if user.centre and view.filter.centre == user.centre
        else 0,
        unowned_query=view.other(centre=NONE),
        columns=[_column(view, key, label) for key, label in COLUMNS],
        choices=_choices(request),
        typed=view.typed or place_name(view.filter.municipality),
        views=here.users.views(user.id),
        can=RANK[user.role] >= RANK["reviewer"],
        centre_of_mine=centre_name(user.centre),
        is_start=view.query == start_of(user).query,
    )


def _only(view: View, status: str) -> bool:
    return view.filter.status == (status,)


def _row(request: Request, row: QueueRow) -> dict[str, Any]:
    language = language_of(request)
    text = " ".join(row.question.split())
    short = text if len(text) <= FIRST_CHARACTERS else text[:FIRST_CHARACTERS].rstrip() + "…"
    return {
        "row": row,
        "first": short,
        "municipality": place_name(row.municipality_today or row.municipality),
        "topics": topic_names(request, row.topics),
        "status": told(STATUSES, row.status, language),
        "outcome": told(OUTCOMES, row.outcome, language),
        "can": may_change(request, row.centre) and row.withdrawn_at is None,
    }


def _column(view: View, key: str | None, label: str) -> dict[str, Any]:
    """A column's heading: the link that sorts by it, the other way round where it does already."""
    if key is None:
        return {"label": label, "query": None, "sorted": None}
    current = view.sort.removeprefix("-") == key
    descending = view.sort.startswith("-")
    turned = key if current and descending else f"-{key}"
    if key == "municipality" and not current:
        turned = key
    return {
        "label": label,
        "query": view.sorted_by(turned),
        "sorted": ("descending" if descending else "ascending") if current else None,
    }


def _choices(request: Request) -> dict[str, list[Option]]:
    language = language_of(request)
    nobodys = (NONE, say("review_queue_none", language))
    places = {place_name(row.code) for row in Municipalities.load().all if row.valid_to is None}
    return {
        "status": options(STATUSES, language),
        "centre": [*all_centres(), nobodys],
        "municipality": [(name, name) for name in sorted(places, key=alphabetical)],
        "topic": [*topic_options(request), nobodys],
        "outcome": options(OUTCOMES, language),
        "vote": options(VOTES, language),
        "language": list(LANGUAGE_NAMES.items()),
        "channel": options(CHANNELS, language),
    }


def change(request: Request, form: Form) -> Response:
    """The same change in every inquiry that was ticked, or in none."""
    here, language = site(request), language_of(request)
    view = view_of(request, form.text("queue"))
    ticked = form.several("shown" if form.text("every") else "inquiry")
    numbers = list(dict.fromkeys(n for one in ticked if (n := whole(one, ID_DIGITS)) is not None))
    values = {name: form.text(name) for name in ("status", "centre") if form.text(name)}
    topic = form.text("topic")
    if not numbers or not (values or topic):
        key = "review_queue_none_ticked" if not numbers else "review_queue_no_change"
        return _show(request, view, status=422, wrong=say(key, language))
    rows = [here.inquiries.get(number) for number in numbers]
    if any(row is None for row in rows):
        return refused(request, "review_missing", 404)
    found = [row for row in rows if row is not None]
    if not all(may_change(request, row.centre) for row in found):
        return refused(request, "review_not_allowed", 403)
    try:
        with followed(here, *numbers):
            batch = _bulk(request, found, values, topic)
    except Failure as error:
        return _show(request, view, status=422, wrong=error.sentence(language))
    changed = len({one.subject for one in Changes(here.store).in_batch(batch)})
    if changed:
        told = _counted(request, "review_queue_changed", "review_queue_changed_one", changed)
        flash(request, told, undo=f"/undo/{batch}")
    else:
        flash(request, say("review_queue_nothing_changed", language))
    return redirect(f"/queue?{view.query}")


def _bulk(request: Request, found: list[Any], values: dict[str, str], topic: str) -> str:
    """One batch: a topic is added to those that each inquiry has."""
    here, by = site(request), who(request)
    if not topic:
        return here.review.bulk([row.id for row in found], values, by)
    batch = None
    for row in found:
        mine = {**values, "topics": sorted({*row.topics, topic})}
        batch = here.review.bulk([row.id], mine, by, batch=batch)
    assert batch is not None
    return batch


def undo(request: Request, form: Form) -> Response:
    """Take back what was changed together, all of it or nothing."""
    here, language = site(request), language_of(request)
    batch = str(request.path_params["batch"])
    changes = [one for one in Changes(here.store).in_batch(batch) if one.kind == "inquiry"]
    if not changes:
        return refused(request, "review_missing", 404)
    before = {one.subject: one.before for one in changes if one.field == "centre"}
    numbers = {one.subject for one in changes}
    for number in numbers:
        row = here.inquiries.get(number)
        # One's own to change now, or before the batch gave it to another centre.
        mine = row is not None and (
            may_change(request, row.centre)
            or (number in before and may_change(request, before[number]))
        )
        if not mine:
            return refused(request, "review_not_allowed", 403)
    try:
        with followed(here, *numbers):
            rows = here.review.undo(batch, who(request))
    except Failure as error:
        flash(request, error.sentence(language), wrong=True)
    else:
        flash(
            request, _counted(request, "review_queue_undone", "review_queue_undone_one", len(rows))
        )
    return redirect(form.text("next") or "/queue")


def _counted(request: Request, several: str, one: str, count: int) -> str:
    language = language_of(request)
    return say(one, language) if count == 1 else say(several, language, count=count)


def back(request: Request) -> Response:
    """For who asks for the address of a form: to the queue."""
    return redirect("/queue")


def save_view(request: Request, form: Form) -> Response:
    """Keep the queue as it is filtered under a name."""
    here, language = site(request), language_of(request)
    view = view_of(request, form.text("queue"))
    name = " ".join(form.text("name").split())[:MOST_NAME]
    standing = here.users.views(me(request).id)
    if not name:
        wrong = say("review_queue_view_unnamed", language)
        return _show(request, view, status=422, wrong=wrong)
    if len(standing) >= MOST_VIEWS and name not in {one.name for one in standing}:
        wrong = say("review_queue_views_many", language, most=MOST_VIEWS)
        return _show(request, view, status=422, wrong=wrong)
    here.users.save_view(me(request).id, name, view.query)
    flash(request, say("review_queue_view_saved", language, name=name))
    return redirect(f"/queue?{view.query}")


def remove_view(request: Request, form: Form) -> Response:
    here, language = site(request), language_of(request)
    if not here.users.remove_view(me(request).id, int(request.path_params["number"])):
        return refused(request, "review_missing", 404)
    flash(request, say("review_queue_view_removed", language))
    return redirect(f"/queue?{view_of(request, form.text('queue')).query}")


routes: list[Route] = [
    get("/queue", queue),
    get("/queue/change", back, name="queue_back"),
    get("/queue/views", back, name="views_back"),
    post("/queue/change", change, name="queue_change"),
    post("/queue/views", save_view, role="reader"),
    post("/queue/views/{number:int}/remove", remove_view, role="reader"),
    post("/undo/{batch}", undo, name="undo"),
]
