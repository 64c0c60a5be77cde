"""The words right before and right after a number that tell what it is."""

import re

_REACH = 32  # characters read to either side; the longest label is "organisasjonsnummer"
_GLUE = r"(?:\s{0,2}(?:er|is|:|\.|=|#|-|til|på))?[\s:.#(+-]{0,3}\Z"
_GLUE_CHARACTERS = " \n:.#(+-="
_SIGNS = "£€$§/"

_ACCOUNT = re.compile(
    rf"(?:konto|kontonr|kontonummer|bankgiro|giro|account number|account)\b{_GLUE}", re.I
)
_PHONE = re.compile(
    r"(?:tlf|telefon|mobil|mob|phone|sms|ring|ringe|fax|faks|vipps)(?:nr|nummer|nummeret)?"
    rf"(?:\s?(?:nr|nummer))?{_GLUE}",
    re.I,
)
_OTHER_NUMBER = re.compile(
    r"(?:(?<!\w)(?:kr|nok|kl|sak|saksnr|saksnummer|arkivsak|ref|referanse|isbn|issn|doi|id|kap"
    r"|postboks|versjon|beløp|sum|orgnr|organisasjonsnummer|organisasjonsnr|org|journalpost"
    r"|journalpostnr|kroner|gnr|bnr)|org\.?\s?(?:nr|nummer)|£|€|\$|§|(?:19|20)\d\d/)"
    r"[\s:.#-]{0,3}\Z",
    re.I,
)
_UNIT = re.compile(
    r"[\s,.-]{0,2}(?:(?:kr|kroner|nok|mill|millioner|mrd|milliarder|tusen|prosent|pst|promille|euro"
    r"|eur|usd|personer|innbyggere|innbyggjarar|deltakere|deltakarar|brukere|brukarar|kcal|kj|meter"
    r"|stk|skritt|poeng)\b|[%‰€$])",
    re.I,
)
_DECIMALS = re.compile(r",(?:-|[0-9]{1,2}(?![0-9]))")
_WHOLE_PART = re.compile(r"(?<![0-9])[0-9]{1,3},\Z")
_ORGANISATION = re.compile(
    r"(?:org\.?\s?(?:nr|nummer)|organisasjonsnummer|organisasjonsnr|foretaksnummer)[\s:.#-]{0,3}\Z",
    re.I,
)
_PERSONAL = re.compile(rf"(?:personnummer|personnr|pers\.?nr|pnr)(?:et)?\b{_GLUE}", re.I)
_IDENTITY = re.compile(
    rf"(?:fnr|f\.nr|fødselsnummer|fødselsnr|fødselnummer|d-?nummer|d-?nr|h-?nummer)(?:et)?\b{_GLUE}",
    re.I,
)
_WEB_ADDRESS = re.compile(r"https?://[^\s<>|]+", re.I)


def _words_before(pattern: re.Pattern[str], text: str, start: int) -> bool:
    """Whether `pattern` ends at `start`. Only the last characters are read: constant time."""
    before = text[max(0, start - _REACH) : start]
    last = before.rstrip(_GLUE_CHARACTERS)[-1:]
    if not last.isalpha() and last not in _SIGNS:
        return False  # no word stands there; the common case in long rows of numbers
    return pattern.search(before) is not None


def labelled_account(text: str, start: int) -> bool:
    """Whether the word before `start` says account number."""
    return _words_before(_ACCOUNT, text, start)


def labelled_phone(text: str, start: int) -> bool:
    """Whether the word before `start` says telephone."""
    return _words_before(_PHONE, text, start)


def labelled_identity(text: str, start: int) -> bool:
    """Whether the word before `start` says national identity number, or the last part of one."""
    return _words_before(_IDENTITY, text, start) or labelled_personal(text, start)


def labelled_personal(text: str, start: int) -> bool:
    """Whether the word before `start` says «personnummer»: many write its five digits alone."""
    return _words_before(_PERSONAL, text, start)


def labelled_organisation(text: str, start: int) -> bool:
    """Whether the word before `start` says organisation number."""
    return _words_before(_ORGANISATION, text, start)


def is_quantity_or_reference(text: str, start: int, end: int) -> bool:
    """Whether the words around say amount, count, case number, ISBN, clock time and the like."""
    if _words_before(_OTHER_NUMBER, text, start):
        return True
    if _WHOLE_PART.search(text[max(0, start - 6) : start]):
        return True
    return _UNIT.match(text, end) is not None or _DECIMALS.match(text, end) is not None


def web_addresses(text: str) -> list[tuple[int, int]]:
    """The spans of web addresses: page ids in them look like telephone numbers."""
    return [match.span() for match in _WEB_ADDRESS.finditer(text)]
