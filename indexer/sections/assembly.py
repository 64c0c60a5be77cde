"""Headings made into sections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexer.documents import Section


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: `start:end` is its line (and what belongs to it); the body begins at `end`."""

    level: int
    title: str
    start: int
    end: int
    anchor: str | None = None
    page: int | None = None
    questions: tuple[str, ...] = ()


def assemble(
    text: str,
    headings: Iterable[Heading],
    left_out: Iterable[tuple[int, int]] = (),
) -> tuple[Section, ...]:
    """Sections between `headings`, without the spans in `left_out`, none empty.

    A span left out in the middle of a section makes two sections of it, with the same path.
    """
    gaps = list(left_out)
    sections: list[Section] = []
    stack: list[Heading] = []
    marks = list(headings)
    at = 0
    for i in range(-1, len(marks)):
        heading = marks[i] if i >= 0 else None
        start = heading.end if heading else 0
        end = marks[i + 1].start if i + 1 < len(marks) else len(text)
        if heading:
            while stack and stack[-1].level >= heading.level:
                stack.pop()
            stack.append(heading)
        while at < len(gaps) and gaps[at][1] <= start:
            at += 1
        pieces = []
        while at < len(gaps) and gaps[at][0] < end:
            pieces.append((start, gaps[at][0]))
            start = max(start, gaps[at][1])
            at += 1
        pieces.append((start, end))
        for piece in pieces:
            span = trimmed(text, *piece)
            if span:
                sections.append(
                    Section(
                        tuple(h.title for h in stack),
                        *span,
                        next((h.anchor for h in reversed(stack) if h.anchor), None),
                        heading.page if heading else None,
                        heading.questions if heading else (),
                    )
                )
    return tuple(sections)


def trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """`start:end` without the white space at both ends; None when nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
