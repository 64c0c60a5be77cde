"""A message that asks two things: which questions it holds, and whether their answers lie apart.

A question has its verb before its subject («når må vi»), a clause has not («når vi må»); lists of
Norwegian (also dialect) and English words tell. Where they do not, a message is left whole: a
search for all of it finds something, while being asked back for nothing costs the asker a turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from indexer.language import Language
from indexer.passages.sentences import sentences
from indexer.ranking.hits import Hit
from indexer.tables.lines import BULLET
from indexer.words.asked import says_something

MOST_PARTS = 3
"""As many buttons as a reply that asks back has."""
MAX_CHARACTERS = 4_000
"""A longer message is background, or a document that was pasted in; it is left whole."""
READ_HITS = 3
"""How far down a part's list a passage may stand that answers it: as many as a reply quotes."""
_FEWEST_WORDS = 4  # «Kosthold?»: a shorter sentence belongs to the question before it
_LOOK_AHEAD = 7  # from question word to verb at the most: «hvor stor del av sentralene har»
_BEGINNING = 150  # hold the words up to there
_LONGEST_SENTENCE = 600  # is not parted: not one sentence, or not written by hand
_Order: TypeAlias = Literal["question", "clause", "either"]
_Kind: TypeAlias = Literal["question", "following", "statement", "nothing"]

_ASKING = frozenset(
    "hva hvem hvordan hvorfor hvor når hvilke hvilken hvilket åssen kva kven korleis kvifor korfor "
    "kor kvar kvilke kvilken ka kem koss kossen kordan what who whom whose how why where when "
    "which".split()
)
_WHETHER = frozenset({"om", "hvorvidt", "whether", "if"})
_OF_EITHER = frozenset({"who", "what", "which"})  # "who pays" is a question or a clause
_BEFORE_NOUN = frozenset("hvilke hvilken hvilket kvilke kvilken which whose slags for kind".split())
_AMOUNTS = frozenset("mange mye mykje lang stor stort store god godt many much large big".split())
_MEASURES = _AMOUNTS | frozenset(  # «hvor ofte», "how often": one question word
    "langt lenge ofte oft tit tidlig tidleg seint snart nær høy høg gammel long often far soon "
    "early late old".split()
)
_MODAL = frozenset(
    "må kan skal bør vil ska skulle kunne burde måtte ville gjelder gjeld trenger treng "
    "do does did can could should shall will would may might must".split()
)
_VERBS = _MODAL | frozenset(
    "får har er finnes finst fins slipper slepp holder held teller tel blir vert kommer kjem går "
    "gjør gjer hadde var fikk fekk passer lønner dekker dekkjer betaler betalar gir gjev gis tar "
    "tek bruker brukar eier eig koster kostar sier seier betyr tyder heter heiter bestemmer ble "
    "kreves krevst ligger ligg står skjer sender søker søkjer starter startar lager velger "
    "følger følgjer fungerer vart vet veit ser skriv is are was were am has have had".split()
)
_VERB_ENDINGS = ("r", "es", "as", "gs", "te", "de")  # «henviser», «kreves», «sendte»
_PRONOUNS = frozenset(  # «i» is a preposition
    "vi jeg eg man me du dere de dei det hun han ho dykk noen nokon we I you they he she it".split()
)
_ARTICLES = frozenset("en ein ei et eit den alle the a an our my your any all".split())
_DEFINITE = ("en", "et", "ene", "ane")
_SUBJECTS = _PRONOUNS | frozenset(  # straight after the verb, these are its subject
    "kommunen kommunane kommunene kommuner kommunar deltakere deltakarar ansatte tilsette leger "
    "legar fastleger there anyone someone everyone people participants municipalities staff".split()
)
_HEADS = _SUBJECTS | _ARTICLES
_LEAD = frozenset(  # without weight before a question; «i tillegg», "in addition" are two words
    "og men så samt også òg dessuten eventuelt evt omtrent ca egentlig eigentleg at i tillegg takk "
    "hei hallo and but so also in addition then hi hello thanks roughly okay ok".split()
)
_PREPOSITIONS = frozenset(
    "i I på for til fra frå med av hos etter mot under innen innan in at on by to".split()
)
_BACK = frozenset(
    "det den dem de dei dette denne disse desse deira sånt slikt begge it they them their its this "
    "that these those both".split()
)
_NOT_BACK = re.compile(
    r"(?i)\b(?:det|it) (?:er |blir |vert |is )?(?:\w+ )?(?:å|at|som|om|to|that|if)\b"
    r"|\bdet (?:noen?|nokon?|noko|ein?|en?t?|mange|flere|fleire|lov|krav|mulig|mogleg|an|vanlig"
    r"|vanleg|lurt|forskjell|skilnad|penger|pengar|støtte|tilskudd|tilskot|plikt)\b"
    r"|\b(?:finn?e?s|finst|går|om|hvis|dersom|når|viss|if|when) (?:det|it)\b"
    r"|\b(?:mange|mye|mykje) (?:\w+ ){1,2}det (?:være|vere|bli)\b"
    r"|\bd(?:e|ei|en|et) (?:nye?\w*|andre|ansatte|tilsette|ulike|fleste|store|små|samme|enkelte"
    r"|første|fyrste|siste|beste|eldre|unge|lokale|statlige|nasjonale|kommunale|offentlige|som)\b"
    r"|\bthat (?:we|you|they|i)\b|\bth(?:is|ese|ose) (?:year|month|week|spring|autumn|who)\b"
)
"""«det» and "it" that refer to nothing («er det lov å»), and articles («de ansatte»)."""
_INDIRECT = re.compile(
    r"(?i)\b(?:lurer|lurte|lurar) (?:\w+ )?(?:på|om)\b|\b(?:vil|ville) (?:gjerne )?vite\b"
    r"|\b(?:ønsker|ynskjer|ønskjer|treng\w*) å (?:få )?vite\b|\bforklar\b|\bfortell\b"
    r"|\b(?:vet|veit) (?:du|dere|de|noen|nokon)\b|\bwonder\w*\b|\bunsure\b|\b(?:tell|explain)\b"
    r"|\b(?:si|fortelle|fortelje|forklare|svare) (?:\w+ ){0,2}(?=h?v\w+|k[avoe]\w+|når|åssen|om)"
    r"|\b(?:like|need|want) to (?:know|understand|ask)\b|\b(?:you|anyone|someone) know\b"
)
"""How one asks by a clause: «lurer på hvem som …»."""
_POLL = r"(?:har|er det|finnes det|finst det|has|have|does|is there) (?:noen|nokon|any\w*)"
_FOLLOWING = re.compile(
    r"(?i)\W*(?:eller|altså|i så fall|så|dvs|enn|for eksempel|til dømes|or|so|if so|in that case"
    rf"|that is|for example|(?:og |and )?{_POLL}"
    r"|(?:(?:og|men|and|but) )?(?:hva|kva|ka|what|how) (?:med|om|da|about))\b"
)
_POLITE = re.compile(
    r"(?i)\W*(?:(?:og|men|and|but) )?(?:(?:kan|kunne|vil|can|could|would) (?:du|dere|de|dykk|noen"
    r"|nokon|you|anyone|someone) (?:\w+ )?(?:hjelpe?|svare|råde|help|advise)"
    r"(?: (?:meg|oss|til|litt|med|dette|det|me|us|with|out|this|please))*"
    rf"|(?:{_POLL}|nokre|noko|noe|noen|nokon|dere har|anyone|you|any)"
    r"(?: (?:andre|som|vet|veit|kan|har|hjelpe|svare|gode|tips|råd|erfaring\w*|innspill|forslag"
    r"|dette|det|svaret|med|om|eller|og|tank[ae]r|else|who|knows?|have|has|had|any|ideas?|advice"
    rf"|thoughts|experiences?|this|with))+|{_POLL}[\w ]{{0,30}} (?:dette|det|slikt|this|it)"
    r"|(?:hva|kva|korleis|hvordan|hvilke|ka) (?:tenk\w+|men\w+|mein\w+|synes\w?|tror|trur|gjør|gjer"
    r"|anbefaler|råd|tips|erfaring[ae]r)"
    r"(?: (?:har|gjør|gjer|dere|de|du|dykk|andre|vi|jeg|eg|det|nå|no|da|om|dette))*"
    r"|(?:hva|kva|hvordan|korleis|what|how) (?:har|sier|seier|do|have) (?:dei? )?(?:andre|others)"
    r"(?: \w+){0,2}|(?:kan|får|can|could|may) (?:jeg|eg|vi|i|we) (?:lov å )?(?:spørre|spørje|ask)"
    r"[\w ]{0,25}|ikkj?e sant|går det bra|what (?:do|would|should|can) (?:you|we|i) (?:think"
    r"|suggest|recommend|advise|say|do)(?: about (?:it|this|that))?(?: now)?)\W*"
)
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_STOP = re.compile(r"(?<![?!…])[?!…]++[\"»”)]*+\s++")
_NUMBERED = re.compile(r"(?<!\S)\(?([1-9])[.)]\s+(?=\S)")
_LABEL = re.compile(rf"{BULLET.pattern}|\([1-9a-c]\)\s+")
_GREETING = re.compile(
    r"(?i)(?:(?:hei(?:sann)?|hallo|hello|hi|go[do] (?:morgen|morgon|dag|kveld|morning|afternoon))"
    r"(?: (?:på dere|alle|all))?\s*[,:;–-]|[^?:\n]{0,60}\b(?:spørsmål|spm|questions?):)[\s•–-]*"
)
_OPENING = re.compile(r"(?i)\A(?:(?:og|men|dessuten|i tillegg|and|but|also)\b|[\s,;–-]+)+")
_JOINT = re.compile(
    r"(?i)(?<!\s)(?:(?:\s*+[,;]\s*+|\s++)(?P<word>og|samt|men|å|&|pluss|and|but|plus)\s++"
    r"|\s*+[,;:]\s++|[^\S\n]*+\n\s*+|\s++[–-]\s++)"
)


def parts_of(text: str, language: Language) -> list[str]:
    """The questions of a message that can be asked one by one, in order, as they were written.

    A question that refers back («… og hvordan virker det?») belongs to the one before it, and so
    does «eller …»; one that refers to a statement begins with that. Polite ones are left out.

    Returns:
        At most `MOST_PARTS` substrings of `text` that do not overlap; fewer than two when it asks
        one thing, or when that cannot be told.
    """
    if len(text) > MAX_CHARACTERS:
        return []
    found: list[tuple[int, int]] = []
    said: int | None = None  # where the last statement after the last question begins
    for start, end, parted in _pieces(text):
        kind = _kind(text[start:end], parted)
        if kind == "statement":
            said = start
        elif kind == "following" and found and said is None:
            found[-1] = found[-1][0], end
        elif kind != "nothing":
            found.append((start if kind == "question" or said is None else said, end))
            said = None
    parts = [_OPENING.sub("", text[start:end]).rstrip(" \t\n,;–-") for start, end in found]
    return [part for part in parts if says_something(part, language)][:MOST_PARTS]


def lead_apart(hits: Sequence[Sequence[Hit]]) -> bool:
    """Whether the parts of a message are answered in different places.

    Args:
        hits: for each part what was found, best first. One without hits is passed over.

    Returns:
        False where one section (document and headings) is among the first `READ_HITS` of every
        part: what is shown for one then answers the others. False with fewer than two parts.
    """
    tops = [[same for hit in found[:READ_HITS] for same in (hit, *hit.also)] for found in hits]
    sections = [{(hit.document.id, hit.passage.path) for hit in top} for top in tops if top]
    return len(sections) > 1 and not set.intersection(*sections)


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Sentences and list items, parted where a second question begins, and whether they were."""
    for at, end in _sentences(text):
        for opening in (_LABEL, _GREETING):
            label = opening.match(text[at:end])
            at += label.end() if label else 0
        where: list[re.Match[str]] = []
        for joint in _JOINT.finditer(text, at, end):
            begins = where[-1].end() if where else at
            left, right = text[begins : joint.start()], text[joint.end() : end]
            if left and end - at <= _LONGEST_SENTENCE and _parted(left, right, joint):
                where.append(joint)
        while where and not (where[-1]["word"] or "\n" in where[-1].group()):
            del where[-1]  # commas part questions only where «og» follows: «…, er det lov?»
        for joint in where:
            yield at, joint.start(), True
            at = joint.end()
        yield at, end, bool(where)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    cuts = [0]
    for number in _NUMBERED.finditer(text):  # «1) … 2) …» on one line
        if int(number[1]) == len(cuts):
            cuts.append(number.start())
    for low, high in pairwise([*(cuts if len(cuts) > 2 else [0]), len(text)]):
        for first, last in sentences(text[low:high]):
            at = low + first
            for stop in _STOP.finditer(text, at, low + last):
                yield at, stop.end()
                at = stop.end()
            yield at, low + last


def _parted(left: str, right: str, joint: re.Match[str]) -> bool:
    """Whether one question ends and another begins at a joint («og», a comma, a new line)."""
    order = _order(_words(right), alone=joint.group() != f" {joint['word']} ")
    if _INDIRECT.search(left):
        return order is not None and _has_clause(left)
    return (order == "question" or (order == "either" and not _has_clause(left))) and _asks(left)


def _kind(piece: str, parted: bool) -> _Kind:
    """What a sentence, or a question that was parted from one, is to the question before it."""
    words = _words(piece)
    if _POLITE.fullmatch(piece):
        return "nothing"
    indirect = _INDIRECT.search(piece) and _has_clause(piece)
    if not (parted or "?" in piece or indirect or _asks(piece, openly=True)):
        return "statement" if len(words) >= _FEWEST_WORDS else "nothing"
    if _FOLLOWING.match(piece) or (_order(words) is None and len(words) < _FEWEST_WORDS):
        return "following"
    told = _WORD.findall(_NOT_BACK.sub(" ", piece).lower())
    pointing = not _BACK.isdisjoint(told) or told[-1:] in (["der"], ["there"])
    bare = parted and len(words) == 3 and words[1] == "er"  # «… og når er fristen?»: of what?
    return "following" if pointing or bare else "question"


def _words(text: str) -> list[str]:
    """The words of a question from its first one of weight on, or from its question word."""
    found = _WORD.findall(text[:_BEGINNING])
    words = [word if word == "I" else word.lower() for word in found]
    while words and words[0] in _LEAD | _PREPOSITIONS:
        del words[0]
    return words


def _asks(text: str, *, openly: bool = False) -> bool:
    """Whether one of the clauses of a text is a question; `openly` without a question mark."""
    words = _words(text)
    if _order(words) in ("question", "either") or not (openly or _VERBS.isdisjoint(words[:1])):
        return True
    clauses = (_words(text[joint.end() :]) for joint in _JOINT.finditer(text) if not joint["word"])
    orders = (_order(words) for words in clauses if not openly or not _ASKING.isdisjoint(words[:1]))
    return not {"question", "either"}.isdisjoint(orders)


def _has_clause(text: str) -> bool:
    """Whether something is asked by a clause: a question word stands within the text."""
    return not (_ASKING | _WHETHER).isdisjoint(_WORD.findall(_OPENING.sub("", text).lower())[1:])


def _order(words: Sequence[str], *, alone: bool = True) -> _Order | None:
    """What words begin; None for neither, or a question word by itself.

    Without `alone` they may go on a predicate: «hvem eier og er …» asks nothing more.
    """
    if len(words) < 2:
        return None
    first, rest = words[0], words[1:]
    if first in _WHETHER:
        return "clause" if rest[0] in _HEADS else None
    if first in _ASKING:
        return _order_after(first, rest)
    subject = rest[0] in _SUBJECTS or (first == "do" and rest[0].endswith("s"))
    if alone or first in _MODAL:
        subject = subject or rest[0] in _ARTICLES or rest[0].endswith(_DEFINITE)
    return "question" if subject and first in _VERBS else None


def _order_after(asking: str, rest: Sequence[str]) -> _Order | None:
    """The same for the words after a question word."""
    noun = asking in _BEFORE_NOUN or rest[0] in _BEFORE_NOUN
    if asking in ("hvor", "kor", "how") and rest[0] in _MEASURES:
        noun = rest[0] in _AMOUNTS  # «hvor mange timer», but «hvor ofte»
        rest = rest[1:]
    noun = noun or (asking in ("kva", "ka", "what") and rest[0] not in _VERBS)
    if not noun and _inverted(rest):
        return "question"  # whatever its verb
    for at, word in enumerate(rest[:_LOOK_AHEAD]):
        if word in _VERBS or (at == int(noun) and word.endswith(_VERB_ENDINGS)):
            if at and not noun and rest[0] not in _PREPOSITIONS:
                return "clause"
            return "question" if asking not in _OF_EITHER or _inverted(rest[at:]) else "either"
        if word in _ARTICLES | _PRONOUNS or word == "som" or (at == 0 and word == "to"):
            return "either" if asking in _OF_EITHER and at > int(noun) else "clause"
    if asking in _OF_EITHER:
        return "either" if len(rest) > int(noun) else None
    return ("question" if len(rest) > 2 else None) if noun or not rest else "clause"


def _inverted(words: Sequence[str]) -> bool:
    return len(words) > 1 and words[0] not in _HEADS and words[1] in _HEADS
