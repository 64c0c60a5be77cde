"""One rule for which inquiries count: the annual form, the month's figures and the report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.register import Inquiries, NewInquiry
from knowledge.register.month import month_figures, queue_counts
from knowledge.register.prefill import prefill
from knowledge.register.review import Review
from knowledge.statistics.report import report
from knowledge.statistics.scope import Scope
from knowledge.store import Store

ASKED = datetime(2026, 3, 3, 10, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "frisksvar.db") as made:
        yield made


def asked(store: Store) -> int:
    inquiries = Inquiries(store)
    number, _ = inquiries.receive(
        NewInquiry(
            came_from=f"t:{inquiries.count()}",
            received_at=ASKED,
            channel="phone",
            question="Hva?",
            centre="modum",
        )
    )
    return number


def set_aside(store: Store, number: int) -> None:
    Review(store).set_aside(number, who="kari")


def delete(store: Store, number: int) -> None:
    Review(store).delete(number, who="kari")


def repeat(store: Store, number: int) -> None:
    Review(store).mark_duplicate(number, asked(store), who="kari")


def withdraw(store: Store, number: int) -> None:
    Inquiries(store).withdraw(number)


@pytest.mark.parametrize(
    ("change", "counting", "new"),
    [
        (set_aside, 1, 1),
        (delete, 1, 1),
        (repeat, 2, 2),  # the one it repeats is new too
        (withdraw, 2, 1),  # it was asked, and waits for nobody
    ],
)
def test_all_count_the_same(store: Store, change, counting: int, new: int) -> None:  # type: ignore[no-untyped-def]
    asked(store)
    change(store, asked(store))
    tables = report(store, Scope(2026, 2026, "modum", 0), made_by="x").tables
    assert tables["inquiries"].rows[0][tables["inquiries"].spec.index("inquiries")] == counting
    assert prefill(store, "modum", 2026)["inquiries"].value == counting
    assert month_figures(store, MARCH, "modum").asked == counting
    assert queue_counts(store, MARCH, "modum").new == new


def test_an_answer_to_a_repetition_was_answered(store: Store) -> None:
    first, again = asked(store), asked(store)
    Review(store).answer(again, "Slik.", centre="modum", who="kari")
    Review(store).mark_duplicate(again, first, who="kari")
    assert queue_counts(store, MARCH, "modum").answered == 1
    delete(store, again)
    assert queue_counts(store, MARCH, "modum").answered == 0
