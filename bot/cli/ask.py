"""`frisksvar ask`: one question, a conversation, or a file of questions."""

from __future__ import annotations

import sys
from functools import cache
from typing import BinaryIO

import click

from bot.answering.answer import Answerer
from bot.answering.decide import thresholds_of
from bot.answering.past import PastInquiries
from bot.answering.question import Question
from bot.cli.app import App, command
from bot.cli.batch import answer_lines
from bot.cli.building import ensure_index
from bot.cli.render import show_reply
from knowledge.geography import Municipalities
from knowledge.register.approvals import Approvals

MAX_STDIN_BYTES = 4_000_000
ENDING_WORDS = {"", "slutt", "avslutt", "exit", "quit"}


@click.command(
    help="""Svar på et spørsmål med sitater fra kildene, og registrer henvendelsen.

Uten spørsmål får du en samtale, der oppfølgingsspørsmål leses i sammenheng.

\b
Eksempler:
  frisksvar ask "Hvem kan henvise til oss?"
  frisksvar ask --municipality Senja "Korleis får vi pengar til utstyr?"
  echo "How do we recruit participants?" | frisksvar ask
  frisksvar ask --batch spørsmål.jsonl --top 10 > svar.jsonl
"""
)
@click.argument("question", required=False)
@click.option("--batch", type=click.File("rb"), help="Svar på en JSON-linje per spørsmål.")
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(1, 100),
    help="Antall utdrag per spørsmål i --batch.",
)  # fmt: skip
@click.option("--no-log", is_flag=True, help="Ikke registrer henvendelsen.")
@click.option("--municipality", "-m", help="Kommunen som spør: navn eller nummer.")
@click.pass_obj
@command
def ask(
    app: App,
    question: str | None,
    batch: BinaryIO | None,
    top: int,
    no_log: bool,
    municipality: str | None,
) -> None:
    register = None if no_log else app.inquiries  # first: without it nothing else is worth doing
    # Once, and after the first inquiry is on disk: a question is kept whatever the index is like.
    answerer = Answerer(
        app.index,
        register,
        before_search=cache(lambda: ensure_index(app)),
        past=PastInquiries(app.links, Approvals(app.store)),
        thresholds=thresholds_of(app.settings),
    )
    if municipality and not Municipalities.load().find(municipality, limit=1):
        app.note("municipality_none", text=municipality)
    if batch is not None:
        if question is not None:
            raise click.UsageError(app.say("batch_or_question"))
        ensure_index(app)
        app.index.open()  # a damaged index is told once, not on every line
        answer_lines(app, answerer, batch, top, municipality)
    elif question is not None:
        _answer(app, answerer, question, municipality)
    elif sys.stdin is None:  # closed by whoever started the process
        raise click.ClickException(app.say("empty_input"))
    elif sys.stdin.isatty():
        _converse(app, answerer, municipality)
    else:
        asked = sys.stdin.buffer.read(MAX_STDIN_BYTES).decode("utf-8", errors="replace").strip()
        if not asked:
            raise click.ClickException(app.say("empty_input"))
        _answer(app, answerer, asked, municipality)


def _answer(
    app: App,
    answerer: Answerer,
    text: str,
    municipality: str | None,
    thread: tuple[str, ...] = (),
) -> None:
    reply = answerer.answer(Question(text, municipality=municipality, thread=thread))
    show_reply(app, reply)


def _converse(app: App, answerer: Answerer, municipality: str | None) -> None:
    thread: tuple[str, ...] = ()
    while True:
        try:
            text = click.prompt(app.say("prompt"), default="", show_default=False, err=True)
        except (click.Abort, EOFError):
            return
        if text.strip().lower() in ENDING_WORDS:
            return
        _answer(app, answerer, text, municipality, thread)
        thread = (*thread, text)


def register(group: click.Group) -> None:
    group.add_command(ask)
