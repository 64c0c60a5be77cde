"""How an edition is named, the same for every face."""

from __future__ import annotations

import re
from typing import Final

from knowledge.messages import Language, say

WORDED: Final = (
    (re.compile(r"gjeldende"), "edition_current"),
    (re.compile(r"udatert"), "edition_undated"),
    (re.compile(r"udatert nettside"), "edition_undated_page"),
    (re.compile(r"udatert \(høring i (?P<year>\d{4})\)"), "edition_undated_hearing"),
    (re.compile(r"(?P<edition>\d{4}), faglig oppdatert (?P<year>\d{4})"), "edition_revised"),
)
"""The editions of our digests that are more than a number, and the messages that tell them."""


def edition_label(edition: str | None, language: Language) -> str | None:
    """«utgave 2016», «udatert nettside»; words that we do not know stay as they are."""
    if edition is None:
        return None
    for form, key in WORDED:
        if found := form.fullmatch(edition):
            return say(key, language, **found.groupdict())
    if not edition[:1].isdigit() or "utg" in edition.lower():
        return edition
    return say("edition", language, edition=edition)
