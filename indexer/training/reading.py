"""Reading the files that training starts from, and saying in one sentence what is wrong."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")


class TrainingError(Exception):
    """Training cannot go on; the message is one sentence for the person who started it."""


def read_json(path: Path, adapter: TypeAdapter[T]) -> T:
    """The content of a JSON file (`.xz` or plain), checked against `adapter`.

    Raises:
        TrainingError: no such file, damaged compression, not JSON, or another shape.
    """
    try:
        with _opened(path) as file:
            content = file.read()
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return _checked(content, adapter, str(path))


def read_lines(path: Path, adapter: TypeAdapter[T]) -> Iterator[T]:
    """The objects of a JSON Lines file (`.xz` or plain), in order; an empty line is skipped.

    Raises:
        TrainingError: as `read_json`, with the number of the line.
    """
    try:
        with _opened(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _checked(line, adapter, f"{path}, line {number}")
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return cast(TextIO, lzma.open(path, "rt", encoding="utf-8"))
    return path.open(encoding="utf-8")


def _checked(content: str, adapter: TypeAdapter[T], where: str) -> T:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        raise _misshapen(where, error) from error


def _misshapen(where: str, error: ValidationError) -> TrainingError:
    first: Any = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    at = f" at {place}" if place else ""
    return TrainingError(f"{where} is not as expected{at}: {first['msg']}.")


def _unreadable(path: Path, error: Exception) -> TrainingError:
    if isinstance(error, FileNotFoundError):
        return TrainingError(f"{path} is missing; indexer/training/README.md lists the files.")
    reason = error.strerror if isinstance(error, OSError) else None
    return TrainingError(f"{path} cannot be read ({reason or error}).")
