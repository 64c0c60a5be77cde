"""The annual forms of the register, and how an answer in them counts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from knowledge.register.annual import CLEARED
from knowledge.statistics.counting.base import Behind
from knowledge.statistics.snapshot import Snapshot

COUNTS = "status IN ('submitted', 'reopened')"
"""Which forms count, as SQL on `annual_forms`. One that was opened again was submitted before, and
counts with its present answers: until it is submitted anew they are what is known."""


@dataclass(frozen=True, slots=True)
class Form:
    """A centre's form that counts: `answers` by field, without those left empty on purpose."""

    id: int
    centre: str
    status: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of a question: the forms that answered it, and those of them that say yes."""

    answered: tuple[Form, ...]
    chosen: tuple[Form, ...]

    @property
    def share(self) -> float | None:
        """Percent with one decimal; None where nobody answered."""
        return share(len(self.chosen), len(self.answered)) if self.answered else None


def share(part: int, whole: int) -> float:
    """100 * part / whole with one decimal, half up."""
    exact = Decimal(100 * part) / Decimal(whole)
    return float(exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def forms(snapshot: Snapshot) -> Mapping[int, tuple[Form, ...]]:
    """Year -> its forms that count, within the scope's years and centre; a year without is out."""
    found: dict[int, list[Form]] = {}
    rows = snapshot.rows(
        "SELECT id, centre, year, status, answers FROM annual_forms "  # noqa: S608 (our own)
        f"WHERE {COUNTS} AND year BETWEEN :first AND :last "
        "AND (:centre IS NULL OR centre = :centre) ORDER BY year, centre",
        {"first": snapshot.scope.first, "last": snapshot.scope.last},
    )
    for number, centre, year, status, answers in rows:
        told = {field: value for field, value in json.loads(answers).items() if value != CLEARED}
        found.setdefault(int(year), []).append(Form(int(number), centre, status, told))
    return {year: tuple(each) for year, each in found.items()}


def yes(answer: Any) -> bool:
    """Whether an answer is a yes: True, a number above zero, or at least one choice."""
    return bool(answer)


def tally(of: Iterable[Form], field: str, option: str | None = None) -> Tally:
    """How a field is answered; with `option`, how many chose that."""
    answered = tuple(form for form in of if form.answers.get(field) is not None)
    chosen = tuple(
        form
        for form in answered
        if (yes(form.answers[field]) if option is None else option in form.answers[field])
    )
    return Tally(answered, chosen)


def behind(of: Iterable[Form]) -> Behind:
    """The forms, as what a number was made from."""
    return Behind(rows=tuple(("annual_form", form.id) for form in of))
