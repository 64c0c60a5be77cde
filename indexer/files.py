"""Writing files so that nothing half-made is ever seen under its final name."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from knowledge.messages import Failure
from knowledge.system_errors import reason_of


class DiskTrouble(Failure):
    """The disk is full, read-only or not ours to write."""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, no quota, or a file beyond the limit set for the process (ulimit -f)."""


SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
"""How numpy tells that the disk took a part only; `ndarray.tofile` has no errno to give."""


def is_full(error: OSError) -> bool:
    return error.errno in FULL or SHORT_WRITE.match(str(error)) is not None


def disk_trouble(error: OSError, folder: Path) -> DiskTrouble:
    key = "disk_full" if is_full(error) else "folder_not_writable"
    return DiskTrouble(key, folder=folder, reason=reason_of(error))


def sync(path: Path) -> None:
    """Put a file's content, or a folder's names, on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        sync(path)
    sync(folder)


@contextmanager
def new_folder(final: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder to fill; appears as `final`, complete and on disk, when the block ends well.

    Args:
        replace: put it in the place of a damaged `final`, which goes only when this is on disk.

    Raises:
        DiskTrouble: what was written is removed first.
    """
    work = final.parent / f".{final.name}.{uuid4().hex[:8]}"
    try:
        work.mkdir(parents=True)
        yield work
        sync_tree(work)
        damaged = work.with_name(f"{work.name}x")
        if replace and final.exists():
            final.rename(damaged)
        try:
            work.rename(final)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            shutil.rmtree(work)  # somebody else finished the same content first
        shutil.rmtree(damaged, ignore_errors=True)
        sync(final.parent)
    except OSError as error:
        shutil.rmtree(work, ignore_errors=True)
        raise disk_trouble(error, final.parent) from error
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def replace_text(path: Path, text: str) -> None:
    """Write a small file in one atomic step."""
    work = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        work.write_text(text, encoding="utf-8")
        sync(work)
        work.replace(path)
        sync(path.parent)
    except OSError as error:
        work.unlink(missing_ok=True)
        raise disk_trouble(error, path.parent) from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def remove_leftovers(folder: Path) -> None:
    """Remove unfinished work of a process that was killed. Call only under the folder's lock."""
    for leftover in folder.glob(".*.????????"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
