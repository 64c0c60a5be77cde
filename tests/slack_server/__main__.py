"""`python -m tests.slack_server`: try Frisksvar in a browser, with no workspace (`make demo`)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from knowledge.settings import Settings

from .demo.running import CannotRun, run

PORT = 8765


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return run(options.home or Settings().home, options.port, with_bot=options.bot)
    except CannotRun as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.slack_server", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="(default %(default)s)")
    parser.add_argument(
        "--home",
        type=Path,
        help="what the demo keeps is in demo/ below it (default: FRISKSVAR_HOME)",
    )
    parser.add_argument(
        "--no-bot", dest="bot", action="store_false", help="only the local Slack and its page"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
