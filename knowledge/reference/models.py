"""The rows of the reference files. Every row names its source."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
MunicipalityCode = Annotated[str, StringConstraints(pattern=r"^\d{4}$")]
CountyNumber = Annotated[str, StringConstraints(pattern=r"^\d{2}$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Keyword = Annotated[str, StringConstraints(pattern=r"^[^*\s][^*]*\*?$", to_lower=False)]
Language = Literal["nb", "nn", "en"]
Address = Annotated[str, StringConstraints(pattern=r"^https://")]
Basis = Literal["stated", "edition"]
"""Whether the document states the year, or it is the last one of the document's years."""
_FIRST_YEAR = 2014  # the scheme with development centres began


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(_Row):
    """One label in bokmål, nynorsk and English."""

    nb: Text
    nn: Text
    en: Text

    def text(self, language: Language) -> str:
        """The label in the language."""
        return {"nb": self.nb, "nn": self.nn, "en": self.en}[language]


class _Sourced(_Row):
    source: Text


class _Labelled(_Sourced):
    id: Identifier
    label: Label


class ServicePeriod(_Row):
    """When a centre served, both days included, under which name and municipality number.

    `valid_to` None: no end is known. `not_in_figures`: years the published figures leave it out.
    """

    valid_from: date
    valid_to: date | None = None
    municipality_code: MunicipalityCode
    name: Text
    not_in_figures: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def includes(self, day: date) -> bool:
        """Whether the centre served on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class Centre(_Sourced):
    """A development centre. `counties` are present numbers; `region_source` says whence."""

    id: Identifier
    name: Text
    municipality_code: MunicipalityCode
    counties: tuple[CountyNumber, ...]
    region_source: Text
    experience_topics: tuple[Identifier, ...] = ()
    experience_source: str = ""
    periods: Annotated[tuple[ServicePeriod, ...], Field(min_length=1)]
    note: str = ""

    @model_validator(mode="after")
    def _experience_has_a_source(self) -> Self:
        if self.experience_topics and not self.experience_source:
            raise ValueError("experience_topics needs experience_source")
        return self

    def period_on(self, day: date) -> ServicePeriod | None:
        """The period that includes the day."""
        return next((period for period in self.periods if period.includes(day)), None)

    def periods_in(self, year: int) -> list[ServicePeriod]:
        """The periods with a day in the year."""
        first, last = date(year, 1, 1), date(year, 12, 31)
        return [
            period
            for period in self.periods
            if period.valid_from <= last and (period.valid_to is None or period.valid_to >= first)
        ]

    @property
    def serving(self) -> bool:
        """Whether no end of its service is known."""
        return any(period.valid_to is None for period in self.periods)


class Topic(_Labelled):
    """What an inquiry is about. See topics.toml for what `first_reported` rests on."""

    first_reported: Annotated[int, Field(ge=_FIRST_YEAR)] | None = None
    first_reported_basis: Literal["stated", "edition"] | None = None
    keywords: Annotated[tuple[Keyword, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _year_has_a_basis(self) -> Self:
        if (self.first_reported is None) != (self.first_reported_basis is None):
            raise ValueError("first_reported and first_reported_basis go together")
        return self


class Actor(_Labelled):
    """Who asks or visits: a category of table 2 of the report for 2014-2022."""


class Task(_Labelled):
    """One of the nine tasks of a development centre."""

    number: Annotated[int, Field(ge=1)]


class Partner(_Labelled):
    """Another partner of the centres, in or outside the health service, in our own words."""


class Institution(_Sourced):
    """A research institution of table 3, named as published."""

    id: Identifier
    name: Text
    full_name: str = ""


class _Published(_Sourced):
    id: Identifier
    source: Address
    document: Text


class _Taken(_Published):
    """From a document: its title, the years it covers, and the address of the page."""

    edition: Text


class Edition(_Published):
    """A document. `id`: the years it covers; `dated`: its last professional change, if told."""

    publisher: Text
    dated: date | None = None


class FigureText(_Row):
    """What rows of figures.csv are called, or what is to be known of a figure."""

    id: Identifier
    label: Label


class Figure(_Taken):
    """One published figure.

    `document`, `edition`, `source`: its title, years and page address. `column`: a year or "total".
    `cell`: the number of the report that it is (table/key/…/measure; "*": of every row), "" where
    it is none. `basis`: whether the document states the year. `row`, `note` ("": none): ids of
    figure_texts.toml, whose labels are `row_label` and `note_label`.
    """

    table: str
    row: Identifier
    row_label: Label
    column: Text
    value: Decimal
    unit: Literal["persons", "municipalities", "percent", "centres", "assignments", "NOK"]
    cell: Annotated[str, StringConstraints(pattern=r"^$|^[a-z_]+/\d{4}/(?:[a-z0-9*-]+/)*[a-z]+$")]
    basis: Basis
    note: Identifier | Literal[""]
    note_label: Label | None

    def told(self, language: Language) -> str:
        """What a reader must know of the figure, "" where there is nothing."""
        return self.note_label.text(language) if self.note_label else ""

    @property
    def place(self) -> tuple[str, ...]:
        """`cell` in its parts: table, keys, measure."""
        return tuple(self.cell.split("/")) if self.cell else ()


class Named(_Row):
    """One entry of a list: the reference's id, and how the document writes it."""

    id: Identifier
    named_as: str = ""


class PublishedList(_Taken):
    """What a document names without counting it. `table`: its number in the document, if any."""

    of: Literal["actors", "institutions", "partners"]
    table: str
    entries: Annotated[tuple[Named, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({entry.id for entry in self.entries}) < len(self.entries):
            raise ValueError("an entry stands twice")
        return self
