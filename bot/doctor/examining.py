"""All the checks, one after the other; one that breaks does not stop the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bot.doctor import content, machine, register, running
from bot.doctor.finding import Finding, Findings, Installation
from bot.doctor.keys import keys
from bot.doctor.slack import slack
from indexer.files import disk_trouble, is_full
from knowledge.messages import Failure, Message
from knowledge.store import store_trouble
from knowledge.system_errors import reason_of

Check = Callable[[Installation], Findings]

CHECKS: Final[dict[str, tuple[str, Check]]] = {
    "versions": ("doctor_versions", machine.versions),
    "settings": ("operation_install_check_settings", machine.settings),
    "home": ("doctor_home", machine.home),
    "permissions": ("operation_install_check_permissions", machine.permissions),
    "disk": ("doctor_disk", machine.disk),
    "database": ("doctor_database", register.database),
    "keys": ("operation_privacy_check_keys", keys),
    "clock": ("operation_install_check_clock", register.clock),
    "model": ("doctor_model", content.model),
    "index": ("doctor_index", content.index),
    "library": ("doctor_library", content.library),
    "sources": ("operation_install_check_sources", content.sources),
    "approvals": ("operation_install_check_approvals", content.approvals),
    "slack": ("operation_install_check_slack", slack),
    "bot": ("operation_install_check_bot", running.bot),
    "outbox": ("operation_install_check_outbox", running.outbox),
    "backup": ("operation_install_check_backup", running.backup),
    "daily": ("operation_install_check_daily", running.daily),
    "personal_data": ("operation_install_check_personal_data", running.personal_data),
}
"""Name (for programs), label (in the catalogue), and what looks."""


@dataclass(frozen=True)
class Examined:
    check: str
    label: str
    finding: Finding


def examine(place: Installation) -> Iterator[Examined]:
    """What each check finds, in the order of `CHECKS`; one fault is told once."""
    wrong: list[Finding] = []
    for name, (label, check) in CHECKS.items():
        for finding in _run(place, check):
            if finding in wrong:  # a setting that two checks read
                continue
            if finding.state == "bad":
                wrong.append(finding)
            yield Examined(name, label, finding)


def _run(place: Installation, check: Check) -> Iterator[Finding]:
    try:
        yield from check(place)
    except Failure as failure:
        yield Finding("bad", failure.message, run=_mended_by(failure))
    except sqlite3.Error as error:
        trouble = store_trouble(error, place.settings.database)
        yield Finding("bad", trouble.message, run=_mended_by(trouble))
    except OSError as error:
        yield Finding("bad", _trouble(place, error))


def _mended_by(failure: Failure) -> str | None:
    return "frisksvar restore latest" if failure.key == "database_unusable" else None


def _trouble(place: Installation, error: OSError) -> Message:
    if not is_full(error) and error.filename is not None:
        return Message("path_unusable", {"path": error.filename, "reason": reason_of(error)})
    return disk_trouble(error, place.settings.home).message
