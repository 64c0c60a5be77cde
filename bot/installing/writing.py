"""Files that are for their owner alone, written whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final
from uuid import uuid4

OURS: Final = 0o600
OUR_FOLDER: Final = 0o700


def write_private(path: Path, text: str) -> None:
    """Put a file in place in one rename; nobody else may read it, from its first byte.

    Raises:
        OSError: it cannot be written; what was there is as before.
    """
    folder = path.parent
    if not folder.exists():
        folder.mkdir(mode=OUR_FOLDER, parents=True)
    fresh = folder / f".{path.name}.{uuid4().hex[:8]}"
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OURS)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


def copy_deployment(target: Path) -> tuple[list[Path], list[Path]]:
    """Copy the files for deployment: units, container, proxy, dashboards.

    Returns:
        Those written, and those left as they are because they say something else already.

    Raises:
        OSError: one cannot be written.
    """
    packaged = files("bot").joinpath("deploy")  # in the package once installed
    written: list[Path] = []
    kept: list[Path] = []
    if packaged.is_dir():
        with as_file(packaged) as folder:
            _copy(folder, target, written, kept)
    else:
        _copy(Path(__file__).parents[2] / "deploy", target, written, kept)
    return written, kept


def _copy(folder: Path, target: Path, written: list[Path], kept: list[Path]) -> None:
    for source in sorted(folder.rglob("*")):
        if not source.is_file() or "__pycache__" in source.parts:
            continue
        path = target / source.relative_to(folder)
        if path.exists():
            if path.read_bytes() != source.read_bytes():
                kept.append(path)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        written.append(path)
