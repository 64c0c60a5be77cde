"""Why a closed year's figures changed: what the audit trail says, without a word of anybody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from knowledge.messages import Language, say
from knowledge.statistics.kept import Version
from knowledge.statistics.snapshot import begins
from knowledge.store import Store

INQUIRY_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "municipality": "report_corrected_municipality",
        "received_on": "report_corrected_date",
        "topics": "report_corrected_topics",
        "actor": "report_corrected_actor",
        "centre": "report_corrected_centre",
        "language": "report_corrected_language",
        "channel": "report_corrected_channel",
        "status": "report_corrected_status",
        "duplicate_of": "report_corrected_duplicate",
        "answered_by": "report_corrected_answer",
        "deleted": "report_corrected_deleted",
        "deleted_at": "report_corrected_deleted",
    }
)
VISIT_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "on_date": "report_corrected_date",
        "centre": "report_corrected_centre",
        "people": "report_corrected_people",
        "form": "report_corrected_visit_form",
        "municipalities": "report_corrected_municipality",
        "actors": "report_corrected_actor",
        "deleted_at": "report_corrected_deleted",
        "created": "report_corrected_new",
    }
)
"""The fields that figures are counted from, and what a reader calls them."""

_INQUIRY = """
SELECT c.field, c.who, c.at FROM changes AS c JOIN inquiries AS i ON i.id = c.subject
WHERE c.kind = 'inquiry' AND c.id > :since
    AND ((i.received_at >= :begins AND i.received_at < :ends) OR EXISTS (
        SELECT 1 FROM changes AS d WHERE d.kind = 'inquiry' AND d.subject = c.subject
        AND d.id > :since AND d.field = 'received_on' AND d.before LIKE :of_year))
    AND (:centre IS NULL OR i.centre = :centre OR EXISTS (
        SELECT 1 FROM changes AS d WHERE d.kind = 'inquiry' AND d.subject = c.subject
        AND d.id > :since AND d.field = 'centre' AND d.before = json_quote(:centre)))
ORDER BY c.id
"""
_VISIT = """
SELECT c.field, c.who, c.at FROM changes AS c JOIN visits AS v ON v.id = c.subject
WHERE c.kind = 'visit' AND c.id > :since
    AND (substr(v.on_date, 1, 4) = :year OR EXISTS (
        SELECT 1 FROM changes AS d WHERE d.kind = 'visit' AND d.subject = c.subject
        AND d.id > :since AND d.field = 'on_date' AND d.before LIKE :of_year))
    AND (:centre IS NULL OR v.centre = :centre OR EXISTS (
        SELECT 1 FROM changes AS d WHERE d.kind = 'visit' AND d.subject = c.subject
        AND d.id > :since AND d.field = 'centre' AND d.before = json_quote(:centre)))
ORDER BY c.id
"""
_FORM = """
SELECT c.field, c.who, c.at FROM changes AS c JOIN annual_forms AS f ON f.id = c.subject
WHERE c.kind = 'annual_form' AND c.id > :since AND f.year = :number
    AND (:centre IS NULL OR f.centre = :centre)
ORDER BY c.id
"""
_LATE = """
SELECT count(*) FROM inquiries WHERE id > :last_inquiry AND received_at >= :begins
    AND received_at < :ends AND (:centre IS NULL OR centre = :centre)
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why figures changed. `at`: when last (UTC), and `who`: all who did; None: not known."""

    text: str
    at: str | None
    who: str | None


def reason_for(
    store: Store,
    closing: Version,
    table: str,
    *,
    centre: str | None,
    rules: str,
    language: Language,
) -> Reason:
    """What happened since a year was closed to the rows that a table is counted from."""
    year = closing.year
    given: dict[str, Any] = {
        "since": closing.last_change,
        "last_inquiry": closing.last_inquiry,
        "begins": begins(year),
        "ends": begins(year + 1),
        "year": str(year),
        "number": year,
        "of_year": f'"{year}-%',
        "centre": centre,
    }
    statement, named = _of(table)
    rows = store.database.conn.execute(statement, given).fetchall()
    told = [row for row in rows if named is None or row[0] in named]
    parts = []
    if told:
        keys = ["report_corrected_form"] if named is None else [named[row[0]] for row in told]
        fields = ", ".join(say(key, language) for key in dict.fromkeys(keys))
        parts.append(say("report_corrected_fields", language, fields=fields))
    if statement is _INQUIRY:
        (late,) = store.database.conn.execute(_LATE, given).fetchone()
        if late:
            parts.append(say("report_corrected_late", language, count=late))
    if closing.rules != rules:
        parts.append(say("report_corrected_rules", language, before=closing.rules, after=rules))
    text = " ".join(parts) or say("report_corrected_untold", language)
    return Reason(text, told[-1][2] if told else None, _who(row[1] for row in told))


def _of(table: str) -> tuple[str, Mapping[str, str] | None]:
    """Which rows a table is counted from, and which of their fields."""
    if table.startswith("visits"):
        return _VISIT, VISIT_FIELDS
    if table.startswith("inquiries") or table in _OF_INQUIRIES:
        return _INQUIRY, INQUIRY_FIELDS
    return _FORM, None


_OF_INQUIRIES: Final = frozenset(
    {"outcomes", "response_times", "feedback", "gaps", "topics_changed"}
)


def _who(names: Iterable[str]) -> str | None:
    return ", ".join(sorted({name for name in names if name})) or None
