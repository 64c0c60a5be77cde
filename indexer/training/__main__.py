"""`python -m indexer.training DATA_FOLDER OUTPUT_FOLDER`: train a model and write it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from indexer.training.asked import AskedPassage, read_asked
from indexer.training.concepts import Thesaurus
from indexer.training.corpus import Corpus
from indexer.training.evaluate import evaluate
from indexer.training.export import check_folder, check_size, export
from indexer.training.pairs import Pair, PairMaker
from indexer.training.reading import TrainingError
from indexer.training.squad import read_squad
from indexer.training.teacher import Lesson, learn
from indexer.training.tokenizer import SMALLEST, tokenizer_for
from indexer.training.trainer import Options, Report, Trainer
from knowledge.messages import Failure

PROBES = 200
"""Texts of the training pairs on which the saved model is read back both ways."""

FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


class Bars:
    """One bar for each stage of the work, on standard error."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)

    @contextmanager
    def stage(self, name: str) -> Iterator[Report]:
        """A bar; the block calls what it gets with the part done and a note."""
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        note = TextColumn("{task.fields[note]}", style="dim")
        with Progress(*columns, note, console=self.console) as progress:
            task = progress.add_task(name, total=None, note="")

            def report(done: float, text: str) -> None:
                progress.update(task, total=1.0, completed=done, note=text)

            yield report
            progress.update(task, total=1.0, completed=1.0)


@click.command(context_settings={"show_default": True})
@click.argument("data_folder", type=FOLDER)
@click.argument("output_folder", type=FOLDER)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=6.0, help="To train.")
@click.option(
    "--steps",
    type=click.IntRange(1),
    help="Train so many steps instead of minutes: the same model on every run.",
)
@click.option("--vocabulary", type=click.IntRange(SMALLEST), default=50_000, help="Word pieces.")
@click.option("--dimension", type=click.IntRange(8, 256), default=256, help="Of the vectors.")
@click.option("--threads", type=click.IntRange(1), default=1, help="Of torch.")
@click.option("--teacher", type=FOLDER, help="A SentenceTransformer for English to learn from.")
@click.option("--thesaurus", type=FILE, multiple=True, help="TOML of concepts; may be repeated.")
@click.option(
    "--asked", type=FILE, multiple=True, help="Questions about the documents; may be repeated."
)
@click.option(
    "--held-out",
    type=FILE,
    multiple=True,
    help="Questions (SQuAD's format) to keep out of training and measure on; may be repeated.",
)
@click.option("--seed", type=int, default=7, help="Of everything drawn at random.")
def main(
    data_folder: Path,
    output_folder: Path,
    minutes: float,
    steps: int | None,
    vocabulary: int,
    dimension: int,
    threads: int,
    teacher: Path | None,
    thesaurus: tuple[Path, ...],
    asked: tuple[Path, ...],
    held_out: tuple[Path, ...],
    seed: int,
) -> None:
    """Train the embedding model on DATA_FOLDER and write it to the new folder OUTPUT_FOLDER.

    indexer/training/README.md describes the files of DATA_FOLDER.
    """
    options = Options(dimension=dimension, minutes=minutes, steps=steps, seed=seed)
    started = time.monotonic()
    bars = Bars()
    try:
        check_size(vocabulary, dimension)
        check_folder(output_folder)
        use_threads(threads)
        corpus = Corpus(data_folder, read_squad(held_out))
        concepts = Thesaurus.read(thesaurus)
        passages = list(read_asked(asked, corpus.documents()))
        size = train(corpus, concepts, passages, teacher, vocabulary, options, output_folder, bars)
        seconds = time.monotonic() - started
        bars.console.print(f"{output_folder}: {size / 1e6:.1f} MB, {seconds / 60:.1f} minutes.")
        if corpus.held_out:
            Console().print(str(evaluate(output_folder, corpus.held_out)), highlight=False)
    except (TrainingError, Failure) as error:
        raise click.ClickException(str(error)) from error


def train(
    corpus: Corpus,
    thesaurus: Thesaurus,
    asked: Sequence[AskedPassage],
    teacher: Path | None,
    vocabulary: int,
    options: Options,
    output: Path,
    bars: Bars,
) -> int:
    """All stages; returns the size of the model in bytes.

    Raises:
        TrainingError: something is missing or wrong in what the stages read or make.
        DiskTrouble: the model cannot be written.
    """
    with bars.stage("Counting words"):
        _ = corpus.counts
    with bars.stage("Tokenizer"):
        tokenizer = tokenizer_for(corpus, thesaurus, vocabulary)
    with bars.stage("Pairs") as report:
        pairs = list(PairMaker(corpus, options.seed, thesaurus, asked).pairs())
        if not pairs:
            raise TrainingError(f"{corpus.folder} gives no pair of texts to learn from.")
        report(1.0, _summary(pairs))
    lesson: Lesson | None = None
    if teacher is not None:
        with bars.stage("Teacher") as report:
            lesson = learn(corpus, teacher, options.seed, report)
    with bars.stage("Training") as report:
        table = Trainer(tokenizer, pairs, options, lesson).train(report)
    with bars.stage("Saving"):
        probe = [pair.query for pair in pairs[:: max(1, len(pairs) // PROBES)]]
        return export(table, tokenizer, output, probe)


def use_threads(count: int) -> None:
    """Let torch compute in so many threads.

    Raises:
        TrainingError: torch refuses.
    """
    try:
        torch.set_num_threads(count)
    except RuntimeError as error:
        raise TrainingError(f"torch cannot compute in {count} threads ({error}).") from error


def _summary(pairs: list[Pair]) -> str:
    kinds = Counter(pair.kind for pair in pairs)
    return ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())


if __name__ == "__main__":
    main(prog_name="python -m indexer.training")
