"""Reports on disk: whole under their final name, or not there at all.

What is written stands aside until it is complete and on the disk itself, and only then takes the
place of what had the name before. Where something goes wrong, that is untouched.
"""

from __future__ import annotations

import errno
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from knowledge.exports import aside
from knowledge.messages import Failure
from knowledge.system_errors import reason_of

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space, no quota, or a file beyond the limit set for the process (ulimit -f)."""

DESCRIPTION: Final = "datapackage.json"
"""Tells that a folder is a data package (Data Package, version 1: the descriptor's file name)."""

_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can hold: the same content is the same archive, whenever it is made."""

_UNIX: Final = 3
"""What the archive says made it, on every system (APPNOTE.TXT 4.4.2)."""

_READABLE: Final = 0o644 << 16
"""Permissions of a file in the archive, as Unix programs unpack it."""


def write_file(target: Path, content: bytes) -> list[Path]:
    """Write one file.

    Raises:
        Failure: the place cannot be written, is full, or has something that is not a file.
    """
    with _told(target):
        final = _final(target)
        if final.exists() and not final.is_file():
            raise Failure("report_not_a_file", path=target)
        with aside.made(final, _new_file) as work:
            with work.open("r+b") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            work.replace(final)
            _sync(final.parent)
    return [target]


def write_folder(target: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write a folder of files; one that was written here before is replaced as a whole.

    Args:
        contents: each file by its name. One of them is `DESCRIPTION`.

    Raises:
        Failure: as for a file, or the folder has something that this did not write: nobody loses
            theirs by a wrong path.
    """
    with _told(target):
        final = _final(target)
        if final.exists() and not _replaceable(final):
            raise Failure("report_folder_in_use", path=target)
        with aside.made(final, Path.mkdir) as work:
            for name, content in contents.items():
                with (work / name).open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            _sync(work)
            aside.put(work, final)
            _sync(final.parent)
    return [target / name for name in contents]


def _new_file(path: Path) -> None:
    path.touch(exist_ok=False)


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """An archive of the files: the same bytes for the same files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = _READABLE
            archive.writestr(entry, content)
    return target.getvalue()


def _replaceable(folder: Path) -> bool:
    """Whether a folder is empty, or holds a data package of ours and nothing else."""
    if not folder.is_dir():
        return False
    present = {entry.name for entry in folder.iterdir()}
    if not present:
        return True
    try:
        package = json.loads((folder / DESCRIPTION).read_bytes())
        listed = {str(resource["path"]) for resource in package["resources"]}
        ours = str(package["name"]).startswith("frisksvar-")
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return ours and present <= {DESCRIPTION, *listed}


def _final(target: Path) -> Path:
    """Where the name leads: a link stays, and what it points to is replaced.

    What reports of that name left when they were killed is cleared away.
    """
    final = target.resolve()
    if not final.parent.is_dir():
        raise Failure("report_no_folder", folder=target.parent)
    aside.clear(final)
    return final


def _sync(folder: Path) -> None:
    """Put a folder's names on the disk itself, where the file system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Tell what the disk refuses in one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise Failure("report_disk_full", path=target) from error
        raise Failure("report_not_written", path=target, reason=reason_of(error)) from error
