"""The keys in the home folder: whole, closed to others, and the register's own."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from bot.doctor.finding import Finding, Findings, Installation
from bot.slack.pseudonyms import KEY, look
from bot.slack.settings import SecretSettings
from knowledge.keys import KeyDamaged, read_key
from knowledge.messages import Message

SESSIONS: Final = "session.key"
"""As bot/cli/review.py makes it."""

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def keys(place: Installation) -> Findings:
    """The key of the pseudonyms against the register, and the one of the sessions."""
    home = place.settings.home
    if place.register_ready:
        secret = SecretSettings.read().secret
        found = look(place.store, secret.get_secret_value() if secret is not None else None)
        told = found.told(in_backups=place.settings.backup_key_file is not None)
        yield Finding("ok" if found.trouble is None else "bad", told)
    try:
        read_key(home / SESSIONS)
    except KeyDamaged as error:
        text = Message("review_key_damaged", {"path": error.path})
        yield Finding("bad", text, run=f"rm {error.path}")
    if _mode(home) & OTHERS:
        return  # `permissions` tells of all that is in it
    for path in (home / KEY, home / SESSIONS):
        yield from _rights(path)


def _rights(path: Path) -> Findings:
    """Also in a closed folder: a copy of the file keeps its rights."""
    if not path.exists():
        return
    if _mode(path) & OTHERS:
        text = Message("operation_install_readable", {"path": path, "mode": f"{_mode(path):o}"})
        yield Finding("warn", text, run=f"chmod 600 {path}")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
