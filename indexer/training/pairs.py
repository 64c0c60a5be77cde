"""Training pairs: a query, and the text that it should be near.

The documents are cut into passages of the size that an index holds. A heading (or the title) asks
for its section, a sentence for the rest of its passage, a question for the passage with its answer;
parallel strings and dictionary words ask for each other.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from indexer.training.asked import AskedPassage
from indexer.training.concepts import Thesaurus, drawn, everyday
from indexer.training.corpus import (
    LANGUAGES,
    Corpus,
    Language,
    Parallel,
    TrainingDocument,
    Translations,
)
from indexer.training.squad import Reading
from indexer.training.variants import Variants
from knowledge.thesaurus import Concept

Kind: TypeAlias = Literal[
    "heading", "title", "sentence", "question", "asked", "parallel", "word", "concept", "reworded"
]

PASSAGE_WORDS = 110
LONG_PARAGRAPH = 140
"""In words; a longer paragraph is cut every PASSAGE_WORDS."""

MOST_PASSAGES = 50
"""Taken from one document, drawn at random, so that no long act outweighs the rest."""

SHORTEST_PASSAGE = 60
"""In characters; shorter ones are lists of links and table cells."""

SHORTEST_QUERY, SHORTEST_TARGET = 5, 15
"""In characters, for all kinds but single words."""

COMPARED_CHARS = 150
"""Passages that begin alike (boilerplate) are taken once."""

WITH_TITLE = 0.5
"""Share of the headings that carry the title with them; without a heading the title may ask."""

LEFT_OUT = 0.85
"""Share of the passages from which the asking sentence is taken out."""

LONG_SENTENCE = 14
CLAUSE = (5, 12)
"""From a sentence above LONG_SENTENCE words only so many words in a row ask."""

HEADING_OPENED, SENTENCE_OPENED = 0.35, 0.25
"""Probability of a question's opening before a heading and before a sentence."""

ASKED_TIMES, QUESTION_TIMES, EVERYDAY_TIMES, NYNORSK_TIMES = 12, 3, 4, 3
"""Scarce kinds are repeated."""

KEPT_IN_NYNORSK = 0.3
"""Share of the English-bokmål strings that are given in nynorsk too."""

REWORDED = 0.3
"""Share of the queries with a document phrase of the thesaurus that also ask in everyday words."""

CONCEPT_TARGETS = 2
"""An everyday phrase asks for so many of its concept's document words, the best first."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÆØÅ])")
_SECTION_NUMBER = re.compile(r"^§+\s*[\d\w-]+\.?\s*")


@dataclass(frozen=True, slots=True)
class Pair:
    """`language` is the query's. Pairs with the same `group` are no negatives of each other."""

    query: str
    target: str
    kind: Kind
    language: Language
    group: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A passage of a training document with the heading above it (perhaps empty)."""

    heading: str
    name: str
    text: str
    language: Language


def sections(documents: Iterator[TrainingDocument], chance: random.Random) -> Iterator[Section]:
    """The passages of the documents, boilerplate once."""
    seen: set[str] = set()
    for document in documents:
        found: list[Section] = []
        for heading, paragraphs in document.secs:
            bare = _SECTION_NUMBER.sub("", heading or "").strip()
            for text in cut(paragraphs):
                start = text[:COMPARED_CHARS]
                if len(text) >= SHORTEST_PASSAGE and start not in seen:
                    seen.add(start)
                    found.append(Section(bare, document.name, text, document.language))
        if len(found) > MOST_PASSAGES:
            found = chance.sample(found, MOST_PASSAGES)
        yield from found


def cut(paragraphs: Sequence[str]) -> Iterator[str]:
    """The paragraphs put together, or cut, to texts of about PASSAGE_WORDS words."""
    held: list[str] = []
    for paragraph in paragraphs:
        words = paragraph.split()
        while len(words) > LONG_PARAGRAPH:
            if held:
                yield " ".join(held)
                held = []
            yield " ".join(words[:PASSAGE_WORDS])
            words = words[PASSAGE_WORDS:]
        if held and len(held) + len(words) > PASSAGE_WORDS:
            yield " ".join(held)
            held = []
        held += words
    if held:
        yield " ".join(held)


class PairMaker:
    """Makes the pairs of a corpus. The same corpus and seed give the same pairs."""

    def __init__(
        self,
        corpus: Corpus,
        seed: int,
        thesaurus: Thesaurus | None = None,
        asked: Sequence[AskedPassage] = (),
    ) -> None:
        self._corpus = corpus
        self._asked_passages = asked
        self._thesaurus = thesaurus or Thesaurus([])
        self._chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self._variants = Variants(corpus.nynorsk, corpus.english, corpus.counts["nn"], self._chance)

    def pairs(self) -> Iterator[Pair]:
        """All pairs, kind by kind."""
        for pair in self._all():
            if pair.kind in ("word", "concept") or (
                len(pair.query) > SHORTEST_QUERY and len(pair.target) > SHORTEST_TARGET
            ):
                yield pair

    def _all(self) -> Iterator[Pair]:
        for section in sections(self._corpus.documents(), self._chance):
            bokmal = section.language == "nb"
            made = self._of_bokmal(section) if bokmal else self._of_other(section)
            yield from _grouped(made, section.text)
        for reading in self._corpus.questions():
            for start, end in reading.passages():
                made = self._of_reading(reading, start, end)
                yield from _grouped(made, reading.context[start:end])
        yield from self._of_asked(self._asked_passages)
        yield from self._of_parallel(self._corpus.parallel)
        yield from self._of_dictionaries(self._corpus.nynorsk, self._corpus.english)
        for concept in self._thesaurus.concepts:
            yield from self._of_concept(concept)

    def _of_bokmal(self, section: Section) -> Iterator[Pair]:
        with_title = self._chance.random() < WITH_TITLE
        if len(section.heading) > 3:
            asked = f"{section.heading} {section.name}" if with_title else section.heading
            yield self._asked(asked.strip(), section.text, "heading", HEADING_OPENED)
            yield from self._reworded(asked.strip(), section.text)
        elif section.name and with_title:
            yield self._asked(section.name, section.text, "title", HEADING_OPENED)
        if parted := self._parted(section.text):
            words = parted[0].split()
            if len(words) > LONG_SENTENCE:
                start = self._chance.randrange(len(words) - CLAUSE[1] + 1)
                words = words[start : start + self._chance.randint(*CLAUSE)]
            rest = parted[1] if self._chance.random() < LEFT_OUT else section.text
            yield self._asked(" ".join(words), rest, "sentence", SENTENCE_OPENED)
            yield from self._reworded(" ".join(words), rest)

    def _of_other(self, section: Section) -> Iterator[Pair]:
        if section.heading:
            yield Pair(section.heading, section.text, "heading", section.language)
        if parted := self._parted(section.text):
            sentence, rest = parted
            yield Pair(sentence, rest, "sentence", section.language)
            if section.language == "nn":
                yield Pair(sentence, self._variants.bokmal(rest), "sentence", "nn")

    def _of_reading(self, reading: Reading, start: int, end: int) -> Iterator[Pair]:
        text = reading.context[start:end]
        if parted := self._parted(text):
            yield self._asked(*parted, "sentence", SENTENCE_OPENED)
        for asked in reading.asked:
            if not any(start <= answer < end for answer in asked.starts):
                continue
            for _ in range(QUESTION_TIMES):
                yield Pair(asked.question, text, "question", "nb")
            yield Pair(self._variants.nynorsk(asked.question), text, "question", "nn")
            if translated := self._variants.english(asked.question):
                yield Pair(translated, text, "question", "en")

    def _of_asked(self, passages: Sequence[AskedPassage]) -> Iterator[Pair]:
        """Each question with its passage, under its headings every other time.

        In turns, so that neighbouring pairs are of neighbouring passages, which are the hardest to
        tell apart.
        """
        most = max((len(passage.questions) for passage in passages), default=0)
        for number in range(ASKED_TIMES * most):
            for passage in passages:
                if number < ASKED_TIMES * len(passage.questions):
                    question, language = passage.questions[number % len(passage.questions)]
                    headed = (passage.title, passage.heading, passage.text)
                    under = number // len(passage.questions) % 2
                    target = "\n".join(filter(None, headed)) if under else passage.text
                    yield Pair(question, target, "asked", language, passage.text[:COMPARED_CHARS])

    def _of_parallel(self, parallel: Parallel) -> Iterator[Pair]:
        for english, bokmal in parallel.english_bokmal:
            yield Pair(english, bokmal, "parallel", "en")
            if self._chance.random() < KEPT_IN_NYNORSK:
                yield Pair(english, self._variants.nynorsk(bokmal), "parallel", "en")
        for english, bokmal in parallel.everyday_english_bokmal * EVERYDAY_TIMES:
            yield Pair(english, bokmal, "parallel", "en")
        for english, nynorsk in parallel.english_nynorsk * (EVERYDAY_TIMES // 2):
            yield Pair(english, nynorsk, "parallel", "en")
        for nynorsk, bokmal in parallel.nynorsk_bokmal * NYNORSK_TIMES:
            yield Pair(nynorsk, bokmal, "parallel", "nn")

    def _of_dictionaries(self, nynorsk: dict[str, str], english: Translations) -> Iterator[Pair]:
        for word, translations in english.items():
            targets = [target for target, _ in translations]
            for target in targets[:3]:
                yield Pair(word, target, "word", "en")
            if len(targets) > 1:
                yield Pair(word, " ".join(targets[:4]), "word", "en")
        for form, word in nynorsk.items():
            yield Pair(form, word, "word", "nn")

    def _of_concept(self, concept: Concept) -> Iterator[Pair]:
        group = f"concept {concept.id}"
        targets = [*concept.documents[:CONCEPT_TARGETS], " ".join(concept.documents)]
        for language in LANGUAGES:
            for phrase in everyday(concept, language):
                for target in dict.fromkeys(targets):
                    yield Pair(phrase, target, "concept", language, group)

    def _reworded(self, query: str, target: str) -> Iterator[Pair]:
        """Now and then the query with a document phrase in the thesaurus' everyday words."""
        if not self._thesaurus.concepts or self._chance.random() >= REWORDED:
            return
        words = query.split()
        found = self._thesaurus.find(words, self._chance)
        if found is None:
            return
        phrase, language = drawn(found.concept, self._chance)
        before, after = " ".join(words[: found.first]), " ".join(words[found.last :])
        if language == "nn":
            before, after = self._variants.nynorsk(before), self._variants.nynorsk(after)
        elif language == "en":
            # Where too few words are known, the everyday phrase asks alone.
            before, after = (
                self._variants.english(before) or "",
                self._variants.english(after) or "",
            )
        asked = self._variants.opened(
            f"{before} {phrase} {after}".strip(), language, SENTENCE_OPENED
        )
        yield Pair(asked, target, "reworded", language)

    def _asked(self, query: str, target: str, kind: Kind, opened: float) -> Pair:
        asked, language = self._variants.query(query, opened=opened)
        return Pair(asked, target, kind, language)

    def _parted(self, text: str) -> tuple[str, str] | None:
        """A sentence of the text, drawn at random, and the rest; None for a single sentence."""
        found = _SENTENCE_END.split(text)
        if len(found) < 2:
            return None
        at = self._chance.randrange(len(found))
        return found[at], " ".join(found[:at] + found[at + 1 :])


def _grouped(pairs: Iterable[Pair], text: str) -> Iterator[Pair]:
    """The pairs of one passage: they are no negatives of each other."""
    return (replace(pair, group=text[:COMPARED_CHARS]) for pair in pairs)
