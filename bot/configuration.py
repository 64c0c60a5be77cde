"""Every setting of Frisksvar, each once: for the configuration file, the help and the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from knowledge.configuration import (
    PREFIX,
    SECTIONS,
    Places,
    check_names,
    configuration_file,
    environment,
    file_name,
    nearest,
    origins,
    read_file,
    variable,
)
from knowledge.settings import Configured, Settings


@dataclass(frozen=True)
class Described:
    """One setting.

    Attributes:
        variable: its name in the environment; in small letters that of its secret file.
        name: in the configuration file; before a dot stands the table.
        default: as TOML; None where there is no fixed one.
        secret: whether its value is never shown.
        field: of its class, the first that has it.
    """

    variable: str
    name: str
    description: str
    default: str | None
    secret: bool
    settings: type[Configured]
    field: str

    @property
    def section(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        return self.name.rpartition(".")[2]


@cache
def classes() -> tuple[type[Configured], ...]:
    # Imported late: most commands need the settings of neither.
    from bot.review.settings import ReviewSettings
    from bot.slack.settings import SlackSettings

    return Settings, SlackSettings, ReviewSettings


@cache
def described() -> tuple[Described, ...]:
    """All of them, those outside the tables first; one that several classes read stands once."""
    found: dict[str, Described] = {}
    for settings in classes():
        for name, field in settings.model_fields.items():
            shown = variable(settings, name)
            text = field.description or ""
            if (before := found.get(shown)) is not None:
                if text not in before.description:
                    text = f"{before.description} {text}"
                    found[shown] = Described(**{**vars(before), "description": text})
                continue
            secret = "SecretStr" in str(field.annotation)
            found[shown] = Described(
                shown, file_name(shown), text, _default(field), secret, settings, name
            )
    order = ("", *SECTIONS)
    return tuple(sorted(found.values(), key=lambda each: order.index(each.section)))


def _default(field: FieldInfo) -> str | None:
    if field.is_required() or field.default_factory is not None or field.default is None:
        return None
    return as_toml(field.default)


def as_toml(value: Any) -> str:
    """A value of a setting as TOML writes it; a JSON string is a TOML string, too."""
    if isinstance(value, tuple | list):
        return "[" + ", ".join(as_toml(each) for each in value) + "]"
    text = json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")  # the one character that JSON lets stand


def check_configuration() -> None:
    """Raises ConfigurationError if the file cannot be read or has a name that no setting has."""
    path = configuration_file()
    if read_file(path):  # the names are not needed, and not imported, without a file
        check_names(path, (each.name for each in described()))


def unknown_names() -> list[str]:
    """Names in the configuration file that no setting has."""
    known = {each.name for each in described()}
    return [name for name in read_file(configuration_file()) if name not in known]


def check_value(name: str, value: Any) -> None:
    """Raises ConfigurationError if a setting, by its name in the file, cannot have the value."""
    for settings in classes():
        for field in settings.model_fields:
            shown = variable(settings, field)
            if file_name(shown) == name:
                alias = settings.model_fields[field].validation_alias
                settings.read(**{field if alias is None else shown: value})


def unknown_variables() -> list[tuple[str, str | None]]:
    """Variables of ours that no setting has, with the one that was probably meant."""
    places = {variable(Places, field) for field in Places.model_fields}
    by_name = {file_name(name): name for name in places | {each.variable for each in described()}}
    mistaken = {name.upper() for name in environment() if name.startswith(PREFIX.lower())}
    found: list[tuple[str, str | None]] = []
    for name in sorted(mistaken - set(by_name.values())):
        near = nearest(file_name(name), by_name)
        found.append((name, by_name[near] if near else None))
    return found


@dataclass(frozen=True)
class InUse:
    """A setting as it is now. `value` is None where it is not set; a secret's is never here."""

    described: Described
    value: str | None
    origin: str | None


def in_use() -> list[InUse]:
    """Every setting with what it is and where that comes from.

    Raises:
        ConfigurationError: one of them cannot be used.
    """
    read = {settings: settings.read() for settings in classes()}
    places = {settings: origins(settings) for settings in classes()}
    found: list[InUse] = []
    for each in described():
        value = getattr(read[each.settings], each.field)
        shown = None if value is None or isinstance(value, SecretStr) else as_toml(value)
        found.append(InUse(each, shown, places[each.settings].get(each.field)))
    return found
