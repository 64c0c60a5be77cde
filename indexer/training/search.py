"""Measure the whole search on questions in SQuAD's format.

`python -m indexer.training.search FILE … [--without SIGNAL]`: every context becomes a document of a
library in a temporary folder, and a passage is right when an answer starts in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from indexer.index import Index, rebuild, wanted_documents
from indexer.library.adding import add_file
from indexer.library.catalogue import Catalogue
from indexer.library.shelf import Shelf
from indexer.ranking.hits import Hit
from indexer.training.squad import Asked, Reading, read_squad
from knowledge.settings import Settings
from knowledge.store import Store

TOP = 10


def library(readings: Sequence[Reading], settings: Settings) -> None:
    """File each context as a text, named by its number, and index them all."""
    texts = settings.home / "texts"
    texts.mkdir(parents=True)
    with Store(settings.database) as store:
        catalogue = Catalogue(store, Shelf(settings.library))
        for number, reading in enumerate(readings):
            file = texts / f"{number}.txt"
            file.write_text(reading.context, encoding="utf-8")
            add_file(catalogue, file, named=True)
        rebuild(settings, wanted_documents(catalogue, bundled=False), bundled=False)


def rank_of(hits: Sequence[Hit], number: int, asked: Asked) -> float:
    """From 1; infinite where no hit holds the start of an answer."""
    for rank, hit in enumerate(hits, start=1):
        place = hit.passage
        if Path(hit.document.location).stem == str(number) and any(
            place.start <= start < place.end for start in asked.starts
        ):
            return float(rank)
    return float("inf")


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--without", multiple=True, help="A signal to leave out; may be repeated.")
def main(files: tuple[Path, ...], without: tuple[str, ...]) -> None:
    readings = read_squad(files)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        library(readings, settings)
        searcher = Index(settings, without=without).open().searcher
        ranks = np.array(
            [
                rank_of(searcher.search(asked.question, language="nb", top=TOP).hits, number, asked)
                for number, reading in enumerate(readings)
                for asked in reading.asked
            ]
        )
        passages = searcher.generation.live_passages
    click.echo(
        f"{len(ranks)} questions over {passages} passages: recall@1 {(ranks <= 1).mean():.3f}, "
        f"recall@5 {(ranks <= 5).mean():.3f}, mrr@10 {np.mean(1 / ranks):.3f}"
    )


if __name__ == "__main__":
    main()
