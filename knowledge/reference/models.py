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


class Institution(_Sourced):
    """A research institution of table 3, named as published."""

    id: Identifier
    name: Text
    full_name: str = ""


class Figure(_Sourced):
    """One published figure. `edition`: the report's years; `column`: a year or "total"."""

    id: Identifier
    edition: Text
    table: str
    row: Text
    column: Text
    value: Decimal
    unit: Literal["persons", "municipalities", "percent", "centres", "NOK"]
    note: str
    source: Annotated[str, StringConstraints(pattern=r"^https://")]
