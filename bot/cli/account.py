"""Who runs a command, and the key by which the register knows askers again."""

from __future__ import annotations

import getpass
from typing import Final

from bot.cli.app import App
from bot.slack.settings import SlackSettings
from knowledge.keys import KeyDamaged, kept_key
from knowledge.messages import Failure

KEY: Final = "pseudonym.key"
"""In the home folder, as bot/slack/pseudonyms.py makes it."""


def who_runs() -> str:
    """Who ran the command, as the logs name it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container may run a number that has no name
        return "cli"


def pseudonym_key(app: App) -> bytes:
    """The key of the pseudonyms, made where there is none yet.

    Raises:
        Failure: it is damaged, or a setting cannot be used.
    """
    secret = SlackSettings.read().secret
    if secret is not None:
        return secret.get_secret_value().encode()
    try:
        return kept_key(app.settings.home / KEY)
    except KeyDamaged as error:
        raise Failure("slack_key_damaged", path=error.path) from error
