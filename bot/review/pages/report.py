"""The annual report on the pages: figures, text and tables, every number explained, and files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from bot.review.naming import all_centres, centre_name
from bot.review.web import (
    Form,
    flash,
    get,
    language_of,
    me,
    page,
    post,
    redirect,
    refused,
    site,
    who,
)
from knowledge.calendar import OSLO
from knowledge.exports import FORMATS
from knowledge.exports.charts import figures
from knowledge.exports.names import file_name
from knowledge.exports.svg import svg
from knowledge.exports.text import chapters
from knowledge.exports.text_numbers import cell
from knowledge.exports.text_rows import records
from knowledge.exports.text_tables import columns_shown, told
from knowledge.messages import Failure, Language, say
from knowledge.statistics.counting.base import Kind
from knowledge.statistics.explaining import Explanation, explain
from knowledge.statistics.report import Report, report
from knowledge.statistics.report import close_year as freeze
from knowledge.statistics.scope import FIRST_YEAR, SHOWN_FROM, Scope, scope
from knowledge.statistics.table import Table

ROW_PAGES: Final[dict[Kind, str]] = {
    "inquiry": "/inquiry/{id}",
    "visit": "/visits/{id}",
    "idea": "/ideas/{id}",
}
FORMAT_NAMES: Final = {
    "xlsx": "report_page_xlsx",
    "docx": "report_page_docx",
    "html": "report_page_html",
    "csv": "report_page_csv",
    "json": "report_page_json",
}
MOST_ROWS: Final = 500
"""Of what is behind a number, on one page."""


@dataclass(frozen=True, slots=True)
class ShownCell:
    """`address` explains the number; "" where it is no number."""

    text: str
    address: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class ShownTable:
    """`header`: the text of each column, and whether it is of numbers."""

    title: str
    note: str
    header: list[tuple[str, bool]]
    rows: list[list[ShownCell]]


def _today() -> int:
    return datetime.now(OSLO).year


def _scope(request: Request, *, shown_from: int) -> Scope:
    """As the address says; last year where it says nothing.

    Raises:
        Failure: it is no period of the scheme.
    """
    query = request.query_params
    last_year = str(_today() - 1)
    first, last = query.get("from") or last_year, query.get("to") or query.get("from") or last_year
    return scope(
        f"{first}-{last}",
        today=datetime.now(OSLO).date(),
        centre=query.get("centre") or None,
        shown_from=shown_from,
    )


def show(request: Request) -> Response:
    """The report as a page; the centres' own view, with every number."""
    language = language_of(request)
    try:
        wanted = _scope(request, shown_from=0)
        made = report(site(request).store, wanted, made_by=me(request).name, language=language)
    except Failure as failure:
        wanted, made = None, None
        told = failure.sentence(language)
    else:
        told = ""
    return page(
        request,
        "report/show.html",
        status=200 if made else 422,
        problem=told,
        years=[(str(year), str(year)) for year in range(_today(), FIRST_YEAR - 1, -1)],
        centres=all_centres(),
        asked=_asked(request, wanted),
        chapters=list(_chapters(made, language)) if made else [],
        tables={name: _shown(table, language) for name, table in made.tables.items()}
        if made
        else {},
        explained=lambda address: _explained(address, wanted) if wanted else "",
        formats=[(name, say(FORMAT_NAMES[name], language)) for name in FORMATS],
        least=SHOWN_FROM,
        closable=_closable(request, wanted),
    )


def _asked(request: Request, wanted: Scope | None) -> dict[str, str]:
    """What the fields of the form hold."""
    if wanted is None:
        query = request.query_params
        return {name: query.get(name, "") for name in ("from", "to", "centre")}
    return {"from": str(wanted.first), "to": str(wanted.last), "centre": wanted.centre or ""}


def _closable(request: Request, wanted: Scope | None) -> int | None:
    """The year that this person may close here: one that is over, seen for every centre."""
    user = me(request)
    everything = user.role == "admin" and user.centre is None
    if not everything or wanted is None or wanted.centre or wanted.first != wanted.last:
        return None
    return wanted.first if wanted.first < _today() else None


def _chapters(made: Report, language: Language) -> Iterator[dict[str, object]]:
    drawn = figures(made, language)
    for chapter in chapters(made, language):
        yield {
            "chapter": chapter,
            "figures": {
                # The drawing is markup that svg.py has escaped.
                name: (Markup(svg(drawn[name], language)), drawn[name].title)  # noqa: S704
                for section in chapter.sections
                for name in section.figures
                if name in drawn
            },
        }


def _shown(table: Table, language: Language) -> ShownTable:
    """As a reader wants it: names instead of keys, and no column that says nothing."""
    rows = records(table)
    columns = columns_shown(table, rows)
    return ShownTable(
        table.spec.title.text(language),
        table.spec.note.text(language),
        [(column.label.text(language), column.role == "measure") for column in columns],
        [
            [
                ShownCell(
                    told(column, record, language).text,
                    table.address(row, column.id)
                    if column.role == "measure" and record[column.id] is not None
                    else "",
                    column.role == "measure",
                )
                for column in columns
            ]
            for row, record in zip(table.rows, rows, strict=True)
        ],
    )


def _explained(address: str, wanted: Scope) -> str:
    """The page that explains a number."""
    return "/report/number?" + urlencode(
        {
            "address": address,
            "from": wanted.first,
            "to": wanted.last,
            "centre": wanted.centre or "",
        }
    )


def number(request: Request) -> Response:
    """What one number is made of: its definition, and the rows or the published source."""
    language = language_of(request)
    wanted = _scope(request, shown_from=0)
    address = request.query_params.get("address", "")
    try:
        told = explain(site(request).store, wanted, address, language=language)
    except Failure as failure:
        return page(request, "sentence.html", status=404, sentence=failure.sentence(language))
    return page(
        request,
        "report/number.html",
        told=told,
        value=cell(told.value, language),
        now=cell(told.now, language),
        rows=_behind(told, language),
        more=max(0, len(told.rows) - MOST_ROWS),
        explained=lambda each: _explained(each, wanted),
        centre_name=centre_name,
        back="/report?" + urlencode(_asked(request, wanted)),
    )


def _behind(told: Explanation, language: Language) -> list[dict[str, str]]:
    return [
        {
            "name": row.named(language),
            "link": ROW_PAGES[row.kind].format(id=row.id)
            if row.kind in ROW_PAGES
            else f"/annual/{told.key[0]}/{row.centre}",
            "date": row.date or "",
            "centre": row.centre or "",
        }
        for row in told.rows[:MOST_ROWS]
    ]


def file(request: Request) -> Response:
    """The report as a file; small numbers are hidden unless all are asked for."""
    chosen = request.query_params.get("format", "")
    if chosen not in FORMATS:
        return refused(request, "review_missing", 404)
    language = language_of(request)
    shown_from = 0 if request.query_params.get("internal") else SHOWN_FROM
    wanted = _scope(request, shown_from=shown_from)
    made = report(site(request).store, wanted, made_by=me(request).name, language=language)
    folder = tempfile.TemporaryDirectory(prefix="frisksvar-report-")
    name = file_name(wanted, chosen)
    try:
        (written,) = FORMATS[chosen](made, Path(folder.name) / name, language)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        written,
        filename=name,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
        background=BackgroundTask(folder.cleanup),
    )


def close_year(request: Request, form: Form) -> Response:
    """Freeze a year, or take its corrections in with a reason."""
    year = form.number("year")
    if me(request).centre is not None:
        return refused(request, "review_not_allowed", 403)
    if year is None:
        return refused(request, "review_missing", 404)
    language = language_of(request)
    try:
        version = freeze(site(request).store, year, who=who(request), reason=form.text("reason"))
    except Failure as failure:
        flash(request, failure.sentence(language), wrong=True)
    else:
        flash(request, say("report_closed", language, year=year, version=version))
    return redirect(f"/report?from={year}&to={year}")


routes: list[Route] = [
    get("/report", show),
    get("/report/number", number),
    get("/report/file", file),
    post("/report/close", close_year, role="admin"),
]
