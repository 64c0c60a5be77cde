"""Hiding small numbers: what can be worked out from what is shown, by brute force.

The check of what a reader can conclude shares nothing with the program: it goes through every
register that fits what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.statistics.suppression import Suppression, suppress

Place = tuple[str, str, str]
"""Municipality that day, municipality today, county that day."""
Cell = tuple[str, str]
TOTAL: Cell = ("total", "")
COUNTIES = {"A": "K", "B": "K", "C": "K", "D": "L", "E": "L", "O": "M"}


def cells_of(places: Mapping[Place, int]) -> dict[Cell, frozenset[Place]]:
    found: dict[Cell, set[Place]] = {}
    for place in places:
        then, today, county = place
        for cell in (("then", then), ("today", today), ("county", county), TOTAL):
            found.setdefault(cell, set()).add(place)
    return {cell: frozenset(parts) for cell, parts in found.items()}


def hide(places: Mapping[Place, int], shown_from: int = 5) -> Suppression[Cell]:
    return suppress(places, cells_of(places), always_shown={TOTAL}, shown_from=shown_from)


def hide_names(
    places: Mapping[Place, int], shown_from: int = 5, silent: Iterable[str] = ()
) -> Suppression[Cell]:
    """Where a county may keep the names of its municipalities to itself; those of `silent` must."""
    cells = cells_of(places)
    naming: dict[Cell, set[Cell]] = {}
    for cell, parts in cells.items():
        counties = {place[2] for place in parts}
        if cell[0] in ("then", "today") and len(counties) == 1:
            naming.setdefault(("county", counties.pop()), set()).add(cell)
    return suppress(
        places,
        cells,
        always_shown={TOTAL},
        shown_from=shown_from,
        naming=naming,
        unnamed_in=[("county", county) for county in silent],
    )


def compositions(total: int, least: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to write `total` as whole numbers, each at least so much."""
    if len(least) == 1:
        if total >= least[0]:
            yield (total,)
        return
    for first in range(least[0], total - sum(least[1:]) + 1):
        for rest in compositions(total - first, least[1:]):
            yield (first, *rest)


def possible(
    places: Mapping[Place, int],
    cells: Mapping[Cell, frozenset[Place]],
    shown: set[Cell],
    unnamed: Set[Cell] = frozenset(),
) -> dict[Cell, set[int]]:
    """Every value of every cell, over all registers with the same shown cells and names.

    A place is there where one of its municipalities is named, then or today; and something is there
    of every cell that is named, such as a county.
    """
    names = list(places)
    least = [
        int(("then", then) not in unnamed or ("today", today) not in unnamed)
        for then, today, _ in names
    ]
    found: dict[Cell, set[int]] = {cell: set() for cell in cells}
    wanted = {cell: sum(places[place] for place in cells[cell]) for cell in shown}
    for guess in compositions(sum(places.values()), least):
        register = dict(zip(names, guess, strict=True))
        sums = {cell: sum(register[place] for place in parts) for cell, parts in cells.items()}
        if not all(sums[cell] for cell in set(cells) - unnamed):
            continue
        if all(sums[cell] == value for cell, value in wanted.items()):
            for cell, value in sums.items():
                found[cell].add(value)
    return found


def register_of(*pairs: tuple[str, str, int]) -> dict[Place, int]:
    return {(then, today, COUNTIES[then]): count for then, today, count in pairs}


TRAPS = {
    "the only one in its county": register_of(("O", "O", 2), ("A", "A", 7), ("B", "B", 9)),
    "the only one in its county, and another county with one": register_of(
        ("O", "O", 2), ("A", "A", 9)
    ),
    "a merger, hidden then and shown today": register_of(
        ("A", "X", 2), ("B", "X", 9), ("C", "C", 8)
    ),
    "a merger across counties": register_of(
        ("A", "X", 2), ("D", "X", 8), ("B", "B", 6), ("E", "E", 7)
    ),
    "two hidden that can only be 1 and 1": register_of(
        ("A", "A", 1), ("B", "B", 1), ("C", "C", 9), ("D", "D", 6), ("E", "E", 6)
    ),
    "a county with another number today": register_of(
        ("A", "P", 3), ("B", "Q", 8), ("D", "D", 5), ("E", "E", 6)
    ),
    "divided between two": register_of(("A", "X", 1), ("A", "Y", 2), ("B", "X", 7), ("C", "Y", 5)),
}


@pytest.mark.parametrize("places", TRAPS.values(), ids=TRAPS)
def test_a_trap_gives_nothing_away(places: dict[Place, int]) -> None:
    cells = cells_of(places)
    made = hide(places)
    assert made.hidden
    if not made.withheld:
        conclusions = possible(places, cells, set(cells) - made.hidden)
        assert {cell: len(conclusions[cell]) for cell in made.hidden if cell != TOTAL} == {
            cell: max(5, len(conclusions[cell])) for cell in made.hidden
        }


def test_no_trap_but_the_hopeless_is_withheld() -> None:
    assert {name for name, places in TRAPS.items() if hide(places).withheld} == set()
    assert hide(register_of(("A", "A", 2), ("D", "D", 1))).withheld


def test_what_is_hidden_of_a_merger_by_hand() -> None:
    """A is small; B would give it away by the county and by X; nothing else has to go."""
    made = hide(TRAPS["a merger, hidden then and shown today"])
    assert made.hidden == {("then", "A"), ("then", "B")}


def test_the_smallest_sibling_is_hidden_before_another_county() -> None:
    places = register_of(
        ("A", "A", 3), ("B", "B", 20), ("C", "C", 10), ("D", "D", 6), ("E", "E", 7)
    )
    assert hide(places).hidden == {
        (view, number) for view in ("then", "today") for number in ("A", "C")
    }


def test_the_only_one_in_its_county_takes_another_county_along() -> None:
    places = register_of(
        ("O", "O", 3), ("A", "A", 30), ("B", "B", 40), ("D", "D", 6), ("E", "E", 9)
    )
    assert hide(places).hidden == {
        ("county", "M"),
        ("county", "L"),
        *((view, number) for view in ("then", "today") for number in ("O", "D")),
    }


def test_a_total_below_the_limit_withholds_every_name() -> None:
    places = register_of(("A", "A", 1), ("B", "B", 2))
    made = hide(places)
    assert made.withheld and made.hidden == set(cells_of(places)) - {TOTAL}


def test_what_names_nobody_is_hidden_only_for_others() -> None:
    places = {("-", "-", "-"): 2, ("A", "A", "K"): 6, ("B", "B", "K"): 6}
    cells = cells_of(places)
    nameless = [(view, "-") for view in ("then", "today", "county")]
    shown = suppress(places, cells, always_shown={TOTAL}, shown_from=5, nameless=nameless)
    assert shown.hidden == set()
    assert hide(places).hidden
    places[("A", "A", "K")] = 1
    made = suppress(places, cells, always_shown={TOTAL}, shown_from=5, nameless=nameless)
    assert made.hidden == {(view, number) for view in ("then", "today") for number in "AB"}


@pytest.mark.parametrize("shown_from", [0, 1])
def test_no_limit_hides_nothing(shown_from: int) -> None:
    assert hide(register_of(("A", "A", 1), ("B", "B", 2)), shown_from).hidden == set()


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_that_is_none_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="below 1"):
        hide(register_of(("A", "A", count)))


@st.composite
def registers(draw: st.DrawFn, most: int = 18) -> dict[Place, int]:
    """A few municipalities of three counties, some of which merged or were divided since."""
    then = draw(st.lists(st.sampled_from(sorted(COUNTIES)), min_size=1, max_size=5, unique=True))
    places: dict[Place, int] = {}
    for number in then:
        for today in draw(st.sets(st.sampled_from([number, "X", "Y"]), min_size=1, max_size=2)):
            places[number, today, COUNTIES[number]] = draw(st.integers(1, 9))
    while sum(places.values()) > most:
        largest = max(places, key=lambda place: places[place])
        places[largest] -= 1
        if not places[largest]:
            del places[largest]
    return places


@settings(max_examples=150, deadline=None)
@given(registers(), st.integers(2, 5))
def test_nobody_can_narrow_a_hidden_number_down(places: dict[Place, int], least: int) -> None:
    cells = cells_of(places)
    made = hide(places, least)
    small = {
        cell
        for cell, parts in cells.items()
        if sum(places[place] for place in parts) < least and cell != TOTAL
    }
    assert small <= made.hidden and TOTAL not in made.hidden
    if not small:
        assert made == Suppression(frozenset(), False)
    if made.withheld:
        assert made.hidden == set(cells) - {TOTAL}
        return
    conclusions = possible(places, cells, set(cells) - made.hidden)
    for cell in made.hidden:
        assert len(conclusions[cell]) >= least, cell


def test_names_go_before_a_county_does() -> None:
    """By hand: with names, 7 of five leaves each at most 3; without, any of them may be 0 to 7."""
    places = {
        ("A", "A", "K"): 1,
        ("B", "B", "K"): 2,
        ("C", "C", "K"): 1,
        ("F", "F", "K"): 2,
        ("G", "G", "K"): 1,
        ("D", "D", "L"): 9,
        ("E", "E", "L"): 8,
    }
    assert ("county", "K") in hide(places).hidden
    made = hide_names(places)
    assert made.unnamed == {(view, name) for view in ("then", "today") for name in "ABCFG"}
    assert made.hidden == made.unnamed and not made.withheld


def test_a_county_that_hides_its_names_is_still_known_to_have_some() -> None:
    """M has 1 and K 5, of 6 in all: K may be 1 to 5, so that M may not be 6."""
    places = register_of(("O", "O", 1), ("A", "A", 2), ("B", "B", 3), ("D", "D", 9), ("E", "E", 7))
    made = hide_names(places)
    found = possible(places, cells_of(places), set(cells_of(places)) - made.hidden, made.unnamed)
    assert ("county", "M") in made.hidden
    assert min(len(found[cell]) for cell in made.hidden) >= 5


def test_a_county_whose_names_another_report_leaves_out_names_none() -> None:
    places = register_of(("A", "A", 2), ("B", "B", 9), ("C", "C", 12), ("D", "D", 9), ("E", "E", 8))
    assert hide_names(places).unnamed == set()
    made = hide_names(places, silent="K")
    assert made.unnamed == made.hidden == {(v, name) for v in ("then", "today") for name in "AB"}


@settings(max_examples=120, deadline=None)
@given(registers(most=16), st.integers(2, 5), st.sets(st.sampled_from("KLM")))
def test_nobody_can_narrow_a_number_down_where_names_are_left_out(
    places: dict[Place, int], least: int, silent: set[str]
) -> None:
    cells = cells_of(places)
    made = hide_names(places, least, silent)
    assert made.unnamed <= made.hidden
    assert {kind for kind, _ in made.unnamed} <= {"then", "today"}
    if made.withheld:
        assert hide(places, least).withheld
        return
    conclusions = possible(places, cells, set(cells) - made.hidden, made.unnamed)
    for cell in made.hidden:
        assert len(conclusions[cell]) >= least, cell


@settings(max_examples=50, deadline=None)
@given(registers(most=40), st.integers(2, 6), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    places: dict[Place, int], least: int, random: Random
) -> None:
    mixed = list(places.items())
    random.shuffle(mixed)
    assert hide(dict(mixed), least) == hide(places, least)
    assert hide_names(dict(mixed), least) == hide_names(places, least)


@settings(max_examples=100, deadline=None)
@given(registers(most=40), st.integers(2, 6))
def test_a_higher_limit_never_shows_a_small_number(places: dict[Place, int], least: int) -> None:
    cells = cells_of(places)
    lower, higher = hide(places, least), hide(places, least + 1)
    for cell in set(cells) - higher.hidden - {TOTAL}:
        assert sum(places[place] for place in cells[cell]) > least
    assert higher.withheld >= lower.withheld
