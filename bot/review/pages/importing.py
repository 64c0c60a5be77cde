"""Import: a table is sent, looked at row by row, and taken in whole or not at all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from babel.dates import format_date
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.naming import Option
from bot.review.rendering import LOCALES
from bot.review.uploads import Kept, Uploads
from bot.review.web import (
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
from knowledge.calendar import OSLO
from knowledge.exchange import KINDS, Planned, Preview, TableKind, apply, preview, shown, template
from knowledge.exchange.columns import columns
from knowledge.messages import Failure, say

MOST_SHOWN: Final = 200
"""Rows of a preview on one page: a year of a centre is below it. How many more is told."""

SHOWN_CHARACTERS: Final = 160
"""Of a cell of the preview."""

DAYS: Final = frozenset({"received_on", "answered_on", "resolved_on", "on_date"})
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KIND_NAMES: Final = {
    "inquiries": "review_upload_inquiries",
    "visits": "review_upload_visits",
}
LISTS: Final = {"inquiries": "/queue", "visits": "/visits"}


def _kinds(request: Request) -> list[Option]:
    return [(kind, say(KIND_NAMES[kind], language_of(request))) for kind in KINDS]


def _kind(text: str) -> TableKind | None:
    return next((kind for kind in KINDS if kind == text), None)


def _uploads(request: Request) -> Uploads:
    return Uploads(site(request).settings.home)


def start_import(request: Request) -> Response:
    return _start(request)


def _start(request: Request, *, status: int = 200, kind: str = "", error: str = "") -> Response:
    return page(
        request,
        "importing/start.html",
        status=status,
        kinds=_kinds(request),
        kind=kind,
        error=error,
    )


def upload(request: Request, form: Form) -> Response:
    """Keep the file and show what it would become."""
    language = language_of(request)
    kind, file = _kind(form.text("kind")), form.file("file")
    if kind is None:
        return _start(request, status=422, error=say("review_upload_kind_missing", language))
    if file is None or not file.name or not file.content:
        error = say("review_upload_file_missing", language)
        return _start(request, status=422, kind=kind, error=error)
    try:
        preview(file.content, kind, _today(), name=file.name)
    except Failure as failure:
        return _start(request, status=422, kind=kind, error=failure.sentence(language))
    token = _uploads(request).keep(me(request).id, kind, file.name, file.content)
    return redirect(f"/import/{token}")


def _today() -> date:
    return datetime.now(OSLO).date()


def look(request: Request) -> Response:
    """What each row of a file becomes, and what is refused in it."""
    kept = _uploads(request).find(me(request).id, request.path_params["token"])
    if kept is None:
        return _gone(request)
    return _looked_at(request, kept, _preview(kept))


def _preview(kept: Kept) -> Preview:
    return preview(kept.content, kept.kind, _today(), name=kept.name)


def _gone(request: Request) -> Response:
    flash(request, say("review_upload_gone", language_of(request)), wrong=True)
    return redirect("/import")


def _not_mine(request: Request, planned: Preview) -> list[Planned]:
    """Rows of a centre that is not this person's to write for."""
    return [
        row
        for row in planned.rows
        if not may_change(request, row.values.get("centre"))
        or (
            row.values.get("answered_by") not in (None, "bot", row.values.get("centre"))
            and not may_change(request, row.values["answered_by"])
        )
    ]


def _looked_at(request: Request, kept: Kept, planned: Preview, *, status: int = 200) -> Response:
    language = language_of(request)
    # Columns that no row has anything in would only push the others out of sight.
    rows = [
        (row.line, shown(planned.kind, row.values, language)) for row in planned.rows[:MOST_SHOWN]
    ]
    used = [
        column
        for column in columns(planned.kind)
        if column.required or any(values[column.id] for _, values in rows)
    ]
    return page(
        request,
        "importing/preview.html",
        status=status,
        kept=kept,
        kind=dict(_kinds(request))[kept.kind],
        refused=[
            (each.line, each.named(language), each.value, each.allowed.sentence(language))
            for each in planned.refused
        ],
        not_mine=[row.line for row in _not_mine(request, planned)],
        unknown=planned.unknown,
        headers=[column.label.text(language) for column in used],
        rows=[
            (line, [_cell(request, column.id, values[column.id]) for column in used])
            for line, values in rows
        ],
        total=len(planned.rows),
        more=max(0, len(planned.rows) - MOST_SHOWN),
    )


def _cell(request: Request, column: str, text: str) -> str:
    """What becomes of a cell, as people write it."""
    if column in DAYS and text:
        locale = LOCALES[language_of(request)]
        return format_date(date.fromisoformat(text), "long", locale=locale)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS].rstrip() + " …"


def apply_import(request: Request, form: Form) -> Response:
    """Take the whole file in, or nothing of it."""
    language = language_of(request)
    kept = _uploads(request).find(me(request).id, request.path_params["token"])
    if kept is None:
        return _gone(request)
    planned = _preview(kept)
    if _not_mine(request, planned):
        return _looked_at(request, kept, planned, status=403)
    if planned.refused or not planned.rows:
        return _looked_at(request, kept, planned, status=422)
    done = apply(planned, site(request).store, f"import:{who(request)}")
    _uploads(request).remove(kept.token)
    said = say("review_upload_done", language, new=done.new, unchanged=done.unchanged)
    flash(request, said)
    return redirect(LISTS[kept.kind])


def discard_import(request: Request, form: Form) -> Response:
    kept = _uploads(request).find(me(request).id, request.path_params["token"])
    if kept is None:
        return _gone(request)
    _uploads(request).remove(kept.token)
    flash(request, say("review_upload_discarded", language_of(request)))
    return redirect("/import")


def import_template(request: Request) -> Response:
    """An XLSX to fill in."""
    kind = _kind(request.path_params["kind"])
    if kind is None:
        return refused(request, "review_missing", 404)
    return Response(
        template(kind, language_of(request)),
        media_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="frisksvar-{kind}.xlsx"'},
    )


routes: list[Route] = [
    get("/import", start_import, role="reviewer"),
    post("/import", upload),
    get("/import/template/{kind:str}", import_template, role="reviewer"),
    get("/import/{token:str}", look, role="reviewer"),
    post("/import/{token:str}/apply", apply_import),
    post("/import/{token:str}/discard", discard_import),
]
