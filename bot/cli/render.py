"""A reply on the terminal."""

from __future__ import annotations

from collections.abc import Collection

from rich.box import SIMPLE
from rich.cells import cell_len
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.answering.cited import approved_as
from bot.answering.edition import edition_label
from bot.answering.reply import Quote, Reply
from bot.cli.app import App
from indexer.documents import Table as DocumentTable
from knowledge.messages import Language, say

MOST_COLUMNS = 6
"""More columns than this do not fit a terminal of 80 characters."""

NARROW = 12
"""Characters a column has at least, where another one takes the room."""

MOST_WIDE = 10_000
"""Characters; more than any path has (PATH_MAX is 4096 on Linux)."""


def show_reply(app: App, reply: Reply) -> None:
    """Print the reply in the asker's language, unless another was chosen with --lang."""
    language = app.chosen_language or reply.language
    for note in reply.notes:
        app.err.print(say(note, language), style="yellow", markup=False, soft_wrap=True)
    if reply.serving is not None:
        place, centre = reply.serving.place, reply.serving.centre
        told = say("centre_serves", language, place=place, centre=centre)
        app.out.print(told, markup=False, soft_wrap=True)
    if reply.outcome == "answered":
        _show_quotes(app, reply, language)
    elif reply.outcome == "unclear" and reply.ask_back is not None:
        app.out.print(say(reply.ask_back, language), markup=False, soft_wrap=True)
        _show_headings(app, reply)
    else:
        _show_not_covered(app, reply, language)
    if reply.inquiry is not None and reply.outcome == "answered":
        app.out.print()
        text = say("logged", language, inquiry=reply.inquiry)
        app.out.print(text, style="dim", markup=False, soft_wrap=True)


def _show_quotes(app: App, reply: Reply, language: Language) -> None:
    app.out.print(say("lead", language), style="dim", markup=False, soft_wrap=True)
    numbers: dict[str, int] = {}
    for quote in reply.quotes:
        number = numbers.setdefault(quote.document, len(numbers) + 1)
        app.out.print()
        if quote.figure is not None:
            _show_figure(app, quote, language)
        body = _table_of(quote, quote.table) if quote.table is not None else _marked(quote)
        app.out.print(Padding(body, (0, 0, 0, 2)))
        app.out.print(
            Padding(Text(f"[{number}] {citation(quote, language)}", "cyan"), (0, 0, 0, 2))
        )
        if quote.also:
            app.out.print(Padding(Text(also_in(quote, language), "dim"), (0, 0, 0, 2)))


def _show_figure(app: App, quote: Quote, language: Language) -> None:
    figure = quote.figure
    assert figure is not None
    of = ", ".join(label for label in (figure.row, figure.column) if label)
    found = say("figure", language, of=of, value=figure.value)
    app.out.print(Padding(Text(found, "bold"), (0, 0, 0, 2)))


def _marked(quote: Quote) -> Text:
    text = Text(quote.text)
    text.stylize("bold", quote.highlight_start, quote.highlight_start + len(quote.highlight))
    return text


def _table_of(quote: Quote, source: DocumentTable) -> Table:
    """The table of a quote, its cell that answers in bold."""
    figure = quote.figure
    cells = [
        [
            Text(cell.text, "bold reverse" if figure and cell.start == figure.start else "")
            for cell in row.cells
        ]
        for row in source.rows
    ]
    down, across = [row.label for row in source.rows], list(source.columns)
    if len(across) > MOST_COLUMNS and len(down) < len(across):
        # A wide table is turned, so that no label is broken into letters.
        cells = [list(column) for column in zip(*cells, strict=True)]
        down, across = across, down
    result = Table(box=SIMPLE, pad_edge=False, header_style="", title=source.caption or None)
    for heading in (source.stub, *across):
        result.add_column(Text(heading), overflow="fold")
    for label, line in zip(down, cells, strict=True):
        result.add_row(Text(label), *line)
    return result


def _show_not_covered(app: App, reply: Reply, language: Language) -> None:
    if "note_urgent" in reply.notes:
        return  # the numbers to call were told; nothing more belongs there
    app.out.print(say(reply.elsewhere or "not_covered", language), markup=False, soft_wrap=True)
    if reply.headings:
        app.out.print(say("nearest", language), markup=False, soft_wrap=True)
        _show_headings(app, reply)
    if reply.elsewhere is None:
        whom = say("centre_named", language, centre=reply.centre) if reply.centre else None
        app.out.print(whom or say("centre_any", language), markup=False, soft_wrap=True)
    if reply.inquiry is not None:
        text = say("logged", language, inquiry=reply.inquiry)
        app.out.print(text, style="dim", markup=False, soft_wrap=True)


def _show_headings(app: App, reply: Reply) -> None:
    for title, section in reply.headings:
        line = f"  • {title} › {section}" if section and section != title else f"  • {title}"
        app.out.print(Padding(Text(line[2:]), (0, 0, 0, 2)))


def also_in(quote: Quote, language: Language) -> str:
    """The other documents and editions that say the same."""
    said = [
        f"{same.title} ({edition_label(same.edition, language)})" if same.edition else same.title
        for same in quote.also
    ]
    return say("also_in", language, documents="; ".join(dict.fromkeys(said)))


def citation(quote: Quote, language: Language) -> str:
    """Document, section, page, publisher, edition, date and address of a quote."""
    if quote.approved:
        return " · ".join([approved_as(quote, language), f"«{quote.section}»"])
    place = [quote.title]
    if quote.section and quote.section != quote.title:
        place.append(quote.section)
    details = [
        say("digest_of", language, document=quote.digest_of) if quote.digest_of else None,
        quote.publisher,
        edition_label(quote.edition, language),
        say("updated", language, date=quote.updated) if quote.updated else None,
        say("page", language, page=quote.page) if quote.page else None,
        quote.url,
    ]
    return " · ".join([" › ".join(place), *(detail for detail in details if detail)])


def table(columns: str, rows: list[list[str]], whole: Collection[int] = ()) -> Table:
    """A plain table; `columns` are the headings, separated by commas.

    Args:
        whole: columns of names and paths, to be copied: each stays on one line. Print the table
            with `show_table` then.
    """
    result = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(columns.split(",")):
        if number in whole:
            widest = max(cell_len(text) for text in (heading, *(row[number] for row in rows)))
            result.add_column(heading, no_wrap=True, min_width=widest)
        else:
            least = min(cell_len(heading), NARROW) if whole else None
            result.add_column(heading, overflow="fold", min_width=least)
    for row in rows:
        result.add_row(*(Text(cell) for cell in row))
    return result


def show_table(app: App, shown: Table) -> None:
    """Print a table, wider than the terminal if its columns that stay whole are."""
    unbound = app.out.options.update(width=MOST_WIDE)
    least = Measurement.get(app.out, unbound, shown).minimum
    if least > app.out.width:
        shown.width = least
    app.out.print(shown, crop=False)
