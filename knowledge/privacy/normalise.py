"""A same-length working copy of a text in which digits, spaces and dashes are plain ASCII.

Every character maps to exactly one character, so offsets in the copy are offsets in the original.
"""

import sys
import unicodedata
from functools import cache

# Invisible characters that text copied from web pages and PDF carries inside numbers.
ZERO_WIDTH = "\u00ad"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_LOOK_ALIKES = {
    "＠": "@",
    "﹫": "@",
    "．": ".",
    "。": ".",
    "｡": ".",
    "․": ".",
    "＋": "+",
    "﹢": "+",
    "（": "(",
    "）": ")",
    "／": "/",
    "⁄": "/",
    "∕": "/",
    "−": "-",
    "：": ":",
    "\t": " ",
    "\v": " ",
    "\f": " ",
    "\r": "\n",
    "\x85": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
}


@cache
def _table() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in range(0x80, sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            table[code] = str(unicodedata.decimal(character))
        elif category == "Zs":
            table[code] = " "
        elif category == "Pd":
            table[code] = "-"
    table.update({ord(character): ZERO_WIDTH for character in INVISIBLE})
    table.update({ord(character): plain for character, plain in _LOOK_ALIKES.items()})
    return table


def plain(text: str) -> str:
    """`text` with decimal digits as 0-9, and spaces, dashes and at-signs in their ASCII form."""
    return text.translate(_table())
