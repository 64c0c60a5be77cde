"""A labelled set for the masking: numbers that must go, in every form, and figures that must stay.

Everything is drawn from a seed. No number is copied from a real person: identity numbers are drawn
digit by digit, and sentences are our own. A label is what the sentence says it is, not what the
masking would make of it, so that the set can tell where the masking is wrong.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from knowledge.privacy import mask
from knowledge.privacy.masking import LABELS

SEED: Final = 2026
EACH: Final = 400
"""Sentences of each sort: a rate of 0.99 is then known to about one percent."""


@dataclass(frozen=True, slots=True)
class Case:
    """One sentence.

    Attributes:
        sort: what it is about, e.g. "fnr, spaced".
        text: the sentence.
        secrets: the parts that must go, as they stand in it; none: all of it must stay.
    """

    sort: str
    text: str
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """How well the masking did.

    Attributes:
        found, missed: secrets that went altogether, and that did not; a part left is a miss.
        wrong: findings that touch no secret.
        by_sort: of each sort, (right, all): secrets, or sentences that must stay.
        misses: some sentences that went wrong, as they were masked.
    """

    found: int
    missed: int
    wrong: int
    by_sort: Mapping[str, tuple[int, int]]
    misses: tuple[str, ...]

    @property
    def recall(self) -> float:
        return self.found / (self.found + self.missed)

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong)


# Identity numbers


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _controls(nine: str, remainder: int) -> str | None:
    """With both control digits; a remainder of 1-3 is the rule of 2032. Skatteetaten's weights."""
    first = (remainder - _sum((3, 7, 6, 1, 8, 9, 4, 5, 2), nine)) % 11
    if first == 10:
        return None
    second = -_sum((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), f"{nine}{first}") % 11
    return None if second == 10 else f"{nine}{first}{second}"


def _sum(weights: tuple[int, ...], digits: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True))


def _identity(chance: random.Random, *, day: int = 0, month: int = 0, rule: int = 0) -> str:
    """A number with right control digits; `day` and `month` are what is added to them."""
    while True:
        born = f"{chance.randint(1, 28) + day:02d}{chance.randint(1, 12) + month:02d}"
        made = _controls(f"{born}{_digits(chance, 5)}", rule)
        if made is not None:
            return made


def _mistyped(chance: random.Random, number: str) -> str:
    """One digit after the date is another one, or two have changed places."""
    at = chance.randint(4, 9)
    if chance.random() < 0.5 and number[at] != number[at + 1]:
        return f"{number[:at]}{number[at + 1]}{number[at]}{number[at + 2 :]}"
    other = chance.choice([digit for digit in "0123456789" if digit != number[at]])
    return f"{number[:at]}{other}{number[at + 1 :]}"


def _longer(chance: random.Random, number: str) -> str:
    """A key that was held too long."""
    at = chance.randint(0, 10)
    return f"{number[:at]}{number[at]}{number[at:]}"


def _shorter(chance: random.Random, number: str) -> str:
    at = chance.randint(6, 10)
    return f"{number[:at]}{number[at + 1 :]}"


def _parts(number: str, *sizes: int, between: str = " ") -> str:
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return between.join(parts)


Draw = Callable[[random.Random], str]

IDENTITIES: Final[Mapping[str, Draw]] = {
    "fnr": lambda c: _identity(c),
    "fnr, spaced": lambda c: _parts(_identity(c), 6, 5, between=c.choice(" -.")),
    "fnr, in pairs": lambda c: _parts(_identity(c), 2, 2, 2, 5, between=c.choice(" .")),
    "fnr, dotted date": lambda c: _dotted(_identity(c), c.choice([" ", "-"])),
    "fnr, other groups": lambda c: _parts(
        _identity(c), *c.choice([(3, 3, 5), (6, 3, 2), (4, 4, 3)])
    ),
    "fnr, hard spaces": lambda c: _parts(_identity(c), 6, 5, between="\u00a0"),
    "fnr, mistyped": lambda c: _mistyped(c, _identity(c)),
    "fnr, mistyped and spaced": lambda c: _parts(_mistyped(c, _identity(c)), 6, 5),
    "D-number": lambda c: _identity(c, day=40),
    "D-number, spaced": lambda c: _parts(_identity(c, day=40), 6, 5),
    "H-number": lambda c: _identity(c, month=40),
    "synthetic, +65": lambda c: _identity(c, month=65),
    "synthetic, +80": lambda c: _identity(c, month=80),
    "synthetic, +80 and spaced": lambda c: _parts(_identity(c, month=80), 6, 5),
    "fnr, a digit too many": lambda c: _longer(c, _identity(c)),
    "fnr, a digit missing": lambda c: _shorter(c, _identity(c)),
    "rule of 2032": lambda c: _identity(c, rule=c.choice([1, 2, 3])),
    "rule of 2032, spaced": lambda c: _parts(_identity(c, rule=c.choice([1, 2, 3])), 6, 5),
}


def _dotted(number: str, between: str) -> str:
    return f"{number[:2]}.{number[2:4]}.{number[4:6]}{between}{number[6:]}"


# Telephones, accounts, addresses


def _phone(chance: random.Random) -> str:
    return chance.choice("23456789") + _digits(chance, 7)


def _mobile(chance: random.Random) -> str:
    return chance.choice("49") + _digits(chance, 7)


def _account(chance: random.Random) -> str:
    while True:
        ten = f"{chance.randint(1, 9)}{_digits(chance, 9)}"
        last = -_sum((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), ten) % 11
        if last < 10:
            return f"{ten}{last}"


_FIRST = "kari ola anne per ingrid bjørn liv åse silje torstein".split()
_LAST = "hansen nordmann berg lie dahl moe aas solberg".split()
_HOSTS = "kommune.no trondheim.kommune.no gmail.com online.no helse-nord.no bø.kommune.no".split()


def _email(chance: random.Random) -> str:
    name = f"{chance.choice(_FIRST)}{chance.choice(['.', '_', '', '-'])}{chance.choice(_LAST)}"
    return f"{name}{chance.choice(['', str(chance.randint(1, 99))])}@{chance.choice(_HOSTS)}"


OTHERS: Final[Mapping[str, Draw]] = {
    "phone": _phone,
    "phone, in pairs": lambda c: _parts(_phone(c), 2, 2, 2, 2),
    "mobile, 3-2-3": lambda c: _parts(_mobile(c), 3, 2, 3),
    "phone, with +47": lambda c: f"+47 {_parts(_phone(c), 2, 2, 2, 2)}",
    "phone, 0047": lambda c: f"0047{_phone(c)}",
    "phone, dots": lambda c: _parts(_phone(c), 2, 2, 2, 2, between="."),
    "account, dots": lambda c: _parts(_account(c), 4, 2, 5, between="."),
    "account": _account,
    "account, spaced": lambda c: _parts(_account(c), 4, 2, 5),
    "e-mail": _email,
    "e-mail, written out": lambda c: _email(c).replace(
        "@", c.choice([" (at) ", "[at]", "(krøllalfa)"])
    ),
}

ONLY_LABELLED: Final = ("fnr, a digit too many", "fnr, a digit missing")
"""Ten or twelve digits are anything, unless the word before them says what they were meant as."""

SENTENCES: Final = (
    "Deltakeren har {} og vil begynne i gruppa.",
    "Hei, det gjelder {}. Kan dere se på henvisningen?",
    "Vi fikk {} fra fastlegen i går",
    "({}) ønsker kostholdskurs",
    "Bruker: {}",
    "{}",
    "Har dere {}? Vi får ikke svar.",
)
LABELLED: Final[Mapping[str, tuple[str, ...]]] = {
    "fnr": ("fnr. {} er oppgitt", "fødselsnummer {}, født i kommunen", "personnr:{}"),
    "phone": ("Ring {} i morgen", "tlf. {} etter klokka 12", "mobil {}"),
    "account": ("kontonummer {} for egenandelen", "konto: {}", "kontonr {}"),
    "e-mail": ("Svar til {} takk.", "<{}>", "epost: {}, så ringer vi"),
}


# Ordinary figures


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _organisation(chance: random.Random) -> str:
    return chance.choice("89") + _digits(chance, 8)


def _year(chance: random.Random) -> int:
    return chance.randint(1990, 2030)


ORDINARY: Final[Mapping[str, Draw]] = {
    "organisation number, labelled": lambda c: c.choice(
        ("org.nr. {}", "Organisasjonsnummer {}", "orgnr {} MVA", "org nr: {}")
    ).format(_parts(_organisation(c), 3, 3, 3) if c.random() < 0.6 else _organisation(c)),
    "amount": lambda c: c.choice(("kr {}", "{} kroner", "NOK {}", "{},-", "{} kr")).format(
        _thousands(c.randint(1000, 99_999_999))
    ),
    "amount, unbroken": lambda c: c.choice(("kr {}", "{} kroner", "kr. {}")).format(
        c.randint(10_000, 99_999_999)
    ),
    "years": lambda c: f"{_year(c)}-{_year(c)} og {_year(c)}",
    "a row of years": lambda c: " ".join(str(2014 + n) for n in range(c.randint(2, 9))),
    "a row of figures": lambda c: " ".join(
        str(c.randint(20, 990)) for _ in range(c.randint(3, 10))
    ),
    "a date": lambda c: f"{c.randint(1, 28)}.{c.randint(1, 12)}.{_year(c)}",
    "a date and a time": lambda c: (
        f"{c.randint(10, 28)}.{c.randint(10, 12)}.{_year(c)} kl. {c.randint(8, 20):02d}.30-21.00"
    ),
    "an ISO date": lambda c: f"{_year(c)}-{c.randint(1, 12):02d}-{c.randint(1, 28):02d}",
    "a case number": lambda c: f"sak {_year(c)}/{c.randint(1, 99999)}",
    "a circular": lambda c: (
        f"IS-{c.randint(1000, 2999)} og Meld. St. {c.randint(1, 40)} (2014-2015)"
    ),
    "a law": lambda c: (
        f"§ {c.randint(1, 9)}-{c.randint(1, 9)} i FOR-{_year(c)}-10-15-{c.randint(100, 1999)}"
    ),
    "an ISBN": lambda c: f"ISBN 978-82-{_digits(c, 4)}-{_digits(c, 3)}-{_digits(c, 1)}",
    "a municipality": lambda c: (
        f"{c.randint(301, 5636):04d} kommune, {c.randint(1, 700_000)} innbyggere"
    ),
    "a postcode": lambda c: f"Postboks {c.randint(1, 9999)}, {_digits(c, 4)} Bodø",
    "a share": lambda c: f"{c.randint(1, 99)},{c.randint(0, 9)} prosent av {c.randint(100, 5000)}",
    "a web page": lambda c: (
        f"https://www.helsedirektoratet.no/tema/id{c.randint(10**7, 10**8 - 1)}"
    ),
    "repetitions": lambda c: f"{c.randint(2, 4)} x {c.randint(8, 15)} repetisjoner i 12-16 uker",
    "a short number": lambda c: c.choice(["116 117", "113", "09875", "02800", "nummer 815 00"]),
    "a count": lambda c: f"{_thousands(c.randint(1000, 5_000_000))} personer",
}

PLAIN: Final = (
    "I rapporten står {}.",
    "Hva betyr {} for oss?",
    "Hei! {} ?",
    "Se {} i vedlegget, og si fra",
)

SWITCHBOARDS: Final = (
    "Sentralbordet har {}; det står på nettsiden.",
    "Helsedirektoratets sentralbord: {}.",
)
"""Public numbers in a question are masked like anybody's: nothing tells them apart. In quotes from
the sources they stay, as those are never masked; tests/test_masking_quality.py shows it."""


def cases(seed: int = SEED, each: int = EACH) -> Iterator[Case]:
    """The set; the same seed gives the same sentences."""
    chance = random.Random(seed)
    for sort, draw in {**IDENTITIES, **OTHERS}.items():
        labelled = LABELLED.get(sort.split(",")[0], LABELLED["fnr"])
        sentences = () if sort in ONLY_LABELLED else SENTENCES
        if sort == "mobile, 3-2-3":
            labelled = LABELLED["phone"]
        for _ in range(each):
            secret = draw(chance)
            pattern = chance.choice((*sentences, *labelled))
            yield Case(sort, pattern.format(secret), (secret,))
    for sort, draw in ORDINARY.items():
        for _ in range(each):
            yield Case(sort, chance.choice(PLAIN).format(draw(chance)))


def measure(seed: int = SEED, each: int = EACH) -> Measured:
    """Mask the whole set and compare."""
    found = missed = wrong = 0
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    misses: dict[str, str] = defaultdict(str)
    for case in cases(seed, each):
        masked = mask(case.text)
        spans = _spans(case)
        total[case.sort] += 1
        gone = sum(
            any(f.start <= start and end <= f.end for f in masked.found) for start, end in spans
        )
        extra = sum(
            not any(f.start < end and start < f.end for start, end in spans) for f in masked.found
        )
        found, missed, wrong = found + gone, missed + len(spans) - gone, wrong + extra
        if gone == len(spans) and not extra:
            right[case.sort] += 1
        else:
            misses[case.sort] = f"{case.text!r} -> {masked.text!r}"
    by_sort = {sort: (right[sort], count) for sort, count in total.items()}
    return Measured(found, missed, wrong, by_sort, tuple(misses.values()))


def _spans(case: Case) -> list[tuple[int, int]]:
    return [(case.text.index(each), case.text.index(each) + len(each)) for each in case.secrets]


def fingerprint(seed: int = SEED, each: int = 25) -> str:
    """What the masking makes of the set: another one means that the rules have changed."""
    made = hashlib.sha256(repr(sorted(LABELS.items())).encode())
    for case in cases(seed, each):
        made.update(mask(case.text).text.encode())
    return made.hexdigest()[:16]
