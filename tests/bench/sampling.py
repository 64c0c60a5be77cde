"""What the bot's process holds while it is at work: memory, open files, threads."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from slack_town import Town


@dataclass(frozen=True)
class Sample:
    """The bot's process at a moment: seconds since the start, bytes resident, files, threads.

    `own` is the part of `memory` that is no mapped file: what a leak would be in. The index is
    mapped, and how much of it stands in memory is the system's choice.
    """

    at: float
    memory: int
    own: int
    files: int
    threads: int


def sample(process: int, begun: float) -> Sample:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return Sample(
        time.monotonic() - begun,
        int(fields["VmRSS"].split()[0]) * 1024,
        int(fields["RssAnon"].split()[0]) * 1024,
        len(list(Path(f"/proc/{process}/fd").iterdir())),
        int(fields["Threads"]),
    )


def process_of(here: Town) -> int:
    process = here.bot._process
    assert process is not None
    return process.pid


def write(one: Sample, told_in: Path | None) -> None:
    if told_in is None:
        return
    with told_in.open("a", encoding="ascii", newline="") as file:
        lines = csv.DictWriter(file, fieldnames=list(asdict(one)))
        if file.tell() == 0:
            lines.writeheader()
        lines.writerow(asdict(one))


def slope(samples: Sequence[Sample]) -> float:
    """Bytes of `own` memory a second, along the fitted line."""
    return statistics.linear_regression(
        [one.at for one in samples], [float(one.own) for one in samples]
    )[0]
