"""The sources: what can be quoted, adding and removing documents, and renewing the index."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.answering.edition import edition_label
from bot.review import sources as library
from bot.review.web import Form, flash, get, language_of, page, post, redirect, refused, site
from indexer.library.catalogue import Filed
from indexer.library.stored import Metadata
from knowledge.messages import Failure, say

FIELDS = ("title", "publisher", "edition", "address")
REMOVED = "removed_source"
"""In the signed session: what was removed last, to be put back."""


def listed(request: Request) -> Response:
    return _page(request, {}, {})


def add(request: Request, form: Form) -> Response:
    """A file or an address; the index is renewed at once."""
    language = language_of(request)
    values = {name: form.text(name) for name in FIELDS}
    upload = form.file("file")
    if upload is not None and not upload.name and not upload.content:
        upload = None
    if (upload is None) == (not values["address"]):
        return _page(request, values, {"file": say("review_source_one", language)}, 422)
    here = site(request)
    try:
        if upload is not None:
            given = {name: values[name] or None for name in ("publisher", "edition")}
            metadata = Metadata(title=values["title"], **given)
            filed = library.add_upload(here, upload, metadata)
        else:
            filed = library.add_address(here, values["address"])
    except Failure as failure:
        field = "file" if upload is not None else "address"
        return _page(request, values, {field: failure.sentence(language)}, 422)
    here.building.start(here.settings, here.store)
    flash(request, _told(filed, request))
    return redirect("/sources")


def _told(filed: Filed, request: Request) -> str:
    language = language_of(request)
    if filed.outcome == "duplicate":
        return say("review_source_duplicate", language, same_as=filed.same_as)
    if filed.outcome == "unchanged":
        return say("review_source_unchanged", language)
    if filed.outcome == "changed":
        return say("review_source_changed", language, passages=filed.passages)
    return say("review_source_added", language, passages=filed.passages)


def remove(request: Request, form: Form) -> Response:
    here = site(request)
    removed = library.remove(here, form.text("id"))
    if removed is None:
        return refused(request, "review_missing", 404)
    request.session[REMOVED] = removed
    here.building.start(here.settings, here.store)
    title = removed["metadata"]["title"]
    flash(request, say("review_source_removed", language_of(request), title=title))
    return redirect("/sources")


def undo(request: Request, form: Form) -> Response:
    here = site(request)
    removed = request.session.pop(REMOVED, None)
    filed = library.put_back(here, removed) if removed else None
    if filed is None:
        flash(request, say("review_source_not_back", language_of(request)), wrong=True)
    else:
        here.building.start(here.settings, here.store)
        title = removed["metadata"]["title"]
        flash(request, say("review_source_back", language_of(request), title=title))
    return redirect("/sources")


def rebuild(request: Request, form: Form) -> Response:
    here = site(request)
    key = (
        "review_build_begun"
        if here.building.start(here.settings, here.store)
        else ("review_build_running")
    )
    flash(request, say(key, language_of(request)))
    return redirect("/sources")


def check(request: Request, form: Form) -> Response:
    """Look for newer editions with the publishers: of the documents chosen, or of all."""
    asked = library.check(site(request), set(form.several("document")))
    key = {None: "review_check_running", 0: "review_check_none"}.get(asked, "review_check_begun")
    flash(request, say(key, language_of(request)), wrong=asked == 0)
    return redirect("/sources")


def _page(
    request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Response:
    here = site(request)
    progress = here.building.progress
    checked = here.checking.progress
    language = language_of(request)
    return page(
        request,
        "sources/sources.html",
        status=status,
        sources=library.sources(here),
        values={name: values.get(name, "") for name in FIELDS},
        errors=errors,
        progress=progress,
        trouble=progress.trouble.sentence(language) if progress.trouble else None,
        checked=checked,
        why={where: why.sentence(language) for where, why in (checked.why or {}).items()},
        check_trouble=checked.trouble.sentence(language) if checked.trouble else None,
        removed=request.session.get(REMOVED),
        days=library.STALE.days,
        edition=lambda edition: edition_label(edition, language),
    )


routes: list[Route] = [
    get("/sources", listed, name="sources"),
    post("/sources/add", add, role="admin", name="sources_add"),
    post("/sources/remove", remove, role="admin", name="sources_remove"),
    post("/sources/undo", undo, role="admin", name="sources_undo"),
    post("/sources/check", check, role="admin", name="sources_check"),
    post("/sources/rebuild", rebuild, role="admin", name="sources_rebuild"),
]
