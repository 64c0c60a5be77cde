"""views.*: modals and App Homes."""

from __future__ import annotations

from typing import Any, Final

from .block_kit import HOME, MODAL
from .limits import check_view
from .registry import Call, bad_arguments, method
from .rendering import view_json, with_ids
from .state import JSON, SlackError, User, View, World

MOST_MODALS: Final = 3  # surfaces/modals: a view stack holds up to three


def judged(view: Any, kind: str) -> JSON:
    """A view that Slack would take, as it was sent; SlackError otherwise."""
    if view is None:
        raise bad_arguments("[ERROR] missing required field: view [json-pointer:/]")
    problems = check_view(view)
    if problems == ["view_too_large"]:
        raise SlackError("view_too_large")
    if problems:
        raise bad_arguments(*problems)
    if view["type"] != kind:
        raise bad_arguments(f"[ERROR] value must be one of {kind} [json-pointer:/view/type]")
    return dict(view)


def new_view(world: World, user: User, content: JSON, below: View | None = None) -> View:
    """A view, kept; `below` is the modal it is pushed upon."""
    kept = content | {"blocks": with_ids(content["blocks"], world.random)}
    external = content.get("external_id")
    if external and any(
        view.content.get("external_id") == external for view in user.team.views.values()
    ):
        raise SlackError("duplicate_external_id")
    name = world.new_id("V")
    root = below.root_id if below else name
    view = View(name, user, kept, world.new_hash(), root, below.id if below else None)
    user.team.views[name] = view
    return view


def replace(world: World, view: View, content: JSON) -> None:
    """New content for a view. What was filled in stays where block and action are the same."""
    view.content = content | {"blocks": with_ids(content["blocks"], world.random)}
    view.hash = world.new_hash()


def push(world: World, user: User, content: JSON) -> View:
    if len(user.modals) >= MOST_MODALS:
        raise SlackError("push_limit_reached")
    view = new_view(world, user, content, user.modals[-1] if user.modals else None)
    user.modals.append(view)
    return view


def close_all(user: User) -> None:
    for view in user.modals:
        user.team.views.pop(view.id, None)
    user.modals.clear()


def close_top(user: User) -> None:
    view = user.modals.pop()
    user.team.views.pop(view.id, None)


def _by_trigger(call: Call) -> User:
    name = call.optional("trigger_id")
    if name is None:
        raise bad_arguments("[ERROR] missing required field: trigger_id [json-pointer:/]")
    trigger = call.world.triggers.get(name)
    if trigger is None or trigger.user.team is not call.team:
        raise bad_arguments("[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]")
    if trigger.used:
        raise SlackError("exchanged_trigger_id")
    if trigger.until < call.world.now():
        raise SlackError("expired_trigger_id")
    trigger.used = True
    return trigger.user


@method("views.open")
def open_view(call: Call) -> JSON:
    content = judged(call.json("view"), MODAL)
    user = _by_trigger(call)
    close_all(user)
    return {"view": view_json(call.world, push(call.world, user, content))}


@method("views.push")
def push_view(call: Call) -> JSON:
    content = judged(call.json("view"), MODAL)
    user = _by_trigger(call)
    if not user.modals:
        raise SlackError("not_found")
    return {"view": view_json(call.world, push(call.world, user, content))}


def _fresh(call: Call, view: View | None) -> None:
    """`hash` guards against overwriting what another call has changed."""
    expected = call.optional("hash")
    if expected and view and expected != view.hash:
        raise SlackError("hash_conflict")


@method("views.update")
def update_view(call: Call) -> JSON:
    external = call.optional("external_id")
    if external:
        found = [v for v in call.team.views.values() if v.content.get("external_id") == external]
        view = found[0] if found else None
    else:
        view = call.team.views.get(call.text("view_id"))
    if view is None:
        raise SlackError("not_found")
    content = judged(call.json("view"), view.content["type"])
    _fresh(call, view)
    replace(call.world, view, content)
    return {"view": view_json(call.world, view)}


@method("views.publish")
def publish(call: Call) -> JSON:
    user = call.team.users.get(call.text("user_id"))
    if user is None:
        raise SlackError("user_not_found")
    if not call.team.home_tab:
        raise SlackError("not_enabled")
    content = judged(call.json("view"), HOME)
    _fresh(call, user.home)
    if user.home is None:
        user.home = new_view(call.world, user, content)
    else:
        replace(call.world, user.home, content)
    return {"view": view_json(call.world, user.home)}
