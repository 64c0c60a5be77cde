"""Look up municipalities by number, by name, by a name they had, and in running text."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cache

from rapidfuzz import fuzz, process

from knowledge.geography.mentions import find_mentions
from knowledge.geography.names import base, exact, loose, split_county, without_designation
from knowledge.geography.records import (
    REUSED_NUMBER,
    County,
    Match,
    Municipality,
    Reason,
    in_order,
    read_counties,
    read_municipalities,
)

Day = date | str | None

_CODE_LENGTHS = (3, 4)  # a spreadsheet drops the zero of 0301
_SHORTEST_BEGINNING = 2
# Of 0-100. "Kristiansan", "Sørvaranger" and "Lillesrøm" reach it; "Bergen" does not reach Berlevåg.
_NEAR_ENOUGH = 82.0
_BEGINNING_SCORE = 95.0


class Municipalities:
    """All municipalities of the tables. Read-only after loading, so threads may share it.

    A day is a `date` or ISO text; one that cannot be read raises ValueError with one sentence.
    """

    def __init__(
        self,
        municipalities: Iterable[Municipality],
        became: dict[str, frozenset[str]],
        counties: list[County],
    ) -> None:
        ordered = in_order(municipalities)
        self._by_code = {municipality.code: municipality for municipality in ordered}
        self._became = became
        self._counties = counties
        self._county_names = frozenset(exact(county.name) for county in counties)
        self._exact = _index(ordered, exact)
        self._loose = _index(ordered, loose)

    @classmethod
    def load(cls) -> "Municipalities":
        """The bundled tables, read once."""
        return _load()

    @property
    def all(self) -> tuple[Municipality, ...]:
        """Every number, present ones first."""
        return tuple(self._by_code.values())

    def by_code(self, code: str, on: Day = None) -> Municipality | None:
        """The municipality with this number, or None; with `on`, only if in use that day."""
        day = read_day(on)
        for candidate in (code, code + REUSED_NUMBER):
            found = self._by_code.get(candidate)
            if found is not None and (day is None or found.valid_on(day)):
                return found
        return None

    def by_name(self, name: str, on: Day = None) -> list[Municipality]:
        """Municipalities with exactly this name (any case), county after it if given.

        Without `on`: those of today, or else the earlier ones. Two may share a name: ask which.
        """
        day = read_day(on)
        found = self._named(without_designation(name), self._exact, exact)
        if day is not None:
            return [municipality for municipality in found if municipality.valid_on(day)]
        return [municipality for municipality in found if municipality.valid_to is None] or found

    def find(self, text: str, limit: int = 8, on: Day = None) -> list[Match]:
        """What somebody typing `text` may mean, best first: number, names, beginnings, spelling.

        Without `on` the answers are municipalities of today, and an earlier name leads to every
        municipality of today that took it over. With `on` they are those of that day.
        """
        day = read_day(on)
        asked = without_designation(text)
        if not loose(asked):
            return []
        if asked.isascii() and asked.isdigit():
            return self._by_number(asked, day)[:limit]
        found = self._answers(self._named(asked, self._exact, exact), asked, day)
        found = found or self._answers(self._named(asked, self._loose, loose), asked, day)
        near = [] if found else self._near(asked, day)
        return _first_of_each(found + self._beginnings(asked, day) + near)[:limit]

    def valid_on(self, day: date | str) -> frozenset[str]:
        """The numbers in use on the day. Complete from 2002 (SOURCES.md)."""
        when = read_day(day)
        if when is None:
            raise ValueError("A date is needed to tell which municipalities existed.")
        return frozenset(code for code, m in self._by_code.items() if m.valid_on(when))

    def current_of(self, code: str) -> list[Municipality]:
        """The municipalities of today that this number is now part of; several where it was split.

        Raises ValueError for a number that has never been in use.
        """
        return [self._by_code[successor] for successor in sorted(self._became[self._known(code)])]

    def former_of(self, code: str) -> list[Municipality]:
        """The earlier numbers that are now part, whole or in part, of this one, latest first."""
        known = self._known(code)
        return in_order(
            self._by_code[former]
            for former, successors in self._became.items()
            if known in successors and former != known
        )

    def in_text(self, question: str) -> list[Match]:
        """Municipalities named in a question, in order. Namesakes are all returned: ask which."""
        found: list[Match] = []
        for mention in find_mentions(question, self._exact, self._county_names):
            named = self._exact[mention.name]
            if mention.county:
                named = [m for m in named if self._is_in(m, mention.county)] or named
            written = question[mention.start : mention.end]
            for match in self._answers(named, mention.name, None):
                found.append(match.model_copy(update={"matched": written}))
        return _first_of_each(found)

    def counties(self, on: Day = None) -> list[County]:
        """The counties of the day, or of today, by number."""
        day = read_day(on) or date.max
        return sorted(
            (county for county in self._counties if county.exists_on(day)),
            key=lambda county: county.number,
        )

    def _known(self, code: str) -> str:
        if code not in self._by_code:
            raise ValueError(f"No Norwegian municipality has or has had the number {code!r}.")
        return code

    def _named(
        self, text: str, index: dict[str, list[Municipality]], fold: Callable[[str], str]
    ) -> list[Municipality]:
        if whole := index.get(fold(text)):
            return whole
        name, county = split_county(text)
        if county is None:
            return []
        return [m for m in index.get(fold(name), []) if self._is_in(m, exact(county))]

    def _is_in(self, municipality: Municipality, county: str) -> bool:
        """In the county of that name, in its own time or today."""
        present = [self._by_code[code] for code in self._became[municipality.code]]
        return any(exact(m.county.name) == county for m in (municipality, *present))

    def _by_number(self, digits: str, day: date | None) -> list[Match]:
        if len(digits) not in _CODE_LENGTHS:
            return []
        found = self.by_code(digits.zfill(max(_CODE_LENGTHS)), day)
        if found is None:
            return []
        if day is not None or found.valid_to is None:
            return [Match(municipality=found, reason="code", matched=found.code)]
        return [
            Match(municipality=present, reason="former_code", matched=found.code, former=found)
            for present in self.current_of(found.code)
        ]

    def _answers(
        self, named: list[Municipality], matched: str, day: date | None, score: float = 100.0
    ) -> list[Match]:
        """Matches for municipalities whose name was `matched`; earlier ones lead to today's."""
        found: list[Match] = []
        for municipality in named:
            if day is not None or municipality.valid_to is None:
                if day is None or municipality.valid_on(day):
                    reason = _name_reason(municipality, matched)
                    found.append(_match(municipality, reason, matched, None, score))
                continue
            present = self.current_of(municipality.code)
            if not any(successor in named for successor in present):
                found += [
                    _match(successor, "former_name", matched, municipality, score)
                    for successor in present
                ]
        return found

    def _beginnings(self, asked: str, day: date | None) -> list[Match]:
        start = loose(asked)
        if len(start) < _SHORTEST_BEGINNING:
            return []
        found: list[Match] = []
        for key in sorted((k for k in self._loose if k.startswith(start)), key=_shortest_first):
            for match in self._answers(self._loose[key], asked, day, _BEGINNING_SCORE):
                beginning = match.former is None
                reason: Reason = "beginning" if beginning else match.reason
                found.append(match.model_copy(update={"reason": reason}))
        return found

    def _near(self, asked: str, day: date | None) -> list[Match]:
        found: list[Match] = []
        alike = process.extract(
            loose(asked),
            list(self._loose),
            scorer=fuzz.ratio,
            score_cutoff=_NEAR_ENOUGH,
            limit=None,
        )
        for key, score, _ in alike:
            for match in self._answers(self._loose[key], asked, day, round(score, 1)):
                found.append(match.model_copy(update={"reason": "near_spelling"}))
        return found


def read_day(day: Day) -> date | None:
    """A date from ISO text; None stays None. Raises ValueError with one sentence."""
    if isinstance(day, datetime):
        return day.date()
    if day is None or isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except (ValueError, TypeError):
        raise ValueError(f"{day!r} is not a date; write it as YYYY-MM-DD.") from None


def _index(
    municipalities: Iterable[Municipality], fold: Callable[[str], str]
) -> dict[str, list[Municipality]]:
    index: dict[str, list[Municipality]] = {}
    for municipality in municipalities:
        for key in {fold(name) for name in _spoken(municipality)}:
            index.setdefault(key, []).append(municipality)
    return index


def _spoken(municipality: Municipality) -> set[str]:
    names = {municipality.name, base(municipality.name), municipality.norwegian_name}
    return names | set(municipality.parallel_names)


def _name_reason(municipality: Municipality, matched: str) -> Reason:
    parallel = {loose(name) for name in municipality.parallel_names}
    return "parallel_name" if loose(matched) in parallel else "name"


def _match(
    municipality: Municipality,
    reason: Reason,
    matched: str,
    former: Municipality | None,
    score: float,
) -> Match:
    return Match(
        municipality=municipality, reason=reason, matched=matched, former=former, score=score
    )


def _shortest_first(key: str) -> tuple[int, str]:
    return len(key), key


def _first_of_each(matches: Iterable[Match]) -> list[Match]:
    first: dict[str, Match] = {}
    for match in matches:
        first.setdefault(match.municipality.code, match)
    return list(first.values())


@cache
def _load() -> Municipalities:
    municipalities, became = read_municipalities()
    return Municipalities(municipalities, became, read_counties())
