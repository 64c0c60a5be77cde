"""What sums that are shown tell of the counts they are made of: the linear algebra of hiding.

Sets of counts are bits of an int. A shown sum less the shown sums inside it is a `Row`: counts that
nobody sees, and their sum. Rows that share no count tell nothing of each other (`Component`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(slots=True)
class Row:
    """The sum of some counts, each at least 1 where it is known to be there, else at least 0.

    Attributes:
        mask: the counts; `sure`: those that are known to be there, of all.
        owners: the sums it was made of, by number; without them nobody has this row.
        parts: the shown sums that were taken away: were one hidden, the row would have more counts.
    """

    mask: int
    value: int
    owners: list[int]
    parts: list[int]
    sure: int

    @property
    def slack(self) -> int:
        """By how much the largest possible value of a count exceeds its smallest."""
        return self.value - (self.mask & self.sure).bit_count()


def contained(masks: Sequence[int]) -> list[list[int]]:
    """For each set, which others lie inside it (not equal), the largest first."""
    order = sorted(range(len(masks)), key=lambda number: -masks[number].bit_count())
    return [[n for n in order if masks[n] != whole and masks[n] & ~whole == 0] for whole in masks]


def reduced(
    masks: Sequence[int],
    values: Sequence[int],
    shown: Sequence[bool],
    inside: list[list[int]],
    sure: int,
) -> list[Row]:
    """The system of the shown sums, with the same solutions, in as few and small rows as is easy.

    A sum has the largest shown sums inside it taken away that do not overlap, and a row then the
    rows inside it: both only combine equations. `sure`: the counts known to be at least 1.
    """
    rows: dict[int, Row] = {}
    for number, (mask, value) in enumerate(zip(masks, values, strict=True)):
        if not shown[number]:
            continue
        parts = []
        for part in inside[number]:
            if shown[part] and masks[part] & ~mask == 0:
                mask ^= masks[part]
                value -= values[part]
                parts.append(part)
        if mask:
            row = rows.setdefault(mask, Row(mask, value, [], [], sure))
            row.owners.append(number)
            row.parts += [part for part in parts if part not in row.parts]
    kept: list[Row] = []
    for row in sorted(rows.values(), key=lambda row: row.mask.bit_count()):
        left = Row(row.mask, row.value, row.owners, list(row.parts), sure)
        for smaller in reversed(kept):
            if smaller.mask & ~left.mask == 0:
                left.mask ^= smaller.mask
                left.value -= smaller.value
                left.parts += smaller.owners
        if left.mask:
            kept.append(left)
    return kept


@dataclass(slots=True)
class Component:
    """Rows that hang together.

    Attributes:
        numbers: of the counts in it, ascending.
        known: registers that fit the rows, as lines of an int64 array (n, len(numbers)); the true
            one first.
    """

    mask: int
    rows: list[Row]
    numbers: list[int] = field(default_factory=list)
    known: Any = None
    solved: dict[int, int] = field(default_factory=dict)

    def sums(self) -> Iterator[int]:
        """The shown sums that its rows were made of, by number."""
        for row in self.rows:
            yield from row.owners
            yield from row.parts

    def most(self, mask: int) -> float:
        """What `width` is at most, told at once by the narrowest row that has all of these."""
        return min((row.slack for row in self.rows if not mask & ~row.mask), default=math.inf)

    def width(self, mask: int, enough: int) -> int:
        """The difference between the largest and smallest sum of some counts of it.

        Where that is more than `enough`, `enough`.
        """
        if len(self.rows) == 1:
            return 0 if mask == self.mask else min(self.rows[0].slack, enough)
        if mask not in self.solved:
            chosen = np.array([mask >> number & 1 for number in self.numbers], dtype=np.int64)
            width = _spread(self.known @ chosen)
            for sign in (-1, 1):
                if width < enough:
                    # First the sum itself; then whatever has hardly moved in those known, so that
                    # one register answers for many sums.
                    unmoved = np.ptp(self.known, axis=0) < enough
                    costs = sign * chosen * (1 + int(self.known[0].sum())) - unmoved
                    self.known = np.vstack([self.known, self._extreme(costs)])
                    width = _spread(self.known @ chosen)
            self.solved[mask] = min(width, enough)
        return self.solved[mask]

    def _extreme(self, costs: Any) -> Any:
        """A register that fits, in whole numbers, with the least cost."""
        from scipy.optimize import Bounds, LinearConstraint, milp  # 0.2 s, and few reports need it
        from scipy.sparse import csr_array

        lines = [[row.mask >> number & 1 for number in self.numbers] for row in self.rows]
        sums = np.array([row.value for row in self.rows])
        found = milp(
            costs,
            integrality=np.ones(len(self.numbers)),
            bounds=Bounds([self.rows[0].sure >> number & 1 for number in self.numbers], np.inf),
            constraints=LinearConstraint(csr_array(np.array(lines)), sums, sums),
        )
        if found.x is None:
            # Never seen: the true register fits. Without an answer nothing may count as safe.
            return self.known[0]
        return np.rint(found.x).astype(np.int64)


def components(
    rows: Iterable[Row], counts: Sequence[int], earlier: dict[frozenset[tuple[int, int]], Component]
) -> list[Component]:
    """The rows by what hangs together.

    Args:
        counts: the true counts.
        earlier: components that were solved before, with the same counts; those found are added.
    """
    found: list[Component] = []
    for row in rows:
        joined = Component(row.mask, [row])
        apart = []
        for part in found:
            if part.mask & joined.mask:
                joined = Component(part.mask | joined.mask, part.rows + joined.rows)
            else:
                apart.append(part)
        found = [*apart, joined]
    for part in found:
        if len(part.rows) == 1:
            continue
        key = frozenset((row.mask, row.mask & row.sure) for row in part.rows)
        if key in earlier:
            part.numbers, part.known = earlier[key].numbers, earlier[key].known
            part.solved = earlier[key].solved
        else:
            part.numbers = [n for n in range(len(counts)) if part.mask >> n & 1]
            part.known = np.array([[counts[n] for n in part.numbers]], dtype=np.int64)
        earlier[key] = part
    return found


def _spread(values: Any) -> int:
    return int(values.max() - values.min())
