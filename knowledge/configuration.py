"""Where a setting may come from: the environment, a secret file, or the configuration file.

A setting has one name in the environment (``FRISKSVAR_REVIEW_URL``) and, made from it by one rule,
one in the file (``url`` in ``[review]``). The first place that has it counts: the environment, then
the secret files, then the configuration file. An empty value counts as not given.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import platformdirs
from pydantic import AliasChoices, Field
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from knowledge.messages import Failure
from knowledge.system_errors import reason_of

PREFIX: Final = "FRISKSVAR_"
SECTIONS: Final = ("backup", "retention", "review", "slack")
"""First words of a name that are a table of their own in the file."""

FILE: Final = "frisksvar.toml"
SYSTEM_FILE = Path("/etc/frisksvar") / FILE
SECRETS: Final = "secrets"
"""Folder beside the configuration file: one file for each secret, named as its variable."""

RUN_SECRETS = Path("/run/secrets")
"""Where containers mount them (Docker and Podman)."""


@dataclass
class _Given:
    """The file that was named on the command line, and whether a named one must be there."""

    path: Path | None = None
    required: bool = True


_given = _Given()


class ConfigurationError(Failure):
    """The configuration file, or a folder of secrets, cannot be used."""


class Places(BaseSettings):
    """What says where the rest is; from the environment alone."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", env_ignore_empty=True, frozen=True
    )

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("frisksvar", appauthor=False))
    )
    config: Path | None = Field(
        default=None,
        description="The configuration file; <home>/frisksvar.toml when not set, or else "
        "/etc/frisksvar/frisksvar.toml.",
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="Folder with one file for each secret, e.g. slack_bot_token; the folder "
        "secrets beside the configuration file when not set.",
    )
    credentials: Path | None = Field(
        default=None,
        validation_alias=AliasChoices("CREDENTIALS_DIRECTORY"),
        description="Set by systemd (LoadCredential=); read like the folder of secrets.",
    )


@contextmanager
def configured_by(path: Path | None, *, required: bool = True) -> Iterator[None]:
    """Settings read meanwhile, in any thread, take the file of this name.

    Args:
        path: None for the usual one.
        required: whether it is an error that a named file is not there.
    """
    before = (_given.path, _given.required)
    _given.path, _given.required = path or _given.path, required
    try:
        yield
    finally:
        _given.path, _given.required = before


def named_file() -> Path | None:
    """The configuration file that the command line or the environment names."""
    return _given.path or Places().config


def configuration_file() -> Path:
    """The file in use; it need not exist unless somebody named it."""
    if (named := named_file()) is not None:
        return named
    own = Places().home / FILE
    return own if _is_there(own) or not _is_there(SYSTEM_FILE) else SYSTEM_FILE


def secret_folders() -> list[Path]:
    """The folders with secrets that can be read; the last has the last word.

    Raises:
        ConfigurationError: FRISKSVAR_SECRETS_DIR cannot be read.
    """
    places = Places()
    named = places.secrets_dir
    if named is not None and not _readable(named):
        raise ConfigurationError("operation_install_secrets_dir", path=named)
    usual = (RUN_SECRETS, places.credentials, named or configuration_file().parent / SECRETS)
    return [folder for folder in usual if folder is not None and _readable(folder)]


def _is_there(path: Path) -> bool:
    """Whether it can be seen; in a folder that is closed to us nothing can."""
    return os.access(path, os.F_OK)


def _readable(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK) and folder.is_dir()


def variable(settings: type[BaseSettings], field: str) -> str:
    """The name of a field in the environment."""
    alias = settings.model_fields[field].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return (settings.model_config.get("env_prefix") or "").upper() + field.upper()


def file_name(variable: str) -> str:
    """The name in the file: SLACK_BOT_TOKEN is slack.bot_token, FRISKSVAR_HOME is home."""
    name = variable.removeprefix(PREFIX).lower()
    section, _, rest = name.partition("_")
    return f"{section}.{rest}" if section in SECTIONS and rest else name


def read_file(path: Path) -> dict[str, Any]:
    """What the file says, by `file_name`; nothing if there is none that must be there.

    Raises:
        ConfigurationError: it cannot be read, or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        if named_file() is not None and _given.required:
            raise ConfigurationError("operation_install_no_file", path=path) from error
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            "operation_install_unreadable", path=path, reason=reason_of(error)
        ) from error
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError("operation_install_no_toml", path=path, reason=error) from error
    return flattened(read)


def flattened(read: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a file by `file_name`."""
    flat: dict[str, Any] = {}
    for name, value in read.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat


def check_names(path: Path, known: Iterable[str]) -> None:
    """Raises ConfigurationError if the file has a name that is none of these (`file_name`)."""
    names = sorted(set(known))
    for name in read_file(path):
        if name in names:
            continue
        if near := nearest(name, names):
            raise ConfigurationError("operation_install_nearly", path=path, name=name, near=near)
        raise ConfigurationError("operation_install_unknown", path=path, name=name)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like it; the same word in another table looks alike, too."""
    names = list(known)
    for candidate in names:
        if candidate.rpartition(".")[2] == name.rpartition(".")[2].lower():
            return candidate
    return next(iter(get_close_matches(name.lower(), names, n=1, cutoff=0.5)), None)


class SecretFiles(SecretsSettingsSource):
    """One file for each secret, in the folders that are there."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings, secrets_dir=list(secret_folders()))

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        try:
            value, key, is_complex = super().get_field_value(field, field_name)
        except (OSError, UnicodeDecodeError) as error:
            path = getattr(error, "filename", None) or variable(self.settings_cls, field_name)
            raise ConfigurationError(
                "operation_install_unreadable", path=path, reason=reason_of(error)
            ) from error
        return value or None, key, is_complex


class ConfigurationFile(PydanticBaseSettingsSource):
    """The settings of one class that stand in the configuration file."""

    def __call__(self) -> dict[str, Any]:
        path = configuration_file()
        said = read_file(path)
        found: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            value = said.get(file_name(variable(self.settings_cls, name)), "")
            if value != "":
                alias = field.validation_alias
                key = str(alias.choices[0]) if isinstance(alias, AliasChoices) else name
                found[key] = _placed(field, value, path)
        return found

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # the whole is read at once


def _placed(field: FieldInfo, value: object, file: Path) -> object:
    """A path of the file is relative to the file: a service runs elsewhere than a person."""
    if isinstance(value, str) and "Path" in str(field.annotation):
        return file.parent / Path(value).expanduser()
    return value


def environment() -> Mapping[str, str | None]:
    """The variables of the process, by name in small letters."""
    return EnvSettingsSource(Places, env_ignore_empty=True).env_vars


def origins(settings: type[BaseSettings]) -> dict[str, str]:
    """Where each field that is given comes from: its variable, or the path of a file."""
    given = {name.lower() for name, value in environment().items() if value}
    folders = [folder for folder in reversed(secret_folders()) if folder.is_dir()]
    path = configuration_file()
    said = read_file(path)
    found: dict[str, str] = {}
    for field in settings.model_fields:
        name = variable(settings, field)
        secret = next(
            (
                each
                for folder in folders
                for each in folder.iterdir()
                if each.name.lower() == name.lower()
            ),
            None,
        )
        if name.lower() in given:
            found[field] = name
        elif secret is not None:
            found[field] = str(secret)
        elif said.get(file_name(name), "") != "":
            found[field] = f"{path}: {file_name(name)}"
    return found
