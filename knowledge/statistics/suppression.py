"""Which numbers to hide, so that what is shown does not give a small one away.

A register is a number of `base` counts that nobody sees, each at least 1; a cell is the sum of some
of them. A reader is taken to know every shown cell, which bases there are, and that each is at
least 1. What they can conclude of a hidden cell is then the set of its values over all registers
that fit. Its ends have a closed form where cells only nest, and are found with integer programming
(HiGHS) where they cross, as when municipalities of two counties merged. Cells of two hierarchies,
such as municipalities then and today, make a totally unimodular system (Schrijver, Theory of Linear
and Integer Programming, 19.3): every whole number between the ends is possible.

The method is cell suppression as official statistics know it (Hundepool et al., Statistical
Disclosure Control, 2012, chapter 4), with a greedy choice: it may hide more than the least number.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from knowledge.statistics.intervals import Component, Row, components, contained, reduced

B = TypeVar("B", bound=Hashable)
C = TypeVar("C", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Suppression(Generic[C]):
    """What to hide.

    Attributes:
        hidden: the cells not to show; all but those that are always shown where `withheld`.
        withheld: hiding numbers does not protect them: not even their names may be shown.
    """

    hidden: frozenset[C]
    withheld: bool


@dataclass(slots=True)
class _Block(Generic[C]):
    """The cells that are the sum of the same bases: they are hidden together or not at all."""

    mask: int
    value: int
    cells: list[C]
    fixed: bool = False
    hidden: bool = False

    @property
    def order(self) -> tuple[int, str]:
        """What is hidden first: the smallest number."""
        return self.value, min(map(repr, self.cells))


def suppress(
    base: Mapping[B, int],
    cells: Mapping[C, frozenset[B]],
    *,
    always_shown: Collection[C],
    shown_from: int,
    nameless: Collection[C] = (),
    forced: Collection[C] = (),
) -> Suppression[C]:
    """Hide cells below `shown_from`, and others until every hidden one may be that many numbers.

    What is hidden beyond the small cells: of the parts of the smallest sum that gives one away that
    with the smallest number, and when no part is left, the sum itself. The same input gives the
    same answer, in whatever order it is given.

    Args:
        base: the finest counts, each at least 1.
        cells: the sums that would be shown, each of at least one base.
        always_shown: cells that are told elsewhere.
        nameless: cells that name nobody (municipality not known): hidden only for others' sake.
        forced: cells to hide whatever they count.

    Raises:
        ValueError: a base below 1, or a cell without bases.
    """
    if shown_from <= 1:
        return Suppression(frozenset(), False)
    if any(count < 1 for count in base.values()) or not all(cells.values()):
        raise ValueError("a base is below 1, or a cell has no base")
    counts, blocks = _blocks(base, cells, frozenset(always_shown))
    kept = frozenset(nameless)
    for block in blocks:
        named = [cell for cell in block.cells if cell not in always_shown and cell not in kept]
        block.hidden = bool(named and block.value < shown_from) or any(
            cell in forced for cell in block.cells
        )
    if not _protect(blocks, counts, shown_from - 1):
        return Suppression(frozenset(cells) - frozenset(always_shown), True)
    hidden = (cell for block in blocks if block.hidden for cell in block.cells)
    return Suppression(frozenset(hidden), False)


def _blocks(
    base: Mapping[B, int], cells: Mapping[C, frozenset[B]], always_shown: frozenset[C]
) -> tuple[list[int], list[_Block[C]]]:
    """The counts in an order of their own, and the cells with their bases as bits of an int."""
    order = sorted(base, key=repr)
    bit = {each: 1 << number for number, each in enumerate(order)}
    found: dict[int, _Block[C]] = {}
    for cell, bases in sorted(cells.items(), key=lambda item: repr(item[0])):
        mask = sum(bit[each] for each in bases)
        block = found.setdefault(mask, _Block(mask, sum(base[each] for each in bases), []))
        block.cells.append(cell)
        block.fixed |= cell in always_shown
    return [base[each] for each in order], list(found.values())


def _protect(blocks: Sequence[_Block[C]], counts: Sequence[int], margin: int) -> bool:
    """Hide more of the blocks until none is known too well; False where that cannot be had."""
    if any(block.hidden and block.fixed for block in blocks):
        return False
    masks = [block.mask for block in blocks]
    values = [block.value for block in blocks]
    inside = contained(masks)
    order = sorted(range(len(blocks)), key=lambda number: blocks[number].order)
    solved: dict[frozenset[int], Component] = {}
    while True:
        shown = [not block.hidden for block in blocks]
        parts = components(reduced(masks, values, shown, inside), counts, solved)
        changed = False
        for number in order:
            if shown[number]:
                continue
            near = [part for part in parts if part.mask & masks[number]]
            if changed and any(blocks[each].hidden for part in near for each in part.sums()):
                continue  # what was hidden just now for another's sake may be enough
            if not _known(masks[number], near, margin):
                continue
            chosen = _next_to_hide(masks[number], near, blocks, margin)
            if chosen is None:
                return False
            chosen.hidden = changed = True
        if not changed:
            return True


def _known(mask: int, parts: Iterable[Component], margin: int) -> bool:
    """Whether the sum of these counts has no more than `margin` possible values."""
    near = [(part, part.mask & mask) for part in parts if part.mask & mask]
    for _, common in near:
        mask ^= common
    if mask:  # a count that is in no shown sum may be anything
        return False
    if sum(part.most(common) for part, common in near) < margin:
        return True
    return sum(part.width(common, margin) for part, common in near) < margin


def _next_to_hide(
    mask: int, parts: Sequence[Component], blocks: Sequence[_Block[C]], margin: int
) -> _Block[C] | None:
    """The block to hide so that more is possible for a sum, if one is left."""
    choices = [
        ((*place, above, *blocks[number].order), number)
        for place, row in _by_nearness(mask, parts, margin)
        for above, numbers in enumerate((row.parts, row.owners))
        for number in numbers
        if not blocks[number].fixed
    ]
    return blocks[min(choices)[1]] if choices else None


def _by_nearness(
    mask: int, parts: Sequence[Component], margin: int
) -> Iterable[tuple[tuple[int, int, int], Row]]:
    """The rows with their places: those that narrow most, and then those nearest to the sum."""
    for part in parts:
        left, reach, distance = list(part.rows), mask & part.mask, 0
        while left:
            touching = [row for row in left if row.mask & reach]
            for row in touching:
                # A row that lies within the sum tells that part of it exactly.
                room = 0 if row.mask & ~mask == 0 else row.slack
                yield (int(room >= margin), distance, room), row
                reach |= row.mask
            left = [row for row in left if not any(row is other for other in touching)]
            distance += 1
