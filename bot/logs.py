"""The log: events with ids, kinds and durations; never what somebody wrote, and no person.

Our own calls have one shape, `log.error("post waits: post=%s error=%s", key, kind)`: the words
before the colon are the event, and each value has a name. A test holds every call to it. What a
library logs has its words in the message already (an f-string with a whole payload, say), so of
those only the place in the code is written, and the message where it stands letter for letter in
the library's own source. Of an exception the type and the frames are written, never its message.

For a service alone: it takes over the root logger, the hooks for what nobody caught, and warnings.
"""

from __future__ import annotations

import json
import linecache
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal

from bot.metrics.collecting import count
from bot.metrics.names import ERRORS

Form = Literal["json", "text"]

OURS: Final = ("bot", "indexer", "knowledge")
LIBRARY: Final = "bot.slack.bolt"
"""The logger that Bolt and slack-sdk are given (bot/slack/app.py): what it says is theirs."""

WITHHELD: Final = "withheld"
MOST_CHARACTERS: Final = 120
MOST_FRAMES: Final = 12
SPAN_LINES: Final = 6
"""A call's message stands on one of so many lines from the line that the record names."""

_FIELD = re.compile(r"(?:(\w+)=)?%[sdr]")
_CONSTANT = re.compile(r"(\w+)=(?!%)([\w.]+)")
_PLAIN = re.compile(rf"[A-Za-z0-9_.:/<>{{}}…-]{{1,{MOST_CHARACTERS}}}")
_NUMBERED = re.compile(r"\d{6}[ .]?\d{5}|(?<![\d.])\d{8}(?![\d.])")
"""Could be a national identity number, or a phone number; a timestamp of Slack has a point."""

_SOMEBODY = re.compile(r"(?<![A-Za-z0-9])[UWD][A-Z0-9]{7,}(?![A-Za-z0-9])")
"""Slack's id of a person, or of the conversation with one."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
"""Id of a stored source."""

_SECRET = re.compile(r"xox[a-z]|xapp", re.IGNORECASE)

_KINDS: Final[dict[str, str]] = {
    "Error": "database",  # sqlite3's own
    "OperationalError": "database",
    "DatabaseError": "database",
    "IntegrityError": "database",
    "StoreError": "database",
    "database_locked": "database",
    "DiskTrouble": "disk",
    "disk_full": "disk",
    "OSError": "disk",
    "PermissionError": "disk",
    "URLError": "network",
    "TimeoutError": "network",
    "ConnectionError": "network",
    "ConnectionResetError": "network",
    "ConnectionRefusedError": "network",
    "SlackApiError": "slack",
    "NotInstalled": "slack",
    "IndexUnusable": "index",
    "ModelUnavailable": "index",
    "UnicodeDecodeError": "index",
}
"""Kinds of error by the type or code that is logged."""


def described(record: logging.LogRecord) -> dict[str, Any]:
    """What is written of a record: event, fields, and the type and frames of an exception."""
    ours = record.name.split(".")[0] in OURS and record.name != LIBRARY
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    if ours:
        line |= _own(str(record.msg), record.args)
    else:
        line |= {"event": "library", "place": f"{record.module}:{record.lineno}"}
        if _stands_in_source(record):
            line["message"] = str(record.msg)
    if record.exc_info and record.exc_info[0] is not None:
        kind, _, trace = record.exc_info
        line["exception"] = kind.__name__
        line["frames"] = _frames(trace)
    return line


def _own(template: str, args: Any) -> dict[str, Any]:
    head = template.partition(": ")[0]
    fields: dict[str, Any] = {"event": "_".join(re.findall(r"\w+", _FIELD.sub(" ", head))).lower()}
    fields |= dict(_CONSTANT.findall(template))
    values = args if isinstance(args, tuple) else ()
    for match, value in zip(_FIELD.finditer(template), values, strict=False):
        if match[1]:
            fields[match[1]] = safe(value)
    return fields


def safe(value: object) -> int | float | str | None:
    """A number, or an id or kind as it is; "withheld" for what could be words, or a person."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and len(str(value)) < 8:
        return value
    text = _SOMEBODY.sub("…", str(value))
    if _DIGEST.fullmatch(text):
        return text
    refused = _PLAIN.fullmatch(text) is None or _NUMBERED.search(text) or _SECRET.search(text)
    return WITHHELD if refused else text


def _stands_in_source(record: logging.LogRecord) -> bool:
    """Whether a library's message is a constant of its code: then nobody wrote it to us."""
    template = str(record.msg)
    first = record.lineno - 1
    lines = linecache.getlines(record.pathname)[first : first + SPAN_LINES]
    return any(f'"{template}"' in line for line in lines)


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [
        f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}:{frame.name}"
        for frame in frames
    ]


class Formatter(logging.Formatter):
    """JSON lines, or `time LEVEL logger event name=value …`."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        line = described(record)
        if self._form == "json":
            return json.dumps(line, ensure_ascii=False)
        head = [str(line.pop(name)) for name in ("at", "level", "logger", "event")]
        head[1] = head[1].upper()
        frames = " < ".join(reversed(line.pop("frames", [])))
        named = [f"{name}={value}" for name, value in line.items()]
        return " ".join([*head, *named, *([f"frames={frames}"] if frames else [])])


class Written(logging.Handler):
    """Writes to standard error, whatever that is by then, and counts the errors."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return  # nobody reads it any more; logging's own way would print the arguments
        if record.levelno >= logging.ERROR:
            count(ERRORS, kind=_kind(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Nothing: what logging would print holds the arguments of the call."""


def _kind(record: logging.LogRecord) -> str:
    line = described(record)
    if line["event"] == "library":
        return "library"
    return _KINDS.get(str(line.get("error") or line.get("exception")), "other")


@contextmanager
def written(level: str, form: Form) -> Iterator[None]:
    """Log to standard error while a service runs.

    Args:
        level: of our own events; of libraries only errors are written (everything with --verbose,
            which has set the root logger to DEBUG).
    """
    root, ours = logging.getLogger(), logging.getLogger("bot")
    before, levels = root.handlers[:], {name: logging.getLogger(name).level for name in OURS}
    root_level = root.level
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    handler = Written()
    handler.setFormatter(Formatter(form))
    root.handlers[:] = [handler]
    verbose = root_level <= logging.DEBUG
    if not verbose:
        root.setLevel(logging.ERROR)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    # A command that fails says so in a sentence; Slack's libraries by what our calls tell of them.
    quiet = root_level if verbose else logging.CRITICAL
    muted = {name: logging.getLogger(name).level for name in ("bot.cli", "slack_sdk", "slack_bolt")}
    for name in muted:
        logging.getLogger(name).setLevel(quiet)
    own = _with_handlers()
    for library in own:
        library.handlers, library.propagate = [], True
    logging.captureWarnings(True)
    _catch(ours)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        for library, (handlers, propagate) in own.items():
            library.handlers, library.propagate = handlers, propagate
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        root.handlers[:] = before
        root.setLevel(root_level)
        for name, earlier in (levels | muted).items():
            logging.getLogger(name).setLevel(earlier)


def _with_handlers() -> dict[logging.Logger, tuple[list[logging.Handler], bool]]:
    """The libraries' loggers that would write by themselves, past what is written here."""
    known = list(logging.root.manager.loggerDict.values())
    return {
        each: (each.handlers[:], each.propagate)
        for each in known
        if isinstance(each, logging.Logger) and (each.handlers or not each.propagate)
    }


def _catch(log: logging.Logger) -> None:
    """What nobody caught is an event too: Python would print the message of the exception."""

    def crashed(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        log.critical("crashed: error=%s", kind.__name__, exc_info=(kind, error or kind(), trace))

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit:
            crashed(args.exc_type, args.exc_value, args.exc_traceback)

    def unraisable(args: sys.UnraisableHookArgs) -> None:
        crashed(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = crashed, in_thread
    sys.unraisablehook = unraisable
