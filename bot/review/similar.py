"""Inquiries that ask much the same, and groups of them, by the embedded model's cosine.

A question is the sum of two vectors: its own, and that of its words with the thesaurus' words for
the same. Of the pairs in tests/questions/asked_before.jsonl (questions in other words or another
language, against others on the same subject) the cosine of these sums tells one kind from the other
with an AUC of 0.82, that of the questions alone with 0.68.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.language import Language, detect
from indexer.vectors.encoder import Vectors, embedded_model, unit_rows
from indexer.vectors.static import StaticEncoder
from indexer.words.asked import asked_words, flat
from knowledge.privacy.masking import LABELS
from knowledge.register import Inquiry
from knowledge.settings import Settings
from knowledge.store import Store

if TYPE_CHECKING:
    from bot.review.site import Site

ALIKE: Final = 0.58
"""Cosine above which two questions ask much the same: nine in ten of the pairs that do are above,
and one in a hundred of unrelated pairs."""

LOOKED_AT: Final = 60
"""Nearest by the questions' own vectors, which are compared in full."""

MOST_AT_ONCE: Final = 20_000
"""Questions embedded in one go: memory stays flat."""

_LABEL = re.compile("|".join(map(re.escape, (*LABELS.values(), "[fjernet]"))))

Numbers = NDArray[np.int64]


class Likeness:
    """Vectors of the inquiries of one register, made when first asked for. Thread-safe.

    Rows that are new or were written anew since are embedded again; 100,000 take some seconds the
    first time, and milliseconds from then on.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._encoder: StaticEncoder | None = None
        self._known: dict[int, tuple[str, int]] = {}
        self._vectors: Vectors = np.zeros((0, 0), np.float32)
        self._ids: list[int] = []
        self._seen: tuple[object, ...] = ()

    def nearest(self, store: Store, inquiry: int, question: str) -> list[tuple[int, float]]:
        """The other inquiries above `ALIKE`, most alike first, with their cosine."""
        with self._guard:
            self._refresh(store)
            if not self._ids:
                return []
            own = self._embedder().encode_passages([_plain(question)])[0]
            cosine = self._vectors[: len(self._ids)] @ own
            best = np.argsort(-cosine, kind="stable")[:LOOKED_AT]
            ids = [self._ids[row] for row in best.tolist() if self._ids[row] != inquiry]
            texts = {number: self._known[number][0] for number in ids if number in self._known}
        if not texts:
            return []
        vectors = self.vectors([question, *texts.values()])
        cosines = (vectors[1:] @ vectors[0]).tolist()
        found = [(n, c) for n, c in zip(texts, cosines, strict=True) if c >= ALIKE]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def vectors(self, questions: Sequence[str]) -> Vectors:
        """float32, shape (questions, dimension), rows of unit length or zero."""
        plain = [_plain(question) for question in questions]
        encoder = self._embedder()
        expanded = [" ".join(flat(asked_words(text, _language(text)))) or text for text in plain]
        return unit_rows(encoder.encode_passages(plain) + encoder.encode_passages(expanded))

    def _embedder(self) -> StaticEncoder:
        if self._encoder is None:
            self._encoder = StaticEncoder(embedded_model(), Settings())
        return self._encoder

    def _refresh(self, store: Store) -> None:
        """Take in what was asked, rewritten or taken away since the last time."""
        connection = store.database.conn
        seen = connection.execute(
            "SELECT count(*), max(id), total(revision), max(edited_at), count(deleted_at), "
            "count(withdrawn_at), sum(status = 'not_an_inquiry') FROM inquiries"
        ).fetchone()
        if seen == self._seen:
            return
        rows = connection.execute(
            "SELECT id, question FROM inquiries WHERE question <> '' AND deleted_at IS NULL "
            "AND withdrawn_at IS NULL AND status <> 'not_an_inquiry' ORDER BY id"
        ).fetchall()
        encoder = self._embedder()
        new = [
            (number, text)
            for number, text in rows
            if number not in self._known or self._known[number][0] != text
        ]
        place = len(self._vectors) if self._vectors.size else 0
        made = [
            encoder.encode_passages([_plain(text) for _, text in new[first : first + MOST_AT_ONCE]])
            for first in range(0, len(new), MOST_AT_ONCE)
        ]
        known = dict(self._known)
        known.update({number: (text, place + n) for n, (number, text) in enumerate(new)})
        every = np.concatenate([*([self._vectors] if place else []), *made]) if made else None
        vectors = self._vectors if every is None else every
        self._known = {number: known[number] for number, _ in rows}
        self._ids = list(self._known)
        # What is gone is left behind, so that no row is embedded twice and none is kept.
        self._vectors = vectors[[place for _, place in self._known.values()]]
        self._known = {n: (text, row) for row, (n, (text, _)) in enumerate(self._known.items())}
        self._seen = seen


def similar(site: Site, inquiry: Inquiry, limit: int = 5) -> list[tuple[Inquiry, float]]:
    """The inquiries most like this one, with their cosine (0-1), most alike first."""
    if not inquiry.question.strip():
        return []
    found: list[tuple[Inquiry, float]] = []
    for number, cosine in site.likeness.nearest(site.store, inquiry.id, inquiry.question):
        if len(found) == limit:
            break
        other = site.inquiries.get(number)
        if other is not None and other.deleted_at is None:
            found.append((other, round(min(cosine, 1.0), 3)))
    return found


def grouped(vectors: Vectors, alike: float = ALIKE) -> list[list[int]]:
    """Rows in groups, the largest first, each led by the row with most others near it.

    As `sentence_transformers.util.community_detection`, which would load torch: every row with
    those near it, the largest such group first; a row belongs to one group. Rows in a tie keep
    their order, so that the same questions give the same groups.

    Args:
        vectors: float32, shape (rows, dimension), of unit length.
    """
    if not len(vectors):
        return []
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    limits, cosines, rows = index.range_search(vectors, alike)
    near: list[list[int]] = []
    for number in range(len(vectors)):
        found = slice(int(limits[number]), int(limits[number + 1]))
        order = np.lexsort((rows[found], -cosines[found]))
        others = [int(row) for row in rows[found][order] if row != number]
        near.append([number, *others])
    taken: set[int] = set()
    groups: list[list[int]] = []
    for members in sorted(near, key=lambda group: (-len(group), group[0])):
        if members[0] in taken:
            continue
        left = [member for member in members if member not in taken]
        taken.update(left)
        groups.append(left)
    return sorted(groups, key=lambda group: (-len(group), group[0]))


def _plain(text: str) -> str:
    """Without the labels of what was masked, which many questions have in common."""
    return " ".join(_LABEL.sub(" ", text).split())


def _language(text: str) -> Language:
    return detect(text)
