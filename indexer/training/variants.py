"""The ways people put a question: in nynorsk or English, with an opening, with chat words."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from indexer.training.corpus import Language, Translations

IN_BOKMAL, IN_NYNORSK = 0.50, 0.22
"""Shares of the queries that stay bokmål and that become nynorsk; the rest becomes English."""

FORMS = 2
"""Nynorsk forms tried for a bokmål word, the most frequent first."""

TRANSLATED = 0.5
"""An English query is made only where at least this share of its content words is known."""

KEPT_AS_IS = 0.3
"""Share of the unknown words that stay Norwegian in an English query (names, mostly)."""

OPENINGS: dict[Language, tuple[str, ...]] = {
    "nb": (
        "Hvilke regler gjelder for", "Hvordan går vi fram med", "Hei, hva står det om",
        "Hvem bestemmer over", "Når kommer", "Hvor står det noe om", "Er det noen som vet noe om",
        "Hva mener dere med", "Hvor mange", "Hva kreves av", "Hva ligger i", "Vi lurer på",
        "Stemmer det at", "Hvorfor", "Må vi ha", "Har dere tips til",
    ),
    "nn": (
        "Kva reglar gjeld for", "Korleis går vi fram med", "Hei, kva står det om",
        "Kven avgjer", "Når kjem", "Kvar står det noko om", "Er det nokon som veit noko om",
        "Kor mange", "Kva krevst av", "Kva ligg i", "Vi lurer på", "Kvifor", "Må vi ha",
    ),
    "en": (
        "Which rules apply to", "How do we go about", "Hi, what is written about",
        "Who decides on", "When will", "Where can we read about", "Does anybody know about",
        "How many", "What is required of", "What is meant by", "We wonder about", "Why",
        "Do we need", "Any advice on",
    ),
}  # fmt: skip

CHAT: dict[Language, str] = {
    "nb": "hei heisann hallo dere vi oss vår jeg meg noen som vet lurer på spørsmål om kort sagt "
    "takk på forhånd mvh hilsen gjerne trenger bare egentlig altså forresten når hva hvem hvor "
    "hvordan hvorfor hvilke hvilken mange er det en et den da skal kan må har fått hvis her i "
    "kommunen sentralen nå igjen ny litt",
    "nn": "hei heisann hallo de vi oss vår eg meg nokon som veit lurer på spørsmål om kort sagt "
    "takk på førehand mvh helsing gjerne treng berre eigentleg altså når kva kven kor kvar "
    "korleis kvifor er det ein eit den då skal kan må har fått dersom her i kommunen sentralen no "
    "igjen ny litt",
    "en": "hi hello all we us our i me anyone who knows wondering about question short thanks in "
    "advance regards please need just actually so by the way when what who where how why which "
    "many is it a an the then shall can must have got if here in municipality centre now again "
    "new bit do does",
}
"""Words that say nothing of what is asked; added at random so that the model learns to ignore
them."""

_FUNCTION_WORDS = dict(
    pair.split(":")
    for pair in (
        "jeg:i du:you vi:we de:they dere:you den:the det:it en:a et:a og:and eller:or men:but "
        "i:in på:on til:to fra:from med:with uten:without av:of for:for om:about ved:at hos:at "
        "etter:after før:before under:during mellom:between som:which at:that hvis:if når:when "
        "hva:what hvem:who hvor:where hvordan:how hvorfor:why hvilke:which hvilken:which "
        "er:is var:was være:be blir:becomes ble:became har:has hadde:had ha:have kan:can "
        "skal:shall må:must vil:will bør:should ikke:not alle:all noen:some mange:many "
        "flere:more andre:others"
    ).split()
)
_TOKEN = re.compile(r"\w+|\W+")
_AMBIGUOUS = frozenset({"de", "ved", "no", "er"})


class Variants:
    """Turns bokmål queries into other ones. The same `chance` state gives the same variants."""

    def __init__(
        self,
        nynorsk: Mapping[str, str],
        english: Translations,
        counts: Counter[str],
        chance: random.Random,
    ) -> None:
        """`counts`: how often nynorsk words occur, to choose among the forms of a word."""
        self._chance = chance
        self._to_bokmal = dict(nynorsk)
        forms: defaultdict[str, list[str]] = defaultdict(list)
        for form in sorted(nynorsk, key=lambda form: (-counts[form], form)):
            forms[nynorsk[form]].append(form)
        self._to_nynorsk = {
            word: found[:FORMS] for word, found in forms.items() if word not in _AMBIGUOUS
        }
        inverted: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for word, translations in english.items():
            for target, probability in translations:
                inverted[target].append((word, probability))
        self._to_english = dict(inverted)

    def nynorsk(self, text: str) -> str:
        """A bokmål text word by word in nynorsk; in lower case where a word was exchanged."""
        return "".join(
            self._chance.choice(self._to_nynorsk[token.lower()])
            if token.lower() in self._to_nynorsk
            else token
            for token in _TOKEN.findall(text)
        )

    def bokmal(self, text: str) -> str:
        """A nynorsk text word by word in bokmål."""
        return "".join(self._to_bokmal.get(token.lower(), token) for token in _TOKEN.findall(text))

    def english(self, text: str) -> str | None:
        """A bokmål text word by word in English; None where too few of its words are known."""
        made: list[str] = []
        known = content = 0
        for word in re.findall(r"\w+", text.lower()):
            if word in _FUNCTION_WORDS:
                made.append(_FUNCTION_WORDS[word])
                continue
            content += 1
            if translations := self._to_english.get(word):
                weights = [probability for _, probability in translations]
                choice = self._chance.choices(translations, weights)[0]
                made.append(choice[0])
                known += 1
            elif word.isdigit() or self._chance.random() < KEPT_AS_IS:
                made.append(word)
        return " ".join(made) if content and known >= TRANSLATED * content else None

    def query(self, text: str, *, opened: float) -> tuple[str, Language]:
        """A bokmål text as somebody might ask for it, and the language it is in then.

        Args:
            opened: probability that it gets the opening of a question.
        """
        language: Language = "nb"
        drawn = self._chance.random()
        if drawn >= IN_BOKMAL + IN_NYNORSK:
            if (translated := self.english(text)) is not None:
                text, language = translated, "en"
        elif drawn >= IN_BOKMAL:
            text, language = self.nynorsk(text), "nn"
        return self.opened(text, language, opened), language

    def opened(self, text: str, language: Language, probability: float) -> str:
        """The text, with this probability after the opening of a question."""
        if self._chance.random() >= probability:
            return text
        return f"{self._chance.choice(OPENINGS[language])} {_uncapitalised(text)}"


def _uncapitalised(text: str) -> str:
    """With a small first letter, unless the word is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
