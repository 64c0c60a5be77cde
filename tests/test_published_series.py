"""What the report shows of 2014-2022, against the documents.

Every figure below is typed from Helsedirektoratet's pages, apart from the program's own files, and
compared one by one with the tables of a report over an empty register.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from knowledge.messages import LANGUAGES
from knowledge.reference import editions, figures, published
from knowledge.register.visits import NewVisit, Visits
from knowledge.statistics.explaining import explain
from knowledge.statistics.report import Report, report
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import Table, Value
from knowledge.store import Store

PERIOD = Scope(2014, 2022, shown_from=0)

# Tabell 1 of the report for 2014-2022. The editions before it have the same numbers.
YEARS = [2014, 2015, 2016, 2017, 2018, 2019, 2020, 2021, 2022]
PERSONS = [178, 186, 198, 181, 150, 260, 61, 67, 104]
MUNICIPALITIES = [45, 53, 38, 44, 46, 45, 25, 13, 25]
TOTALS = {  # edition -> years in it, "Totalt" of persons and of municipalities
    "2014-2018": (5, 893, 226),
    "2014-2019": (6, 1153, 271),
    "2014-2022": (9, 1385, 334),
}

# Tabell 4, "Prosentandel svar i hver kategori 2022", N = 9, in the order of the table.
GRANT = {
    "travel": 66.7,
    "catering": 55.6,
    "material": 33.3,
    "events": 77.8,
    "extra-hours": 55.6,
    "innovation": 55.6,
    "other": 11.1,
}

# Tabell 2 of the edition for 2014-2022, and the lists without a number of the two before it.
VISITORS = {
    "2014-2018": [
        "Frisklivssentraler",
        "Studenter",
        "Turnusleger og turnusfysioterapeuter",
        "Ansatte i andre (helse)tjenester i egen kommune",
        "Spesialisthelsetjenesten",
        "Enkelte private aktører",
        "Noen frivillige organisasjoner (ROS og Hjelp til selvhjelp)",
    ],
    "2014-2019": [
        "Frisklivssentraler",
        "Studenter",
        "Ansatte i andre (helse)tjenester i egen kommune",
        "Turnusleger og turnusfysioterapeuter",
        "Spesialisthelsetjenesten",
        "Enkelte private aktører",
        "Frivillige organisasjoner/Brukerorganisasjoner",
        "Nav – Ansatte og personer i arbeidspraksis",
        "Legesenter",
        "Høyskoler/Universitet",
        "(Nye) Ledere i kommunen",
        "Administrasjon, Rådmann",
    ],
    "2014-2022": [
        "Frisklivssentraler",
        "Elever og lærere i VGS",
        "Helsefagstudenter",
        "Turnusleger og turnusfysioterapeuter",
        "Ansatte i andre (helse)tjenester i egen kommune, "
        "somatisk og psykisk helse og miljøtjeneste",
        "Spesialisthelsetjenesten",
        "Enkelte private aktører",
        "Frivillige organisasjoner/Brukerorganisasjoner",
        "Frivillighetssentral",
        "Nav – ansatte og personer i arbeidspraksis",
        "Legesenter",
        "Høyskoler/Universitet",
        "Statsforvalter",
        "(Nye) Ledere i kommunen",
        "Administrasjon, Rådmann",
        "Kreftkoordinator og Folkehelsekoordinator",
        "DPS",
    ],
}

# Tabell 3 of the edition for 2014-2022; names without what stands in brackets after them.
INSTITUTIONS = [
    "NTNU, inkl. kompetansetjenesten Trening som Medisin",
    "Universitetet i Tromsø",
    "Universitetet i Bergen",
    "Universitetet i Oslo",
    "Universitetet i Stavanger",
    "Høgskolen i Bergen / Høgskulen på Vestlandet",
    "Universitetet i Agder",
    "Universitetet i Sørøst-Norge",
    "Nord Universitet",
    "Oslo Met",
    "Høyskolen Kristiania",
    "Høyskolen i Molde",
    "Høyskolen i Nord-Trøndelag",
    "NIH",
    "FHI",
    "Nordlandsforskning",
    "Helseinnovasjonssenteret",
    "KORFOR",
    "SERAF",
    "Stavanger universitetssykehus",
]

# Tabell 2 of the edition for 2014-2018: how many centres worked with each, 2017 and 2018.
WORKED_WITH = {
    "ntnu": (4, 5),
    "uit": (None, 3),
    "uib": (2, 3),
    "uis": (1, 1),
    "hvl": (3, 3),
    "uia": (2, 2),
    "usn": (1, 2),
    "nord": (1, 1),
    "other": (4, 6),
}

# Told in the text of the edition for 2014-2022, chapter 2: (year, key) -> centres, answered, share.
COMMUNICATION: Mapping[tuple[str, str], tuple[Value, Value, Value]] = {
    **{(str(year), "systematic"): (None, None, 100.0) for year in range(2014, 2023)},
    **{(str(year), "social-media"): (None, None, 100.0) for year in range(2015, 2023)},
    **{(str(year), "information-spread"): (None, None, 100.0) for year in range(2017, 2023)},
    ("2022", "website"): (None, None, 100.0),
    ("2022", "media"): (None, None, 100.0),
    ("2022", "social-media-regular"): (None, None, 100.0),
    ("2022", "idea-bank-link"): (7, 9, 77.8),
    ("2022", "idea-bank-shared"): (6, 9, 66.7),
}
GROUPS = {
    ("2021", "politicians"): 70.0,
    ("2021", "decision-makers"): 70.0,
    ("2022", "politicians"): 100.0,
    ("2022", "decision-makers"): 100.0,
}
COOPERATION: Mapping[tuple[str, str, str], tuple[Value, Value, Value]] = {
    ("2016", "governor-others", "any"): (None, None, 100.0),
    ("2018", "county-others", "any"): (None, None, 50.0),
    ("2022", "governor-own", "meetings"): (2, None, None),
    ("2022", "governor-own", "research"): (1, None, None),
    ("2022", "governor-others", "any"): (None, None, 50.0),
    ("2022", "county-own", "meetings"): (3, None, None),
    ("2022", "county-own", "research"): (1, None, None),
    ("2022", "county-others", "any"): (None, None, 50.0),
}

CENTRES = {
    2014: {"Aktiv Eiker", "Alstahaug", "Modum", "Stavanger", "Verdal"},
    2017: {
        *("Alstahaug", "Modum", "Stavanger", "Verdal", "Bergen", "Drammen", "Lenvik"),
        *("Kristiansand", "Kristiansund", "Sør-Varanger"),
    },
    2020: {
        *("Alstahaug", "Modum", "Stavanger", "Verdal", "Bergen", "Drammen", "Senja"),
        *("Kristiansand", "Kristiansund", "Sør-Varanger"),
    },
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("published") / "a.db") as opened:
        yield opened


@pytest.fixture(scope="module")
def made(store: Store) -> Report:
    return report(store, PERIOD, made_by="test", language="nb")


def rows(table: Table) -> list[dict[str, Value]]:
    names = [column.id for column in table.spec.columns]
    return [dict(zip(names, row, strict=True)) for row in table.rows]


def test_table_1_year_by_year(made: Report) -> None:
    found = rows(made.tables["visits"])
    assert [row["year"] for row in found] == YEARS
    assert [row["persons"] for row in found] == PERSONS
    assert [row["municipalities"] for row in found] == MUNICIPALITIES
    assert {row["source"] for row in found} == {"published"}
    assert {row["edition"] for row in found} == {"2014-2022"}
    noted = {row["year"] for row in found if "Sør-Varanger" in str(row["figure_note"])}
    assert noted == {2020, 2021}


def test_totals_are_sums_of_yearly_counts(made: Report, store: Store) -> None:
    (total,) = rows(made.tables["visits_total"])
    assert total["source"] == "published"
    assert (total["persons"], total["municipality_years"]) == (1385, 334)
    assert total["municipalities_distinct"] is None  # no document tells it
    for edition, (many, persons, municipalities) in TOTALS.items():
        assert sum(PERSONS[:many]) == persons and sum(MUNICIPALITIES[:many]) == municipalities
        shorter = Scope(2014, int(edition[-4:]), shown_from=0)
        (total,) = rows(report(store, shorter, made_by="test").tables["visits_total"])
        assert (total["persons"], total["municipality_years"]) == (persons, municipalities)


def test_every_edition_side_by_side(made: Report) -> None:
    found = {(row["edition"], row["period"]): row for row in rows(made.tables["visits_editions"])}
    expected: dict[tuple[str, str], list[int]] = {}
    for edition, (many, persons, municipalities) in TOTALS.items():
        yearly = zip(YEARS[:many], PERSONS, MUNICIPALITIES, strict=False)
        expected |= {(edition, str(year)): numbers for year, *numbers in yearly}
        expected[edition, "total"] = [persons, municipalities]
    assert {key: [row["persons"], row["municipalities"]] for key, row in found.items()} == expected
    assert len(expected) == 5 + 6 + 9 + 3
    for (named, _), row in found.items():
        assert str(named).replace("-", "–")[-4:] in str(row["document"])
        assert str(row["address"]).startswith("https://www.helsedirektoratet.no/rapporter/")


def test_who_visited_as_each_edition_names_them(made: Report) -> None:
    found: dict[str, list[str]] = {}
    for row in rows(made.tables["visit_actors_named"]):
        found.setdefault(str(row["edition"]), []).append(str(row["named_as"]))
    assert found == VISITORS


def test_institutions_as_named_and_as_counted(made: Report) -> None:
    named = rows(made.tables["institutions_named"])
    latest = [str(row["name"]) for row in named if row["edition"] == "2014-2022"]
    assert latest == INSTITUTIONS
    before = {row["institution"] for row in named if row["edition"] == "2014-2018"}
    assert before == WORKED_WITH.keys() - {"other"} | {
        *("kristiania", "oslomet", "nih", "himolde"),
        *("fhi", "nordlandsforskning", "helseinnovasjonssenteret"),
    }
    counted = {
        (row["year"], row["institution"]): row["centres"]
        for row in rows(made.tables["institutions"])
    }
    assert counted == {
        (year, institution): number
        for institution, numbers in WORKED_WITH.items()
        for year, number in zip((2017, 2018), numbers, strict=True)
        if number is not None
    }


def test_the_use_of_the_grant(made: Report) -> None:
    found = rows(made.tables["grant_use"])
    assert {str(row["use"]): row["share"] for row in found} == GRANT
    assert [row["use"] for row in found] == list(GRANT)
    assert {(row["year"], row["answered"]) for row in found} == {(2022, 9)}
    for row in found:  # so many of the nine is what rounds to the share
        centres = row["centres"]
        assert isinstance(centres, int)
        assert f"{100 * centres / 9:.1f}" == f"{row['share']:.1f}"


def numbers(made: Report, table: str, keys: int) -> dict[tuple[str, ...], tuple[Value, ...]]:
    return {
        tuple(str(value) for value in row[:keys]): tuple(row[-3:])
        for row in made.tables[table].rows
    }


def test_what_the_text_tells_of_communication(made: Report) -> None:
    assert numbers(made, "communication", 2) == COMMUNICATION
    groups = numbers(made, "communication_groups", 2)
    assert groups == {key: (None, None, share) for key, share in GROUPS.items()}


def test_what_the_text_tells_of_cooperation_and_research(made: Report) -> None:
    assert numbers(made, "cooperation", 3) == COOPERATION
    kinds = ("data", "own-projects", "joint-projects", "students")
    assert numbers(made, "research", 2) == {("2014", kind): (5, 5, 100.0) for kind in kinds}
    partners = rows(made.tables["cooperation_partners_named"])
    assert len(partners) == 31 and {"nav", "ros", "utekontakt"} <= {p["partner"] for p in partners}


def test_the_centres_and_their_years(made: Report) -> None:
    periods = rows(made.tables["centres"])

    def serving(year: int) -> set[str]:
        return {
            str(row["name"])
            for row in periods
            if str(row["from_date"]) <= f"{year}-12-31"
            and f"{year}-01-01" <= str(row["to_date"] or "9999")
        }

    for first, names in CENTRES.items():
        assert serving(first) == names
    per_year = {row["year"]: row for row in rows(made.tables["centres_per_year"])}
    assert [row["serving"] for row in per_year.values()] == [5, 5, 5, 10, 10, 10, 10, 10, 10]
    assert [row["counted"] for row in per_year.values()] == [5, 5, 5, 10, 10, 10, 9, 9, 10]
    left_out = {year for year, row in per_year.items() if row["left_out"] == "Sør-Varanger"}
    assert left_out == {2020, 2021}


def test_the_nine_tasks(made: Report) -> None:
    found = rows(made.tables["tasks"])
    assert [row["task"] for row in found] == list("123456789")
    words = [
        *("henvendelser", "hospitanter", "Idébanken", "informasjon", "planmessig", "nettside"),
        *("fylkeskommuner", "forskning", "utviklingssentralene"),
    ]
    for row, word in zip(found, words, strict=True):
        assert word in str(row["name"])
        assert row["fields"]


# Named in the text of 2014-2018, and new in that of 2014-2019 and of 2014-2022.
IN_2018 = {
    *("etablering", "forankring", "organisering", "kompetanse", "stillingsbeskrivelse"),
    *("journal", "prioritering", "planstruktur", "markedsforing", "rekruttering", "basistilbud"),
    *("barn-unge", "eldre", "psykisk-helse", "utviklingshemming"),
}
NEW_IN_2019 = {
    *("lokaler", "utstyr", "dokumentasjon", "statistikk", "tilskudd", "prosjektarbeid"),
    *("kommunikasjon", "informasjonsmateriell", "likepersoner"),
}
SINCE_2020 = {
    *("okonomi", "omdisponering", "lokale-tilbud", "frivillighet", "pandemi", "testing"),
    *("ventelister", "leve-hele-livet", "alkohol", "overvekt", "soknader"),
}
NEW_IN_2022 = {"fysisk-aktivitet", "innvandrere"}


def test_topics_and_when_they_were_first_reported(made: Report) -> None:
    found = {row["topic"]: row for row in rows(made.tables["topics_reported"])}
    expected = {
        **dict.fromkeys(IN_2018, (2018, "edition")),
        **dict.fromkeys(NEW_IN_2019, (2019, "edition")),
        **dict.fromkeys(SINCE_2020, (2020, "stated")),
        **dict.fromkeys(NEW_IN_2022, (2022, "edition")),
        "digitalisering": (2019, "stated"),
    }
    assert {t: (row["first_reported"], row["basis"]) for t, row in found.items()} == expected


def test_every_figure_has_its_document_edition_and_page(made: Report) -> None:
    table = rows(made.tables["published_figures"])
    assert [row["figure"] for row in table] == [figure.id for figure in figures()]
    titles = {edition.id: edition.document for edition in editions()}
    for row in table:
        assert row["document"] == titles[str(row["edition"])]
        assert str(row["address"]).startswith("https://")
    cells = [figure.cell for figure in figures() if figure.cell and "*" not in figure.cell]
    tables = {cell.split("/")[0] for cell in cells}
    assert len(cells) > 90 and tables <= made.tables.keys()


def test_behind_each_published_number_stands_its_figure(made: Report, store: Store) -> None:
    several = {"visits", "communication", "cooperation", "institutions", "research", "grant_use"}
    traced = 0
    for table in several:
        for address, value in made.tables[table].cells():
            told = explain(store, PERIOD, address)
            if value is None:
                assert not told.figures
                continue
            assert told.value == value and not told.rows
            assert bool(told.figures) != bool(told.cells)
            if told.figures:
                (figure,) = told.figures
                assert float(figure.value) == value
                assert figure.document and figure.source.startswith("https://")
                traced += 1
            else:
                assert all(
                    cell.rpartition("/")[0] == address.rpartition("/")[0] for cell in told.cells
                )
    assert traced > 90


def test_the_newest_edition_is_shown(made: Report) -> None:
    assert {figure.edition for row in published("visits").values() for figure in row.values()} == {
        "2014-2022"
    }
    assert published("institutions")[("2017", "ntnu")]["centres"].edition == "2014-2018"


@pytest.mark.parametrize("table", ["communication", "cooperation", "grant_use", "institutions"])
def test_the_report_of_one_centre_has_only_its_own_answers(tmp_path: Path, table: str) -> None:
    with Store(tmp_path / "a.db") as store:
        Visits(store).add(
            NewVisit(on_date=date(2021, 5, 4), centre="modum", people=3, came_from="t:1"),
            who="kari",
        )
        own = report(store, Scope(2014, 2022, "modum", 0), made_by="test")
        national = report(store, PERIOD, made_by="test")
    assert own.tables[table].rows == ()
    for background in ("visits_editions", "published_figures", "institutions_named", "tasks"):
        assert own.tables[background] == national.tables[background]


def test_names_are_in_the_language_asked_for(store: Store) -> None:
    names = {}
    for language in LANGUAGES:
        told = report(store, PERIOD, made_by="test", language=language)
        names[language] = {
            (name, row[: len(table.spec.keys)]): row[table.spec.index("name")]
            for name, table in told.tables.items()
            if any(column.id == "name" for column in table.spec.columns)
            for row in table.rows
        }
    assert names["nb"].keys() == names["nn"].keys() == names["en"].keys()
    key = ("grant_use", (2022, "travel"))
    assert names["en"][key] == "Travel as a development centre"
    assert {told[key] for told in names.values()} == {
        "Reiser i oppdrag som utviklingssentral",  # in both written forms
        "Travel as a development centre",
    }
    assert len({told["research", (2014, "students")] for told in names.values()}) == 3
