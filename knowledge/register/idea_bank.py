"""The ideas that are shared with everybody: what took the place of the closed Idébanken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from knowledge.geography import Municipalities
from knowledge.register.ideas import Idea, Ideas
from knowledge.register.values import today_of


@dataclass(frozen=True, slots=True)
class SharedIdea:
    """A published idea as anybody may read it: nothing of who reviewed it, or how.

    Attributes:
        municipality: its number of today; as it was kept where it has been split since.
    """

    id: int
    title: str
    text: str
    municipality: str | None
    target_group: str
    links: tuple[str, ...]
    shared_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; an empty field asks for nothing.

    Attributes:
        text: words that all stand in the idea or in the name of its municipality, whatever their
            case, also as part of a longer word.
        municipality: a number of today.
        target_group: as it is written in an idea, whatever the case.
    """

    text: str = ""
    municipality: str = ""
    target_group: str = ""


class IdeaBank:
    """The published ideas among `Ideas`. Thread-safe."""

    def __init__(self, ideas: Ideas) -> None:
        self._ideas = ideas

    def all(self) -> list[SharedIdea]:
        """Those that are published with consent and not deleted, newest first."""
        return [_shared(idea) for idea in self._ideas.list(status="published") if idea.consent]

    def get(self, idea: int) -> SharedIdea | None:
        """One of them; None for an idea that is not, or not any more."""
        found = self._ideas.get(idea)
        standing = found is not None and found.status == "published" and found.deleted_at is None
        return _shared(found) if found is not None and standing and found.consent else None


def matching(ideas: Iterable[SharedIdea], wanted: Wanted) -> list[SharedIdea]:
    """Those that are looked for, in the order given."""
    words = wanted.text.casefold().split()
    group = wanted.target_group.casefold()
    return [
        idea
        for idea in ideas
        if (not wanted.municipality or idea.municipality == wanted.municipality)
        and (not group or idea.target_group.casefold() == group)
        and (not words or _has(idea, words))
    ]


def _has(idea: SharedIdea, words: Iterable[str]) -> bool:
    place = Municipalities.load().by_code(idea.municipality) if idea.municipality else None
    held = (idea.title, idea.text, idea.target_group, place.name if place else "")
    text = "\n".join(held).casefold()
    return all(word in text for word in words)


def _shared(idea: Idea) -> SharedIdea:
    number = idea.municipality
    return SharedIdea(
        id=idea.id,
        title=idea.title,
        text=idea.text,
        municipality=(today_of(number) or number) if number else None,
        target_group=idea.target_group,
        links=idea.links,
        shared_at=idea.created_at,
    )
