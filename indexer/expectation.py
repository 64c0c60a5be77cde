"""What kind of answer a question expects, and whether a passage has one.

«Hvor mange …» wants a figure and «når …» a year: of two passages about the same, the one that has
it is the better, and of the sentences of a passage, the one that has it answers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from indexer.editions import Years, years_in
from indexer.library.stored import StoredPassage
from indexer.passages import sentences
from indexer.tables import CellAnswer, cell_answer
from indexer.words.asked import AskedWord
from indexer.words.expansion import expansions
from indexer.words.terms import stem
from indexer.words.terms import words as words_of

Expectation = Literal["figure", "time", "reason", "person", "rule"]
"""What answers: a figure, a year, a reason, someone's name, or what must or may be done."""

CELL_BONUS = 3.0
"""In standard deviations, for a table with the very cell that is asked for."""

LEAST_TRANSLATION = 0.25
LEAST_RELATED = 0.3
"""Least weight of a translation, and of a thesaurus word, that may name a row or column. With less,
tables about other things have a cell for more of the tuning questions."""

SENTENCE_BONUS: Mapping[Expectation, float] = {"figure": 0.75, "time": 2.0}
"""For a sentence with a figure, or a year, beside the rarest words of the question. On NorQuAD any
value up to 2 gives the same Recall@5; a year beside the name asked for is the stronger sign."""

_FIGURE = re.compile(
    r"\b(hvor|kor) (mange|mye|mykje|stor|stort|store|høy|høg|ofte|lenge|lang|langt)\b"
    r"|\b(antall|antal|andel|prosent|prosentdel|beløp|sum|tallet|talet|kroner)\b"
    r"|\bhow (many|much|often|long|large)\b|\b(number|share|percent|percentage|amount) of\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\bnår\b|\b(hvilket|kva|hva slags|ka) år\b|\b(fra|frå|siden|sidan) når\b"
    r"|\bwhen\b|\b(what|which) year\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(hvorfor|kvifor|korfor|koffor|why|grunn)\b", re.IGNORECASE)
_PERSON = re.compile(r"\b(hvem|kven|kem|who|whose|whom)\b", re.IGNORECASE)
_RULE = re.compile(
    r"\b(må|skal|bør|plikt\w*|slipper|slepp|nødt|trenger|treng|kan|får|lov|går det an|greit)\b"
    r"|\b(must|have to|need to|should|required|obliged|supposed to|can|could|may|allowed)\b"
    r"|\b(all right|ok)\b"
    # A question that begins with its verb is to be answered yes or no.
    r"|(?:^|[.!?:]\s+)(?:og |men |hei,? )?(?:er|har|vil|finnes|finst|gjelder|gjeld|holder|held"
    r"|stemmer|teller|tel|is|are|do|does|has|have|did|was)\b[^.!?]*\?",
    re.IGNORECASE,
)
_ASKED: tuple[tuple[Expectation, re.Pattern[str]], ...] = (
    ("figure", _FIGURE),
    ("time", _TIME),
    ("reason", _REASON),
    ("person", _PERSON),
    ("rule", _RULE),
)

_MONTHS = "januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember"
_NO_QUANTITY = re.compile(
    rf"§+\s*\d+(?:[-–.]\d+)*|\b\d{{1,2}}\.\s*(?:{_MONTHS})|\b(?:19|20)\d\d\b|\bkapittel \d[\d.]*",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\d|\b(?:én|ett|to|tre|fire|fem|seks|sju|syv|åtte|ni|ti|elleve|tolv|halvparten|flertallet"
    r"|tredjedel\w*|tredel\w*|fjerdedel\w*|dobbelt\w*)\b|del(?:en|er)? av\b",
    re.IGNORECASE,
)
_ANSWERS: Mapping[Expectation, re.Pattern[str]] = {
    "figure": _QUANTITY,
    "time": re.compile(r"\b(?:19|20)\d\d\b"),
    "reason": re.compile(
        r"\b(?:fordi|derfor|for å|slik at|grunn\w*|skyldes|årsak\w*|hensikt\w*|formål\w*|dermed"
        r"|siden)\b",
        re.IGNORECASE,
    ),
    # A capital within a sentence: a person, a body or a place.
    "person": re.compile(r"(?<=[\wæøå,;:] )[A-ZÆØÅ]\w+"),
    "rule": re.compile(
        r"\b(?:kan|adgang|tillat\w*|lov|rett|mulig\w*|anledning|fritt|frivillig|bare|ikke|unntak\w*"
        r"|forbudt)\b",
        re.IGNORECASE,
    ),
}


def expected(question: str) -> Expectation | None:
    """The kind of answer a question asks for; None for any other."""
    return next((kind for kind, asks in _ASKED if asks.search(question)), None)


def fits(sentence: str, expectation: Expectation) -> bool:
    """Whether a sentence has the kind of answer at all.

    A year, a date or the number of a section is no figure. What may be done is told by «kan»,
    «ikke» and «bare» rather than by «skal» and «må», which the sentences around have as well.
    """
    if expectation == "figure":
        sentence = _NO_QUANTITY.sub(" ", sentence)
    return bool(_ANSWERS[expectation].search(sentence))


def cell(
    passage: StoredPassage, asked: Mapping[str, float], *, words: Sequence[AskedWord] = ()
) -> CellAnswer | None:
    """The cell that the question's (bokmål) words name in the passage's table.

    Args:
        words: the same words with what the thesaurus and the dictionary call them; without them
            `asked` is looked up in the thesaurus, and English words stand alone.
    """
    if passage.table is None:
        return None
    if words:
        called = {next(iter(item.own)): _called(item) for item in words if item.own}
    else:
        called = {word: set() for word in asked}
        said = list(asked)
        for phrase in expansions(said, "nb"):
            for word in said[phrase.first : phrase.last]:
                called[word] |= _above(phrase.weights, LEAST_RELATED)
    path = " . ".join(passage.path)
    return cell_answer(passage.table, called, synonyms=called, context=path)


def _called(word: AskedWord) -> set[str]:
    return _above(word.own, LEAST_TRANSLATION) | _above(word.related, LEAST_RELATED)


def _above(weights: Mapping[str, float], least: float) -> set[str]:
    return {word for word, weight in weights.items() if weight >= least}


def bonus(
    passage: StoredPassage,
    expectation: Expectation | None,
    asked: Mapping[str, float],
    telling: Collection[str],
    *,
    years: Sequence[Years],
    words: Sequence[AskedWord] = (),
) -> float:
    """How much better the passage is for having the kind of answer expected.

    Args:
        asked: bokmål word -> weight.
        telling: stems of the words that tell most about the question.
        years: that the question names: it may be after a figure without saying so, and a sentence
            must name one of them.
        words: as in `cell`.
    """
    if (expectation == "figure" or years) and cell(passage, asked, words=words) is not None:
        return CELL_BONUS
    if expectation is None or expectation not in SENTENCE_BONUS:
        return 0.0
    for start, end in sentences(passage.text):
        sentence = passage.text[start:end]
        if years and not any(found.covers(year) for found in years_in(sentence) for year in years):
            continue
        if fits(sentence, expectation) and any(
            stem(word) in telling for word in words_of(sentence)
        ):
            return SENTENCE_BONUS[expectation]
    return 0.0
