"""A register with rows of two centres, and every address of the pages filled in for each."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from review_site import ReviewSite
from starlette.routing import Route

from bot.review.uploads import Uploads
from knowledge.reference import topics
from knowledge.reference.annual_form import annual_fields
from knowledge.register.approvals import Approvals
from knowledge.register.ideas import NewIdea
from knowledge.register.models import NewInquiry, ShownQuote
from knowledge.register.visits import NewVisit

OWN, OTHER = "stavanger", "alstahaug"
YEAR = 2025
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


@dataclass(frozen=True)
class Rows:
    """What one centre has: `shared` is a published idea, `batch` the last change of its inquiry."""

    centre: str
    inquiry: int
    visit: int
    idea: int
    shared: int
    batch: str


@dataclass
class World:
    """The pages over the rows of two centres. `user` is who the users page is asked about."""

    pages: ReviewSite
    own: Rows
    other: Rows
    user: int
    tokens: dict[int, str] = field(default_factory=dict)

    def routes(self, method: str) -> list[Route]:
        return [
            route
            for route in self.pages.app.routes
            if isinstance(route, Route) and method in (route.methods or ())
        ]

    def address(self, route: Route, rows: Rows, *, user: int = 0) -> str:
        """The address of a route with the ids of these rows.

        Raises:
            LookupError: the route names something that this table does not know yet.
        """
        area = route.path.split("/")[1]
        number = {
            "inquiry": rows.inquiry,
            "visits": rows.visit,
            "ideas": rows.idea,
            "ideer": rows.shared,
            "users": self.user,
        }
        values: dict[str, Any] = {
            "batch": rows.batch,
            "centre": rows.centre,
            "year": YEAR,
            "kind": "visits",
            "form": "correct",
            "secret": "guess",
            "provider": "oidc",
            "token": self.tokens.get(user, "no-such-file"),
            "user": self.user,
            "document": "0" * 64,
        }

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in ("id", "number"):
                return str(number.get(area, 1))
            return str(values[name])

        return PARAMETER.sub(value, route.path)


def world(pages: ReviewSite, text: str = "Hvem kan henvise til oss?") -> World:
    """Two centres with an inquiry, a visit, an idea and an annual form each.

    Args:
        text: stands wherever somebody may write freely.
    """
    own, other = (_rows(pages, centre, text) for centre in (OWN, OTHER))
    user = pages.site.users.sign_in("https://test.example", "somebody", text[:80])
    pages.site.users.change(user.id, role="reader", centre=None, disabled=False, who="cli")
    return World(pages, own, other, user.id)


def _rows(pages: ReviewSite, centre: str, text: str) -> Rows:
    site = pages.site
    inquiry = _inquiry(pages, centre, text)
    visit, _ = site.visits.add(
        NewVisit(
            on_date=date(YEAR, 3, 3),
            centre=centre,
            people=12,
            theme=text,
            note=text,
            municipalities=("1103",),
            came_from=f"web:{centre}",
        ),
        "cli",
    )
    idea, shared = (
        site.ideas.add(
            NewIdea(
                title=text,
                text=text,
                target_group=text,
                links=("https://example.no/a",),
                consent=True,
                centre=centre,
                came_from=f"web:{centre}:{name}",
            ),
            "cli",
        )[0]
        for name in ("new", "shared")
    )
    site.ideas.publish(shared, "cli")
    row = site.inquiries.get(inquiry)
    assert row is not None
    site.review.correct(inquiry, {"note": text}, revision=row.revision, who="cli")
    site.annual.save(centre, YEAR, _written(text), revision=0, who="cli")
    batch = site.review.last_batch(inquiry)
    assert batch is not None
    return Rows(centre, inquiry, visit, idea, shared, batch)


def _inquiry(pages: ReviewSite, centre: str, text: str) -> int:
    site = pages.site
    inquiry, _ = site.inquiries.receive(
        NewInquiry(
            came_from=f"test:{centre}",
            received_at=datetime(YEAR, 3, 3, 12, tzinfo=UTC),
            channel="email",
            question=text,
            thread=(text,),
            language="nb",
            municipality="1103",
            municipality_today="1103",
            centre=centre,
            topics={topics()[0].id: text},
        )
    )
    quote = ShownQuote(
        document="0" * 64,
        title=text,
        section=text,
        url="https://example.no/kilde",
        edition=text,
        updated=None,
        start=0,
        end=len(text),
        text=text,
        highlight=text,
        score=0.5,
    )
    site.inquiries.show(inquiry, [quote])
    site.handovers.open(inquiry, centre=centre, reason="chosen", note=text)
    site.review.answer(inquiry, text, centre=centre, who="cli")
    site.feedback.vote(inquiry, "somebody", "down")
    site.feedback.explain(inquiry, "somebody", "other", text)
    until = date.today() + timedelta(days=100)
    Approvals(site.store).approve(
        inquiry, question=text, text=text, centre=centre, who="cli", expires_on=until
    )
    return inquiry


def _written(text: str) -> Mapping[str, Any]:
    return {each.id: text for each in annual_fields() if each.kind == "text"}


def upload(made: World, user: int, text: str, centre: str) -> None:
    """Keep a table that this user sent, to be looked at: one visit of a centre."""
    written = io.StringIO()
    table = csv.writer(written, delimiter=";")
    table.writerow(["Dato", "Utviklingssentral", "Antall personer", "Form", "Tema"])
    table.writerow([f"3.3.{YEAR}", centre, 12, "fysisk", text])
    content = written.getvalue().encode()
    made.tokens[user] = Uploads(made.pages.site.settings.home).keep(
        user, "visits", f"{text}.csv", content
    )


def everything(pages: ReviewSite) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, to see whether anything changed."""
    connection = pages.site.store.database.conn
    names = [
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    ]
    return {
        name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall()
        for name in names
        if not name.startswith("inquiries_text_")
    }
