"""`make bench` measures everything it names. How quick anything is, is not tested here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import bm25s
import pytest
from bench.__main__ import growth
from bench.bare import BareWords
from bench.corpus import documents
from bench.searching import WHOLE
from bench.timing import Row

from indexer.words.bm25 import K1, B
from indexer.words.postings import Postings
from indexer.words.terms import terms_of, words

ROOT = Path(__file__).parent.parent
IMPORT = "import sentence_transformers"
IN_PROCESS = [
    ("search", "bm25s + FAISS flat"),
    ("search", "bm25s"),
    ("vector leg", "FAISS flat"),
    ("encoding a question", "the limit"),
    ("recall of the 10 nearest", "exact"),
    ("recall of the 100 nearest", "exact"),
    ("  lexical", "whole search"),
    ("  vectors", "whole search"),
    ("  candidates", "whole search"),
    ("  hits", "whole search"),
    ("  coverage", "whole search"),
    ("  ranking", "whole search"),
    ("  the rest", "whole search"),
    ("index on disk", "texts + vectors"),
    ("build", "encode alone"),
    ("add one document", "index of it alone"),
]
OF_PROCESSES = [
    ("first answer", "python -c pass"),
    ("first answer", IMPORT),
    ("memory of ask", IMPORT),
    ("memory of build", IMPORT),
    ("memory building", "texts + vectors"),
    ("memory searching", "texts + vectors"),
]


def bench(*only: str) -> dict[tuple[str, str], float]:
    """The ratio of each comparison in the table for a tiny library, in one turn."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--sizes", "60", "--repetitions", "1",
         "--only", *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(name in done.stderr for name in only), "progress goes to standard error"
    heading, _, *rows = done.stdout.split("\n\n")[1].splitlines()
    assert heading == "60 passages"
    ratios: dict[tuple[str, str], float] = {}
    for row in rows:
        name, _, against, _, ratio = re.split(r"  +", row.removeprefix("  "))
        indent = "  " if row.startswith("  ") else ""
        ratios[indent + name, against] = float(ratio)
    return ratios


def test_search_build_adding_and_disk_are_compared() -> None:
    ratios = bench("search", "disk", "build", "add")
    assert list(ratios) == IN_PROCESS
    assert min(ratios[pair] for pair in IN_PROCESS if pair[0] != "  the rest") > 0
    parts = [ratio for (_, against), ratio in ratios.items() if against == "whole search"]
    assert sum(parts) == pytest.approx(1, abs=0.05)
    assert ratios["recall of the 10 nearest", "exact"] == 1, "so few are compared one by one"


def test_the_commands_are_compared_as_processes() -> None:
    ratios = bench("processes")
    assert list(ratios) == OF_PROCESSES
    # What 60 passages add to the memory of a process may be too little to tell.
    assert min(ratios[pair] for pair in OF_PROCESSES if not pair[0].endswith("ing")) > 0
    # Whatever the machine: Python alone starts quicker than Python with a large library.
    assert ratios["first answer", "python -c pass"] > ratios["first answer", IMPORT]


def test_the_bare_words_are_scored_as_bm25s_scores_them() -> None:
    texts = [text for page in documents(12) for text in page.split("\n\n")]
    corpus = [[term for word in words(text) for term, _ in terms_of(word)] for text in texts]
    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    model.index(corpus, show_progress=False)
    asked = corpus[3][:20]
    wanted = model.retrieve([asked], k=len(texts), show_progress=False)
    bare = BareWords([Postings.of(texts[:7]), Postings.of(texts[7:])])
    passages, scores = bare.search(asked, len(texts))
    by_passage = dict(zip(wanted.documents[0].tolist(), wanted.scores[0].tolist(), strict=True))
    assert dict(zip(passages.tolist(), scores.tolist(), strict=True)) == pytest.approx(
        by_passage, abs=1e-5
    )


def test_the_growth_table_has_a_column_for_each_size() -> None:
    rows = {
        size: [Row("search", f"{size} ms", "bm25s", "1 ms", size), Row("part", "", WHOLE, "", 1)]
        for size in (1_000, 20_000)
    }
    lines = [line.split() for line in growth(rows).splitlines()]
    assert lines == [
        ["1,000", "20,000"],
        ["search", "1000", "ms", "20000", "ms"],
        ["bm25s", "1", "ms", "1", "ms"],
        ["ratio", "1000.00", "20000.00"],
    ]


def test_the_vocabulary_of_the_made_up_text_grows_with_it() -> None:
    def vocabulary(passages: int) -> int:
        return len({word for text in documents(passages) for word in words(text)})

    few, many = vocabulary(200), vocabulary(2_000)
    assert many > 1.5 * few
    assert [*documents(40)] == [*documents(40)]
