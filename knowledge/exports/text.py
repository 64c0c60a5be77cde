"""A report in chapters: text drafted from the figures, and which tables and figures stand where.

The order is that of Helsedirektoratet's published summary. The text tells what the tables show and
nothing else: no causes, no number that is hidden, and that nothing is recorded where nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from knowledge.exports import text_about, text_annual, text_inquiries, text_visits
from knowledge.exports.text_numbers import spans
from knowledge.messages import Language, say

if TYPE_CHECKING:
    from knowledge.statistics.report import Report


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs, then figures, then tables. `comment`: somebody may write one after them.

    `title` None: the chapter has this section only. `empty_told`: whether a table without rows is
    named as such; no, where the text says so already.
    """

    title: str | None
    paragraphs: tuple[str, ...]
    figures: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    comment: bool = False
    empty_told: bool = True


@dataclass(frozen=True, slots=True)
class Chapter:
    id: str
    title: str
    sections: tuple[Section, ...]


MORE: Final = "more"
METHOD: Final = "method"
"""The chapter that explains the tables' columns, too."""

COMMUNICATION: Final = (
    *("communication", "communication_groups"),
    *("information_ways", "social_media"),
)
IDEA_MEASURES: Final = ("ideas-spread", "idea-bank-link", "idea-bank-shared")
IDEA_FIELDS: Final = ("ideas",)
COMMUNICATION_FIELDS: Final = ("media-stories", "talks")


def chapters(report: Report, language: Language) -> tuple[Chapter, ...]:
    """The whole report; every table stands in one chapter."""
    made = [
        _chapter("background", "report_text_background", _background(report, language), language),
        _chapter(
            "visits",
            "report_text_visits_and_inquiries",
            (_visits(report, language), _inquiries(report, language)),
            language,
        ),
        *_annual(report, language),
        _chapter(METHOD, "report_text_method_title", _method(language), language),
        _chapter(
            "corrections",
            "report_text_corrections_title",
            Section(
                None,
                tuple(text_about.corrections(report, language)),
                tables=("corrections",),
                empty_told=False,
            ),
            language,
        ),
        _chapter(
            "made",
            "report_text_made_title",
            Section(None, tuple(text_about.made(report, language))),
            language,
        ),
    ]
    placed = {name for chapter in made for part in chapter.sections for name in part.tables}
    rest = tuple(name for name in report.tables if name not in placed)
    if rest:
        more = Section(None, (), tables=rest)
        made.append(_chapter(MORE, "report_text_more_title", more, language))
    return tuple(made)


def _chapter(
    identifier: str, title: str, sections: Section | Sequence[Section], language: Language
) -> Chapter:
    parts = (sections,) if isinstance(sections, Section) else tuple(sections)
    return Chapter(identifier, say(title, language), parts)


def _background(report: Report, language: Language) -> Section:
    return Section(
        None,
        _paragraphs(text_about.background(report, language)),
        tables=("centres", "centres_per_year", "tasks"),
    )


def _visits(report: Report, language: Language) -> Section:
    return Section(
        say("report_text_visits_title", language),
        _paragraphs(
            text_visits.visits(report, language),
            text_visits.totals(report, language),
            text_visits.recorded(report, language),
        ),
        figures=("visits_persons", "visits_municipalities"),
        tables=("visits", "visits_total", "visits_by_actor", "visit_actors_named"),
        comment=True,
    )


def _inquiries(report: Report, language: Language) -> Section:
    return Section(
        say("report_text_inquiries_title", language),
        _paragraphs(
            text_inquiries.inquiries(report, language),
            text_inquiries.topics(report, language),
            text_inquiries.answers(report, language),
        ),
        figures=("inquiries", "inquiries_by_month", "inquiries_by_topic", "outcomes"),
        tables=("inquiries", "response_times", "topics_changed", "gaps", "feedback"),
        comment=True,
    )


def _annual(report: Report, language: Language) -> Iterable[Chapter]:
    """The chapters that rest on the annual form."""
    nothing = say("report_text_nothing", language, period=spans(report.scope.years, language))
    several = say("report_text_several", language)
    for identifier, title, told, figures, tables in (
        (
            *("ideas", "report_text_ideas_title"),
            [
                *text_annual.measures(report, IDEA_MEASURES, language),
                *text_annual.form_numbers(report, IDEA_FIELDS, language),
            ],
            *((), ()),
        ),
        (
            *("communication", "report_text_communication_title"),
            [
                *text_annual.answered(report, COMMUNICATION, language, but=IDEA_MEASURES),
                *text_annual.form_numbers(report, COMMUNICATION_FIELDS, language),
            ],
            *(COMMUNICATION[:2], COMMUNICATION),
        ),
        (
            *("cooperation", "report_text_cooperation_title"),
            list(text_annual.cooperation(report, language)),
            *((), ("cooperation", "cooperation_partners_named")),
        ),
        (
            *("research", "report_text_research_title"),
            [
                *text_annual.answered(report, ("research",), language),
                *text_annual.institutions(report, language),
            ],
            *(("research",), ("research", "institutions", "institutions_named")),
        ),
        (
            *("grant", "report_text_grant_title"),
            list(text_annual.grant(report, language)),
            *((), ("grant_use",)),
        ),
    ):
        if (
            told
            and report.scope.centre is None
            and identifier in ("communication", "cooperation", "research")
        ):
            told.append(several)
        paragraphs = tuple(told) or (nothing,)
        section = Section(None, paragraphs, figures, tables, comment=True)
        yield _chapter(identifier, title, section, language)


def _method(language: Language) -> Section:
    return Section(
        None,
        tuple(text_about.method(language)),
        tables=("topics_reported", "visits_editions"),
    )


def _paragraphs(*groups: Iterable[str]) -> tuple[str, ...]:
    """One paragraph of each group of sentences."""
    return tuple(text for group in groups if (text := " ".join(group)))
