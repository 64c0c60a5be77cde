"""The words of a question, what each may be called in the documents, and how much it tells."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.language import Language, detect
from indexer.words import lexicon
from indexer.words.expansion import expansions
from indexer.words.terms import terms_of, to_bokmaal, words

BACKGROUND = 0.003
"""a in the weight a / (a + f) of a question word that makes up the share f of ordinary text:
halves a word as common as «på», leaves a word of 1 in 100,000 alone (Arora et al. 2017, SIF)."""

CHAT_SHARE = 0.005
"""Least share assumed for the words that questions are made of, whatever the corpus says."""

ENGLISH_FLOOR = 0.3
"""Added to a translation's probability to give its weight: alignment spreads probability thin."""

EXPANSION = 0.5
"""Weight of a thesaurus word against the question's own; chosen on the tuning questions."""

WORD_LISTS = ("thesaurus", "dictionary", "background")
"""What may be left out to see what it is worth: the thesaurus, the English dictionary, and the
weights that keep greetings and question words from steering."""

FOLLOWING = re.compile(
    r"\W*(?:og|enn|men|eller|så|hva med|kva med|ka med|hva da|and|but|or|then|what about|how about)"
    r"\b",
    re.IGNORECASE,
)
"""How a question begins that goes on from the one before."""

POINTING = frozenset(
    "det den de dem dette denne disse dei desse deira deres sånt slikt der it its they them their "
    "that this these those there".split()
)
"""Words that point back to something said before."""

SUBJECT_WEIGHT = 0.8
SUBJECT = 2
POINTING_SUBJECT = 5
"""A question with fewer words of such weight is read with the turn before it: two make a subject of
their own, and five do even beside a word that points back."""

LEAST_TELLING = 0.5
"""Weight of a word as common as «eller»: more common ones («og», «er») ask for nothing."""

LEAST_RELATED = 0.5
"""Weight that a word from the thesaurus must have by itself."""

MAX_QUESTION_WORDS = 400
"""A longer question is background text; what is asked stands at its beginning or end."""

CHAT_WORDS = frozenset(
    "hei hallo takk tusen hilsen lurer noen noe vi jeg du dere dette hva hvordan hvem hvorfor hvor "
    "hvilke hvilken hvilket når kan skal må bør vil får gjelder hjelp hjelpe spørsmål trenger vet "
    "tips god dag morgen please thanks finnes gjør gjøre si fortelle litt mer mye egentlig "
    "få annet anna andre innen om lurte prøver ønsker håper kommune kommunen kommuner".split()
)
ENGLISH_FUNCTION_WORDS = frozenset(
    "a an the of to in on at by for from with and or but not is are was were be been am do does "
    "did have has had can could should would may might must will shall we i you he she it they "
    "our us your their my me what how who whom why where when which that this these those there "
    "hi hello thanks please anyone know tell about any some as if so than then into out up".split()
)


@dataclass(frozen=True)
class AskedWord:
    """One word of the question and the bokmål words that mean it, each with a weight 0-1.

    `own` are the word itself in bokmål, or its translations; `related` are what the thesaurus says
    that documents write for it.
    """

    word: str
    own: Mapping[str, float] = field(default_factory=dict)
    related: Mapping[str, float] = field(default_factory=dict)

    @property
    def alternatives(self) -> dict[str, float]:
        return _highest([self.related, self.own])


def weight(word: str) -> float:
    """How much a (bokmål) question word steers the search, 0 to 1."""
    share = lexicon.frequencies().get(word, 0.0)
    if word in CHAT_WORDS:
        share = max(share, CHAT_SHARE)
    return BACKGROUND / (BACKGROUND + share)


def asked_words(
    question: str, language: Language, scale: float = 1.0, without: Collection[str] = ()
) -> list[AskedWord]:
    """The words of a question that can be searched for.

    An English question keeps its own words (names, «Bra mat») and adds up to four Norwegian words
    for each.

    Args:
        scale: factor on every weight, for words that count less than the question's own.
        without: those of `WORD_LISTS` that are not used.
    """
    every = list(words(question))
    if len(every) > MAX_QUESTION_WORDS:
        half = MAX_QUESTION_WORDS // 2
        every = every[:half] + every[-half:]
    own = {word: _own(word, language, without) for word in dict.fromkeys(every)}
    related: dict[str, dict[str, float]] = {word: {} for word in own}
    for phrase in expansions(every, language) if "thesaurus" not in without else ():
        said = every[phrase.first : phrase.last]
        highest = max((max(own[word].values(), default=0.0) for word in said), default=0.0)
        for word in said:
            for other, share in phrase.weights.items():
                if weight(other) < LEAST_RELATED:
                    continue  # «og», «kommunale»: parts of a phrase that say nothing alone
                weighed = EXPANSION * share * max(highest, weight(other)) * weight(other)
                related[word][other] = max(related[word].get(other, 0.0), weighed)
    return [
        AskedWord(word, _scaled(own[word], scale), _scaled(related[word], scale))
        for word in own
        if own[word] or related[word]
    ]


def _scaled(weights: Mapping[str, float], scale: float) -> dict[str, float]:
    return {word: scale * share for word, share in weights.items()}


def _own(word: str, language: Language, without: Collection[str]) -> dict[str, float]:
    if language == "en" and word in ENGLISH_FUNCTION_WORDS:
        return {}
    weigh = (lambda _: 1.0) if "background" in without else weight
    mapped = to_bokmaal(word)
    found = {mapped: weigh(mapped)}
    if language == "en" and "dictionary" not in without:
        for translation, probability in lexicon.english().get(word, ()):
            share = min(1.0, ENGLISH_FLOOR + probability) * weigh(translation)
            found[translation] = max(found.get(translation, 0.0), share)
    return found


def flat(asked: Iterable[AskedWord]) -> dict[str, float]:
    """Every bokmål word to search for -> its highest weight."""
    return _highest(item.alternatives for item in asked)


def own_words(asked: Iterable[AskedWord]) -> dict[str, float]:
    """The bokmål words that were asked for themselves -> weight."""
    return _highest(item.own for item in asked)


def _highest(weights: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for group in weights:
        for word, share in group.items():
            found[word] = max(found.get(word, 0.0), share)
    return found


def says_something(text: str, language: Language) -> bool:
    """Whether there is anything to search for besides greetings, numbers and function words."""
    return any(
        weight(word) > LEAST_TELLING
        and word not in CHAT_WORDS
        and word not in ENGLISH_FUNCTION_WORDS
        and not word.isdigit()
        for word in own_words(asked_words(text, language))
    )


def leans(question: str, asked: Sequence[AskedWord]) -> bool:
    """Whether a question asks something only together with the turn before it.

    Otherwise a new question would be answered with the subject of the last one.
    """
    if FOLLOWING.match(question):
        return True
    telling = [item for item in asked if max(item.own.values(), default=0.0) >= SUBJECT_WEIGHT]
    pointing = any(word in POINTING for word in words(question))
    return len(telling) < (POINTING_SUBJECT if pointing else SUBJECT)


def subject_of(thread: Sequence[str]) -> str:
    """The latest turn that says what the thread is about («og i 2019?» does not), or nothing."""
    return next((turn for turn in reversed(thread) if says_something(turn, detect(turn))), "")


def question_terms(weights: dict[str, float]) -> dict[str, tuple[float, int]]:
    """Index term -> (weight, field) for the words of `flat`."""
    terms: dict[str, tuple[float, int]] = {}
    for word, share in weights.items():
        for term, kind in terms_of(word):
            terms[term] = (terms.get(term, (0.0, kind))[0] + share, kind)
    return terms
