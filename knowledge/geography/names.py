"""Place names made comparable: case, accents, and the ways å, æ and ø are typed without them."""

import re
import unicodedata

_LETTERS = str.maketrans({"ø": "o", "ö": "o", "æ": "ae", "ä": "ae", "đ": "d", "ŋ": "n", "ŧ": "t"})
_COUNTY_IN_NAME = re.compile(r"^(?P<name>.+?)\s*(?:\((?P<bracket>.+)\)|,\s*(?P<comma>.+))$")
_NAME_I_COUNTY = re.compile(r"^(?P<name>.+?)\s+i\s+(?P<county>.+)$", re.I)
_DESIGNATION = re.compile(
    r"\s+(?:kommunen?s?|municipality|suohkan|gielda|tjïelte|komuuni|kunta)$", re.I
)


def exact(name: str) -> str:
    """The name in lower case, composed (NFC), with single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def loose(name: str) -> str:
    """As `exact`, and Ålesund, Aalesund and Alesund alike; Herøy, Heroey and Heroy too."""
    letters = unicodedata.normalize("NFD", exact(name).translate(_LETTERS))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare.replace("aa", "a").replace("oe", "o").replace("-", " ")


def without_designation(text: str) -> str:
    """ "Senja kommune" -> "Senja"."""
    return _DESIGNATION.sub("", text.strip()).strip()


def base(name: str) -> str:
    """The name without the county that tells namesakes apart: "Våler (Østfold)" -> "Våler"."""
    return split_county(name)[0]


def split_county(text: str) -> tuple[str, str | None]:
    """ "Herøy (Nordland)", "Herøy, Nordland" or "Herøy i Nordland" -> ("Herøy", "Nordland")."""
    text = text.strip()
    if match := _COUNTY_IN_NAME.match(text):
        return match["name"], match["bracket"] or match["comma"]
    if match := _NAME_I_COUNTY.match(text):
        return match["name"], match["county"]
    return text, None
