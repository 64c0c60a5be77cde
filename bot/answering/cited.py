"""How an approved answer is cited, the same for every face."""

from __future__ import annotations

from datetime import date

from bot.answering.reply import Quote
from knowledge.messages import Language, say

LOCALES: dict[Language, str] = {"nb": "nb_NO", "nn": "nn_NO", "en": "en_GB"}


def approved_as(quote: Quote, language: Language) -> str:
    """«Tidligere henvendelse, besvart av Stavanger, 3. mars 2026, kvalitetssikret»."""
    # Imported late: few answers need it, and the command line starts without it.
    from babel.dates import format_date

    day = ""
    if quote.updated:
        day = format_date(date.fromisoformat(quote.updated), "long", locale=LOCALES[language])
    return say("review_approved_cited", language, centre=quote.publisher or "", day=day)
