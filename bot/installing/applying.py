"""Writing what was chosen, beside what is there: nothing of a person's is overwritten unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bot.installing.file import new_file, with_setting
from bot.installing.writing import write_private
from bot.slack.settings import APP_TOKEN, BOT_TOKEN
from knowledge.configuration import SECRETS, read_file
from knowledge.messages import Failure, Language, Message

Confirm = Callable[[Message], bool]

TOKENS: Final = {
    "SLACK_BOT_TOKEN": (BOT_TOKEN, "slack_where_bot_token"),
    "SLACK_APP_TOKEN": (APP_TOKEN, "slack_where_app_token"),
    "SLACK_SIGNING_SECRET": ("", "slack_where_basic"),
}
"""What each secret begins with, and where it is found."""


def apply_settings(
    file: Path, chosen: Mapping[str, Any], language: Language, confirm: Confirm
) -> Iterator[Message]:
    """Make the configuration file, or put what is missing into the one that is there.

    Args:
        chosen: by name in the file.
        confirm: asked before a value that stands there is changed.

    Yields:
        What was done.

    Raises:
        ConfigurationError: the file that is there cannot be read.
        OSError: it cannot be written.
    """
    if not file.exists():
        write_private(file, new_file(chosen, language))
        yield Message("operation_install_wrote", {"path": file})
        return
    before = read_file(file)
    text = start = file.read_text(encoding="utf-8")
    for name, value in chosen.items():
        wanted = str(value) if isinstance(value, Path) else value
        if before.get(name) == wanted:
            continue
        values = {"path": file, "name": name}
        if name in before and not confirm(Message("operation_install_change", values)):
            yield Message("operation_install_kept", values)
            continue
        changed = with_setting(text, name, value)
        if changed is None:
            yield Message("operation_install_by_hand", values)
        else:
            text = changed
    if text == start:
        yield Message("operation_install_same", {"path": file})
    else:
        write_private(file, text)
        yield Message("operation_install_changed", {"path": file})


def secret(variable: str, text: str) -> str:
    """A secret as it was given.

    Raises:
        Failure: it is empty, or begins like another kind; the sentence does not repeat it.
    """
    given = text.strip()
    begins, where = TOKENS[variable]
    if not given:
        raise Failure("slack_missing", variable=variable, where=Message(where))
    if not given.startswith(begins):
        raise Failure("slack_wrong_kind", variable=variable, begins=begins, where=Message(where))
    return given


def apply_secrets(file: Path, given: Mapping[str, str], confirm: Confirm) -> Iterator[Message]:
    """Put each secret in a file of its own beside the configuration file, for its owner alone.

    Raises:
        OSError: one cannot be written.
    """
    for variable, value in given.items():
        path = file.parent / SECRETS / variable.lower()
        values = {"path": path}
        if path.exists():
            if path.read_text(encoding="utf-8").strip() == value:
                continue
            if not confirm(Message("operation_install_change_secret", values)):
                yield Message("operation_install_kept_secret", values)
                continue
        write_private(path, value + "\n")
        yield Message("operation_install_wrote", values)
