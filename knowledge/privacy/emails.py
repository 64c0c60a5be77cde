"""Where e-mail addresses stand in a text, also with Unicode domains and written-out at-signs."""

import re
from collections.abc import Iterator

# "@", its form in a link, and the forms people write to avoid robots; bounded, so linear.
_AT = re.compile(r"@|%40|[ ]{0,2}[(\[{][ ]?(?:at|a|krøllalfa|alfakrøll)[ ]?[)\]}][ ]{0,2}", re.I)
_STOP = frozenset("@<>()[]{},;:\"'|\\/«»“”‘’`=?&")  # never part of a local part as people write it
_DOMAIN = re.compile(r"[\w\u00ad](?:[\w\u00ad.-]*[\w])?")
_QUOTED_LOCAL_LIMIT = 66  # 64 characters (RFC 5321, 4.5.3.1.1) and the two quotation marks
_SHORTEST_DOMAIN = 2
_DOT = re.compile(r"[ ]?[(\[{](?:dot|punktum|prikk)[)\]}][ ]?", re.I)


def find_emails(text: str) -> Iterator[tuple[int, int]]:
    """Yield `(start, end)` of each address in a text from `plain`, left to right, in linear time.

    An address needs no top-level domain: "ola@kommune" is a mistyped address, and still one.
    """
    floor = 0  # no scan to the left goes past it, so each character is read at most twice
    for at in _AT.finditer(text):
        if at.start() < floor:
            continue
        start = _local_start(text, floor, at.start())
        floor = at.end()
        end = _domain_end(text, at.end())
        written_out = len(at.group()) > 1
        if start == at.start() or end == at.end():
            continue
        domain = text[at.end() : end]
        if len(domain) < _SHORTEST_DOMAIN or not any(map(str.isalpha, domain)):
            continue
        if written_out and ("." not in domain and not _DOT.search(domain)):
            continue  # "møte (a) kommune" is not an address
        if written_out and domain.lower().startswith("www."):
            continue
        yield start, end
        floor = end


def _local_start(text: str, floor: int, at: int) -> int:
    """Scan left over the local part; never past the previous at-sign or address."""
    if at > floor and text[at - 1] == '"':
        opening = text.rfind('"', max(floor, at - _QUOTED_LOCAL_LIMIT), at - 1)
        return opening if opening >= 0 and "\n" not in text[opening:at] else at
    position = at
    while position > floor and text[position - 1] not in _STOP and not text[position - 1].isspace():
        position -= 1
    while position < at and text[position] in ".-":
        position += 1
    return position


def _domain_end(text: str, start: int) -> int:
    match = _DOMAIN.match(text, start)
    if match is None:
        return start
    end = match.end()
    while dot := _DOT.match(text, end):
        following = _DOMAIN.match(text, dot.end())
        if following is None:
            break
        end = following.end()
    return end
