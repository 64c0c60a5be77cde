"""The command line: `frisksvar`."""

from bot.cli.main import main

__all__ = ["main"]
