"""`frisksvar doctor`: what is wrong, in plain words, and what to run."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import click
from rich.text import Text

from bot.cli.app import App, command, sentence
from indexer.generations.generation import current_folder
from indexer.generations.manifest import IndexUnusable
from indexer.index import bundled_wanted, is_behind
from indexer.vectors.encoder import load_encoder, model_prefixes
from knowledge.messages import Failure
from knowledge.store import StoreError

LEAST_FREE_BYTES = 500_000_000
"""Less free space than this is worth a look: a rebuild writes a second generation."""

PACKAGES = ("frisksvar", "sqlite-utils", "faiss-cpu", "sentence-transformers", "torch")
State = Literal["ok", "warn", "bad"]
COLOURS: dict[State, str] = {"ok": "green", "warn": "yellow", "bad": "red"}


@dataclass(frozen=True)
class Finding:
    state: State
    text: str


@click.command(
    help="""Undersøk oppsettet: database, indeks, modell, bibliotek og diskplass.

Avslutter med status 1 hvis noe er galt.

\b
Eksempel:
  frisksvar doctor
"""
)
@click.pass_obj
@command
def doctor(app: App) -> None:
    checks: dict[str, Callable[[App], Finding]] = {
        "doctor_versions": _versions,
        "doctor_home": _home,
        "doctor_database": _database,
        "doctor_model": _model,
        "doctor_index": _index,
        "doctor_library": _library,
        "doctor_disk": _disk,
    }
    worst: State = "ok"
    for name, check in checks.items():
        finding = _run(app, check)
        if finding.state == "bad" or worst == "ok":
            worst = finding.state
        label = Text(app.say(f"doctor_{finding.state}").ljust(9), COLOURS[finding.state])
        line = Text.assemble(label, f"{app.say(name)}: ", finding.text)
        app.out.print(line, soft_wrap=True)
    if worst == "bad":
        raise click.exceptions.Exit(1)


def _run(app: App, check: Callable[[App], Finding]) -> Finding:
    try:
        return check(app)
    except (Failure, OSError, sqlite3.Error) as error:
        no_index = isinstance(error, IndexUnusable) and error.key == "no_index"
        return Finding("warn" if no_index else "bad", sentence(error, app))


def _versions(app: App) -> Finding:
    return Finding("ok", ", ".join(f"{package} {version(package)}" for package in PACKAGES))


def _home(app: App) -> Finding:
    home = app.settings.home
    home.mkdir(parents=True, exist_ok=True)
    probe = home / ".doctor"
    probe.write_text("", encoding="utf-8")
    probe.unlink()
    return Finding("ok", str(home.resolve()))


def _database(app: App) -> Finding:
    with app.store.write():
        pass  # a database that can only be read would lose every inquiry
    result = app.store.database.execute("PRAGMA integrity_check").fetchone()[0]
    text = app.say("doctor_inquiries", count=app.inquiries.count(), integrity=result)
    if result != "ok":
        raise StoreError("database_unusable", path=app.store.path, reason=result)
    return Finding("ok", text)


def _model(app: App) -> Finding:
    settings = app.settings
    encoder = load_encoder(settings, static_verified=True)  # a static one without torch: quick
    before = model_prefixes(settings)
    text = app.say(
        "doctor_model_in_use",
        model=settings.model or "indexer/model",
        fingerprint=encoder.fingerprint,
        dimension=encoder.dimension,
        query=_prefix(before.query, app),
        passage=_prefix(before.passage, app),
    )
    if settings.model is None:
        return Finding("ok", text)
    # bot/answering/decision.toml is fitted to the similarities of the embedded model.
    return Finding("warn", f"{text} {app.say('doctor_model_unfitted')}")


def _prefix(text: str, app: App) -> str:
    shown = text.replace("\n", "\\n")
    return f"«{shown}»" if text else app.say("doctor_no_prefix")


def _index(app: App) -> Finding:
    manifest = app.index.open().searcher.generation.manifest
    text = app.say("index_same", documents=manifest.documents, passages=manifest.passages)
    return Finding("ok", f"{manifest.id}. {text}")


def _library(app: App) -> Finding:
    added = len(app.catalogue.added())
    if damaged := app.catalogue.damaged(bundled=bundled_wanted(app.settings)):
        first = damaged[0]
        values = {"title": first.metadata.title, "location": first.location}
        return Finding("bad", app.say("doctor_damaged", count=len(damaged), **values))
    current_folder(app.settings.index)
    if is_behind(app.settings, app.catalogue):
        return Finding("warn", app.say("doctor_behind"))
    return Finding("ok", str(added))


def _disk(app: App) -> Finding:
    free = shutil.disk_usage(app.settings.home).free
    state: State = "ok" if free >= LEAST_FREE_BYTES else "warn"
    return Finding(state, f"{free / 1e9:.1f} GB")


def register(group: click.Group) -> None:
    group.add_command(doctor)
