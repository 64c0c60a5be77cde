"""Who runs a command, and the key by which the register knows askers again."""

from __future__ import annotations

import getpass

from bot.cli.app import App
from bot.slack.pseudonyms import Key, look, secret_of
from bot.slack.settings import SecretSettings


def who_runs() -> str:
    """Who ran the command, as the logs name it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run a number that has no name
        return "cli"


def given_secret() -> str | None:
    """The key of the pseudonyms, where it is set.

    Raises:
        Failure: a setting cannot be used.
    """
    secret = SecretSettings.read().secret
    return secret.get_secret_value() if secret is not None else None


def pseudonym_key(app: App) -> bytes:
    """The key of the pseudonyms, made where there is none yet and nothing that it should know.

    Raises:
        Failure: it is missing, damaged or another one, or a setting cannot be used.
    """
    return secret_of(app.store, given_secret())


def key_if_right(app: App) -> bytes | None:
    """As `pseudonym_key`, for what can do without: what is wrong is told, and nothing is raised."""
    found: Key = look(app.store, given_secret())
    if found.trouble is not None:
        app.tell(found.trouble)
        return None
    return pseudonym_key(app)
