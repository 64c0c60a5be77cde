"""Numbers in addresses and forms, and the pages of a list."""

from __future__ import annotations

import pytest

from bot.review.numbers import ID_DIGITS, Leaf, leaf, whole


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("12", 12),
        ("007", 7),
        ("9" * 9, 999_999_999),
        ("9" * 10, None),
        ("9" * 5_000, None),
        ("", None),
        ("-1", None),
        ("1.5", None),
        (" 1", None),
        ("1_000", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_a_whole_number_is_digits_and_not_too_many(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_an_id_has_as_many_digits_as_the_database_can_hold() -> None:
    assert whole("9" * ID_DIGITS, ID_DIGITS) == 10**18 - 1 < 2**63
    assert whole("9" * (ID_DIGITS + 1), ID_DIGITS) is None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", Leaf([1, 2], 1, 3)),
        ("1", Leaf([1, 2], 1, 3)),
        ("2", Leaf([3, 4], 2, 3)),
        ("3", Leaf([5], 3, 3)),
        ("4", Leaf([5], 3, 3)),
        ("0", Leaf([1, 2], 1, 3)),
        ("99999999999", Leaf([1, 2], 1, 3)),
        ("x", Leaf([1, 2], 1, 3)),
    ],
)
def test_a_page_that_there_is_not_is_the_nearest(asked: str, expected: Leaf[int]) -> None:
    assert leaf([1, 2, 3, 4, 5], asked, 2) == expected


def test_a_list_without_rows_has_one_page() -> None:
    assert leaf([], "7", 20) == Leaf([], 1, 1)
