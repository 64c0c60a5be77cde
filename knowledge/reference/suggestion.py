"""Which topics a question seems to be about, by keywords in bokmål, nynorsk and English."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from knowledge.reference.models import Topic
from knowledge.reference.reference import topics


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A topic id, and the words of the question that pointed to it, as written."""

    topic: str
    words: tuple[str, ...]


def suggest_topics(text: str, among: Sequence[Topic] | None = None) -> list[Suggestion]:
    """Topics whose keywords stand in the text as words: most different words first, then by place.

    A keyword with "*" matches any ending; none matches inside a word.
    """
    chosen = topics() if among is None else tuple(among)
    composed = unicodedata.normalize("NFC", text)
    found: list[tuple[int, int, Suggestion]] = []
    for topic in chosen:
        matches = list(_pattern(topic.keywords).finditer(composed))
        if matches:
            words = tuple(dict.fromkeys(match.group() for match in matches))
            different = len({word.casefold() for word in words})
            found.append((-different, matches[0].start(), Suggestion(topic.id, words)))
    found.sort(key=lambda entry: entry[:2])
    return [suggestion for _, _, suggestion in found]


@cache
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all keywords; longer ones first, so that a phrase is taken whole."""
    alternatives = (
        r"\s+".join(re.escape(part) for part in keyword.removesuffix("*").split())
        + (r"\w*" if keyword.endswith("*") else "")
        for keyword in sorted(keywords, key=len, reverse=True)
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.I)
