"""Municipalities by number, name, former name and in running text; with their history."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.geography import Match, Municipalities
from knowledge.geography.mentions import ordinary_words
from knowledge.geography.names import exact, loose


@pytest.fixture(scope="module")
def municipalities() -> Municipalities:
    return Municipalities.load()


def codes(matches: list[Match]) -> list[str]:
    return [match.municipality.code for match in matches]


@pytest.mark.parametrize(
    ("year", "count"),
    [
        *((year, 434) for year in (2002, 2003, 2004)),
        (2005, 433),
        *((year, 431) for year in (2006, 2007)),
        *((year, 430) for year in (2008, 2009, 2010, 2011)),
        (2012, 429),
        *((year, 428) for year in (2013, 2014, 2015, 2016)),
        (2017, 426),
        (2018, 422),
        (2019, 422),
        *((year, 356) for year in (2020, 2021, 2022, 2023)),
        *((year, 357) for year in (2024, 2025, 2026)),
    ],
)
def test_the_number_of_municipalities_is_the_known_one_all_through_the_year(
    municipalities: Municipalities, year: int, count: int
) -> None:
    assert len(municipalities.valid_on(date(year, 1, 1))) == count
    assert municipalities.valid_on(f"{year}-12-31") == municipalities.valid_on(date(year, 1, 1))


def test_all_rows_are_carried(municipalities: Municipalities) -> None:
    assert len(municipalities.all) == 835 + 17  # the file, and the numbers splits.csv adds
    assert sum(m.valid_to is None for m in municipalities.all) == 357


def test_every_number_leads_to_the_present_and_back(municipalities: Municipalities) -> None:
    for municipality in municipalities.all:
        present = municipalities.current_of(municipality.code)
        assert present, municipality.code
        for successor in present:
            assert successor.valid_to is None
            if successor.code != municipality.code:
                assert municipality in municipalities.former_of(successor.code)


@pytest.mark.parametrize(
    ("code", "successors"),
    [
        ("1931", ["5530"]),
        ("1613", ["5055", "5056", "5059"]),
        ("5012", ["5055", "5056", "5059"]),
        ("1850", ["1806", "1875"]),
        ("1507", ["1508", "1580"]),
        ("1534", ["1580"]),
        ("1504", ["1508"]),
        ("1571", ["5055"]),
        ("0602", ["3301"]),
        ("4601", ["4601"]),
    ],
)
def test_successors(municipalities: Municipalities, code: str, successors: list[str]) -> None:
    assert [m.code for m in municipalities.current_of(code)] == successors


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        ("1508", date(2024, 1, 1)),
        ("1580", date(2024, 1, 1)),
        ("1806", date(2020, 1, 1)),
        ("1578", date(2020, 1, 1)),
        ("5060", date(2020, 1, 1)),
        ("5054", date(2018, 1, 1)),
        ("5061", date(2019, 1, 1)),
        ("5001", date(2018, 1, 1)),
        ("1505", date(2008, 1, 1)),
        ("3401", date(2020, 1, 1)),
        ("3301", date(2024, 1, 1)),
        ("1103", None),  # took in Finnøy and Rennesøy and kept its number
        ("1804", None),
    ],
)
def test_starts_that_the_file_leaves_open(
    municipalities: Municipalities, code: str, begins: date | None
) -> None:
    found = municipalities.by_code(code)
    assert found is not None
    assert found.valid_from == begins


def test_a_number_is_found_only_in_its_period(municipalities: Municipalities) -> None:
    assert municipalities.by_code("5421", on=date(2019, 12, 31)) is None
    senja = municipalities.by_code("5421", on=date(2020, 1, 1))
    assert senja is not None and senja.county.name == "Troms og Finnmark"
    assert municipalities.by_code("5421", on="2023-12-31") is not None
    assert municipalities.by_code("5421", on="2024-01-01") is None
    assert municipalities.by_code("9999") is None
    # Number 0716 was used twice.
    vale, re_ = (municipalities.by_code("0716", on=day) for day in ("2001-12-31", "2002-01-01"))
    assert vale is not None and re_ is not None
    assert (vale.name, re_.name) == ("Våle", "Re")


@pytest.mark.parametrize("bad", ["2024-13-01", "i fjor", "", "2024"])
def test_a_bad_date_is_one_sentence(municipalities: Municipalities, bad: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*' is not a date; write it as YYYY-MM-DD\.$"):
        municipalities.by_name("Oslo", on=bad)


def test_a_moment_counts_as_its_day(municipalities: Municipalities) -> None:
    assert municipalities.by_code("5530", on=datetime(2024, 1, 1, 0, 0)) is not None


@pytest.mark.parametrize("code", ["9999", "", "Oslo"])
def test_an_unknown_number_is_refused(municipalities: Municipalities, code: str) -> None:
    with pytest.raises(ValueError, match="No Norwegian municipality"):
        municipalities.current_of(code)
    with pytest.raises(ValueError, match="No Norwegian municipality"):
        municipalities.former_of(code)


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("5530", "5530", "code"),
        ("301", "0301", "code"),
        ("1931", "5530", "former_code"),
        ("Senja", "5530", "name"),
        ("senja kommune", "5530", "name"),
        ("  SENJA ", "5530", "name"),
        ("Ålesund", "1508", "name"),
        ("Aalesund", "1508", "name"),
        ("Alesund", "1508", "name"),
        ("A\u030alesund", "1508", "name"),
        ("tromso", "5501", "name"),
        ("Tromsö", "5501", "name"),
        ("Traena", "1835", "name"),
        ("Sor-Varanger", "5605", "name"),
        ("Sør Varanger", "5605", "name"),
        ("Kautokeino", "5612", "name"),
        ("Guovdageaidnu", "5612", "parallel_name"),
        ("Guovdageaidnu - Kautokeino", "5612", "name"),
        ("Karasjohka", "5610", "parallel_name"),
        ("Deatnu", "5628", "parallel_name"),
        ("Aarborte", "1826", "parallel_name"),
        ("Hattfjelldal", "1826", "name"),
        ("Porsanki", "5622", "parallel_name"),
        ("Lenvik", "5530", "former_name"),
        ("Røyken", "3203", "former_name"),
        ("Nedre Eiker", "3301", "former_name"),
        ("Kristiansan", "4204", "beginning"),
        ("Lillesrøm", "3205", "near_spelling"),
        ("Stavangr", "1103", "near_spelling"),
        ("Sørvaranger", "5605", "near_spelling"),
        ("Herøy i Nordland", "1818", "name"),
        ("Våler (Østfold)", "3114", "name"),
        ("Våler, Innlandet", "3419", "name"),
        ("Sande i Vestfold", "3903", "former_name"),
    ],
)
def test_find(municipalities: Municipalities, text: str, code: str, reason: str) -> None:
    first = municipalities.find(text)[0]
    assert (first.municipality.code, first.reason) == (code, reason)


def test_a_former_name_carries_its_period(municipalities: Municipalities) -> None:
    (match,) = municipalities.find("Lenvik")
    assert match.former is not None
    assert (match.former.code, match.former.valid_to) == ("1931", date(2019, 12, 31))
    assert codes(municipalities.find("Lenvik", on="2018-06-01")) == ["1931"]
    assert municipalities.find("Senja", on="2018-06-01") == []


def test_a_split_municipality_leads_to_all_its_successors(municipalities: Municipalities) -> None:
    assert codes(municipalities.find("Snillfjord")) == ["5055", "5056", "5059"]
    assert codes(municipalities.find("Tysfjord")) == ["1806", "1875"]


def test_namesakes_are_all_returned(municipalities: Municipalities) -> None:
    assert codes(municipalities.find("Herøy"))[:2] == ["1515", "1818"]
    assert [m.code for m in municipalities.by_name("Våler")] == ["3114", "3419"]
    assert {m.county.name for m in municipalities.by_name("herøy")} == {
        "Nordland",
        "Møre og Romsdal",
    }


@pytest.mark.parametrize("text", ["", "   ", "kommune?!", "12", "99999", "qqqqqqqq", "0000"])
def test_nothing_is_found_for_nothing(municipalities: Municipalities, text: str) -> None:
    assert municipalities.find(text) == []


@given(st.text(max_size=40))
def test_any_text_may_be_looked_up(text: str) -> None:
    municipalities = Municipalities.load()
    assert len(municipalities.find(text, limit=3)) <= 3
    found = municipalities.in_text(text)
    assert len(set(codes(found))) == len(found)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hvordan gjør vi det i Senja?", ["5530"]),
        ("Vi er en liten frisklivssentral i modum og lurer", ["3316"]),
        ("Stavangers frisklivssentral har erfaring", ["1103"]),
        ("Vi i Nore og Uvdal samarbeider med Kongsberg", ["3338", "3303"]),
        ("Lenvik hadde dette før", ["5530"]),
        ("Guovdageaidnu - Kautokeino", ["5612"]),
        ("Kva gjer Time kommune?", ["1121"]),
        ("Vi jobber i Lund.", ["1112"]),
        ("Hilsen fra Bø", ["1867", "4020"]),
        ("time kommune", ["1121"]),
        ("Herøy i Nordland", ["1818"]),
        ("Våler kommune", ["3114", "3419"]),
        ("Hvor mye tid per time?", []),
        ("Time for trening", []),
        ("Kari Lund og Per Berg spør", []),
        ("De vil slutte med røyken", []),
        ("Vi har mål om å få flere ut i sola på stranda", []),
        ("Ta kontakt i time 2, for os er det viktig", []),
        ("sel gran lom nes hol eide sund ås våler tinn os", []),
        ("Vi ser på øyer og fjell i strand", []),
        ("Does a municipality need staff?", []),
        ("", []),
    ],
)
def test_names_in_a_question(
    municipalities: Municipalities, question: str, expected: list[str]
) -> None:
    assert codes(municipalities.in_text(question)) == expected


def test_the_words_are_given_as_written(municipalities: Municipalities) -> None:
    (match,) = municipalities.in_text("Hva gjorde NEDRE  EIKER?")
    assert (match.matched, match.municipality.name) == ("NEDRE  EIKER", "Drammen")
    assert match.reason == "former_name"


def test_ordinary_words_are_names(municipalities: Municipalities) -> None:
    names = {exact(name) for m in municipalities.all for name in (m.norwegian_name,)}
    names |= {exact(name) for m in municipalities.all for name in m.parallel_names}
    assert ordinary_words() - names == set()


def test_counties(municipalities: Municipalities) -> None:
    assert len(municipalities.counties()) == 15
    assert len(municipalities.counties(on=date(2022, 1, 1))) == 11
    assert len(municipalities.counties(on=date(2018, 1, 1))) == 18
    assert len(municipalities.counties(on=date(2017, 1, 1))) == 19
    viken = next(c for c in municipalities.counties(on="2021-01-01") if c.name == "Viken")
    assert viken.successors == ("31", "32", "33")


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing_for_exact(text: str) -> None:
    assert exact(exact(text)) == exact(text)
    assert loose(text) == loose(text.upper()) or text.upper().casefold() != text.casefold()
