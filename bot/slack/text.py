"""Slack's markup as the text that a person meant."""

from __future__ import annotations

import html
import re
from typing import Any

_TOKEN = re.compile(r"<([^<>\n]*)>")
_QUESTION_WORD = re.compile(
    r"^(?:og |så |men |and |so |but )?(?:hva|hvem|hvor|hvordan|hvorfor|hvilke[nt]?|når|kan|får|må|"
    r"skal|bør|finnes|har|er|trenger|gjelder|kva|kven|korleis|kvifor|kvar|kor|kva for|finst|treng|"
    r"what|who|how|why|where|when|which|can|could|should|must|do|does|is|are)\b",
    re.IGNORECASE,
)
_THANKS = frozenset(
    "takk thanks thank thx ok okei okay greit supert super flott fint bra perfekt great perfect "
    "nice topp herlig nydelig forstått notert".split()
)
_BESIDE_THANKS = frozenset(
    "tusen hjertelig hjarteleg mange many så mye mykje skal du ha dere de for hjelpen hjelpa hjelp "
    "svar svaret det den da no nå you so much a lot your the help answer da kjempe veldig "
    "og and".split()
)
_GREETINGS = frozenset(
    "hei heisann hallo halla hello hi hey god morgen morgon dag kveld good morning igjen du "
    "dere der there på deg test testing".split()
)
_NODS = frozenset(
    "+1 thumbsup pray heart ok_hand raised_hands clap smile blush slightly_smiling_face tada "
    "white_check_mark heavy_check_mark star sunny relaxed grinning".split()
)
_SHORTCODE = re.compile(r":([a-z0-9_+'-]{1,60}):")
_LETTERS = re.compile(r"[^\W\d_]+")
_SAID_WITH_SIGNS = frozenset("👍🙏❤😊🙂👏🎉✅⭐😀😃😄☺💯")

LONGEST_COURTESY = 80
"""Characters; what is longer says something."""


def plain(text: str, bot_user: str | None = None) -> str:
    """A message's text without Slack's markup.

    A mention of the bot or of a person goes: who is meant is nobody else's business. A channel
    keeps its name, a link its label and address.
    """

    def read(match: re.Match[str]) -> str:
        inside = match.group(1)
        target, _, label = inside.partition("|")
        if target.startswith(("@", "!")):
            return label if target.startswith("!date") else ""
        if target.startswith("#"):
            return f"#{label}" if label else ""
        address = re.sub(r"^(?:mailto|tel):", "", target)
        return address if not label or label in address else f"{label} ({address})"

    return html.unescape(_TOKEN.sub(read, text)).strip()


def mentions(text: str, user: str) -> bool:
    return re.search(rf"<@{re.escape(user)}(?:\|[^>]*)?>", text) is not None


def mentions_somebody_else(text: str, bot_user: str) -> bool:
    return any(user != bot_user for user in re.findall(r"<@([UW]\w+)", text))


def looks_like_a_question(text: str) -> bool:
    """Whether a message that does not mention the bot asks something."""
    return "?" in text or _QUESTION_WORD.match(text.strip()) is not None


def is_thanks(text: str) -> bool:
    """Thanks, or a sign that it was seen: nothing to answer."""
    if len(text) > LONGEST_COURTESY:
        return False
    bare = _SHORTCODE.sub(" ", text)
    words = _LETTERS.findall(bare.lower())
    if words:
        known = all(word in _THANKS or word in _BESIDE_THANKS for word in words)
        return known and any(word in _THANKS for word in words) and "?" not in text
    codes = _SHORTCODE.findall(text)
    signs = [sign for sign in bare if sign in _SAID_WITH_SIGNS]
    # A skin tone is a sign of its own, after the hand.
    others = [code for code in codes if code not in _NODS and not code.startswith("skin-tone")]
    return bool(codes or signs) and not others and not any(char.isdigit() for char in bare)


def says_nothing(text: str) -> bool:
    """A greeting, an empty mention, only a sign or a file: there is no question to register."""
    if len(text) > LONGEST_COURTESY:
        return False
    words = _LETTERS.findall(_SHORTCODE.sub(" ", text).lower())
    return all(word in _GREETINGS for word in words) and not any(char.isdigit() for char in text)


SURE_WORDS = 4
"""Below this many words the language of a text is a guess, and the person's last one counts."""


def language_is_sure(text: str) -> bool:
    return len(text.split()) >= SURE_WORDS


def as_sent(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Blocks of ours as they were before Slack escaped the texts in them."""

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(entry) for entry in value]
        if isinstance(value, dict):
            return {
                name: html.unescape(entry)
                if name == "text" and isinstance(entry, str)
                else read(entry)
                for name, entry in value.items()
            }
        return value

    return [read(block) for block in blocks]


__all__ = [
    "as_sent",
    "is_thanks",
    "language_is_sure",
    "looks_like_a_question",
    "mentions",
    "mentions_somebody_else",
    "plain",
    "says_nothing",
]
