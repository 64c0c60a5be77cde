"""Forgetting a person: what they wrote, and who they were, wherever the register has it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from knowledge.messages import Failure
from knowledge.personal_data.emptying import empty, empty_user, leave_slack
from knowledge.personal_data.finding import own_inquiries, parameters, tables_of
from knowledge.personal_data.holds import HELD
from knowledge.personal_data.person import Person, hashed, subject_of
from knowledge.personal_data.privacy_log import PrivacyLog
from knowledge.register.approvals import Approvals
from knowledge.register.redaction import clear_search
from knowledge.register.users import Users
from knowledge.store import Store
from knowledge.store.erasures import Erasure, note

IN_CENTRES: Final = ("handover", "addition")
"""Messages in centres' channels: the running bot takes the text out of them, and needs the place
(bot/slack/centres/record.py: `take_outdated`)."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went, and what was left.

    Attributes:
        inquiries: emptied; `held` are on hold and left as they are.
        votes, links: that are nobody's now.
        approvals: approved answers that went with their inquiry; the index has to follow.
    """

    inquiries: int
    held: int
    people: int
    votes: int
    links: int
    approvals: int
    users: int


def forget(store: Store, person: Person, *, key: bytes, who: str, reference: str = "") -> Forgotten:
    """Forget a person, all at once or not at all; what is not on hold.

    A keyed hash of the pseudonym is kept, so that a backup that is restored is cleaned again
    (`restored.forget_again`). Answers that were approved of the inquiries have gone from the
    library when the index is next built.

    Raises:
        Failure: nobody would be left to administer the review pages.
    """
    with store.write():
        done = _forget(store, person)
        for pseudonym in person.pseudonyms:
            forgotten(store, hashed(key, pseudonym))
        PrivacyLog(store).record(
            "forget",
            who=who,
            reference=reference,
            subject=subject_of(person, key),
            detail={name: getattr(done, name) for name in done.__slots__},
        )
    if not store.database.conn.in_transaction:
        clear_search(store)
    return done


def forgotten(store: Store, person: str) -> None:
    """Keep the hash of who was forgotten just now, in the register and outside of it."""
    at = datetime.now(UTC).isoformat()
    with store.write():
        remember(store, person, at)
        store.note(Erasure(at, "person", hash=person))


def remember(store: Store, person: str, at: str) -> None:
    """Keep the hash of who was forgotten; the last time counts."""
    with store.write() as db:
        db.conn.execute(
            "INSERT INTO forgotten_people (hash, at) VALUES (?, ?) "
            "ON CONFLICT (hash) DO UPDATE SET at = max(at, excluded.at)",
            [person, at],
        )


def forget_inquiries(store: Store, inquiries: Sequence[int]) -> int:
    """Empty inquiries as if their asker took them back; how many approved answers went with them.

    Within a transaction of the caller.
    """
    now = datetime.now(UTC).isoformat()
    with store.write() as db:
        for inquiry in inquiries:
            _quoted_elsewhere(store, inquiry)
        given = [json.dumps(list(inquiries))]
        these = "IN (SELECT value FROM json_each(?))"
        db.conn.execute(
            "UPDATE inquiries SET withdrawn_at = coalesce(withdrawn_at, ?) "
            f"WHERE deleted_at IS NULL AND id {these}",
            [now, *given],
        )
        db.conn.execute(
            f"UPDATE handovers SET closed_at = ? WHERE closed_at IS NULL AND inquiry {these}",
            [now, *given],
        )
        empty(store, inquiries)
        leave_slack(store, inquiries, keep=IN_CENTRES)
        return Approvals(store).forget()


def _forget(store: Store, person: Person) -> Forgotten:
    connection, given = store.database.conn, parameters(person)
    held = {int(row[0]) for row in connection.execute(HELD).fetchall()}
    own = own_inquiries(store, person)
    free = [number for number in own if number not in held]
    approvals = forget_inquiries(store, free)
    note(store, "withdrawn", "inquiry", *free)
    whos = "who IN (SELECT value FROM json_each(:pseudonyms))"
    votes = connection.execute(
        "UPDATE inquiry_feedback SET who = 'gone-' || rowid, comment = NULL "
        f"WHERE {whos} AND inquiry NOT IN ({HELD})",
        given,
    ).rowcount
    links = connection.execute(
        f"UPDATE inquiry_links SET who = 'gone-' || id WHERE {whos} AND inquiry NOT IN ({HELD})",
        given,
    ).rowcount
    people = connection.execute(f"DELETE FROM people WHERE {whos}", given).rowcount
    _leave_slack_id(store, given)
    for user in person.users:
        _user(store, user)
    note(store, "user", "user", *person.users)
    return Forgotten(
        inquiries=len(free),
        held=len(own) - len(free),
        people=people,
        votes=votes,
        links=links,
        approvals=approvals,
        users=len(person.users),
    )


def _user(store: Store, user: int) -> None:
    admins = [one.id for one in Users(store).all() if one.is_admin and one.centre is None]
    if admins == [user]:
        raise Failure("review_last_admin")
    empty_user(store, user)


def _leave_slack_id(store: Store, given: dict[str, Any]) -> None:
    if not given["slack"]:
        return
    connection = store.database.conn
    connection.execute(
        "UPDATE slack_posts SET payload = NULL, recipient = NULL, response_url = NULL, "
        "state = 'failed', error = 'withdrawn' WHERE recipient = :slack",
        given,
    )
    if "slack_installations" in tables_of(store):
        # The workspace's own token stays, or the bot would fall silent there.
        connection.execute(
            "UPDATE slack_installations SET user_id = 'forgotten', user_token = NULL, "
            "user_refresh_token = NULL WHERE user_id = :slack",
            given,
        )


def _quoted_elsewhere(store: Store, inquiry: int) -> None:
    """Their question stands in what was asked after it in the thread, and where somebody else
    brought it to a centre (bot/slack/centres/own.py)."""
    connection = store.database.conn
    (old,) = connection.execute("SELECT question FROM inquiries WHERE id = ?", [inquiry]).fetchone()
    if not old:
        return
    later = connection.execute(
        "SELECT i.id, i.thread FROM slack_threads AS o JOIN slack_threads AS t "
        "ON t.team = o.team AND t.channel = o.channel JOIN inquiries AS i ON i.id = t.inquiry "
        f"WHERE o.inquiry = ? AND i.id > o.inquiry AND i.thread <> '[]' AND i.id NOT IN ({HELD})",
        [inquiry],
    ).fetchall()
    for number, thread in later:
        texts = json.loads(thread)
        left = [text for text in texts if text != old]
        if left != texts:
            connection.execute(
                "UPDATE inquiries SET thread = ? WHERE id = ?",
                [json.dumps(left, ensure_ascii=False), number],
            )
    connection.execute(
        "UPDATE inquiries SET question = '' WHERE question = ? "
        f"AND came_from GLOB 'slack:*:press:' || ? || ':*' AND id NOT IN ({HELD})",
        [old, inquiry],
    )
