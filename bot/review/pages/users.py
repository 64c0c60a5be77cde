"""Who may use the pages: their role, their centre, and whether they still may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.review.naming import all_centres, centre_name, person_name
from bot.review.web import RANK, Form, flash, get, language_of, me, page, post, redirect, refused
from bot.review.web import site as site_of
from bot.review.web import who as who_of
from knowledge.messages import Failure, Language, say
from knowledge.register.changes import Change, Changes
from knowledge.register.editing import Refused
from knowledge.register.users import Role, User


@dataclass(frozen=True)
class Line:
    """One change of a user, to be read."""

    at: datetime
    who: str
    field: str
    before: str
    after: str


def everybody(request: Request) -> Response:
    """Those who wait for a role first, then by name."""
    users = sorted(
        site_of(request).users.all(),
        key=lambda user: (user.disabled, user.role != "none", user.name.casefold()),
    )
    return page(
        request,
        "users/list.html",
        users=users,
        roles=role_names(language_of(request)),
        centres=dict(all_centres()),
    )


def one(request: Request) -> Response:
    user = site_of(request).users.get(request.path_params["user"])
    if user is None:
        return refused(request, "review_missing", 404)
    return _shown(
        request, user, {"role": user.role, "centre": user.centre, "disabled": user.disabled}
    )


def change(request: Request, form: Form) -> Response:
    """Role, centre and access; at once, also for pages that the person has open."""
    users = site_of(request).users
    user = users.get(request.path_params["user"])
    if user is None:
        return refused(request, "review_missing", 404)
    filled = {
        "role": form.text("role"),
        "centre": form.text("centre") or None,
        "disabled": form.text("disabled") == "yes",
    }
    own = me(request).centre
    if own is not None and {user.centre, filled["centre"]} != {own}:
        # Whoever administers one centre gives nobody, themselves least, more than that centre.
        return refused(request, "review_not_allowed", 403)
    try:
        users.change(
            user.id,
            role=cast(Role, filled["role"]),
            centre=cast("str | None", filled["centre"]),
            disabled=bool(filled["disabled"]),
            who=who_of(request),
        )
    except Refused as error:
        return _shown(request, user, filled, errors={error.field: _told(request, error)})
    except Failure as error:
        return _shown(request, user, filled, problem=_told(request, error))
    flash(request, say("review_user_saved", language_of(request), name=user.name))
    return redirect("/users")


def _shown(
    request: Request,
    user: User,
    filled: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    problem: str | None = None,
) -> Response:
    language = language_of(request)
    return page(
        request,
        "users/one.html",
        status=422 if errors or problem else 200,
        one=user,
        filled=filled,
        errors={"role": "", "centre": "", **(errors or {})},
        problem=problem,
        roles=role_names(language),
        centres=dict(all_centres()),
        history=_history(request, user),
    )


def _told(request: Request, error: Failure) -> str:
    return error.sentence(language_of(request))


def role_names(language: Language) -> dict[str, str]:
    """What each role is called, from the least to the most."""
    names = {
        "none": say("review_role_none", language),
        "reader": say("review_role_reader", language),
        "reviewer": say("review_role_reviewer", language),
        "admin": say("review_role_admin", language),
    }
    return {role: names[role] for role in RANK}


def _history(request: Request, user: User) -> list[Line]:
    language = language_of(request)
    return [
        Line(
            found.at,
            person_name(request, found.who),
            _field_name(found.field, language),
            _value(found, found.before, language),
            _value(found, found.after, language),
        )
        for found in Changes(site_of(request).store).of("user", user.id)
    ]


def _field_name(field: str, language: Language) -> str:
    names = {
        "role": say("review_user_role", language),
        "centre": say("review_user_centre", language),
        "disabled": say("review_user_disabled", language),
    }
    return names.get(field, field)


def _value(found: Change, value: Any, language: Language) -> str:
    if found.field == "role":
        return role_names(language).get(str(value), str(value))
    if found.field == "centre":
        return say("review_every_centre", language) if value is None else centre_name(str(value))
    return say("review_work_yes", language) if value else say("review_work_no", language)


routes: list[Route] = [
    get("/users", everybody, role="admin", name="users"),
    get("/users/{user:int}", one, role="admin", name="user"),
    post("/users/{user:int}", change, role="admin", name="change_user"),
]
