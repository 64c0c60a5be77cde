"""Everything that is held on a person, as one zip to hand over (GDPR, articles 15 and 20)."""

from __future__ import annotations

import json
import os
import zipfile
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jinja2

from knowledge.calendar import OSLO
from knowledge.exchange.inquiry_file import inquiry_as_html, inquiry_as_json
from knowledge.messages import Language, say
from knowledge.personal_data.finding import find, own_inquiries, parameters
from knowledge.personal_data.person import Person, subject_of
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.store import Store

FORMAT: Final = "frisksvar-person"
VERSION: Final = 1
PRIVATE: Final = 0o600

_THEIRS: Final = {
    "remembered": "SELECT municipality, actor, language, language_chosen, centre, asked_at, "
    "changed_at FROM people WHERE who IN (SELECT value FROM json_each(:pseudonyms))",
    "votes": "SELECT inquiry, vote, reason, comment, at FROM inquiry_feedback "
    "WHERE who IN (SELECT value FROM json_each(:whos)) ORDER BY at",
    "opened": "SELECT inquiry, document, kind, at FROM inquiry_links "
    "WHERE who IN (SELECT value FROM json_each(:whos)) ORDER BY at",
    "accounts": "SELECT id, issuer, subject, name, role, centre, created_at, last_seen_at, "
    "disabled_at FROM users WHERE id IN (SELECT value FROM json_each(:users))",
    "saved_views": "SELECT name, query FROM saved_views "
    "WHERE user IN (SELECT value FROM json_each(:users))",
    "done": "SELECT at, kind, subject, field FROM changes "
    "WHERE who IN (SELECT value FROM json_each(:whos)) ORDER BY id",
}
"""What is theirs besides their inquiries. Of what they did on the pages: which field of which row
and when, not what others wrote in it."""


def export(
    store: Store,
    person: Person,
    path: Path,
    *,
    key: bytes,
    language: Language = "nb",
    who: str,
    reference: str = "",
) -> int:
    """Write a zip with an overview and each inquiry, each as a page and as JSON.

    Others are named in it as roles only, as in a single inquiry's file. The zip is there whole or
    not at all, for its maker alone.

    Returns:
        How many inquiries are in it.

    Raises:
        OSError: it cannot be written.
    """
    numbers = own_inquiries(store, person)
    held = collected(store, person)
    work = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(work, os.O_CREAT | os.O_TRUNC | os.O_RDWR, PRIVATE), "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("person.json", _json(held))
                archive.writestr("index.html", _page(held, numbers, language))
                for number in numbers:
                    name = f"inquiry-{number}"
                    archive.writestr(f"{name}.html", inquiry_as_html(store, number, language))
                    archive.writestr(f"{name}.json", inquiry_as_json(store, number))
            file.flush()
            os.fsync(file.fileno())
        work.replace(path)
    finally:
        work.unlink(missing_ok=True)
    PrivacyLog(store).record(
        "export",
        who=who,
        reference=reference,
        subject=subject_of(person, key),
        detail={"inquiries": len(numbers)},
    )
    return len(numbers)


def collected(store: Store, person: Person) -> dict[str, Any]:
    """What is held on a person beside their inquiries, as JSON values, times in UTC."""
    given = parameters(person)
    theirs: dict[str, Any] = {}
    for name, statement in _THEIRS.items():
        cursor = store.database.conn.execute(statement, given)
        names = [column[0] for column in cursor.description]
        theirs[name] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "known_as": list(person.whos),
        "inquiries": own_inquiries(store, person),
        **theirs,
        "rows": {held.table: len(held.rows) for held in find(store, person)},
    }


def _page(held: dict[str, Any], numbers: list[int], language: Language) -> bytes:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = resources.files("knowledge.personal_data").joinpath("person.html").read_text("utf-8")
    page = environment.from_string(source).render(
        held=held,
        numbers=numbers,
        language=language,
        say=lambda key, **values: say(key, language, **values),
        day=lambda at: datetime.fromisoformat(at).astimezone(OSLO).strftime("%d.%m.%Y"),
    )
    return page.encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
