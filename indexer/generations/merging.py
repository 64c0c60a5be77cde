"""Which segments to merge, so that there are few of them and each passage is copied seldom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import floor, log

FAN_IN = 8
"""Segments of one size class that become one of the next: reading stays quick with about
8 * log8(passages) segments, and a passage is copied log8(passages) times in its life."""

LEAST = 512
"""Segments smaller than this are one size class."""

MOST = 65_536
"""No segment grows beyond this: merging takes memory in proportion (0.6 GB here)."""

DEAD_SHARE = 0.5
"""A segment with a larger share of removed passages is written again without them."""


def merge_plan(
    live: Sequence[int], sizes: Sequence[int], must: Collection[int] = ()
) -> list[list[int]]:
    """Groups of segment numbers to merge, each group into one.

    Args:
        live: passages that count, for each segment.
        sizes: all passages, for each segment.
        must: numbers of the segments to write again however little of them is dead.
    """
    classes: dict[int, list[int]] = {}
    for number, count in enumerate(live):
        if count < MOST:
            classes.setdefault(_size_class(count), []).append(number)
    groups = [
        group
        for members in classes.values()
        if len(members) >= FAN_IN
        for group in _of_at_most(MOST, members, live)
    ]
    grouped = {number for group in groups for number in group}
    groups += [
        [number]
        for number, size in enumerate(sizes)
        if number not in grouped and (number in must or live[number] < size * (1 - DEAD_SHARE))
    ]
    return groups


def _of_at_most(most: int, members: Sequence[int], live: Sequence[int]) -> list[list[int]]:
    groups: list[list[int]] = [[]]
    total = 0
    for number in members:
        if groups[-1] and total + live[number] > most:
            groups.append([])
            total = 0
        groups[-1].append(number)
        total += live[number]
    return [group for group in groups if len(group) > 1]


def _size_class(passages: int) -> int:
    return floor(log(max(passages, LEAST) / LEAST, FAN_IN))
