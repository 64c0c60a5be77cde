"""How it grows: 1,000 to 1,000,000 passages and inquiries, through the real index and register.

    python -m tests.bench.growth [--sizes 1000 10000 …] [--svg docs/operation/growth.svg]

Passages are drawn when the build asks for them (`corpus`), so that no library of a million has to
be filled first; everything from there on is what the program does: the encoder, the segments and
their merging, the generation on disk, the search. Each size is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from indexer.index import Index, rebuild
from indexer.library.catalogue import LibraryDocument
from indexer.library.shelf import Shelf
from indexer.library.stored import Metadata, StoredPassage
from indexer.vectors.encoder import BATCH, load_encoder
from knowledge.register import Inquiries, NewInquiry
from knowledge.register.filters import Filter
from knowledge.register.queue import Queue
from knowledge.settings import Settings
from knowledge.store import Store

from .corpus import SEED, digest_sentences
from .curve import drawn
from .queue import fill
from .searching import questions
from .timing import tell

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PASSAGES = 40
"""Of each document."""

POOL = 20_000
"""Different words that stand for names and numbers, so that the vocabulary grows with the text."""

WORDS = 80
"""Of a passage, as in `corpus`."""

QUESTIONS = 40
ROUNDS = 3
ENCODED = 10_000
INQUIRIES = 50


@dataclass(frozen=True)
class Grown:
    """What one size takes. Times are medians in milliseconds, memory in bytes.

    Attributes:
        build, encode: passages a second, of the whole build and of the model alone.
        memory: resident when searched, beyond what the process takes without an index.
        receive: writing down one inquiry with its answer, durably.
        page: a page of the queue.
    """

    size: int
    build: float
    encode: float
    memory: int
    disk: int
    opened: float
    search: float
    search95: float
    receive: float
    page: float


class Drawn(Shelf):
    """A shelf whose documents are drawn from a seed when they are read."""

    def passages(self, document: str) -> Iterator[StoredPassage]:
        draw = random.Random(document)
        sentences, place = digest_sentences(), 0
        for number in range(PASSAGES):
            words: list[str] = []
            while len(words) < WORDS:
                words += draw.choice(sentences).split()
            words.append(f"{draw.choice(SYLLABLES)}{draw.randrange(POOL):x}")
            text = " ".join(words)
            size = len(text.encode())
            yield StoredPassage(
                start=place,
                end=place + len(text),
                byte_start=place,
                byte_end=place + size,
                text=text,
                search_text=text,
                path=(f"Erfaring {number}",),
            )
            place += size

    def passage_count(self, document: str) -> int:
        return PASSAGES


SYLLABLES = "bel fjo gan hol kve lis mor nes rud ski tun vik".split()


def documents(passages: int) -> list[LibraryDocument]:
    names = [f"{SEED}-{number}" for number in range(passages // PASSAGES)]
    return [
        LibraryDocument(
            hashlib.sha256(name.encode()).hexdigest(), "file", f"/{name}.md", Metadata(title=name)
        )
        for name in names
    ]


def grown(size: int, folder: Path) -> Grown:
    """Measure one size, in this process."""
    settings = Settings(home=folder)
    shelf = Drawn(settings.library)
    wanted = documents(size)
    encoder = load_encoder(settings)  # sentence-transformers itself
    drawing = (one.search_text for each in wanted for one in shelf.passages(each.id))
    texts = list(islice(drawing, ENCODED))
    encoder.encode_passages(texts[:BATCH])
    begun = time.perf_counter()
    encoder.encode_passages(texts)
    encode = len(texts) / (time.perf_counter() - begun)
    tell(f"    the model alone {encode:,.0f} passages a second; building …")
    begun = time.perf_counter()
    rebuild(settings, wanted, bundled=False, shelf=shelf)
    build = size / (time.perf_counter() - begun)
    tell(f"    {build:,.0f} passages a second; searching …")
    disk = sum(p.stat().st_size for p in (settings.index / "generations").rglob("*.*"))
    memory, opened, times = _searched(folder)
    receive, page = _register(folder, size)
    return Grown(
        size,
        build,
        encode,
        memory,
        disk,
        opened * 1000,
        statistics.median(times) * 1000,
        statistics.quantiles(times, n=20, method="inclusive")[18] * 1000,
        receive * 1000,
        page * 1000,
    )


def _searched(folder: Path) -> tuple[int, float, list[float]]:
    """In a process that has not built: memory, seconds to open, seconds of each search."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.growth", "--search", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    memory, opened, times = json.loads(done.stdout)
    return memory, opened, times


def search(folder: Path) -> tuple[int, float, list[float]]:
    settings = Settings(home=folder)
    load_encoder(settings, static_verified=True).encode_question("Hva er en frisklivssentral?")
    asked = questions(QUESTIONS)
    before = _resident()
    begun = time.perf_counter()
    searcher = Index(settings).open().searcher
    opened = time.perf_counter() - begun
    times: list[float] = []
    for number in range(ROUNDS + 1):
        for one in asked:
            begun = time.perf_counter()
            searcher.search(one.text, language=one.language, top=10)
            if number:  # the first round warms up
                times.append(time.perf_counter() - begun)
    return _resident() - before, opened, times


def _resident() -> int:
    """Bytes of this process in memory now, with what it has mapped of the index."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def _register(folder: Path, size: int) -> tuple[float, float]:
    """Seconds to write down an inquiry with its outcome, and of a page of the queue."""
    with Store(folder / "register.db") as store:
        fill(store, size)
        inquiries, queue = Inquiries(store), Queue(store)
        receiving, paging = [], []
        for number in range(INQUIRIES):
            now = datetime.now(UTC)
            begun = time.perf_counter()
            received, _ = inquiries.receive(
                NewInquiry(
                    came_from=f"growth:{number}",
                    received_at=now,
                    channel="slack",
                    question=f"Hvem kan henvise? ({number})",
                )
            )
            inquiries.complete(received, outcome="not_covered", generation="g", quotes=[], at=now)
            receiving.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            queue.page(Filter(status=("new", "waiting"), centre="bergen"), "-received_at", 1)
            paging.append(time.perf_counter() - begun)
    return statistics.median(receiving), statistics.median(paging)


def measure_growth(folder: Path, sizes: Sequence[int] = SIZES) -> list[Grown]:
    """Each size in a process of its own, as memory that was used once is not given back."""
    measured = []
    for size in sizes:
        tell(f"  {size:,} passages and inquiries …")
        with tempfile.TemporaryDirectory(dir=folder) as home:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.growth", "--one", str(size), home],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        measured.append(Grown(**json.loads(done.stdout)))
        tell(f"    {measured[-1]}")
    return measured


def table(measured: Sequence[Grown]) -> str:
    """A table in Markdown, the last column against the first."""
    first, last = measured[0], measured[-1]
    rows = [
        (
            "a search, median",
            [f"{one.search:.1f} ms" for one in measured],
            last.search / first.search,
        ),
        (
            "a search, 95 of 100",
            [f"{one.search95:.1f} ms" for one in measured],
            last.search95 / first.search95,
        ),
        (
            "opening the index",
            [f"{one.opened:.0f} ms" for one in measured],
            last.opened / first.opened,
        ),
        ("memory of a passage", [f"{one.memory / one.size:,.0f} B" for one in measured], None),
        (
            "index on disk, of a passage",
            [f"{one.disk / one.size:,.0f} B" for one in measured],
            None,
        ),
        ("build, passages a second", [f"{one.build:,.0f}" for one in measured], None),
        ("the model alone, passages a second", [f"{one.encode:,.0f}" for one in measured], None),
        (
            "build against the model alone",
            [f"{one.encode / one.build:.2f}" for one in measured],
            None,
        ),
        (
            "writing down an inquiry",
            [f"{one.receive:.1f} ms" for one in measured],
            last.receive / first.receive,
        ),
        ("a page of the queue", [f"{one.page:.1f} ms" for one in measured], last.page / first.page),
    ]
    head = ["", *(f"{one.size:,}" for one in measured), "last : first"]
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    lines += [[name, *cells, f"{ratio:.1f}" if ratio else ""] for name, cells, ratio in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--svg", type=Path, help="where the curve is drawn")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--search", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.search:
        print(json.dumps(search(options.search)))
    elif options.one:
        print(json.dumps(asdict(grown(int(options.one[0]), Path(options.one[1])))))
    else:
        with tempfile.TemporaryDirectory(prefix="frisksvar-growth-") as folder:
            measured = measure_growth(Path(folder), options.sizes)
        print(table(measured))
        if options.svg:
            figures = {one.size: (one.search, one.receive, one.page) for one in measured}
            options.svg.write_text(drawn(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
