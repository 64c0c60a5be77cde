"""What the inquiries are about, and what the sources did not cover."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from knowledge.reference import topics
from knowledge.register.what_counts import COUNTS as COUNTED
from knowledge.statistics.counting.base import (
    NONE,
    SEVERAL,
    TOPICS,
    Behind,
    Count,
    behind_inquiries,
    sorted_rows,
)
from knowledge.statistics.snapshot import Snapshot
from knowledge.statistics.table import Row

_TABLE = "topic_counts"


@dataclass(frozen=True, slots=True)
class ByTopic:
    """Inquiries by year and topic: all of them, or those that the sources did not cover.

    An inquiry may have several topics, so there are two numbers: those with the topic, and those
    with this topic alone. Rows for none and several make the second one add up.
    """

    gaps: bool

    def rows(self, snapshot: Snapshot) -> Iterator[Row]:
        _prepare(snapshot)
        counts = snapshot.rows(
            "SELECT year, topic, sum(inquiries), "  # noqa: S608 (our own)
            "coalesce(sum(inquiries) FILTER (WHERE alone), 0) "
            f"FROM {_TABLE} WHERE NOT :gaps OR gap GROUP BY 1, 2 "
            f"UNION ALL SELECT year, CASE topics WHEN 0 THEN '{NONE}' ELSE '{SEVERAL}' END, "
            "sum(inquiries), sum(inquiries) FROM traits WHERE kind = 'counts' AND topics <> 1 "
            "AND (NOT :gaps OR gap) GROUP BY 1, 2",
            {"gaps": self.gaps},
        )
        for year, (topic,), numbers in sorted_rows(counts, TOPICS):
            name = TOPICS.name(topic, snapshot.language)
            if self.gaps:
                yield year, topic, name, *numbers
            else:
                yield year, topic, name, first_reported(topic), *numbers

    def behind(self, snapshot: Snapshot, key: tuple[str, ...], column: str) -> Behind:
        year, topic = key
        if topic == NONE:
            where = "i.topics = 0"
        elif topic == SEVERAL:
            where = "i.topics > 1"
        else:
            where = (
                "EXISTS (SELECT 1 FROM inquiry_topics AS t "
                "WHERE t.inquiry = i.id AND t.topic = :topic)"
            )
            if column == "only":
                where += " AND i.topics = 1"
        if self.gaps:
            where += " AND i.outcome = 'not_covered'"
        parameters = {"year": int(year), "topic": topic}
        return behind_inquiries(snapshot, f"i.year = :year AND {where}", parameters)


def first_reported(topic: str) -> int | None:
    """The year in which Helsedirektoratet's reports first name a topic, where they do."""
    return next((each.first_reported for each in topics() if each.id == topic), None)


def earlier(snapshot: Snapshot) -> Iterator[tuple[int, str, int]]:
    """(year, topic, inquiries with it) of the years before the scope's."""
    snapshot.run("CREATE TEMP TABLE IF NOT EXISTS earlier (begins TEXT PRIMARY KEY, year INT)")
    snapshot.run("DELETE FROM earlier")
    snapshot.run("INSERT INTO earlier VALUES (?, ?)", snapshot.years_before())
    yield from snapshot.rows(
        "SELECT y.year, coalesce(t.topic, :none), count(*) "  # noqa: S608 (our own condition)
        "FROM inquiries AS i CROSS JOIN earlier AS y "
        "ON y.begins = (SELECT max(b.begins) FROM earlier AS b WHERE b.begins <= i.received_at) "
        "LEFT JOIN inquiry_topics AS t ON t.inquiry = i.id "
        f"WHERE i.received_at >= :begins AND i.received_at < :ends AND {COUNTED} "
        "AND (:centre IS NULL OR i.centre = :centre) GROUP BY 1, 2 ORDER BY 1, 2",
        {**snapshot.before(), "none": NONE},
    )


def _prepare(snapshot: Snapshot) -> None:
    """Count the topics once for both tables."""
    snapshot.run(
        f"CREATE TEMP TABLE IF NOT EXISTS {_TABLE} AS "  # noqa: S608 (our own)
        "SELECT i.year AS year, t.topic AS topic, i.topics = 1 AS alone, "
        "i.outcome IS 'not_covered' AS gap, count(*) AS inquiries "
        "FROM inquiry_topics AS t CROSS JOIN received AS i "
        "ON i.id = t.inquiry AND i.kind = 'counts' GROUP BY 1, 2, 3, 4"
    )


COUNTS: Final[Mapping[str, Count]] = MappingProxyType(
    {"inquiries_by_topic": ByTopic(gaps=False), "gaps": ByTopic(gaps=True)}
)
