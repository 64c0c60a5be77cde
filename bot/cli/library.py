"""`frisksvar add | sources | fetch | index`: what can be searched."""

from __future__ import annotations

import os
from collections import Counter
from importlib.resources import files
from pathlib import Path

import click

from bot.cli.app import App, command
from bot.cli.building import build_index
from bot.cli.render import show_table, table
from indexer.documents import UnreadableDocument
from indexer.fetching.download import Downloader, Fetched, Gone
from indexer.fetching.errors import FetchError
from indexer.fetching.fetch_all import OutcomeKind, fetch_each
from indexer.fetching.policy import shown
from indexer.fetching.settings import FetchSettings
from indexer.fetching.sources import read_sources
from indexer.index import bundled_wanted
from indexer.library.adding import Added, add_file, documents_below
from indexer.library.catalogue import LibraryDocument
from indexer.library.fetched import FetchedSources, file_page
from knowledge.messages import Message

OUTCOMES = ("added", "changed", "unchanged", "duplicate", "failed", "skipped")
SHORT_ID = 8


def downloader(app: App) -> Downloader:
    settings = app.settings
    return Downloader(
        FetchSettings(
            allow_http=settings.allow_http,
            allow_private=settings.allow_private,
            extra_ports=frozenset(settings.allow_ports),
        )
    )


@click.command(
    help="""Legg til dokumenter: filer, mapper eller nettadresser.

Leser HTML, PDF, DOCX, Markdown og ren tekst. En fil som ikke kan leses, meldes og hoppes over.

\b
Eksempler:
  frisksvar add veileder.pdf
  frisksvar add årsrapporter/ notater.docx
  frisksvar add https://www.helsedirektoratet.no/rapporter/…
"""
)
@click.argument("paths", nargs=-1, required=True, metavar="STI|ADRESSE…")
@click.pass_obj
@command
def add(app: App, paths: tuple[str, ...]) -> None:
    counts: Counter[str] = Counter()
    addresses = [path for path in paths if "://" in path]
    named_places = [Path(path) for path in paths if "://" not in path]
    places = [place for place in named_places if os.path.lexists(place)]
    for missing in (place for place in named_places if place not in places):
        app.note("file_missing", path=missing)
        counts["failed"] += 1
    found = [(path, path in places) for place in places for path in documents_below(place)]
    if not found and not addresses and not counts["failed"]:
        raise click.ClickException(app.say("add_none", path=", ".join(paths)))
    with app.progress("reading") as progress:
        total = len(found) + len(addresses)
        for number, (path, named) in enumerate(found):
            progress(number, total)
            outcome = add_file(app.catalogue, path, named=named)
            counts[outcome.outcome] += 1
            _tell(app, outcome)
        for number, address in enumerate(addresses, start=len(found)):
            progress(number, total)
            counts[_add_address(app, address)] += 1
        progress(total, total)
    app.out.print(
        app.say("add_done", **{outcome: counts[outcome] for outcome in OUTCOMES}),
        markup=False,
        soft_wrap=True,
    )
    if counts["added"] or counts["changed"]:
        app.note("add_next")
    if counts["failed"] and counts["failed"] + counts["skipped"] == sum(counts.values()):
        raise click.exceptions.Exit(1)


def _tell(app: App, added: Added) -> None:
    if added.outcome == "failed":
        app.note("add_failed", path=added.path, reason=added.reason)
    elif added.outcome == "duplicate":
        app.note("add_duplicate", path=added.path, same_as=added.same_as)
    elif added.outcome == "skipped":
        app.note("add_skipped", path=added.path)


def _add_address(app: App, address: str) -> str:
    try:
        with downloader(app) as fetcher:
            page = fetcher.get(address)
        if isinstance(page, Gone):
            return _refused(app, address, page.url, page.message)
        assert isinstance(page, Fetched)  # Unchanged answers validators, and none were sent
        filed = file_page(app.catalogue, page)
    except FetchError as error:
        return _refused(app, address, error.url, error.message)
    except UnreadableDocument as error:
        return _refused(app, address, error.values["name"], error.message)
    if filed.outcome == "duplicate":
        app.note("add_duplicate", path=address, same_as=filed.same_as)
    return filed.outcome


def _refused(app: App, address: str, told_of: object, message: Message) -> str:
    """Tell why an address was not added, and which, where a redirect led to another."""
    if str(told_of).rstrip("/") == address.rstrip("/"):
        app.tell(message)
    else:
        app.note("add_failed", path=shown(address), reason=message)
    return "failed"


@click.command(
    help="""Vis dokumentene i biblioteket, eller ta ut noen av dem.

\b
Eksempler:
  frisksvar sources
  frisksvar sources --bundled
  frisksvar sources --remove 3f9a21c0
"""
)
@click.option("--bundled", is_flag=True, help="Vis også de innebygde sammendragene.")
@click.option("--remove", multiple=True, metavar="ID|STI", help="Ta ut et dokument.")
@click.pass_obj
@command
def sources(app: App, remove: tuple[str, ...], bundled: bool) -> None:
    for which in remove:
        removed = app.catalogue.remove(which)
        if not removed:
            raise click.ClickException(app.say("remove_none", which=which))
        for document in removed:
            app.out.print(
                app.say("removed", title=document.metadata.title, location=document.location),
                markup=False,
            )
    if remove:
        app.note("add_next")
        return
    rows = [
        [
            document.id[:SHORT_ID],
            document.metadata.title,
            document.metadata.edition or "",
            document.metadata.updated or "",
            _passages(app, document),
            app.say("bundled") if document.origin == "bundled" else document.location,
        ]
        for document in [*app.catalogue.added(), *(app.catalogue.bundled() if bundled else ())]
    ]
    if rows:
        show_table(app, table(app.say("source_columns"), rows, whole=(0,)))
    if not bundled and bundled_wanted(app.settings):
        app.note("bundled_count", count=sum(1 for _ in app.catalogue.bundled()))


def _passages(app: App, document: LibraryDocument) -> str:
    try:
        return str(app.catalogue.shelf.passage_count(document.id))
    except FileNotFoundError:
        return "?"  # `frisksvar doctor` and `frisksvar index` tell what to do


@click.command(
    help="""Hent de offisielle originalene som står i knowledge/sources.toml.

Bare det som er endret, lastes ned på nytt. Krever nett.

\b
Eksempler:
  frisksvar fetch
  frisksvar fetch veileder-tilbudet
  frisksvar fetch --sources egne-kilder.toml
"""
)
@click.argument("wanted", nargs=-1, metavar="[KILDE…]")
@click.option(
    "--sources", "listing", type=click.Path(path_type=Path), help="En annen liste over kilder."
)
@click.pass_obj
@command
def fetch(app: App, wanted: tuple[str, ...], listing: Path | None) -> None:
    path = listing or Path(str(files("knowledge").joinpath("sources.toml")))
    known = read_sources(path)
    ids = {source.id for source in known}
    for source_id in wanted:
        if source_id not in ids:
            raise click.ClickException(app.say("fetch_unknown", source=source_id))
    chosen = [source for source in known if not wanted or source.id in wanted]
    state = FetchedSources(app.store, app.catalogue, chosen)
    counts: Counter[str] = Counter()
    with downloader(app) as fetcher, app.progress("fetching") as progress:
        progress(0, len(chosen))
        for number, outcome in enumerate(fetch_each(chosen, state, fetcher), start=1):
            unreadable = state.unreadable.get(outcome.source_id)
            kind = OutcomeKind.FAILED if unreadable else outcome.kind
            counts[kind.value] += 1
            told = f"{outcome.source_id}: {app.say(f'fetch_{kind.value}')}"
            reason = unreadable or (outcome.message if kind is OutcomeKind.FAILED else None)
            if reason:
                told += f" ({reason.sentence(app.language)})"
            app.out.print(told, markup=False, soft_wrap=True)
            progress(number, len(chosen))
    totals = {kind.value: counts[kind.value] for kind in OutcomeKind}
    app.out.print(app.say("fetch_done", **totals), markup=False)
    if counts["new"] or counts["changed"] or counts["vanished"]:
        app.note("add_next")
    if counts["failed"] == len(chosen) and chosen:
        raise click.exceptions.Exit(1)


@click.command(
    help="""Bygg indeksen av alle dokumenter i biblioteket.

Bare nye og endrede utdrag behandles. Blir byggingen avbrutt, fortsetter den neste gang.

\b
Eksempler:
  frisksvar index
  frisksvar index --no-bundled     (bare dokumenter du selv har lagt til)
"""
)
@click.option(
    "--bundled/--no-bundled",
    default=None,
    help="Ta med de innebygde sammendragene, eller la dem være. Uten valg: som sist.",
)
@click.pass_obj
@command
def index(app: App, bundled: bool | None) -> None:
    with_bundled = bundled_wanted(app.settings) if bundled is None else bundled
    built = build_index(app, bundled=with_bundled)
    values = {
        "generation": built.generation,
        "documents": built.documents,
        "passages": built.passages,
        "embedded": built.embedded,
    }
    told = app.say("index_done" if built.changed else "index_same", **values)
    app.out.print(told, markup=False, soft_wrap=True)


def register(group: click.Group) -> None:
    for item in (add, sources, fetch, index):
        group.add_command(item)
