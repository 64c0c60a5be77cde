"""What one size takes: the index built, and then searched and asked in a process of its own.

    python -m tests.bench.growing build SIZE HOME
    python -m tests.bench.growing ask HOME

Each prints JSON. They are processes because memory that was used once is not given back.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from bot.answering.answer import Answerer
from bot.answering.past import PastInquiries
from bot.answering.question import Question
from indexer.index import Index, rebuild
from indexer.library.catalogue import LibraryDocument
from indexer.library.shelf import Shelf
from indexer.vectors.encoder import BATCH, load_encoder
from knowledge.register import Inquiries, Links, NewInquiry
from knowledge.register.approvals import Approvals
from knowledge.register.filters import Filter
from knowledge.register.queue import Queue
from knowledge.settings import Settings
from knowledge.store import Store

from .queue import fill
from .searching import questions
from .shelving import shelve
from .timing import tell

QUESTIONS = 40
ROUNDS = 3
ENCODED = 10_000
"""Texts that are encoded alone at most, half of them before the build and half after."""

INQUIRIES = 50
LINKED = 100
"""One in so many inquiries has a passage that a reviewer linked, which a search then looks at."""


@dataclass(frozen=True)
class Taken:
    """Times of one operation, in milliseconds.

    Attributes:
        median, most: what somebody waits, in the middle and in the slowest 5 of 100.
        work: median of the processor's time, which other work on the machine disturbs less.
    """

    median: float
    most: float
    work: float


@dataclass(frozen=True)
class Grown:
    """What one size takes.

    Attributes:
        build, encode: passages a second, of the whole build and of the model alone.
        build_work, encode_work: seconds of processor time of a passage, for the same.
        opened: milliseconds until a new process has the index open, every checksum compared.
        memory: bytes resident when searched, beyond what the process takes without an index.
        disk: bytes of the index.
        answer: a question masked, written down, searched for, decided, quoted, and recorded.
        receive: writing down one inquiry with its outcome, durably.
        page: a page of the queue.
        outcomes: how the questions were answered.
        load: of the machine when asking begins, runnable processes in the mean of a minute.
    """

    size: int
    build: float
    build_work: float
    encode: float
    encode_work: float
    disk: int
    memory: int
    opened: float
    search: Taken
    answer: Taken
    receive: Taken
    page: Taken
    outcomes: dict[str, int]
    load: float

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Grown:
        """From JSON."""
        kinds = ("search", "answer", "receive", "page")
        return cls(**{**fields, **{kind: Taken(**fields[kind]) for kind in kinds}})


def grown(size: int, home: Path) -> Grown:
    """Measure one size in an empty folder."""
    built = _process("build", str(size), str(home))
    tell(f"    {built['build']:,.0f} passages a second; the register …")
    with Store(Settings(home=home).database) as store:
        fill(store, size)
        _link(store, size, Shelf(Settings(home=home).library))
    tell("    asking …")
    load = Path("/proc/loadavg").read_text(encoding="ascii").split()[0]
    return Grown.of({"size": size, **built, **_process("ask", str(home)), "load": float(load)})


def _process(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.growing", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def build(size: int, home: Path) -> dict[str, float]:
    """The library shelved and the index built from nothing, and the model alone beside it."""
    settings = Settings(home=home)
    shelf = Shelf(settings.library)
    documents = shelve(shelf, size)
    encoder = load_encoder(settings)  # sentence-transformers itself
    texts = _texts(shelf, documents)
    half = max(1, len(texts) // 2)
    encoder.encode_passages(texts[:BATCH])
    alone = [_timed(lambda: encoder.encode_passages(texts[:half]))]
    tell("    building …")
    whole = _timed(lambda: rebuild(settings, documents, bundled=False))
    alone.append(_timed(lambda: encoder.encode_passages(texts[-half:])))
    folder = settings.index / "generations"
    return {
        "build": size / whole[0],
        "build_work": whole[1] / size,
        "encode": 2 * half / sum(waited for waited, _ in alone),
        "encode_work": sum(work for _, work in alone) / (2 * half),
        "disk": sum(path.stat().st_size for path in folder.rglob("*.*")),
    }


def _texts(shelf: Shelf, documents: Sequence[LibraryDocument]) -> list[str]:
    every = (passage.search_text for one in documents for passage in shelf.passages(one.id))
    return list(islice(every, ENCODED))


def _link(store: Store, inquiries: int, shelf: Shelf) -> None:
    """A reviewer's link from one in `LINKED` inquiries to a passage."""
    chance = random.Random(inquiries)
    folders = sorted(shelf.folder.glob("??/*"))
    at = datetime.now(UTC).isoformat()
    with store.write() as db:
        db.conn.executemany(
            'INSERT INTO inquiry_links (inquiry, document, start, "end", kind, who, at) '
            "VALUES (?, ?, 0, 100, 'linked', 'cli', ?)",
            [
                (number, chance.choice(folders).name, at)
                for number in range(1, inquiries + 1, LINKED)
            ],
        )


def ask(home: Path) -> dict[str, Any]:
    """Searching, answering and the register, in a process that has not built."""
    settings = Settings(home=home)
    load_encoder(settings, static_verified=True).encode_question("Hva er en frisklivssentral?")
    asked = questions(QUESTIONS)
    index, before = Index(settings), _resident()
    opened, _ = _timed(index.open)
    searcher = index.open().searcher
    search = _rounds(
        [partial(searcher.search, one.text, language=one.language, top=10) for one in asked]
    )
    memory = _resident() - before
    outcomes: Counter[str] = Counter()
    with Store(settings.database) as store:
        inquiries = Inquiries(store)
        answerer = Answerer(index, inquiries, past=PastInquiries(Links(store), Approvals(store)))

        def answer(text: str) -> None:
            outcomes[answerer.answer(Question(text)).outcome] += 1

        answers = _rounds([partial(answer, one.text) for one in asked])
        queue = Queue(store)
        wanted = Filter(status=("new", "waiting"), centre="bergen")
        receive = [partial(_receive, inquiries, number) for number in range(INQUIRIES)]
        return {
            "memory": memory,
            "opened": opened * 1000,
            "search": asdict(search),
            "answer": asdict(answers),
            "receive": asdict(_taken([_timed(one) for one in receive])),
            "page": asdict(_rounds([lambda: queue.page(wanted, "-received_at", 1)] * INQUIRIES)),
            "outcomes": dict(outcomes),
        }


def _receive(inquiries: Inquiries, number: int) -> None:
    now = datetime.now(UTC)
    received, _ = inquiries.receive(
        NewInquiry(
            came_from=f"growth:{number}",
            received_at=now,
            channel="slack",
            question=f"Hvem kan henvise? ({number})",
        )
    )
    inquiries.complete(received, outcome="not_covered", generation="g", quotes=[], at=now)


def _rounds(work: Sequence[Callable[[], object]]) -> Taken:
    """Everything once to warm up, and then `ROUNDS` times."""
    taken = [_timed(one) for _ in range(ROUNDS + 1) for one in work]
    return _taken(taken[len(work) :])


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds waited, and seconds of processor time of all threads."""
    begun, at_work = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - at_work


def _taken(times: Sequence[tuple[float, float]]) -> Taken:
    waited = [1000 * seconds for seconds, _ in times]
    return Taken(
        statistics.median(waited),
        statistics.quantiles(waited, n=20, method="inclusive")[18],
        statistics.median(1000 * work for _, work in times),
    )


def _resident() -> int:
    """Bytes of this process in memory now, with what it has mapped of the index."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "build":
        size, home = rest
        print(json.dumps(build(int(size), Path(home))))
    else:
        (home,) = rest
        print(json.dumps(ask(Path(home))))


if __name__ == "__main__":
    main()
