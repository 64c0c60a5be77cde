"""Runs one command again and again, each time ended at the next of its file operations.

    python crash_points.py kill|interrupt|full STEP TEMPLATE FOLDER COMMAND…

STEP 1 takes every operation, 3 every third. Each run works on its own copy of the home TEMPLATE,
in FOLDER/<number>, and is a fork of this process, so that the imports are paid once. The last run
is the one that nothing ended. One JSON line for each: {"home", "status" (negative: the signal),
"out", "err"}.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import indexer.index
from bot.cli import main
from indexer.vectors.encoder import load_encoder
from knowledge.settings import Settings

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "open"}
MOST_RUNS = 400


class Ender:
    """An audit hook (PEP 578): sees each change below the home before it is made."""

    def __init__(self, mode: str, home: Path, at: int) -> None:
        self.mode, self.home, self.at, self.seen = mode, str(home), at, 0

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in CHANGES or not str(args[0]).startswith(self.home):
            return
        if event == "open" and not (args[2] or 0) & WRITING:
            return
        if self.mode == "full" and event in {"os.remove", "os.rmdir", "os.rename"}:
            return  # a full disk still lets files go
        self.seen += 1
        if self.mode == "full" and self.seen >= self.at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), args[0])
        if self.seen == self.at and self.mode == "interrupt":
            raise KeyboardInterrupt
        if self.seen == self.at and self.mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


def run(command: list[str], home: Path, hook: Ender) -> int:
    """The wait status of a fork that runs the command."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.environ["FRISKSVAR_HOME"] = str(home)
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(home.with_suffix(f".{name}"), os.O_WRONLY | os.O_CREAT), stream)
    status = 70
    try:
        # A killed process loses nothing that the kernel has; only a power cut asks for fsync.
        os.fsync = lambda fd: None
        sys.addaudithook(hook)
        main(command)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(status)


def all_runs(mode: str, step: int, template: Path, folder: Path, command: list[str]) -> None:
    # Read once, before the forks: it is most of the time of a run, and changes nothing on disk.
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    encoder = load_encoder(Settings(), static_verified=True)
    vars(indexer.index)["load_encoder"] = lambda settings, *, static_verified=False: encoder
    for number in range(1, MOST_RUNS, step):
        home = folder / f"{number:03d}"
        shutil.copytree(template, home)
        status = run(command, home, Ender(mode, home, number))
        said = {
            name: home.with_suffix(f".{name}").read_text(encoding="utf-8")
            for name in ("out", "err")
        }
        print(json.dumps({"home": str(home), "status": status, **said}), flush=True)
        if status == 0:
            return


if __name__ == "__main__":
    mode, step, template, folder, *command = sys.argv[1:]
    all_runs(mode, int(step), Path(template), Path(folder), command)
