"""Everything the register holds of one inquiry, as a file to hand to whoever asks for access.

An access request (GDPR, article 15) is answered with a copy; it must not tell of others, so
everybody but the asker and the centres is "other" or a role.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from typing import Any

import jinja2

from knowledge.calendar import OSLO
from knowledge.exchange.columns import choices
from knowledge.geography import Municipalities
from knowledge.messages import Failure, Language, catalogue, say
from knowledge.privacy.masking import LABELS, Kind
from knowledge.reference import centres
from knowledge.register import FeedbackBook, Handovers, Inquiries, Links
from knowledge.register.changes import Changes
from knowledge.store import Store

FORMAT = "frisksvar-inquiry"
VERSION = 1

WEB = ("https://", "http://")
"""Addresses that may be a link; any other is shown as text."""


def inquiry_as_json(store: Store, number: int) -> bytes:
    """The inquiry as JSON (UTF-8), times in UTC.

    Raises:
        Failure: there is no such inquiry.
    """
    text = json.dumps(collected(store, number), ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def inquiry_as_html(store: Store, number: int, language: Language = "nb") -> bytes:
    """The inquiry as one page that needs nothing else: no script, no outside resource.

    Raises:
        Failure: there is no such inquiry.
    """
    page = _template().render(
        file=collected(store, number),
        language=language,
        say=lambda key, **values: say(key, language, **values),
        label=lambda column, value: _label(column, value, language),
        named=lambda prefix, name: catalogue(language).get(f"{prefix}_{name}", name),
        masked=_masked,
        moment=_moment,
        place=_place,
        is_web=lambda address: str(address).lower().startswith(WEB),
    )
    return page.encode()


def collected(store: Store, number: int) -> dict[str, Any]:
    """What is kept of an inquiry, as JSON values.

    Raises:
        Failure: there is no such inquiry.
    """
    inquiry = Inquiries(store).get(number)
    if inquiry is None:
        raise Failure("inquiry_missing", inquiry=number)
    asker = inquiry.asker
    handovers = Handovers(store)
    row = inquiry.model_dump(mode="json")
    return {
        "format": FORMAT,
        "version": VERSION,
        "inquiry": row,
        "answers": [_plain(answer) for answer in handovers.answers(number)],
        "handovers": _rows(store, "handovers", number),
        "feedback": [
            {**_plain(vote), "who": _by(vote.who, asker)} for vote in FeedbackBook(store).of(number)
        ],
        "links": [
            {**link.model_dump(mode="json"), "who": _by(link.who, asker)}
            for link in Links(store).of(number)
        ],
        "approvals": [
            {**row, "approved_by": _by(row["approved_by"], asker)}
            for row in _rows(store, "approvals", number)
        ],
        "slack": _rows(store, "slack_threads", number),
        "history": [
            {**_plain(change), "who": _by(change.who, asker)}
            for change in reversed(Changes(store).of("inquiry", number))
        ],
    }


def _rows(store: Store, table: str, number: int) -> list[dict[str, Any]]:
    cursor = store.database.conn.execute(
        f"SELECT * FROM {table} WHERE inquiry = ? ORDER BY rowid",  # noqa: S608 (our tables)
        [number],
    )
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _plain(record: Any) -> dict[str, Any]:
    """A record of the register (a dataclass with slots) as JSON values."""
    values = {name: getattr(record, name) for name in record.__slots__}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _by(who: str, asker: str | None) -> str:
    """Who did it, as far as the asker may know: themselves, a centre, staff, or somebody else."""
    if asker is not None and who in (asker, f"slack:{asker}"):
        return "asker"
    if who in {centre.id for centre in centres()}:
        return who
    if who == "cli" or who.startswith(("user:", "import:")):
        return "staff"
    return "other"


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = resources.files("knowledge.exchange").joinpath("inquiry.html").read_text("utf-8")
    return environment.from_string(source)


def _label(column: str, value: str | None, language: Language) -> str:
    if value is None:
        return ""
    for choice in choices(column):
        if choice.id == value:
            return choice.label.text(language)
    return value


def _masked(kinds: Sequence[Kind]) -> str:
    """By the labels that stand in the text, which are in bokmål in every language."""
    return ", ".join(LABELS[kind].strip("[]") for kind in kinds)


def _place(code: str) -> str:
    found = Municipalities.load().by_code(code)
    return f"{found.norwegian_name} ({code})" if found else code


def _moment(text: str | None) -> str:
    """«03.03.2026 13.05», by the clock in Norway."""
    if not text:
        return ""
    at = datetime.fromisoformat(text).astimezone(OSLO)
    return f"{at:%d.%m.%Y %H.%M}"
