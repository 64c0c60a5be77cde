"""The machine: versions, settings, the home folder, who may read it, and room on the disk."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.configuration import described, in_use, unknown_variables
from bot.doctor.finding import Finding, Findings, Installation
from bot.metrics.readiness import LEAST_FREE_BYTES
from knowledge import configuration
from knowledge.backups.plan import backup_folder
from knowledge.configuration import configuration_file, read_file, secret_folders
from knowledge.messages import Message
from knowledge.store.copying import bytes_of

PACKAGES: Final = ("frisksvar", "sqlite-utils", "faiss-cpu", "sentence-transformers", "torch")

SPARE_BYTES: Final = 500_000_000
"""Room beside what a rebuild and a backup write: logs, and the write-ahead log of a busy day."""

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
KEYS: Final = ("frisksvar.db", "pseudonym.key", "session.key")


def versions(_: Installation) -> Findings:
    yield Finding("ok", ", ".join(f"{package} {version(package)}" for package in PACKAGES))


def settings(_: Installation) -> Findings:
    """Every setting can be used, and no variable is misspelt. Raises ConfigurationError."""
    given = [each for each in in_use() if each.origin is not None]
    path = configuration_file()
    used = Message("operation_install_settings", {"count": len(given), "path": path})
    none = Message("operation_install_settings_no_file", {"count": len(given), "path": path})
    yield Finding("ok", used if path.exists() else none)
    for name, near in unknown_variables():
        if near is None:
            yield Finding("warn", Message("operation_install_variable_unknown", {"name": name}))
        else:
            values = {"name": name, "near": near}
            yield Finding("warn", Message("operation_install_variable_nearly", values))


def home(place: Installation) -> Findings:
    """The home folder can be written. Raises OSError."""
    folder = place.settings.home
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_text("", encoding="utf-8")
    probe.unlink()
    yield Finding("ok", str(folder.resolve()))


def permissions(place: Installation) -> Findings:
    """Nobody but the user that runs Frisksvar reads the register or the secrets."""
    open_to_others = [path for path in _private(place) if _mode(path) & OTHERS]
    for path in open_to_others:
        mode = "700" if path.is_dir() else "600"
        values = {"path": path, "mode": f"{_mode(path):o}"}
        text = Message("operation_install_readable", values)
        yield Finding("warn", text, run=f"chmod {mode} {path}")
    owner = place.settings.home.stat().st_uid
    if owner != os.geteuid():
        values = {"path": place.settings.home, "owner": owner, "user": os.geteuid()}
        yield Finding("warn", Message("operation_install_other_owner", values))
    elif not open_to_others:
        yield Finding("ok", Message("operation_install_private"))


def _private(place: Installation) -> Iterator[Path]:
    """What should be closed. A file in a closed folder is closed, whatever it says itself."""
    folder = place.settings.home
    yield folder
    if _mode(folder) & OTHERS:
        yield from (folder / name for name in KEYS if (folder / name).exists())
    path = configuration_file()
    secrets = {each.name for each in described() if each.secret}
    if path.exists() and secrets & read_file(path).keys():
        yield path
    variables = {each.variable.lower() for each in described()}
    # What systemd or a container gives is theirs to close.
    theirs = (configuration.RUN_SECRETS, configuration.Places().credentials)
    for place_of_secrets in secret_folders():
        if place_of_secrets in theirs:
            continue
        for secret in sorted(place_of_secrets.iterdir()):
            if secret.name.lower() in variables and secret.is_file():
                yield secret


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def disk(place: Installation) -> Findings:
    """Room for a second generation of the index, and for a backup where that is on this disk."""
    folder = place.settings.home
    backups = _existing(backup_folder(place.settings))
    register = bytes_of(place.settings.database) if place.settings.database.exists() else 0
    backup = register + _size(place.settings.library)
    needs = {folder: _size(place.settings.index) + SPARE_BYTES}
    if backups.stat().st_dev == folder.stat().st_dev:
        needs[folder] += backup
    else:
        needs[backups] = backup
    for where, need in needs.items():
        free = shutil.disk_usage(where).free
        values = {"path": where, "free": free / 1e9, "need": need / 1e9}
        if free < LEAST_FREE_BYTES:
            yield Finding("bad", Message("operation_install_disk_full", values))
        elif free < need:
            yield Finding("warn", Message("operation_install_disk_short", values))
        else:
            yield Finding("ok", Message("operation_install_disk", values))


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there already."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())


def _size(folder: Path) -> int:
    """Bytes below a folder; a file with several names is counted once."""
    sizes: dict[int, int] = {}
    for path in folder.rglob("*"):
        try:
            found = path.stat()
        except OSError:  # a build takes its work away meanwhile
            continue
        if stat.S_ISREG(found.st_mode):
            sizes[found.st_ino] = found.st_size
    return sum(sizes.values())
