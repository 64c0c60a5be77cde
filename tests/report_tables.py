"""Reports put together by hand, for the tests of the formats: real tables, chosen numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from knowledge.reference.reference import actors, centres, topics
from knowledge.statistics.definitions import specs
from knowledge.statistics.report import RegisterState, Report
from knowledge.statistics.scope import Scope
from knowledge.statistics.table import HIDDEN, Row, Table, Value

PERSONS: Final = {2014: 178, 2015: 186, 2016: 198, 2017: 181, 2018: 150, 2019: 260, 2020: 61}
PERSONS_LATER: Final = {2021: 67, 2022: 104}
MUNICIPALITIES: Final = (45, 53, 38, 44, 46, 45, 25, 13, 25)
EDITION: Final = "2014-2022"
DOCUMENT: Final = "https://www.helsedirektoratet.no/rapporter/utviklingssentraler"
STATE: Final = RegisterState(
    inquiries=1412,
    visits=37,
    forms=9,
    last_change=20117,
    changed_at="2027-01-14T09:30:00+00:00",
    closed_years=(2025,),
)


def report(
    rows: Mapping[str, list[Row]] | None = None,
    *,
    scope: Scope | None = None,
    made_by: str = "Ingrid Berg",
    state: RegisterState = STATE,
) -> Report:
    """A report with every table there is; those not named in `rows` are empty."""
    given = rows or {}
    assert given.keys() <= specs().keys(), given.keys() - specs().keys()
    tables = {name: Table(spec, tuple(given.get(name, ()))) for name, spec in specs().items()}
    return Report(
        scope=scope or Scope(2026, 2026),
        tables=tables,
        state=state,
        rules="2026.1",
        made_by=made_by,
    )


def full() -> Report:
    """The published years and two recorded ones, with a bit of everything."""
    years = {**PERSONS, **PERSONS_LATER}
    published: list[Row] = [
        (year, "published", EDITION, persons, municipalities, None)
        for (year, persons), municipalities in zip(years.items(), MUNICIPALITIES, strict=True)
    ]
    topic_rows = [
        (year, topic.id, topic.label.nb, topic.first_reported, count, max(0, count - 3))
        for year in (2025, 2026)
        for at, topic in enumerate(topics())
        if (count := (year - 2024) * (97 - 7 * at)) > 0
    ]
    return report(
        {
            "visits": [
                *published,
                (2025, "register", None, 67, 21, None),
                (2026, "register", None, 104, 25, None),
            ],
            "visits_total": [
                ("2014-2022", "published", 1385, 334, None),
                ("2025-2026", "register", 171, 46, 39),
                ("2014-2026", "both", 1556, 380, None),
            ],
            "visits_recorded": [(2025, 30, 67, 21, 21, 28, 2), (2026, 37, 104, 25, 24, 30, 7)],
            "visits_by_actor": [
                *(
                    (2026, actor.id, actor.label.nb, 20 - at, 50 - at)
                    for at, actor in enumerate(actors()[:6])
                ),
                (2026, "-", "Ikke oppgitt", 2, 9),
            ],
            "visits_by_municipality": [
                (2026, "1103", "Stavanger", "Rogaland", 12),
                (2026, "1114", "Bjerkreim", "Rogaland", HIDDEN),
            ],
            "visits_editions": [
                ("2014-2018", "total", 893, 226, "Oppsummering 2014–2018", DOCUMENT),
                ("2014-2022", "total", 1385, 334, "Oppsummering 2014–2022", DOCUMENT),
            ],
            "inquiries": [(2025, 640, 12, 20, 608, 141, 140), (2026, 850, 21, 25, 804, 163, 162)],
            "inquiries_by_month": [
                (year, str(month), 40 + 7 * month * (year - 2024) % 60)
                for year in (2025, 2026)
                for month in range(1, 13)
            ],
            "inquiries_by_topic": list(topic_rows),
            "inquiries_by_county": [
                (year, number, name, count)
                for year in (2025, 2026)
                for number, name, count in (
                    ("11", "Rogaland", 1240),
                    ("46", "Vestland", HIDDEN),
                    ("-", "Ikke oppgitt", 7),
                )
            ],
            "outcomes": [
                (2026, "bot", "Besvart av Frisksvar", 512),
                (2026, "centre", "Besvart av en utviklingssentral", 201),
                (2026, "not_covered", "Ikke dekket av kildene", 61),
                (2026, "unclear", "Uklart", 20),
                (2026, "failed", "Feilet", HIDDEN),
                (2026, "open", "Ikke besvart ennå", 8),
            ],
            "response_times": [
                (2026, "first_reply_bot", "Første svar fra Frisksvar", 790, 0.0, 0.01),
                (
                    2026,
                    "first_reply_centre",
                    "Første svar fra utviklingssentralen",
                    201,
                    3.5,
                    26.25,
                ),
            ],
            "gaps": [(2026, "utstyr", "Utstyr", 14, 11), (2026, "sovn", "Søvn", 9, 9)],
            "topics_changed": [
                (2026, "utstyr", "Utstyr", 40, 20, 20, False),
                (2026, "sovn", "Søvn", 30, 0, 30, True),
            ],
            "communication": [
                (2022, "website", "Egen nettside", "published", None, 10, 10, 100.0),
                (2026, "website", "Egen nettside", "register", None, 9, 9, 100.0),
                (2026, "plan", "Egen plan for kommunikasjon", "register", None, 7, 9, 77.8),
                (2026, "ideas-spread", "Deler ideer", "register", None, 1, 9, 11.1),
            ],
            "communication_groups": [
                (2026, "politicians", "Politikere", "register", None, 9, 9, 100.0),
                (2026, "nav", "Nav", "register", None, 0, 9, 0.0),
            ],
            "research": [
                (2026, "students", "Praksisplass for studenter", "register", None, 8, 9, 88.9),
                (2026, "data", "Data til vitenskapelige artikler", "register", None, 3, 9, 33.3),
            ],
            "grant_use": [(2022, "travel", "Reiseutgifter", "published", None, 6, 9, 66.7)],
            "form_numbers": [(2026, "talks", "Innlegg på konferanser", "talks", 8, 23)],
            "centres": [
                (centre.id, period.valid_from.isoformat(), period.name, None, "1103", None)
                for centre in centres()
                for period in centre.periods
            ],
            "centres_per_year": [(year, 10, 10, 9, 0, None) for year in (2025, 2026)],
        },
        scope=Scope(2014, 2026),
    )


def values(made: Report) -> list[Value]:
    """Everything that stands in its tables."""
    return [value for table in made.tables.values() for row in table.rows for value in row]
