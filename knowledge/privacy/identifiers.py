"""What makes eleven digits a national identity number or an account number.

Sources: Skatteetaten's description of the number and of the rule for numbers issued from 1 January
2032 (skatteetaten.github.io, "nytt fødselsnummer fra 2032"); offsets of synthetic numbers as in
Tenor (month + 80), NHN (month + 65) and Nav (month + 40); D-number day + 40; H-number month + 40.
"""

from datetime import date

DIGITS = 11
_DAY_OFFSETS = (0, 40)
_MONTH_OFFSETS = (0, 40, 65, 80)
_WEIGHTS_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_WEIGHTS_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
# From 2032 the first control digit may leave any of these remainders; older numbers leave 0.
_FIRST_REMAINDERS = (0, 1, 2, 3)
_MODULUS = 11
_EARLIEST_BIRTH_YEAR = 1854
_LATEST_BIRTH_YEAR = 2099

PLAUSIBLE_DAYS = frozenset(f"{day + offset:02d}" for day in range(1, 32) for offset in _DAY_OFFSETS)
PLAUSIBLE_MONTHS = frozenset(
    f"{month + offset:02d}" for month in range(1, 13) for offset in _MONTH_OFFSETS
)


def has_plausible_date(digits: str) -> bool:
    """Whether the first four digits can be day and month under any of the offsets.

    Lenient on purpose (31 February passes): a mistyped number is still personal data.
    """
    return digits[:2] in PLAUSIBLE_DAYS and digits[2:4] in PLAUSIBLE_MONTHS


def is_common_identifier(digits: str) -> bool:
    """Whether eleven digits have the form of an FH number: 8 or 9 first, and no date."""
    return len(digits) == DIGITS and digits[0] in "89"


def is_long_birth_date(digits: str) -> bool:
    """Whether eight digits are day, month and four-digit year of a possible birth."""
    if digits[:2] not in PLAUSIBLE_DAYS or digits[2:4] not in PLAUSIBLE_MONTHS:
        return False
    return _EARLIEST_BIRTH_YEAR <= int(digits[4:8]) <= _LATEST_BIRTH_YEAR


def is_calendar_date(digits: str) -> bool:
    """Whether eight digits read as a date of 1900-2099, year first or year last."""
    for year, month, day in (
        (digits[:4], digits[4:6], digits[6:]),
        (digits[4:], digits[2:4], digits[:2]),
    ):
        if year[:2] in ("19", "20"):
            try:
                date(int(year), int(month), int(day))
            except ValueError:
                continue
            return True
    return False


def has_valid_checksum(digits: str) -> bool:
    """Whether both control digits fit, by today's rule or by the rule of 2032."""
    if len(digits) != DIGITS:
        return False
    numbers = [ord(digit) - 48 for digit in digits]
    # zip stops at the shorter side, so the first sum takes ten digits.
    first = sum(w * n for w, n in zip(_WEIGHTS_FIRST, numbers, strict=False))
    second = sum(w * n for w, n in zip(_WEIGHTS_SECOND, numbers, strict=True))
    return first % _MODULUS in _FIRST_REMAINDERS and second % _MODULUS == 0


def is_valid_account(digits: str) -> bool:
    """Whether eleven digits carry a valid control digit of a Norwegian account number.

    The weights are those of the second control digit of a national identity number (modulus 11,
    weights 5 4 3 2 7 6 5 4 3 2), so one in eleven numbers of any kind fits.
    """
    if len(digits) != DIGITS:
        return False
    total = sum(w * int(d) for w, d in zip(_WEIGHTS_SECOND, digits, strict=True))
    return total % _MODULUS == 0
