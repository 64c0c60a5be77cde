"""What answers are made of: model, index, library, fetched originals and approved answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.doctor.finding import Finding, Findings, Installation
from indexer.generations.manifest import IndexUnusable
from indexer.index import bundled_wanted, is_behind
from indexer.vectors.encoder import load_encoder, model_prefixes
from knowledge.messages import Message
from knowledge.register.approvals import Approvals

STALE: Final = timedelta(days=90)
"""Helsedirektoratet changes its pages a few times a year; a quarter is the longest to miss one."""


def model(place: Installation) -> Findings:
    """Raises ModelUnavailable."""
    settings = place.settings
    encoder = load_encoder(settings, static_verified=True)  # a static one without torch: quick
    before = model_prefixes(settings)
    values = {
        "model": settings.model or "indexer/model",
        "fingerprint": encoder.fingerprint,
        "dimension": encoder.dimension,
        "query": _prefix(before.query),
        "passage": _prefix(before.passage),
    }
    # bot/answering/decision.toml is fitted to the similarities of the embedded model.
    state = "ok" if settings.model is None else "warn"
    yield Finding("ok", Message("doctor_model_in_use", values))
    if state == "warn":
        yield Finding("warn", Message("doctor_model_unfitted"))


def _prefix(text: str) -> Message | str:
    shown = text.replace("\n", "\\n")
    return f"«{shown}»" if text else Message("doctor_no_prefix")


def index(place: Installation) -> Findings:
    """Raises IndexUnusable or ModelUnavailable."""
    try:
        manifest = place.index.open().searcher.generation.manifest
    except IndexUnusable as error:
        if error.key != "no_index":
            raise
        yield Finding("warn", error.message)
        return
    values = {"documents": manifest.documents, "passages": manifest.passages}
    yield Finding("ok", Message("operation_install_index", {"id": manifest.id, **values}))


def library(place: Installation) -> Findings:
    """The stored texts are what their passages say, and the index has all of them."""
    if not place.register_ready:
        return
    catalogue = place.catalogue
    if damaged := catalogue.damaged(bundled=bundled_wanted(place.settings)):
        first = damaged[0]
        values = {"title": first.metadata.title, "location": first.location}
        yield Finding("bad", Message("doctor_damaged", {"count": len(damaged), **values}))
        return
    try:
        behind = is_behind(place.settings, catalogue)
    except IndexUnusable:
        return  # the check of the index tells
    if behind:
        yield Finding("warn", Message("doctor_behind"))
    else:
        added = len(catalogue.added())
        yield Finding("ok", Message("operation_install_library", {"count": added}))


def sources(place: Installation) -> Findings:
    """Originals that were fetched, and not looked for since."""
    if not place.register_ready:
        return
    rows = place.store.database.execute("SELECT source, checked_at FROM fetches").fetchall()
    if not rows:
        return
    old = [(at, source) for source, at in rows if place.now - datetime.fromisoformat(at) > STALE]
    if old:
        at, source = min(old)
        values = {"count": len(old), "days": STALE.days, "source": source, "day": at[:10]}
        yield Finding("warn", Message("operation_install_stale", values), run="frisksvar fetch")
    else:
        yield Finding("ok", Message("operation_install_fresh", {"count": len(rows)}))


def approvals(place: Installation) -> Findings:
    """Answers whose day is over are not quoted any more, until somebody looks at them."""
    if not place.register_ready:
        return
    found = Approvals(place.store)
    expired = [each for each in found.over() if each.withdrawn_at is None]
    standing = len(found.standing())
    if expired:
        values = {"count": len(expired), "day": min(each.expires_on for each in expired)}
        yield Finding("warn", Message("operation_install_expired", values), run="frisksvar review")
    elif standing:
        yield Finding("ok", Message("operation_install_standing", {"count": standing}))
