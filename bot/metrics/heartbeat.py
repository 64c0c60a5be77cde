"""A sign of life in a file, for `frisksvar doctor` and others that are not the process itself."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

SECONDS: Final = 10.0
"""Between two writes at least."""

STALE_SECONDS: Final = 60.0
"""An older sign of life is of a process that is gone, or stuck."""


class Heartbeat(BaseModel):
    """What the bot writes to <home>/run/bot.json. Times are UTC.

    Attributes:
        mode: "socket" or "http".
        connected: whether Slack's socket is open; None over HTTP.
        last_event_at: when Slack last sent anything; None where it has not since the start.
        stalled: the parts that make no progress ("worker", "socket").
        generation: of the index that is loaded.
    """

    model_config = ConfigDict(frozen=True)

    process: int
    version: str
    mode: str
    started_at: AwareDatetime
    written_at: AwareDatetime
    connected: bool | None
    last_event_at: AwareDatetime | None
    stalled: tuple[str, ...] = ()
    generation: str | None = None

    @property
    def age_seconds(self) -> float:
        return (datetime.now(UTC) - self.written_at).total_seconds()

    @property
    def fresh(self) -> bool:
        """Whether the process wrote it lately; one that was killed leaves its last one behind."""
        return self.age_seconds < STALE_SECONDS


def path_of(home: Path) -> Path:
    return home / "run" / "bot.json"


def write(home: Path, beat: Heartbeat) -> None:
    """Put it in the place of the one before, whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    path = path_of(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(beat.model_dump_json() + "\n", encoding="utf-8")
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def remove(home: Path) -> None:
    """The process ends in good order."""
    with suppress(OSError):
        path_of(home).unlink(missing_ok=True)


def read(home: Path) -> Heartbeat | None:
    """The last sign of life; None where no bot runs, or what stands there is not one."""
    try:
        return Heartbeat.model_validate_json(path_of(home).read_bytes())
    except (OSError, ValidationError):
        return None
