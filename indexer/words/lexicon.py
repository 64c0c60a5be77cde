"""The word lists behind the lexical leg (indexer/lexicon/README.md says where each comes from)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def _rows(name: str) -> list[list[str]]:
    text = files("indexer").joinpath("lexicon", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()]


CLOSED_CLASS = {
    # Nynorsk closed-class words and everyday forms, to bokmål. They have no spelling rule.
    "eg": "jeg", "ikkje": "ikke", "kva": "hva", "ka": "hva", "korleis": "hvordan",
    "kossen": "hvordan", "åssen": "hvordan", "korsen": "hvordan", "kven": "hvem",
    "kvifor": "hvorfor", "korfor": "hvorfor", "kor": "hvor", "kvar": "hver", "kvart": "hvert",
    "nokon": "noen", "noko": "noe", "nokre": "noen", "dei": "de", "ein": "en", "eit": "et",
    "frå": "fra", "vere": "være", "vera": "være", "vore": "vært", "mykje": "mye", "meir": "mer",
    "fleire": "flere", "flest": "flest", "berre": "bare", "då": "da", "ho": "hun", "me": "vi",
    "dykk": "dere", "dykkar": "deres", "sjølv": "selv", "saman": "sammen", "heile": "hele",
    "gong": "gang", "gonger": "ganger", "veke": "uke", "veker": "uker", "fekk": "fikk",
    "vart": "ble", "blei": "ble", "blir": "blir", "gjer": "gjør", "gjere": "gjøre",
    "gjera": "gjøre", "kjem": "kommer", "seier": "sier", "veit": "vet", "høve": "anledning",
    "røynsle": "erfaring", "røynsler": "erfaringer", "tilskot": "tilskudd", "tilbod": "tilbud",
    "born": "barn", "pengar": "penger", "løn": "lønn", "tal": "tall", "skule": "skole",
    "tilvise": "henvise", "tilviser": "henviser", "tilvising": "henvisning", "byrje": "begynne",
    "tilsette": "ansatte", "tilsett": "ansatt", "rettleiar": "veileder", "starta": "startet",
    "rettleiaren": "veilederen", "rettleiing": "veiledning", "førebygging": "forebygging",
    "æ": "jeg", "æg": "jeg", "jæ": "jeg", "mæ": "meg", "dæ": "deg", "sæ": "seg", "hu": "hun",
    "dokker": "dere", "dåkker": "dere", "dokke": "dere", "åss": "oss", "dems": "deres",
    "ska": "skal", "sku": "skulle", "itj": "ikke",
    "ittj": "ikke", "ikkj": "ikke", "inte": "ikke", "kem": "hvem", "koffor": "hvorfor",
    "koffer": "hvorfor", "hvorfår": "hvorfor", "korsn": "hvordan", "koss": "hvordan",
    "nåkka": "noe", "nåkke": "noe", "noka": "noe", "nåen": "noen",
    "nån": "noen", "nokken": "noen", "bærre": "bare", "berr": "bare", "elle": "eller",
    "eler": "eller", "mett": "mitt", "heim": "hjem", "heime": "hjemme", "no": "nå", "nu": "nå",
    "nyttar": "bruker", "nytta": "brukt", "trengst": "trengs", "handsame": "behandle",
}  # fmt: skip


@cache
def nynorsk() -> dict[str, str]:
    """Nynorsk word -> bokmål word."""
    mapped = {row[0]: row[1] for row in _rows("nynorsk.tsv")}
    return mapped | CLOSED_CLASS


@cache
def english() -> dict[str, list[tuple[str, float]]]:
    """English word -> up to four bokmål words with their translation probability."""
    table: dict[str, list[tuple[str, float]]] = {}
    for word, translations in _rows("english.tsv"):
        pairs = (entry.rsplit(":", 1) for entry in translations.split())
        table[word] = [(target, float(probability)) for target, probability in pairs]
    return table


@cache
def frequencies() -> dict[str, float]:
    """Bokmål word -> its share of running text; words not listed are rarer than 3 in 100,000."""
    return {word: float(share) for word, share in _rows("frequencies.tsv")}
