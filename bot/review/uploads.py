"""Files between being looked at and being imported: kept for a day at most, for whoever sent them.

What is in them is not masked yet: the folder and the files are their owner's alone, and a file goes
when it was imported or thrown away.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from knowledge.exchange import TableKind

FOLDER: Final = "imports"
LONGEST_NAME: Final = 120
KEPT_SECONDS: Final = 24 * 3600
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""As `secrets.token_urlsafe(32)` makes them."""


class _About(BaseModel):
    model_config = ConfigDict(frozen=True)

    user: int
    kind: TableKind
    name: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was sent: `name` is what its sender calls it, and no path of ours."""

    token: str
    kind: TableKind
    name: str
    content: bytes


class Uploads:
    """The files below a home (FRISKSVAR_HOME). Thread-safe."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER

    def keep(self, user: int, kind: TableKind, name: str, content: bytes) -> str:
        """Keep a file; the token that finds it again. Files that are too old go."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clear()
        token = secrets.token_urlsafe(32)
        shown = "".join(letter for letter in name if letter.isprintable())[-LONGEST_NAME:]
        about = _About(user=user, kind=kind, name=shown)
        for path, written in (
            (self._content(token), content),
            (self._about(token), about.model_dump_json().encode()),
        ):
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(written)
        return token

    def find(self, user: int, token: str) -> Kept | None:
        """A file by its token; None where it is gone, too old, or somebody else's."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            about = _About.model_validate_json(self._about(token).read_bytes())
            old = time.time() - self._content(token).stat().st_mtime > KEPT_SECONDS
            content = self._content(token).read_bytes()
        except (OSError, ValidationError):
            return None
        return None if old or about.user != user else Kept(token, about.kind, about.name, content)

    def remove(self, token: str) -> None:
        if _TOKEN.fullmatch(token):
            self._about(token).unlink(missing_ok=True)
            self._content(token).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the files that nobody came back for."""
        oldest = time.time() - KEPT_SECONDS
        for path in self._folder.glob("*.*"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # removed by another request meanwhile

    def _content(self, token: str) -> Path:
        return self._folder / f"{token}.table"

    def _about(self, token: str) -> Path:
        return self._folder / f"{token}.json"
