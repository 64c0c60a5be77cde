"""What centres answered, as the verb phrases of a sentence: «hadde egen nettside»."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from knowledge.exports.text_numbers import clean, counted, known, listed, number, percent
from knowledge.exports.text_rows import Record, size
from knowledge.messages import Language, Message, say

ALL: Final = 100
"""Percent."""
MOST_PHRASES: Final = 3
"""In one sentence."""

PHRASES: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "systematic": Message("report_answer_systematic"),
        "plan": Message("report_answer_plan"),
        "website": Message("report_answer_website"),
        "social-media": Message("report_answer_social_media"),
        "social-media-regular": Message("report_answer_social_media_regular"),
        "media": Message("report_answer_media"),
        "talks": Message("report_answer_talks"),
        "information-spread": Message("report_answer_information_spread"),
        "ideas-spread": Message("report_answer_ideas_spread"),
        "idea-bank-link": Message("report_answer_idea_bank_link"),
        "idea-bank-shared": Message("report_answer_idea_bank_shared"),
        "data": Message("report_answer_data"),
        "own-projects": Message("report_answer_own_projects"),
        "joint-projects": Message("report_answer_joint_projects"),
        "students": Message("report_answer_students"),
    }
)
"""Measure of `communication`, or kind of `research` -> what a centre did."""

GRANT: Final = "report_answer_grant"
LONG: Final = "use"
"""The names of uses are long, with «og» in them: they are not listed, and have a sentence each."""

FRAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "group": "report_answer_groups",
        "way": "report_answer_ways",
        "medium": "report_answer_channels",
        "use": GRANT,
    }
)
"""Key column of a table of choices -> the phrase that names of choices are put into."""

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "any": "report_answer_cooperated",
        "meetings": "report_answer_meetings",
        "research": "report_answer_joint_research",
    }
)
"""Kind of cooperation -> the phrase that names of partners are put into."""

PARTNERS: Final[Mapping[str, Message]] = MappingProxyType(
    {
        "governor-own": Message("report_answer_governor_own"),
        "governor-others": Message("report_answer_governor_others"),
        "county-own": Message("report_answer_county_own"),
        "county-others": Message("report_answer_county_others"),
        "centres": Message("report_answer_other_centres"),
    }
)

NAMES: Final = frozenset({"nav", "facebook", "instagram", "linkedin", "youtube"})
"""Choices whose label begins with a capital within a sentence, too."""

OTHER_CHANNELS: Final = "other"


def sentences(rows: Iterable[Record], language: Language, *, one: bool) -> Iterator[str]:
    """A sentence for each row; what all did, or none, stands together.

    Eight that did one thing need not be the eight that did another, so they are not joined.

    Args:
        rows: of one table, year and source, most first.
        one: they are the answers of one centre; told is what it said yes to.
    """
    together: dict[str, list[Record]] = {}
    for at, row in enumerate(rows):
        if who := _who(row, language, one=one):
            joined = one or _same(row)
            together.setdefault(who if joined else f"{who}\n{at}", []).append(row)
    for key, these in together.items():
        who, done = key.partition("\n")[0], list(_done(these, language))
        most = 1 if LONG in these[0] else MOST_PHRASES
        for at in range(0, len(done), most):
            what = listed(done[at : at + most], language)
            yield say("report_answer_sentence", language, who=who, what=what)


def _same(row: Record) -> bool:
    """Whether the row is about the same centres as another with the same numbers: all, or none."""
    if known(row["centres"], row["answered"]):
        return size(row, "centres") in (0, size(row, "answered"))
    return known(row.get("share")) and size(row, "share") in (0, ALL)


def _who(row: Record, language: Language, *, one: bool) -> str:
    """«7 av 9 sentraler»; "" where no number may be told, or one centre said no."""
    if one:
        yes = known(row["centres"]) and size(row, "centres")
        return say("report_answer_centre", language) if yes else ""
    if known(row["centres"], row["answered"]):
        return _of(size(row, "centres"), size(row, "answered"), language)
    if known(row.get("share")):
        share = size(row, "share")
        if share == ALL:
            return say("report_answer_everybody", language)
        return say("report_answer_share", language, share=percent(share, language))
    if row["answered"] is None and known(row["centres"]):
        return counted(size(row, "centres"), "centres", language)
    return ""


def _of(part: float, of: float, language: Language) -> str:
    shown = {"part": number(part, language), "of": number(of, language)}
    if of > 1 and part in (0, of):
        return say("report_answer_all" if part else "report_answer_none", language, **shown)
    if part == of == 1:
        return say("report_answer_only", language)
    return say("report_answer_part", language, **shown)


def _done(rows: Sequence[Record], language: Language) -> Iterator[str]:
    """The phrases of the rows; names that go into the same phrase stand in it together."""
    framed: dict[str, list[str]] = {}
    for row in rows:
        frame, name = _framed(row, language)
        if frame and frame != GRANT:
            framed.setdefault(frame, []).append(name)
        else:
            yield say(frame, language, names=name) if frame else name
    for frame, names in framed.items():
        yield say(frame, language, names=listed(names, language))


def _framed(row: Record, language: Language) -> tuple[str, str]:
    """The phrase that a row's name goes into, and the name; "" and the whole phrase."""
    label = clean(str(row["name"]))
    if "partner" in row:
        partner, kind = PARTNERS.get(str(row["partner"])), KINDS.get(str(row["kind"]))
        if partner is not None and kind is not None:
            return kind, partner.sentence(language)
    for column, frame in FRAMES.items():
        if column in row:
            if column == "medium" and row[column] == OTHER_CHANNELS:
                return frame, say("report_answer_other_channels", language)
            return frame, label if row[column] in NAMES else label[:1].lower() + label[1:]
    key = str(row.get("measure") or row.get("kind") or "")
    if key in PHRASES and "partner" not in row:
        return "", PHRASES[key].sentence(language)
    return "", say("report_answer_unknown", language, name=label)
