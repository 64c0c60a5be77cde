"""Which digit groups of a cluster are a national identity number, an account or a telephone."""

from collections.abc import Iterator
from typing import Literal

from knowledge.privacy import context, identifiers
from knowledge.privacy.digit_groups import Cluster, gaps, is_year, joined, lengths

NumberKind = Literal["national_identity_number", "phone", "account_number"]
Hit = tuple[NumberKind, int, int]  # kind, index of first group, index after the last group

_DIGITS = identifiers.DIGITS
_WRONG_LENGTHS = (_DIGITS - 1, _DIGITS + 1)
_PERSONAL_DIGITS = 5
_LONG_BIRTH_DATE_DIGITS = 13
_PHONE_DIGITS = 8
_SHORTEST_FOREIGN_PHONE, _LONGEST_FOREIGN_PHONE = 8, 15  # E.164: 15 at most
_BIRTH_DATE_SHAPES = {(6, 5), (2, 2, 2, 5), (6, 3, 2), (2, 2, 2, 3, 2)}
_LONG_SHAPES = {(13,), (8, 5), (2, 2, 4, 5)}
_ACCOUNT_SHAPE = (4, 2, 5)
_PHONE_SHAPES = {(8,), (2, 2, 2, 2), (3, 2, 3), (4, 4)}
_PHONE_GAPS = {"", " ", ".", "-", ") ", " (", ")"}
_MOST_PHONE_GROUPS = 8
# Nobody types a number this long; it is masked unread, which also bounds the work on one run.
_LONGEST_RUN_READ = 64
_IN_FOURS = (4, 4, 3)
_BOOK_PREFIXES = ("978", "979")
_MOST_GROUPS = 11
# Longest first, so that a date with a four-digit year is taken whole.
_SIZES_BY_FIRST_LENGTH: dict[int, tuple[int, ...]] = {}
_SHAPES = {*_LONG_SHAPES, *_BIRTH_DATE_SHAPES, _ACCOUNT_SHAPE, (_DIGITS,)}
for _shape in _SHAPES:
    _sizes = {*_SIZES_BY_FIRST_LENGTH.get(_shape[0], ()), len(_shape)}
    _SIZES_BY_FIRST_LENGTH[_shape[0]] = tuple(sorted(_sizes, reverse=True))


def identities_and_accounts(text: str, cluster: Cluster) -> Iterator[Hit]:
    """National identity numbers and account numbers in the cluster, left to right."""
    whole = _whole_cluster(text, cluster)
    if whole is not None:
        yield whole
        return
    shape = lengths(cluster)
    first = 0
    while first < len(cluster):
        hit = _starting_at(text, cluster, shape, first) or (
            _labelled_wrong_length(text, cluster, shape) if first == 0 else None
        )
        if hit is None:
            first += 1
        else:
            yield hit
            first = hit[2]


def _starting_at(text: str, cluster: Cluster, shape: tuple[int, ...], first: int) -> Hit | None:
    length = shape[first]
    if length > _DIGITS and _hides_identity(cluster[first].digits):
        return "national_identity_number", first, first + 1
    for size in _SIZES_BY_FIRST_LENGTH.get(length, ()):
        if first + size > len(shape) or shape[first : first + size] not in _SHAPES:
            continue
        part = cluster[first : first + size]
        kind = _kind_of(text, part, alone=len(part) == len(cluster))
        if kind is not None:
            return kind, first, first + size
    return None


def _labelled_wrong_length(text: str, cluster: Cluster, shape: tuple[int, ...]) -> Hit | None:
    """A digit too many or too few after «fnr», and the last five after «personnummer»."""
    start = cluster[0].start
    if not context.labelled_identity(text, start):
        return None
    for size in range(1, min(len(shape), _MOST_GROUPS) + 1):
        digits = sum(shape[:size])
        if digits in _WRONG_LENGTHS or (
            digits == _PERSONAL_DIGITS and context.labelled_personal(text, start)
        ):
            return "national_identity_number", 0, size
    return None


def _kind_of(text: str, part: Cluster, *, alone: bool) -> NumberKind | None:
    shape = lengths(part)
    digits = joined(part)
    if shape in _LONG_SHAPES:
        return "national_identity_number" if identifiers.is_long_birth_date(digits) else None
    if len(digits) != _DIGITS or (len(part) != 2 and "\n" in "".join(gaps(part))):
        return None
    if shape == _ACCOUNT_SHAPE:
        return _grouped_account(text, part, digits, alone=alone)
    if identifiers.has_plausible_date(digits):
        certain = shape in {(_DIGITS,), (6, 5)} or alone or not gaps(part) <= {" "}
        if certain or identifiers.has_valid_checksum(digits):
            return _identity_or_account(text, part, digits)
        return None
    if shape == (_DIGITS,) or (shape == (6, 5) and alone):
        if _is_account(text, part, digits):
            return "account_number"
        if identifiers.is_common_identifier(digits):
            return "national_identity_number"
    return None


def _grouped_account(text: str, part: Cluster, digits: str, *, alone: bool) -> NumberKind | None:
    plausible_date = identifiers.has_plausible_date(digits)
    if plausible_date and identifiers.has_valid_checksum(digits):
        return "national_identity_number"
    if gaps(part) <= {"."} or _is_account(text, part, digits):
        return "account_number"
    if alone and not is_year(part[0]):
        return "account_number"
    return None


def _identity_or_account(text: str, part: Cluster, digits: str) -> NumberKind:
    """The label only: both are masked. The control digits decide, then the word before."""
    if identifiers.has_valid_checksum(digits):
        return "national_identity_number"
    return "account_number" if _is_account(text, part, digits) else "national_identity_number"


def _is_account(text: str, part: Cluster, digits: str) -> bool:
    if context.labelled_account(text, part[0].start):
        return True
    return identifiers.is_valid_account(digits)


def _whole_cluster(text: str, cluster: Cluster) -> Hit | None:
    """Eleven digits that stand alone in any other grouping: "010 190 12345", "0 1 0 1 9 0 ..."."""
    if not 1 < len(cluster) <= _MOST_GROUPS:
        return None
    shape = lengths(cluster)
    if sum(shape) != _DIGITS or shape in _BIRTH_DATE_SHAPES or shape == _ACCOUNT_SHAPE:
        return None
    separators = gaps(cluster)
    uniform = len(separators) == 1
    # "1901 0000 001": a number in fours may begin like a year. Masked all the same: few rows of
    # figures have just these eleven digits, and a number that is left can do harm.
    year = any(map(is_year, cluster)) and not (shape == _IN_FOURS and uniform)
    everyday = year or _is_thousands(shape) or "\n" in "".join(separators)
    if everyday or (len(cluster) > 5 and not uniform):
        return None
    start = cluster[0].start
    if text[start - 1 : start] == "+" or context.labelled_organisation(text, start):
        return None
    digits = joined(cluster)
    if context.labelled_account(text, cluster[0].start):
        return "account_number", 0, len(cluster)
    if identifiers.has_plausible_date(digits):
        return "national_identity_number", 0, len(cluster)
    return None


def _is_thousands(shape: tuple[int, ...]) -> bool:
    return shape[0] <= 3 and set(shape[1:]) == {3}


def _hides_identity(digits: str) -> bool:
    """Whether a longer run contains eleven digits that can only be meant as an identity number."""
    if len(digits) == _LONG_BIRTH_DATE_DIGITS and digits.startswith(_BOOK_PREFIXES):
        return False
    if len(digits) > _LONGEST_RUN_READ:
        return True
    return any(
        identifiers.has_plausible_date(digits[at : at + 4])
        and identifiers.has_valid_checksum(digits[at : at + _DIGITS])
        for at in range(len(digits) - _DIGITS + 1)
    )


def phones(text: str, cluster: Cluster, *, in_web_address: bool) -> Iterator[Hit]:
    """Telephone numbers in the cluster, left to right."""
    first = 0
    while first < len(cluster):
        last = first + 1
        while last < len(cluster) and cluster[last].gap in _PHONE_GAPS:
            last += 1
        segment = cluster[first:last]
        if in_web_address or sum(lengths(segment)) >= _PHONE_DIGITS:
            for begin, end in _phones_in(text, segment, in_web_address):
                yield "phone", first + begin, first + end
        first = last


def _phones_in(text: str, segment: Cluster, in_web_address: bool) -> Iterator[tuple[int, int]]:
    start, end = segment[0].start, segment[-1].end
    abroad = len(segment) <= _LONGEST_FOREIGN_PHONE and _has_country_code(text, segment)
    if abroad and not context.is_quantity_or_reference(text, start, end):
        yield 0, len(segment)
        return
    if context.labelled_phone(text, start):
        for size in range(1, min(len(segment), _MOST_PHONE_GROUPS) + 1):
            if _is_subscriber(joined(segment[:size])):
                yield 0, size
                return
    if in_web_address:
        return
    if len(segment) <= _MOST_PHONE_GROUPS and _is_certain(text, segment):
        yield 0, len(segment)
        return
    for index, group in enumerate(segment):
        if len(group.digits) == _PHONE_DIGITS and _is_certain(text, [group]):
            yield index, index + 1


def _has_country_code(text: str, segment: Cluster) -> bool:
    """A plus sign before 8-15 digits, or 47 before a Norwegian number."""
    digits = joined(segment)
    if not _SHORTEST_FOREIGN_PHONE <= len(digits) <= _LONGEST_FOREIGN_PHONE:
        return False
    if segment[0].start > 0 and text[segment[0].start - 1] == "+":
        return True
    if digits.startswith("0047"):
        return _is_subscriber(digits[4:])
    bare = lengths(segment) in {(10,), (2, 8)}
    return bare and digits.startswith("47") and _is_subscriber(digits[2:])


def _is_subscriber(digits: str) -> bool:
    return len(digits) == _PHONE_DIGITS and digits[0] in "23456789"


def _is_certain(text: str, part: Cluster) -> bool:
    """Eight digits in one of the usual groupings, and nothing around that says otherwise."""
    digits = joined(part)
    shape = lengths(part)
    if shape not in _PHONE_SHAPES or not _is_subscriber(digits):
        return False
    start, end = part[0].start, part[-1].end
    separators = gaps(part)
    if shape == (_PHONE_DIGITS,):
        inside_word = start > 0 and (text[start - 1].isalpha() or text[start - 1] == "_")
        if inside_word or identifiers.is_calendar_date(digits):
            return False
    elif len(separators) != 1 or not separators <= {" ", ".", "-"}:
        return False
    if shape == (4, 4) and (all(map(is_year, part)) or separators != {" "}):
        return False
    return not context.is_quantity_or_reference(text, start, end)
