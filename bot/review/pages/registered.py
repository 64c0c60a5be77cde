"""What is done alike with a visit and an idea: let in who may change it, delete it, get it back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from bot.review.numbers import whole
from bot.review.web import (
    Form,
    Taking,
    flash,
    language_of,
    may_change,
    redirect,
    refused,
    who,
)
from knowledge.messages import Failure, say


class Registered(Protocol):
    """A row of a centre's that can be deleted, and be had back."""

    @property
    def id(self) -> int: ...
    @property
    def centre(self) -> str | None: ...
    @property
    def deleted_at(self) -> datetime | None: ...


Row = TypeVar("Row", bound=Registered)
Kept = TypeVar("Kept", bound=Registered, covariant=True)


class Register(Protocol[Kept]):
    """Where such rows are kept."""

    def get(self, number: int, /) -> Kept | None: ...
    def delete(self, number: int, /, who: str) -> int: ...
    def undo(self, number: int, /, who: str) -> None: ...


@dataclass(frozen=True)
class Rows(Generic[Row]):
    """The rows of one kind, and their pages.

    Attributes:
        address: of the list; that of a row is below it.
        register: where they are kept, of the site that is asked.
    """

    address: str
    register: Callable[[Request], Register[Row]]

    def page_of(self, row: Row) -> str:
        return f"{self.address}/{row.id}"

    def removed(self, request: Request) -> Row | None:
        """The row that was just deleted, to offer it back."""
        number = whole(request.query_params.get("removed", ""))
        row = None if number is None else self.register(request).get(number)
        if row is None or row.deleted_at is None or not may_change(request, row.centre):
            return None
        return row

    def changeable(self, request: Request, *, deleted: bool = False) -> Row | Response:
        """The row of the address, or why this person cannot change it.

        Args:
            deleted: whether one that is deleted will do.
        """
        row = self.register(request).get(request.path_params["id"])
        if row is None or (row.deleted_at is not None and not deleted):
            return refused(request, "review_missing", 404)
        if not may_change(request, row.centre):
            return refused(request, "review_not_allowed", 403)
        return row

    def delete(self, request: Request, form: Form) -> Response:
        row = self.changeable(request)
        if isinstance(row, Response):
            return row
        self.register(request).delete(row.id, who=who(request))
        return redirect(f"{self.address}?removed={row.id}")

    def undo(self, request: Request, form: Form) -> Response:
        """Take back what was last done to a row, also that it was deleted."""
        return self.acting(self._undo)(request, form)

    def _undo(self, request: Request, row: Row) -> str:
        self.register(request).undo(row.id, who=who(request))
        return say("review_work_undone", language_of(request))

    def acting(self, act: Callable[[Request, Row], str]) -> Taking:
        """A handler that does one thing with a row and tells the sentence that `act` returns."""

        def handler(request: Request, form: Form) -> Response:
            row = self.changeable(request, deleted=True)
            if isinstance(row, Response):
                return row
            try:
                flash(request, act(request, row))
            except Failure as failure:
                flash(request, failure.sentence(language_of(request)), wrong=True)
            return redirect(self.page_of(row))

        return handler
