"""The copies of forgotten.log beside the backups.

They lie on disks elsewhere, which hang: a lock that is never let go, a mount whose server is away.
By now what was forgotten is committed and stands beside the database, so nobody waits but who
forgot, and not for long; a disk that comes to itself again is written to after all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import Final

from knowledge.store.erasures import FILE, merge

SECONDS: Final = 2.0
"""How long who forgets waits for all of the disks; Slack waits three for an answer."""

_attempts: Final[dict[Path, Lock]] = {}
"""One at a time for each folder, so that a disk that hangs holds one thread and not one a time."""


def bring_up_to_date(home: Path, folders: Sequence[Path]) -> list[Path]:
    """Add to the copies in some folders what the file in the folder `home` has.

    Returns:
        The folders whose copy is behind: not there, not writable, or too slow.
    """
    ends = monotonic() + SECONDS
    done: set[Path] = set()
    begun = [thread for folder in folders if (thread := _begin(home, folder, done, ends))]
    for thread in begun:
        thread.join(max(0.0, ends - monotonic()))
    return [folder for folder in folders if folder not in done]


def _begin(home: Path, folder: Path, done: set[Path], ends: float) -> Thread | None:
    attempt = _attempts.setdefault(folder, Lock())
    if not attempt.acquire(timeout=max(0.0, ends - monotonic())):
        return None  # an earlier one hangs

    def bring() -> None:
        try:
            if folder.is_dir():  # never a folder where a disk should be mounted
                merge(home / FILE, folder / FILE)
                done.add(folder)
        except OSError:
            return
        finally:
            attempt.release()

    thread = Thread(target=bring, name="forgotten", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads, or the program is about to end
        attempt.release()
        return None
    return thread
