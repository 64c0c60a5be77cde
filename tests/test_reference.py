"""Centres, topics, actors, tasks and figures: complete, sourced, and refused when wrong."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.geography import Municipalities
from knowledge.reference import (
    Centre,
    InvalidReference,
    Reference,
    ServicePeriod,
    actors,
    centre_for,
    centres,
    centres_on,
    choose_centre,
    editions,
    figures,
    institutions,
    lists,
    partners,
    published,
    suggest_topics,
    tasks,
    topics,
)


def ids_on(day: date) -> set[str]:
    return {centre.id for centre in centres_on(day)}


def test_the_centres_of_2014_and_of_2017() -> None:
    first = {"aktiv-eiker", "alstahaug", "modum", "stavanger", "verdal"}
    assert ids_on(date(2014, 1, 1)) == ids_on(date(2016, 12, 31)) == first
    later = (first - {"aktiv-eiker"}) | {
        "bergen",
        "drammen",
        "senja",
        "kristiansand",
        "kristiansund",
        "sor-varanger",
    }
    assert ids_on(date(2017, 1, 1)) == ids_on(date(2026, 1, 1)) == later
    assert ids_on(date(2013, 12, 31)) == set()


def test_senja_served_as_lenvik_before_the_merger() -> None:
    senja = next(centre for centre in centres() if centre.id == "senja")
    before, after = senja.period_on(date(2019, 12, 31)), senja.period_on(date(2020, 1, 1))
    assert before is not None and after is not None
    assert (before.name, before.municipality_code) == ("Lenvik", "1931")
    assert (after.name, after.municipality_code) == ("Senja", "5421")


def test_sor_varanger_is_out_of_the_figures_of_two_years() -> None:
    left_out = {
        centre.id: year for centre in centres() for p in centre.periods for year in p.not_in_figures
    }
    assert left_out == {"sor-varanger": 2021}
    noted = {f.column for f in figures() if "Sør-Varanger" in f.told("nb")}
    assert noted == {"2020", "2021"}


@pytest.mark.parametrize(
    ("code", "on", "centre", "reason"),
    [
        ("5530", None, "senja", "own_municipality"),
        ("1931", None, "senja", "own_municipality"),  # Lenvik
        ("0625", None, "drammen", "own_municipality"),  # Nedre Eiker
        ("0602", date(2015, 6, 1), "modum", "county"),
        ("0624", date(2015, 6, 1), "aktiv-eiker", "own_municipality"),
        ("5503", None, "senja", "county"),
        ("3403", None, "modum", "county"),
        ("3901", None, "drammen", "county"),
        ("4601", None, "bergen", "own_municipality"),
        ("4601", date(2015, 6, 1), None, "none"),
        ("5012", None, "verdal", "county"),  # Snillfjord, split in three
    ],
)
def test_the_centre_for_a_municipality(
    code: str, on: date | None, centre: str | None, reason: str
) -> None:
    choice = centre_for(code, on)
    assert (choice.centre.id if choice.centre else None, choice.reason) == (centre, reason)


def test_every_municipality_of_today_has_a_centre() -> None:
    chosen = {
        m.code: centre_for(m.code).centre for m in Municipalities.load().all if m.valid_to is None
    }
    assert len(chosen) == 357
    assert None not in chosen.values()
    assert {centre.id for centre in chosen.values() if centre} == ids_on(date(2026, 1, 1))


def test_an_unknown_number_is_refused() -> None:
    with pytest.raises(ValueError, match="No Norwegian municipality"):
        centre_for("9999")


def a_centre(name: str, code: str, counties: tuple[str, ...], *known: str) -> Centre:
    return Centre(
        id=name,
        name=name,
        municipality_code=code,
        counties=counties,
        region_source="test",
        experience_topics=known,
        experience_source="test" if known else "",
        periods=(ServicePeriod(valid_from=date(2017, 1, 1), municipality_code=code, name=name),),
        source="test",
    )


def test_topics_decide_between_centres_and_beyond_the_region() -> None:
    near = a_centre("near", "3301", ("33",))
    skilled = a_centre("skilled", "3403", ("33", "34"), "tobakk", "sovn")
    far = a_centre("far", "5501", ("55",), "tobakk")
    everyone = [skilled, near, far]

    def choose(counties: set[str], *asked: str) -> tuple[str | None, str]:
        choice = choose_centre(everyone, municipalities=set(), counties=counties, topics=asked)
        return choice.centre.id if choice.centre else None, choice.reason

    assert choose({"33"}) == ("near", "county")  # it lies in the county
    assert choose({"33"}, "tobakk") == ("skilled", "county_and_topic")
    assert choose({"33"}, "eldre") == ("near", "county")
    assert choose({"11"}, "sovn") == ("skilled", "topic")
    assert choose({"11"}, "eldre") == (None, "none")


def test_every_row_has_a_source_and_every_label_three_languages() -> None:
    for row in (*topics(), *actors(), *tasks()):
        assert row.source.startswith("https://")
        assert row.label.text("nb") and row.label.text("nn") and row.label.text("en")
    for sourced in (*centres(), *institutions(), *figures()):
        assert sourced.source.startswith("https://")
    assert all("proposal" in centre.region_source for centre in centres())


def test_what_is_published_names_its_document_and_page() -> None:
    titles = {edition.id: edition.document for edition in editions()}
    assert list(titles) == ["2014-2018", "2014-2019", "2014-2022", "2016"]
    for taken in (*figures(), *lists()):
        assert taken.document == titles[taken.edition]
    sources = [row.source for row in (*figures(), *lists(), *editions())]
    sources += [partner.source for partner in partners()]
    assert all(source.startswith("https://") for source in sources)
    assert len({figure.cell + figure.edition for figure in figures() if figure.cell}) == sum(
        bool(figure.cell) for figure in figures()
    )


def test_a_figure_of_every_row_joins_the_rows_of_its_document() -> None:
    rows = published("grant_use")
    assert len(rows) == 7 and {row["answered"].value for row in rows.values()} == {9}
    assert published("visits")["2019",]["persons"].edition == "2014-2022"
    assert published("tasks") == {}


def test_the_centres_of_a_year_are_those_of_any_day_in_it() -> None:
    reference = Reference.load()
    assert {centre.id for centre in reference.centres_in(2016)} == ids_on(date(2016, 7, 1))
    assert {centre.id for centre in reference.centres_in(2017)} == ids_on(date(2017, 7, 1))
    assert reference.centres_in(2013) == []
    senja = next(centre for centre in centres() if centre.id == "senja")
    assert [period.name for period in senja.periods_in(2019)] == ["Lenvik"]
    assert [period.name for period in senja.periods_in(2020)] == ["Senja"]


def test_counts_of_the_reports() -> None:
    assert len(actors()) == 17
    assert [task.number for task in tasks()] == list(range(1, 10))
    assert len(institutions()) == 20


BUNDLED_TOPICS = {
    *("etablering", "forankring", "organisering", "lokaler", "kompetanse", "utstyr", "journal"),
    *("dokumentasjon", "statistikk", "tilskudd", "okonomi", "henvisning", "malgruppe"),
    *("basistilbud", "fysisk-aktivitet", "kosthold", "tobakk", "psykisk-helse", "sovn", "alkohol"),
    *("rekruttering", "markedsforing", "samarbeid", "frivillighet", "digitalisering", "barn-unge"),
    *("eldre", "utviklingshemming", "innvandrere", "overvekt", "brukermedvirkning"),
    *("utviklingssentraler", "hospitering", "idebanken", "forskning", "rapportering", "lovverk"),
    *("kvalitet", "folkehelse", "arbeid-nav"),
}
REPORTED_TOPICS = {
    *("stillingsbeskrivelse", "prioritering", "planstruktur", "prosjektarbeid", "kommunikasjon"),
    *("informasjonsmateriell", "likepersoner", "omdisponering", "lokale-tilbud", "testing"),
    *("ventelister", "leve-hele-livet", "pandemi", "soknader"),
}


def test_topics_of_the_digests_and_of_the_reports_are_there() -> None:
    found = {topic.id: topic for topic in topics()}
    assert set(found) == BUNDLED_TOPICS | REPORTED_TOPICS
    assert found["digitalisering"].first_reported == 2019
    assert {found[t].first_reported for t in ("okonomi", "pandemi", "ventelister")} == {2020}
    assert found["kosthold"].first_reported is None


def value(figure_id: str) -> Decimal:
    (found,) = (figure.value for figure in figures() if figure.id == figure_id)
    return found


@pytest.mark.parametrize(
    ("edition", "persons", "municipalities", "years"),
    [("2014-2018", 893, 226, 5), ("2014-2019", 1153, 271, 6), ("2014-2022", 1385, 334, 9)],
)
def test_table_1_adds_up_to_its_published_totals(
    edition: str, persons: int, municipalities: int, years: int
) -> None:
    for row, total in (("persons", persons), ("municipalities", municipalities)):
        yearly = [
            figure
            for figure in figures()
            if (figure.edition, figure.table, figure.row) == (edition, "1", row)
            and figure.column != "total"
        ]
        assert len(yearly) == years
        assert sum(figure.value for figure in yearly) == total
        assert value(f"visits-{row}-total-{edition}") == total


def test_editions_agree_where_they_overlap() -> None:
    values: dict[tuple[str, str], set[Decimal]] = {}
    for figure in figures():
        if figure.table == "1" and figure.column != "total":
            values.setdefault((figure.row, figure.column), set()).add(figure.value)
    assert all(len(found) == 1 for found in values.values())


def test_other_published_figures() -> None:
    assert value("grant-per-centre-2014-2022") == 50000
    assert value("healthy-life-centres-2011") == 100
    assert value("healthy-life-centres-2015") == 258
    assert value("grant-use-events-2022") == Decimal("77.8")
    shares = [figure for figure in figures() if figure.table == "4" and figure.unit == "percent"]
    answered = value("grant-use-n-2022")
    assert len(shares) == 7
    for share in shares:  # each share is a whole number of the nine centres
        centres_ = share.value * answered / 100
        assert abs(centres_ - round(centres_)) < Decimal("0.01")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hvor får vi penger til å starte opp?", {"tilskudd", "etablering"}),
        ("Kva journalsystem bruker de?", {"journal"}),
        ("How do we recruit participants?", {"rekruttering"}),
        ("Tilbud til barn og unge", {"barn-unge"}),
        ("Korleis få fleire deltakarar?", {"rekruttering"}),
        ("Vi vurderer å legge ned tilbudet, budsjettet er kuttet", {"okonomi"}),
        ("RØYKESLUTT", {"tobakk"}),
        ("søvnkurs og KID-kurs", {"sovn", "psykisk-helse"}),
        ("Lang venteliste under pandemien", {"ventelister", "pandemi"}),
        ("Sjukmelde og Nav", {"arbeid-nav"}),
        ("Kan vi hospitere hos dere?", {"hospitering"}),
        ("Elderly people with obesity", {"eldre", "overvekt"}),
        ("stillingsbeskrivelse for fysioterapeut", {"stillingsbeskrivelse", "kompetanse"}),
    ],
)
def test_topics_are_suggested(question: str, expected: set[str]) -> None:
    suggested = {suggestion.topic for suggestion in suggest_topics(question)}
    assert expected <= suggested


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hei og takk!",
        "Journalisten ringte fra Røyken kommune",
        "Barneby",
        "Innlovende",
        "matte",
    ],
)
def test_no_topic_is_suggested_from_inside_a_word(text: str) -> None:
    suggested = {suggestion.topic for suggestion in suggest_topics(text)}
    assert suggested <= ({"barn-unge"} if text == "Barneby" else set())


def test_the_reason_is_the_words_and_the_most_words_come_first() -> None:
    first, *_ = suggest_topics("Utstyr? Tilbud til barn, ungdom og familier")
    assert first.topic == "barn-unge"
    assert first.words == ("barn", "ungdom", "familier")


@given(st.text(max_size=60))
def test_suggested_words_stand_in_the_text(text: str) -> None:
    for suggestion in suggest_topics(f"{text} tilskudd"):
        assert suggestion.words
    assert "tilskudd" in {s.topic for s in suggest_topics(f"{text} tilskudd")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with resources.as_file(resources.files("knowledge.reference")) as bundled:
        for file in (*bundled.glob("*.toml"), *bundled.glob("*.csv")):
            shutil.copy(file, tmp_path)
    return tmp_path


def replacing(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


def test_an_edited_copy_is_read(folder: Path) -> None:
    assert Reference.load(folder) == Reference.load()


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        (
            "centres.toml",
            replacing('"1820"', '"1821"'),
            "centres.toml, row 1 (alstahaug), field mun",
        ),
        ("centres.toml", replacing('["18"]', '["19"]'), "field counties: no county of today has"),
        ("centres.toml", replacing("2014-01-01", "2014-13-01"), "centres.toml, whole file"),
        ("centres.toml", replacing("2016-12-31", "2013-12-31"), "valid_to is before valid_from"),
        (
            "centres.toml",
            replacing("2020-01-01", "2024-01-01"),
            "5421 was not in use on 2024-01-01",
        ),
        (
            "centres.toml",
            replacing("experience_topics = []", 'experience_topics = ["sovn"]'),
            "experience_topics needs experience_source",
        ),
        (
            "centres.toml",
            replacing(
                'experience_topics = []\nexperience_source = ""',
                'experience_topics = ["nei"]\nexperience_source = "x"',
            ),
            "field experience_topics: topics.toml has no topic nei",
        ),
        (
            "topics.toml",
            replacing("first_reported = 2018", "first_reported = 1999"),
            "first_reported",
        ),
        (
            "topics.toml",
            replacing('id = "forankring"', 'id = "etablering"'),
            "the id is used twice",
        ),
        (
            "topics.toml",
            replacing('nb = "', 'xx = "'),
            "topics.toml, row 1 (etablering), field label",
        ),
        ("actors.toml", lambda text: "", "actors.toml, whole file, field actors"),
        ("figures.csv", replacing(",178,", ",many,"), "figures.csv, row 1 (visits-persons-2014"),
        ("figures.csv", replacing("https://", "ftp://"), "field source"),
        ("tasks.toml", replacing("number = 1", "number = 0"), "tasks.toml, row 1 (henvendelser)"),
        ("figures.csv", replacing(",2014-2018,1,", ",2013-2018,1,"), "row 1 (visits-persons-2014"),
        ("figures.csv", replacing("visits/2014/", "visits 2014 "), "field cell"),
        (
            "figures.csv",
            replacing(",1,persons,", ",1,guests,"),
            "(visits-persons-2014-2014-2018), field row: figure_texts.toml has no text guests",
        ),
        (
            "figures.csv",
            replacing("sum-of-years", "sum"),
            "note: figure_texts.toml has no text sum",
        ),
        (
            "figure_texts.toml",
            replacing('label.nn = "Personar"', ""),
            "row 1 (persons), field label",
        ),
        ("lists.toml", replacing('"turnus"', '"turnus2"'), "entries: actors.toml has no turnus2"),
        ("lists.toml", replacing('"turnus"', '"privat"'), "an entry stands twice"),
        ("lists.toml", replacing('edition = "2014-2018"', 'edition = "1"'), "field document"),
    ],
)
def test_a_wrong_file_is_refused_with_file_row_and_field(
    folder: Path, file: str, change: Callable[[str], str], message: str
) -> None:
    path = folder / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InvalidReference, match=re.escape(message)) as caught:
        Reference.load(folder)
    assert str(caught.value).count("\n") == 0 and str(caught.value).endswith(".")


def test_a_missing_or_unreadable_file_is_told(folder: Path) -> None:
    (folder / "tasks.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidReference, match=r"tasks\.toml.*not UTF-8"):
        Reference.load(folder)
    (folder / "tasks.toml").unlink()
    with pytest.raises(InvalidReference, match=r"tasks\.toml.*missing"):
        Reference.load(folder)
