"""Which edition of a document a question wants: the newest, or the one that covers a year.

Two documents are editions of one work when their titles agree up to the first colon once years
and periods are taken away («Utviklingssentralenes arbeid 2014-2018: …» and «… 2014-2022: …»).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from indexer.library.stored import Metadata

_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_PERIOD = re.compile(
    rf"\b({_YEAR})(?:\s*(?:[-–—/]|til|to|og|and)\s*({_YEAR})|[-–—/](\d\d))\b(?![.,]?\d)"
)
_SINGLE = re.compile(rf"(?<![\d.,§-])\b({_YEAR})\b(?![\d.,]*\d)")


@dataclass(frozen=True)
class Years:
    """A period, both years included."""

    first: int
    last: int

    def covers(self, other: Years) -> bool:
        return self.first <= other.first and other.last <= self.last


@lru_cache(maxsize=8_192)
def years_in(text: str) -> tuple[Years, ...]:
    """The periods and single years a text names, periods first."""
    found: list[Years] = []
    rest = text
    for match in _PERIOD.finditer(text):
        first = int(match[1])
        last = int(match[2]) if match[2] else first // 100 * 100 + int(match[3])
        if first <= last:
            found.append(Years(first, last))
            rest = rest.replace(match[0], " ")
    found += [Years(int(year), int(year)) for year in _SINGLE.findall(rest)]
    return tuple(dict.fromkeys(found))


def without_years(text: str) -> str:
    """The text with its periods and years taken out."""
    return _SINGLE.sub(" ", _PERIOD.sub(" ", text))


def period_of(metadata: Metadata) -> Years | None:
    """The years a document reports on, from its title or edition; None for one about no period."""
    for text in (metadata.title, metadata.edition or ""):
        for years in years_in(text):
            if years.first != years.last:
                return years
    return None


def _about(metadata: Metadata) -> Years | None:
    """The period a document reports on, or else the year of its edition."""
    years = years_in(metadata.edition or "") or years_in(metadata.title)
    return period_of(metadata) or (years[0] if years else None)


def work_of(metadata: Metadata) -> str:
    """What editions of one work have in common."""
    head = metadata.title.split(":")[0]
    return " ".join(re.sub(r"[\d\W_]+", " ", head.lower()).split())


def recency(metadata: Metadata) -> tuple[int, str]:
    """Sorts editions of one work, the newest last."""
    period = period_of(metadata)
    years = years_in(metadata.edition or "") or years_in(metadata.title)
    last = period.last if period else max((found.last for found in years), default=0)
    return last, metadata.updated or ""


def superseded(documents: Iterable[tuple[str, Metadata]], asked: Iterable[Years]) -> set[str]:
    """The documents that another edition answers better.

    Args:
        documents: key and metadata of those that were found.
        asked: the years the question names.

    Returns:
        Without a year: every edition but the newest. With one: editions whose period does not
        cover it, and of those that do all but the newest; but an edition of exactly the year or
        period asked for is the best.
    """
    works: dict[str, list[tuple[str, Metadata]]] = {}
    for key, metadata in documents:
        works.setdefault(work_of(metadata), []).append((key, metadata))
    wanted = list(asked)
    worse: set[str] = set()
    for editions in works.values():
        periods = {period_of(metadata) for _, metadata in editions}
        if len(periods) < 2 and len({metadata.edition for _, metadata in editions}) < 2:
            continue  # chapters of one edition
        exact = [edition for edition in editions if _about(edition[1]) in wanted]
        covering = [
            edition
            for edition in editions
            if wanted
            and (period := period_of(edition[1])) is not None
            and all(period.covers(years) for years in wanted)
        ]
        pool = exact or covering or editions
        newest = max(recency(metadata)[0] for _, metadata in pool)
        best = {key for key, metadata in pool if recency(metadata)[0] == newest}
        worse |= {key for key, _ in editions} - best
    return worse
