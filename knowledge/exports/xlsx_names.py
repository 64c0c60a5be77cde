"""Names of sheets: a table's title where it has room, or a shorter name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from knowledge.messages import Language, Message
from knowledge.statistics.table import TableSpec

LONGEST: Final = 31
"""Characters (support.microsoft.com: Excel specifications and limits)."""

SHORTER: Final = {
    "visits_by_centre": Message("report_tab_visits_by_centre"),
    "visits_by_municipality_today": Message("report_tab_visits_by_municipality_today"),
    "visits_editions": Message("report_tab_visits_editions"),
    "visit_actors_named": Message("report_tab_visit_actors_named"),
    "inquiries_by_centre": Message("report_tab_inquiries_by_centre"),
    "inquiries_by_municipality_today": Message("report_tab_inquiries_by_municipality_today"),
    "outcomes": Message("report_tab_outcomes"),
    "topics_changed": Message("report_tab_topics_changed"),
    "communication_groups": Message("report_tab_communication_groups"),
    "information_ways": Message("report_tab_information_ways"),
    "cooperation": Message("report_tab_cooperation"),
    "cooperation_partners_named": Message("report_tab_cooperation_partners_named"),
    "research": Message("report_tab_research"),
    "institutions": Message("report_tab_institutions"),
    "institutions_named": Message("report_tab_institutions_named"),
    "form_numbers": Message("report_tab_form_numbers"),
    "tasks": Message("report_tab_tasks"),
}
"""Tables whose title is too long for a sheet, in one language at least."""

_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]+")


def sheet_names(
    specs: Iterable[TableSpec], language: Language, *, taken: Collection[str] = ()
) -> dict[str, str]:
    """A name for each table's sheet, by the table's id; no two are alike, nor like one `taken`.

    A spreadsheet does not tell capitals from small letters.
    """
    used = {name.casefold() for name in taken}
    names: dict[str, str] = {}
    for spec in specs:
        short = SHORTER.get(spec.id)
        called = short.sentence(language) if short else spec.title.text(language)
        wanted = " ".join(_FORBIDDEN.sub(" ", called).split()).strip("'")
        name, number = _shortened(wanted or spec.id, LONGEST), 2
        while name.casefold() in used:
            ending = f" {number}"
            name, number = _shortened(wanted, LONGEST - len(ending)) + ending, number + 1
        used.add(name.casefold())
        names[spec.id] = name
    return names


def _shortened(name: str, most: int) -> str:
    """At most so many characters, cut between words where that leaves enough."""
    if len(name) <= most:
        return name
    start = name[: most - 1]
    if name[most - 1] != " ":
        words = start.rpartition(" ")[0]
        start = words if len(words) > most // 2 else start
    return f"{start.rstrip(' ,(-–')}…"
