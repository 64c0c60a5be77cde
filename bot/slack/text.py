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
_THANKS = re.compile(
    r"^(?:(?:tusen|hjertelig|hjarteleg|mange|many)?\s*(?:takk|thanks|thank you)"
    r"(?: så mye| så mykje| skal du ha| for hjelpen| for hjelpa| for svar(?:et)?| a lot| so much"
    r"| for your help)?|ok(?:ei|ay)?|supert?|flott|fint|bra|perfekt|great|perfect|👍|🙏|❤️|:\w+:"
    r"|[\s!.,🙂😊])+$",
    re.IGNORECASE,
)


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
    return bool(text.strip()) and _THANKS.match(text.strip()) is not None


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
]
