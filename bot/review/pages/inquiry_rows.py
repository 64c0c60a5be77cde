"""Finding the inquiry of an address, and whether this person may change it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from bot.review.web import Form, Taking, may_change, refused, site
from knowledge.register import Inquiry

Changing = Callable[[Request, Form, Inquiry], Response]


def inquiry_of(request: Request) -> Inquiry:
    """The inquiry of the address.

    Raises:
        HTTPException: 404, there is none.
    """
    found = site(request).inquiries.get(int(request.path_params["number"]))
    if found is None:
        raise HTTPException(404)
    return found


def again(request: Request, inquiry: int) -> Inquiry:
    """The inquiry as it is after a change."""
    found = site(request).inquiries.get(inquiry)
    assert found is not None
    return found


def changing(handler: Changing) -> Taking:
    """What a form does to an inquiry: 404 where there is none, 403 where it is another centre's."""

    @wraps(handler)
    def taking(request: Request, form: Form) -> Response:
        inquiry = inquiry_of(request)
        if not may_change(request, inquiry.centre):
            return refused(request, "review_not_allowed", 403)
        return handler(request, form, inquiry)

    return taking
