"""Which edition answers: the newest, unless the question names a year."""

from __future__ import annotations

import pytest

from indexer.editions import Years, period_of, superseded, years_in
from indexer.library.stored import Metadata

OLD = Metadata(title="Sentralenes arbeid 2014-2018: Hospitering", edition="2014–2018")
MID = Metadata(title="Sentralenes arbeid 2014-2019: Resultater", edition="2014–2019")
NEW = Metadata(title="Sentralenes arbeid 2014-2022: Resultater", edition="2014–2022")
GUIDE_2013 = Metadata(title="Veileder for frisklivssentraler", edition="2013")
GUIDE_2016 = Metadata(title="Veileder for frisklivssentraler", edition="2016")
OTHER = Metadata(title="Noe annet", edition="2011")
ALL = {"old": OLD, "mid": MID, "new": NEW, "g13": GUIDE_2013, "g16": GUIDE_2016, "other": OTHER}


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("Hvor mange i 2021?", [Years(2021, 2021)]),
        ("perioden 2014–2018", [Years(2014, 2018)]),
        ("fra 2014 til 2022", [Years(2014, 2022)]),
        ("skoleåret 2019/20", [Years(2019, 2020)]),
        ("2014-2018 og 2021", [Years(2014, 2018), Years(2021, 2021)]),
        ("IS-1896 og kr 50 000", []),
        ("1385 personer", []),
        ("§ 2014", [Years(2014, 2014)]),
        ("i 2010 og 25 kommuner", [Years(2010, 2010)]),
        ("fra 2014 til 50 deltakere", [Years(2014, 2014)]),
        ("Ingen år her", []),
    ],
)
def test_years_named(text: str, years: list[Years]) -> None:
    assert years_in(text) == tuple(years)


def test_the_period_of_a_report_is_in_its_title_or_edition() -> None:
    assert period_of(NEW) == Years(2014, 2022)
    assert period_of(Metadata(title="Rapport", edition="2014-2019")) == Years(2014, 2019)
    assert period_of(GUIDE_2016) is None


@pytest.mark.parametrize(
    ("asked", "worse"),
    [
        ("Hvor mange hospiterte?", {"old", "mid", "g13"}),
        ("Hvor mange hospiterte i 2021?", {"old", "mid", "g13"}),
        ("Hvor mange hospiterte i 2017?", {"old", "mid", "g13"}),
        ("Hvor mange hospiterte i 2014-2018?", {"mid", "new", "g13"}),
        ("Hvor mange hospiterte fra 2014 til 2019?", {"old", "new", "g13"}),
        ("Hvor mange hospiterte i 2030?", {"old", "mid", "g13"}),
    ],
)
def test_the_other_editions_come_after(asked: str, worse: set[str]) -> None:
    assert superseded(ALL.items(), years_in(asked)) == worse


def test_chapters_of_one_edition_do_not_supersede_each_other() -> None:
    chapter = Metadata(title="Sentralenes arbeid 2014-2022: Bakgrunn", edition="2014–2022")
    assert superseded([("a", NEW), ("b", chapter)], []) == set()


def test_a_guide_of_the_year_that_is_named_is_the_best() -> None:
    asked = years_in("Hva sa veilederen i 2013?")
    assert superseded([("g13", GUIDE_2013), ("g16", GUIDE_2016)], asked) == {"g16"}
