"""Whom a request is about: a person in Slack, a pseudonym, or a user of the review pages."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from knowledge.messages import Failure
from knowledge.store import Store

PSEUDONYM: Final = re.compile(r"u[0-9a-f]{32}")
"""As bot/slack/pseudonyms.py makes them."""

SLACK_ID: Final = re.compile(r"[UW][A-Z0-9]{4,}")
"""Slack's id of a person (api.slack.com: U… or, on the enterprise grid, W…)."""

USER: Final = re.compile(r"user:([0-9]{1,18})")
"""A user of the review pages, as the audit trail names them."""

GONE: Final = "forgotten"
"""The issuer of a user who was forgotten: nobody signs in as them any more."""

PseudonymOf = Callable[[str, str], str]
"""From workspace and Slack id to the pseudonym."""


@dataclass(frozen=True, slots=True)
class Person:
    """What somebody is known by here.

    Attributes:
        given: as it was written on the command line.
        pseudonyms: in the register.
        slack: Slack's id, where the request names it.
        users: ids of their accounts on the review pages.
    """

    given: str
    pseudonyms: tuple[str, ...] = ()
    slack: str | None = None
    users: tuple[int, ...] = ()

    @property
    def whos(self) -> tuple[str, ...]:
        """As they stand where it is kept who did something."""
        return (*self.pseudonyms, *(f"user:{number}" for number in self.users))


def identify(
    store: Store, given: str, pseudonym_of: PseudonymOf, teams: Sequence[str] = ()
) -> Person:
    """The person that a Slack id, a pseudonym or «user:3» stands for.

    Args:
        teams: the workspaces (T…) to look in; those that the register knows when none is given.

    Raises:
        Failure: it is none of these, no workspace is known, or there is no such user.
    """
    if PSEUDONYM.fullmatch(given):
        return Person(given, (given,))
    if match := USER.fullmatch(given):
        return _user(store, given, int(match.group(1)))
    if not SLACK_ID.fullmatch(given):
        raise Failure("operation_privacy_who", given=given)
    known = tuple(teams) or teams_of(store)
    if not known:
        raise Failure("operation_privacy_team", given=given)
    users = store.database.conn.execute(
        "SELECT id FROM users WHERE subject = ? AND issuer LIKE '%slack%' ORDER BY id", [given]
    ).fetchall()
    return Person(
        given,
        tuple(dict.fromkeys(pseudonym_of(team, given) for team in known)),
        given,
        tuple(int(row[0]) for row in users),
    )


def hashed(key: bytes, pseudonym: str) -> str:
    """What is kept of a person who was forgotten: HMAC-SHA256, so that nobody is named by it."""
    return hmac.new(key, f"forgotten:{pseudonym}".encode(), sha256).hexdigest()


def subject_of(person: Person, key: bytes) -> str:
    """A person as the log names them."""
    return ", ".join(
        [
            *(hashed(key, pseudonym) for pseudonym in person.pseudonyms),
            *(f"user:{number}" for number in person.users),
        ]
    )


def _user(store: Store, given: str, number: int) -> Person:
    found = store.database.conn.execute(
        "SELECT issuer, subject FROM users WHERE id = ?", [number]
    ).fetchone()
    if found is None:
        raise Failure("review_user_missing", user=number)
    return Person(given, users=(number,))


def teams_of(store: Store) -> tuple[str, ...]:
    """The workspaces in Slack (T…) that the register knows."""
    rows = store.database.conn.execute(
        "SELECT team FROM slack_threads UNION SELECT team FROM slack_posts "
        "UNION SELECT team FROM slack_channels UNION SELECT team FROM slack_centres ORDER BY 1"
    ).fetchall()
    return tuple(str(team) for (team,) in rows if team)
