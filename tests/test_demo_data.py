"""`frisksvar demo-data`: made-up years that are the same each time, and touch no real register."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.demonstration import DemoSize, demo_data
from knowledge.messages import Failure
from knowledge.register import Inquiries
from knowledge.store import Store

SMALL = DemoSize(2019, 2020, inquiries=500, visits=15)
BY_THE_CLOCK = {"reviewed_at", "created_at", "at", "submitted_at", "batch"}
TABLES = "inquiries inquiry_topics handovers inquiry_answers inquiry_feedback visits".split()


def rows(store: Store, table: str) -> list[dict[str, object]]:
    return [
        {name: value for name, value in row.items() if name not in BY_THE_CLOCK}
        for row in store.database[table].rows
    ]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("demo") / "one.db") as store:
        demo_data(store, SMALL)
        yield store


def test_the_same_seed_makes_the_same_rows(filled: Store, tmp_path: Path) -> None:
    with Store(tmp_path / "again.db") as again, Store(tmp_path / "other.db") as other:
        demo_data(again, SMALL)
        demo_data(other, DemoSize(2019, 2020, inquiries=500, visits=15, seed=2))
        for table in TABLES:
            assert rows(filled, table) == rows(again, table), table
            assert rows(filled, table) != rows(other, table), table


def test_a_year_has_what_a_real_one_has(filled: Store) -> None:
    found = rows(filled, "inquiries")
    assert len(found) == 2 * SMALL.inquiries
    assert {row["status"] for row in found} == {
        *("new", "waiting", "answered", "resolved", "not_an_inquiry")
    }
    for column in ("duplicate_of", "deleted_at", "withdrawn_at", "municipality", "first_reply_at"):
        assert any(row[column] for row in found) and not all(row[column] for row in found), column
    in_2019 = {row["municipality"] for row in found if str(row["received_at"]) < "2019-12-31T23"}
    in_2020 = {row["municipality"] for row in found if str(row["received_at"]) > "2020-01-01"}
    assert "0301" in in_2019 & in_2020
    assert in_2019 - in_2020, "numbers that went out of use at the reform"
    assert len(in_2020 - {None}) > 300
    assert filled.database["annual_forms"].count == 20
    assert any(change["who"] == "demo" for change in filled.database["changes"].rows)


def test_a_register_in_use_is_left_alone(filled: Store) -> None:
    before = rows(filled, "inquiries")
    with pytest.raises(Failure, match="is not empty"):
        demo_data(filled, SMALL)
    assert rows(filled, "inquiries") == before
    assert Inquiries(filled).get(1) is not None
