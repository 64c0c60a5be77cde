"""Which development centre a municipality's inquiry goes to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from knowledge.geography import Municipalities
from knowledge.reference.models import Centre
from knowledge.reference.reference import Reference

Why = Literal["own_municipality", "county", "county_and_topic", "topic", "none"]


@dataclass(frozen=True, slots=True)
class CentreChoice:
    """The centre and why: it is that municipality's own, serves its county, or knows the topic.

    "county_and_topic" is said when the topic decided between several that serve the county.
    `centre` is None, with reason "none", where no centre serves the county or knows the topic.
    """

    centre: Centre | None
    reason: Why


def centre_for(
    municipality_code: str, on: date | None = None, topics: Collection[str] = ()
) -> CentreChoice:
    """The centre for a municipality, by a number of any year; without `on`, of those serving now.

    Raises ValueError for a number that no municipality has had. The regions are a proposal
    (`Centre.region_source`).
    """
    reference = Reference.load()
    serving = (
        [centre for centre in reference.centres if centre.serving]
        if on is None
        else reference.centres_on(on)
    )
    present = Municipalities.load().current_of(municipality_code)
    return choose_centre(
        serving,
        municipalities={municipality.code for municipality in present},
        counties={municipality.county.number for municipality in present},
        topics=topics,
    )


def choose_centre(
    centres: Iterable[Centre],
    *,
    municipalities: Collection[str],
    counties: Collection[str],
    topics: Collection[str] = (),
) -> CentreChoice:
    """Choose among `centres` for present municipality and county numbers.

    Own municipality first; then those that serve the county, by shared topics, then those that lie
    in it, then in the order of the file; then any with a shared topic.
    """
    candidates = list(centres)
    for centre in candidates:
        if centre.municipality_code in municipalities:
            return CentreChoice(centre, "own_municipality")

    def shared(centre: Centre) -> int:
        return len(set(centre.experience_topics) & set(topics))

    regional = [centre for centre in candidates if set(centre.counties) & set(counties)]
    if regional:
        best = max(regional, key=lambda c: (shared(c), _lies_in(c, counties)))
        decided = len({shared(centre) for centre in regional}) > 1
        return CentreChoice(best, "county_and_topic" if decided else "county")
    knowing = [centre for centre in candidates if shared(centre)]
    if knowing:
        return CentreChoice(max(knowing, key=shared), "topic")
    return CentreChoice(None, "none")


def _lies_in(centre: Centre, counties: Collection[str]) -> bool:
    """The first two digits of a municipality number are its county (Klass 131)."""
    return centre.municipality_code[:2] in counties
