"""Asks the questions of the search measurement in the home of FRISKSVAR_HOME, and nothing else.

A process of its own: what memory searching takes is asked of the system.
"""

from __future__ import annotations

from indexer.index import Index
from knowledge.settings import Settings

from .searching import QUESTIONS_ASKED, questions


def main() -> None:
    searcher = Index(Settings()).open().searcher
    for asked in questions(QUESTIONS_ASKED):
        searcher.search(asked.text, language=asked.language)


if __name__ == "__main__":
    main()
