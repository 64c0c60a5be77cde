"""Which of the three languages a text is written in: bokmål (nb), nynorsk (nn) or English (en)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Literal, cast

Language = Literal["nb", "nn", "en"]

SAMPLE_CHARACTERS = 2_000
"""Enough to tell the language; keeps a 2 MB message cheap."""

SURE_OF_NYNORSK = 5.0
"""Difference in log probability. Bokmål and nynorsk share most words, and most people write bokmål:
of the development questions without a closed-class word, the nynorsk ones lead by 7 or more, and
bokmål ones that are taken for nynorsk by less than 3."""

_MARKERS: dict[Language, frozenset[str]] = {
    # Closed-class words that only one of the three uses; they decide short questions.
    "nb": frozenset(
        "jeg hva hvordan hvem hvorfor hvor hvilke hvilken hvilket ikke noen noe være vært mye "
        "mer flere bare fra dere deres selv hver hvert hvis mellom gjør gjøre uke hjelper kommer "
        "kommunene åssen hvorledes nødvendig".split()
    ),
    "nn": frozenset(
        "eg kva korleis kven kvifor kvar kor kva kvifor ikkje nokon noko nokre vere vore mykje "
        "meir fleire berre frå dykk dykkar sjølv kvart dersom gjer gjere gjera veke kjem dei "
        "ein eit me tilskot tilbod kommunane kommunar tenester teneste korfor kossen".split()
    ),
    "en": frozenset(
        "the a an of to is are was were do does did what how who why where when which we our us "
        "you your can could should would must and or not with from this that these there have "
        "has many much any need get".split()
    ),
}
_SHARED = {"a", "an", "do", "to", "me", "is", "get", "has", "must", "us", "or", "are", "that"}
_WORD = re.compile(r"[^\W\d_]+")


@cache
def _identifier() -> Any:
    # Imported late: its model takes most of a second to unpack and most questions need no model.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(["no", "nn", "en"])
    return identifier


def detect(text: str) -> Language:
    """The language of a question; bokmål where nothing tells.

    Closed-class words decide where one language clearly has most of them; otherwise py3langid,
    which knows bokmål as ``no``, and which must be surer of nynorsk than of bokmål.
    """
    words = _WORD.findall(text[:SAMPLE_CHARACTERS].lower())
    if not words:
        return "nb"
    votes = {
        language: sum(0.5 if word in _SHARED else 1.0 for word in words if word in markers)
        for language, markers in _MARKERS.items()
    }
    ranked = sorted(votes, key=lambda language: -votes[language])
    if votes[ranked[0]] >= 1 and votes[ranked[0]] > votes[ranked[1]]:
        return ranked[0]
    scores = dict(_identifier().rank(" ".join(words)))
    guess = max(scores, key=lambda code: scores[code])
    if guess == "no" or (guess == "nn" and scores["nn"] - scores["no"] < SURE_OF_NYNORSK):
        return "nb"
    return cast(Language, guess)
