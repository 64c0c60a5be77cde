"""The columns of an imported table and the values some of them choose among (columns.toml)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict
from rapidfuzz import fuzz, process

from knowledge.messages import Language, Message
from knowledge.reference import Label, Reference

TableKind = Literal["inquiries", "visits"]
KINDS: tuple[TableKind, ...] = ("inquiries", "visits")

NEAR_HEADER = 80.0
"""Of 0-100: "Komune" and "Spørsmåll" reach it, "Saksbehandler" and "Telefonnummer" do not."""


@dataclass(frozen=True, slots=True)
class Labels(Message):
    """Labels within a message, told in its language."""

    labels: tuple[Label, ...] = ()

    def sentence(self, language: Language) -> str:
        return ", ".join(label.text(language) for label in self.labels)


class Choice(BaseModel):
    """A value that a column may have: its id, its label, and other ways to write it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    id: str
    label: Label
    also: tuple[str, ...] = ()


class Column(BaseModel):
    """A column: how its header may be written, and what the template shows as an example."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    label: Label
    also: tuple[str, ...] = ()
    required: bool = False
    example: Label | None = None

    @property
    def said(self) -> Labels:
        """Its label, within a message."""
        return Labels("", labels=(self.label,))


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    inquiries: tuple[Column, ...]
    visits: tuple[Column, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """A header row, understood.

    Attributes:
        columns: for each cell of the row the column it names, or None.
        unknown: headers that name no column; their cells are not read.
        mistaken: (header as written, column that it almost names).
        twice: (header as written, column that an earlier header names too).
        missing: required columns that no header names.
    """

    columns: tuple[Column | None, ...]
    unknown: tuple[str, ...] = ()
    mistaken: tuple[tuple[str, Column], ...] = ()
    twice: tuple[tuple[str, Column], ...] = ()
    missing: tuple[Column, ...] = ()


@cache
def _file() -> _File:
    text = resources.files("knowledge.exchange").joinpath("columns.toml").read_text("utf-8")
    return _File.model_validate(tomllib.loads(text))


def columns(kind: TableKind) -> tuple[Column, ...]:
    """The columns of a kind of table, in the order of the template."""
    return _file().inquiries if kind == "inquiries" else _file().visits


@cache
def choices(column: str) -> tuple[Choice, ...]:
    """What a column may hold, where that is a list: its own, or one of the reference's."""
    own = tuple(choice for choice in _file().choices if choice.column == column)
    reference = Reference.load()
    match column:
        case "actor" | "actors":
            return tuple(Choice(column=column, id=a.id, label=a.label) for a in reference.actors)
        case "topics":
            return tuple(Choice(column=column, id=t.id, label=t.label) for t in reference.topics)
        case "centre" | "answered_by":
            return tuple(
                Choice(
                    column=column,
                    id=centre.id,
                    label=Label(nb=centre.name, nn=centre.name, en=centre.name),
                    also=tuple(period.name for period in centre.periods),
                )
                for centre in reference.centres
            )
    return own


def chosen(column: str, text: str) -> Choice | None:
    """The choice that a text names: by id, by label in any language, by another way to write it, or
    by the first words of one label («Økonomi» for «Økonomi og budsjett»). None if there is none.
    """
    names, asked = _names(column), folded(text)
    if asked in names or not asked:
        return names.get(asked)
    begin = {choice.id: choice for name, choice in names.items() if name.startswith(f"{asked} ")}
    return next(iter(begin.values())) if len(begin) == 1 else None


@cache
def _names(column: str) -> dict[str, Choice]:
    names: dict[str, Choice] = {}
    for choice in choices(column):
        for text in (choice.id, *_said(choice.label), *choice.also):
            names.setdefault(folded(text), choice)
    return names


def understood(kind: TableKind, row: Sequence[str]) -> Header:
    """Which column each cell of a header row names."""
    known = headers(kind)
    found: list[Column | None] = []
    unknown, mistaken, twice = [], [], []
    for text in row:
        column = known.get(folded(text))
        if column is None and text.strip():
            near = _near(known, text)
            if near is None:
                unknown.append(text.strip())
            else:
                mistaken.append((text.strip(), near))
        elif column is not None and column in found:
            twice.append((text.strip(), column))
            column = None
        found.append(column)
    missing = [column for column in columns(kind) if column.required and column not in found]
    return Header(tuple(found), tuple(unknown), tuple(mistaken), tuple(twice), tuple(missing))


@cache
def headers(kind: TableKind) -> dict[str, Column]:
    """Each way to write a header (`folded`), and the column it names."""
    names: dict[str, Column] = {}
    for column in columns(kind):
        for text in (column.id, *_said(column.label)):
            names[folded(text)] = column
    for column in columns(kind):
        for text in column.also:
            names.setdefault(folded(text), column)
    return names


def _near(known: dict[str, Column], text: str) -> Column | None:
    best = process.extractOne(
        folded(text), list(known), scorer=fuzz.ratio, score_cutoff=NEAR_HEADER
    )
    return known[best[0]] if best else None


def _said(label: Label) -> tuple[str, str, str]:
    return label.nb, label.nn, label.en


def folded(text: str) -> str:
    """For comparison: composed, lower case, only letters and digits, single spaces."""
    composed = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", composed).split())
