"""Which numbers to hide, so that what is shown does not give a small one away.

A register is a number of `base` counts that nobody sees, each at least 1; a cell is the sum of some
of them. A reader is taken to know every shown cell, which bases there may be, and that each whose
name is told is at least 1. What they can conclude of a hidden cell is then the set of its values
over all registers that fit. Its ends have a closed form where cells only nest, and are found with
integer programming (HiGHS) where they cross, as when municipalities of two counties merged. Cells
of two hierarchies, such as municipalities then and today, make a totally unimodular system
(Schrijver, Theory of Linear and Integer Programming, 19.3): every whole number between the ends is
possible.

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
        unnamed: those of the hidden whose names may not be shown, nor how many these are.
    """

    hidden: frozenset[C]
    withheld: bool
    unnamed: frozenset[C] = frozenset()


@dataclass(slots=True)
class _Block(Generic[C]):
    """The cells that are the sum of the same bases: they are hidden together or not at all.

    `within`: the sums that may keep its names to themselves; `of_names`: it is such a sum;
    `naming`: it names a part.
    """

    mask: int
    value: int
    cells: list[C]
    fixed: bool = False
    hidden: bool = False
    unnamed: bool = False
    within: frozenset[C] = frozenset()
    naming: bool = True
    of_names: bool = False

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
    naming: Mapping[C, Collection[C]] | None = None,
    unnamed_in: Collection[C] = (),
) -> Suppression[C]:
    """Hide cells below `shown_from`, and others until every hidden one may be that many numbers.

    What is hidden beyond the small cells: of the parts of the smallest sum that gives one away that
    with the smallest number, and when no part is left, the sum itself. Before a sum that may keep
    the names of its parts to itself is hidden, the names go of hidden parts near it: nobody knows
    then which they are, so each may be 0. The same input gives the same answer, in whatever order
    it is given.

    Args:
        base: the finest counts, each at least 1.
        cells: the sums that would be shown, each of at least one base.
        always_shown: cells that are told elsewhere.
        nameless: cells that name nobody (municipality not known): hidden only for others' sake.
        forced: cells to hide whatever they count.
        naming: sums that may do so -> the cells that name their parts, each with no base outside
            the sum. A base is taken to be known unless every cell that has it has lost its name,
            sums of `naming` and `always_shown` aside.
        unnamed_in: those sums that must.

    Raises:
        ValueError: a base below 1, or a cell without bases.
    """
    if shown_from <= 1:
        return Suppression(frozenset(), False)
    if any(count < 1 for count in base.values()) or not all(cells.values()):
        raise ValueError("a base is below 1, or a cell has no base")
    counts, blocks = _blocks(base, cells, frozenset(always_shown))
    groups = {whole: frozenset(parts) for whole, parts in (naming or {}).items()}
    for block in blocks:
        block.naming = any(c not in groups and c not in always_shown for c in block.cells)
        block.of_names = not groups.keys().isdisjoint(block.cells)
        block.within = frozenset(
            whole for whole, parts in groups.items() if parts.issuperset(block.cells)
        )
    silent = {whole for whole in unnamed_in if whole in groups}
    kept = frozenset(nameless)
    for block in blocks:
        named = [cell for cell in block.cells if cell not in always_shown and cell not in kept]
        block.hidden = bool(named and block.value < shown_from) or any(
            cell in forced for cell in block.cells
        )
    if not _protect(blocks, counts, shown_from - 1, silent):
        return Suppression(frozenset(cells) - frozenset(always_shown), True)
    hidden = (cell for block in blocks if block.hidden for cell in block.cells)
    unnamed = (cell for block in blocks if block.unnamed for cell in block.cells)
    return Suppression(frozenset(hidden), False, frozenset(unnamed))


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


def _protect(
    blocks: Sequence[_Block[C]], counts: Sequence[int], margin: int, silent: set[C]
) -> bool:
    """Hide more of the blocks until none is known too well; False where that cannot be had.

    Args:
        silent: the sums that name no hidden part; others are added.
    """
    if any(block.hidden and block.fixed for block in blocks):
        return False
    masks = [block.mask for block in blocks]
    values = [block.value for block in blocks]
    inside = contained(masks)
    order = sorted(range(len(blocks)), key=lambda number: blocks[number].order)
    solved: dict[frozenset[tuple[int, int]], Component] = {}
    while True:
        shown = [not block.hidden for block in blocks]
        sure = _named(blocks, silent)
        parts = components(reduced(masks, values, shown, inside, sure), counts, solved)
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
            changed = True
            is_whole, block = chosen
            if not block.of_names:
                block.hidden = True
                continue
            reach = block.mask if is_whole else sum(part.mask for part in near)
            keeping = _could_keep_names(blocks, reach, silent)
            if keeping:
                silent |= keeping
                break  # every bound is another now
            block.hidden = True
        if not changed:
            return True


def _named(blocks: Sequence[_Block[C]], silent: set[C]) -> int:
    """The counts that are known to be there; tells blocks whether their names are shown."""
    sure = 0
    for block in blocks:
        block.unnamed = block.hidden and not silent.isdisjoint(block.within)
        if block.naming and not block.unnamed:
            sure |= block.mask
    for block in blocks:
        if not block.unnamed and not block.mask & sure:
            # Something is there: taking one of its counts for known leaves too little, never much.
            sure |= block.mask & -block.mask
    return sure


def _could_keep_names(blocks: Sequence[_Block[C]], reach: int, silent: set[C]) -> set[C]:
    """The sums that still name hidden parts among these counts."""
    named = (block.within for block in blocks if block.hidden and not block.mask & ~reach)
    return set().union(*named) - silent


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
) -> tuple[bool, _Block[C]] | None:
    """The block to hide so that more is possible for a sum, if one is left.

    And whether it is the whole that gives the sum away, not a part of that.
    """
    choices = [
        ((*place, above, *blocks[number].order), above, number)
        for place, row in _by_nearness(mask, parts, margin)
        for above, numbers in enumerate((row.parts, row.owners))
        for number in numbers
        if not blocks[number].fixed
    ]
    if not choices:
        return None
    _, above, number = min(choices)
    return bool(above), blocks[number]


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
