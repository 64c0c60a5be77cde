"""Digit groups that stand together in a text: "22 33 44 55", "01.01.90-12345"."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from knowledge.privacy.normalise import ZERO_WIDTH

_RUN = re.compile(rf"[0-9]++(?:{ZERO_WIDTH}++[0-9]++)*+")
# At most three characters between two groups: " - ", ") ", ". ", "/".
_GAP = re.compile(rf"[ .\-/_:*`~·•|()\\'\n{ZERO_WIDTH}]{{1,3}}")


class Group(NamedTuple):
    """One unbroken run of digits. `gap` is what separates it from the group before it."""

    digits: str
    start: int
    end: int
    gap: str


Cluster = list[Group]


def clusters(text: str) -> Iterator[Cluster]:
    """Yield the clusters of a text from `plain`: groups with at most a short gap between them."""
    current: Cluster = []
    for run in _RUN.finditer(text):
        gap = ""
        if current:
            between = current[-1].end, run.start()
            match = _GAP.fullmatch(text, *between) if between[1] - between[0] <= 3 else None
            if match is None:
                yield current
                current = []
            else:
                gap = match.group().replace(ZERO_WIDTH, "")
        digits = run.group().replace(ZERO_WIDTH, "")
        current.append(Group(digits, run.start(), run.end(), gap))
    if current:
        yield current


def lengths(groups: Cluster) -> tuple[int, ...]:
    """The number of digits in each group: (2, 2, 2, 5)."""
    return tuple(len(group.digits) for group in groups)


def joined(groups: Cluster) -> str:
    """All digits of the groups in one string."""
    return "".join(group.digits for group in groups)


def gaps(groups: Cluster) -> set[str]:
    """The different separators inside the groups; the gap before the first is outside."""
    return {group.gap for group in groups[1:]}


def is_year(group: Group) -> bool:
    """Whether the group reads as a year of 1900-2099."""
    return len(group.digits) == 4 and group.digits[:2] in ("19", "20")
