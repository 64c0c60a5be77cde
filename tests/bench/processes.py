"""The real commands, each in a process of its own: time to the first answer, and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from .building import BARE, bare_bytes, each
from .library import BenchHome
from .timing import Row, compared, in_turns, mebibytes, seconds

FRISKSVAR = str(Path(sys.executable).with_name("frisksvar"))
ASK = (FRISKSVAR, "ask", "Hvem kan henvise til oss?")
BUILD = (FRISKSVAR, "index", "--no-bundled")
NOTHING = (sys.executable, "-c", "pass")
SEARCH = (sys.executable, "-m", "tests.bench.asking")
LIBRARY = (sys.executable, "-c", "import sentence_transformers")


@dataclass(frozen=True)
class Measured:
    seconds: float
    bytes: int


class CommandFailed(Exception):
    """A measured command did not end well; the message is what it wrote."""


def run(command: Sequence[str], home: BenchHome) -> Measured:
    """Run a command in the home and measure it.

    Raises:
        CommandFailed: it ended with another status than 0.
    """
    environment = os.environ | {"FRISKSVAR_HOME": str(home.folder), "HF_HUB_OFFLINE": "1"}
    environment.pop("FRISKSVAR_LANG", None)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("peak.py")), *command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CommandFailed(done.stderr)
    measured = json.loads(done.stdout)
    if measured["status"] != 0:
        raise CommandFailed(f"{' '.join(command)}: {done.stderr}")
    return Measured(measured["seconds"], measured["bytes"])


def first_build(home: BenchHome) -> Measured:
    """The index built from nothing by the command, once for a home."""
    if home not in _built:
        home.forget_index()
        _built[home] = run(BUILD, home)
    return _built[home]


_built: WeakKeyDictionary[BenchHome, Measured] = WeakKeyDictionary()


def measure_processes(home: BenchHome, small: BenchHome, repetitions: int) -> list[Row]:
    """The command a person types, with the index ready, against Python and the library alone.

    The memory that a passage takes is what the process takes beyond that in the home `small`.
    """
    memory: dict[str, list[float]] = {"ask": [], "library": []}

    def ask() -> float:
        measured = run(ASK, home)
        memory["ask"].append(measured.bytes)
        return measured.seconds

    def library() -> float:
        measured = run(LIBRARY, home)
        memory["library"].append(measured.bytes)
        return measured.seconds

    build = first_build(home).bytes
    taken = in_turns(
        {"ask": ask, "nothing": lambda: run(NOTHING, home).seconds, "library": library},
        repetitions,
    )
    turns = len(memory["library"])
    imported = "import sentence_transformers"
    bare = bare_bytes(home)
    more = {
        "building": build - first_build(small).bytes,
        "searching": run(SEARCH, home).bytes - run(SEARCH, small).bytes,
    }
    passages = home.passage_count() - small.passage_count()
    return [
        compared("first answer", taken["ask"], "python -c pass", taken["nothing"], seconds),
        compared("first answer", taken["ask"], imported, taken["library"], seconds),
        compared("memory of ask", memory["ask"], imported, memory["library"], mebibytes),
        compared("memory of build", [build] * turns, imported, memory["library"], mebibytes),
        *(
            Row(f"memory {doing}", each(size / passages), BARE, each(bare), size / passages / bare)
            for doing, size in more.items()
        ),
    ]
