"""Training the embedded model: on a small made-up corpus, in seconds."""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from indexer.training.__main__ import main
from indexer.training.bags import Bags, batches
from indexer.training.concepts import Thesaurus
from indexer.training.corpus import Corpus
from indexer.training.evaluate import evaluate
from indexer.training.evaluate import main as evaluate_command
from indexer.training.export import LARGEST, export
from indexer.training.pairs import LONG_PARAGRAPH, PASSAGE_WORDS, Pair, PairMaker, cut
from indexer.training.squad import read_squad
from indexer.training.teacher import disagreement, learn
from indexer.training.tokenizer import tokenizer_for
from indexer.training.trainer import Options, Trainer
from indexer.training.variants import Variants
from indexer.vectors.encoder import SentenceTransformerEncoder
from indexer.vectors.static import StaticEncoder, agrees, is_static
from knowledge.settings import Settings
from knowledge.thesaurus import Concept

VOCABULARY, DIMENSION, STEPS = 2000, 32, 60
TOPICS = 12
ROOTS = "bru fjell gard havn kirke lokal marke natt park regn skog tavle vinter øy åker".split()
ENDS = "arbeid bok dag felt gang hus kurs lag mann plan rett sak tid vei vern".split()
ENGLISH = "bridge mountain farm harbour church local market night park rain forest board".split()


class Topic:
    """Words that ask and words that answer; a model only learns from pairs that they go together,
    for no word is in both."""

    def __init__(self, number: int) -> None:
        made = [root + end for root in ROOTS for end in ENDS]
        random.Random(1).shuffle(made)
        mine = made[number * 18 : number * 18 + 18]
        self.asking, self.answering = mine[:6], mine[6:]

    def heading(self, chance: random.Random) -> str:
        return " ".join(chance.sample(self.asking, 3)).capitalize()

    def paragraph(self, chance: random.Random, binding: str = "og i") -> str:
        sentences = []
        for _ in range(3):
            words = chance.sample(self.answering, 5)
            sentences.append(f"{f' {binding} '.join(words)}.".capitalize())
        return " ".join(sentences)


def document(topic: Topic, language: str, chance: random.Random) -> dict[str, Any]:
    binding = {"nob": "og i", "nno": "og ikkje", "eng": "and the"}[language]
    sections = [[topic.heading(chance), [topic.paragraph(chance, binding)]] for _ in range(3)]
    return {"src": "made", "lang": language, "title": None, "secs": sections, "key": None}


def filler() -> dict[str, Any]:
    """Words enough for the vocabulary, in no heading and no question."""
    words = [first + second + third for first in ROOTS for second in ENDS for third in ENDS[::2]]
    paragraphs = [" ".join(words[start : start + 100]) for start in range(0, len(words), 100)]
    return {"src": "made", "lang": "nob", "secs": [[None, paragraphs]]}


def squad(contexts: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": context,
                        "qas": [{"question": question, "answers": [{"answer_start": 2}]}],
                    }
                ]
            }
            for question, context in contexts
        ]
    }


def write_xz(path: Path, text: str) -> None:
    path.write_bytes(lzma.compress(text.encode()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of training text, with `asked.json` (held out) and `thesaurus.toml` beside it."""
    folder = tmp_path_factory.mktemp("training") / "data"
    folder.mkdir()
    chance = random.Random(3)
    topics = [Topic(number) for number in range(TOPICS)]
    documents = [
        document(topic, language, chance)
        for topic in topics
        for language in ("nob", "nob", "nob", "nno", "eng")
    ]
    documents.append(filler())
    lines = "\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
    write_xz(folder / "docs.jsonl.xz", lines)
    nynorsk = {f"{root}gonger": f"{root}gang" for root in ROOTS} | {"ikkje": "ikke"}
    (folder / "nn2nb.json").write_text(json.dumps(nynorsk), encoding="utf-8")
    english = {
        word: [[root + end, 0.3] for end in ENDS[:3]]
        for word, root in zip(ENGLISH, ROOTS, strict=False)
    }
    (folder / "en2nb.json").write_text(json.dumps(english), encoding="utf-8")
    parallel = {
        "par": [["the bridge and the farm work", "bruarbeid og gardarbeid og vei"]],
        "ennn": [["not a rainy day at all", "ikkje ein regndag i det heile"]],
    }
    write_xz(folder / "parallel.json.xz", json.dumps(parallel))
    asked = [(topic.heading(chance), topic.paragraph(chance)) for topic in topics]
    (folder.parent / "asked.json").write_text(json.dumps(squad(asked)), encoding="utf-8")
    taught = [(f"Hva er {topic.asking[0]}?", topic.paragraph(chance)) for topic in topics]
    # One of the held-out contexts is in the training file too, as in NorQuAD's releases.
    write_xz(folder / "norquad_made_answers_1.json.xz", json.dumps(squad([*taught, asked[0]])))
    thesaurus = "\n".join(
        f'[[concept]]\nid = "t{number}"\ndocuments = ["{topic.answering[0]}"]\n'
        f'nb = ["kjapt ord{number}"]\nnn = ["snøgt ord{number}"]\nen = ["quick{number}"]\n'
        for number, topic in enumerate(topics)
    )
    (folder.parent / "thesaurus.toml").write_text(thesaurus, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def asked(data: Path) -> Path:
    return data.parent / "asked.json"


@pytest.fixture(scope="module")
def thesaurus(data: Path) -> Path:
    return data.parent / "thesaurus.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def trained(data: Path, asked: Path, thesaurus: Path) -> Iterator[tuple[Path, Result]]:
    """The model that the command makes, and what the command said."""
    folder = data.parent / "model"
    arguments = ["--steps", STEPS, "--vocabulary", VOCABULARY, "--dimension", DIMENSION]
    arguments += ["--held-out", asked, "--thesaurus", thesaurus]
    yield folder, run(data, folder, *arguments)


# What the command makes


def test_the_command_makes_a_model_and_measures_it(trained: tuple[Path, Result]) -> None:
    folder, result = trained
    assert result.exit_code == 0, result.output
    assert f"{TOPICS} questions, {TOPICS} passages: Recall@1" in result.stdout
    assert is_static(folder)


def test_the_model_has_the_vocabulary_and_dimension_asked_for(
    trained: tuple[Path, Result],
) -> None:
    reader = StaticEncoder(trained[0], Settings(model=str(trained[0])))
    assert reader._table.shape == (VOCABULARY, DIMENSION)
    assert reader._table.dtype == np.float16
    assert reader._tokenizer.get_vocab_size() == VOCABULARY


def test_the_model_loads_as_a_sentence_transformer_and_both_readers_agree(
    trained: tuple[Path, Result],
) -> None:
    settings = Settings(model=str(trained[0]))
    model = SentenceTransformerEncoder(settings)
    assert model.dimension == DIMENSION
    texts = [Topic(2).paragraph(random.Random(0)), "Hvem, når og hvor?", "2024", "¿ukjent?"]
    assert agrees(StaticEncoder(trained[0], settings), model, texts)


def test_the_model_is_small_and_readable_enough_to_come_with_the_package(
    trained: tuple[Path, Result],
) -> None:
    files = [path for path in trained[0].rglob("*") if path.is_file()]
    assert 0 < sum(path.stat().st_size for path in files) <= LARGEST
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in files)


def test_a_new_heading_finds_its_section_far_better_than_chance(
    trained: tuple[Path, Result], asked: Path
) -> None:
    # Recall@1 by chance is 1/12. No word of a heading is in its section, so without having
    # learned from other documents a model does no better than that.
    measures = evaluate(trained[0], read_squad([asked]))
    assert (measures.questions, measures.passages) == (TOPICS, TOPICS)
    assert measures.recall_1 >= 0.7
    assert measures.recall_1 <= measures.mrr_10 <= measures.recall_5


def test_without_training_a_heading_finds_its_section_by_chance_only(
    data: Path, asked: Path, tmp_path: Path
) -> None:
    corpus = Corpus(data, read_squad([asked]))
    tokenizer = tokenizer_for(corpus, Thesaurus([]), VOCABULARY)
    table = np.random.default_rng(0).normal(size=(VOCABULARY, DIMENSION)).astype(np.float32)
    export(table, tokenizer, tmp_path / "model", ["hei"])
    assert evaluate(tmp_path / "model", corpus.held_out).recall_1 <= 0.4


def test_an_everyday_word_of_the_thesaurus_finds_the_documents_word(
    trained: tuple[Path, Result],
) -> None:
    reader = StaticEncoder(trained[0], Settings(model=str(trained[0])))
    everyday = reader.encode_passages([f"quick{number}" for number in range(TOPICS)])
    official = reader.encode_passages([Topic(number).answering[0] for number in range(TOPICS)])
    nearest = (everyday @ official.T).argmax(axis=1)
    assert (nearest == np.arange(TOPICS)).mean() >= 0.7


def test_evaluate_by_itself_prints_the_same_measures(
    trained: tuple[Path, Result], asked: Path
) -> None:
    result = CliRunner().invoke(evaluate_command, [str(trained[0]), str(asked)])
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == trained[1].stdout.strip()


# The same seed, the same model

FINGERPRINT = """
import sys, hashlib
from pathlib import Path
from indexer.training.concepts import Thesaurus
from indexer.training.corpus import Corpus
from indexer.training.pairs import PairMaker
from indexer.training.tokenizer import tokenizer_for
corpus, thesaurus = Corpus(Path(sys.argv[1])), Thesaurus.read([Path(sys.argv[2])])
made = tokenizer_for(corpus, thesaurus, int(sys.argv[3])).to_str()
made += repr(list(PairMaker(corpus, 7, thesaurus).pairs()))
print(hashlib.sha256(made.encode()).hexdigest())
"""


def test_the_same_seed_gives_the_same_tokenizer_and_pairs_in_another_process(
    data: Path, thesaurus: Path
) -> None:
    command = [sys.executable, "-c", FINGERPRINT, str(data), str(thesaurus), str(VOCABULARY)]
    other = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    corpus, concepts = Corpus(data), Thesaurus.read([thesaurus])
    made = tokenizer_for(corpus, concepts, VOCABULARY).to_str()
    made += repr(list(PairMaker(corpus, 7, concepts).pairs()))
    assert hashlib.sha256(made.encode()).hexdigest() == other


def test_another_seed_gives_other_pairs(data: Path) -> None:
    corpus = Corpus(data)
    assert list(PairMaker(corpus, 7).pairs()) != list(PairMaker(corpus, 8).pairs())


def test_the_same_seed_and_steps_give_the_same_vectors(data: Path) -> None:
    corpus = Corpus(data)
    tokenizer = tokenizer_for(corpus, Thesaurus([]), VOCABULARY)
    pairs = list(PairMaker(corpus, 7).pairs())
    options = Options(dimension=8, steps=3)
    first, second = (Trainer(tokenizer, pairs, options).train() for _ in range(2))
    np.testing.assert_array_equal(first, second)


# Pairs


def test_nothing_is_learned_from_what_is_held_out(data: Path, asked: Path) -> None:
    held_out = read_squad([asked])
    contexts = {reading.context for reading in held_out}
    with_all, without_held_out = Corpus(data), Corpus(data, held_out)
    assert contexts & {reading.context for reading in with_all.questions()}
    assert contexts.isdisjoint(reading.context for reading in without_held_out.questions())
    assert with_all.counts["nb"].total() > without_held_out.counts["nb"].total()


def test_pairs_of_every_kind_and_language_are_made(data: Path, thesaurus: Path) -> None:
    pairs = list(PairMaker(Corpus(data), 7, Thesaurus.read([thesaurus])).pairs())
    kinds = {"heading", "sentence", "question", "parallel", "word", "concept", "reworded"}
    assert {pair.kind for pair in pairs} == kinds
    assert {pair.language for pair in pairs} == {"nb", "nn", "en"}
    topic = Topic(0)
    assert any(
        pair.query == "quick0" and pair.target == topic.answering[0] and pair.kind == "concept"
        for pair in pairs
    )
    reworded = [pair for pair in pairs if pair.kind == "reworded"]
    assert all("ord" in pair.query or "quick" in pair.query for pair in reworded)


def test_pairs_of_one_passage_are_in_one_group(data: Path) -> None:
    pairs = [pair for pair in PairMaker(Corpus(data), 7).pairs() if pair.kind == "sentence"]
    for pair in pairs:
        assert pair.group
        assert set(pair.target.split()) & set(pair.group.split())


def test_a_sentence_does_not_ask_for_a_passage_that_still_holds_it_too_often(data: Path) -> None:
    pairs = [pair for pair in PairMaker(Corpus(data), 7).pairs() if pair.kind == "sentence"]
    still = sum(pair.query in pair.target for pair in pairs)
    assert still < 0.2 * len(pairs)


@given(st.lists(st.integers(1, 400), max_size=8))
def test_cutting_keeps_every_word_in_order(lengths: list[int]) -> None:
    words = [f"w{number}" for number in range(sum(lengths))]
    rest = iter(words)
    paragraphs = [" ".join(next(rest) for _ in range(length)) for length in lengths]
    passages = list(cut(paragraphs))
    assert " ".join(passages).split() == words
    assert all(len(passage.split()) <= max(PASSAGE_WORDS, LONG_PARAGRAPH) for passage in passages)


def variants() -> Variants:
    nynorsk = {"søknader": "søknader", "ikkje": "ikke", "korleis": "hvordan"}
    english = {"grant": [("tilskudd", 0.8)], "deadline": [("frist", 0.9)]}
    return Variants(nynorsk, english, Counter(), random.Random(0))


@pytest.mark.parametrize(
    ("text", "nynorsk", "english"),
    [
        ("Frist for tilskudd", "Frist for tilskudd", "deadline for grant"),
        ("hvordan ikke", "korleis ikkje", None),
        ("Helt ukjente ordstillinger", "Helt ukjente ordstillinger", None),
    ],
)
def test_a_query_word_by_word(text: str, nynorsk: str, english: str | None) -> None:
    assert variants().nynorsk(text) == nynorsk
    assert variants().bokmal(nynorsk) == text
    assert variants().english(text) == english


def test_the_thesaurus_finds_inflected_phrases_in_a_text() -> None:
    said = {"nb": ("dato",), "nn": ("dagen",), "en": ("date",)}
    concept = Concept(id="frist", documents=("søknadsfrist", "frist for søknad"), **said)
    found = Thesaurus([concept]).find("Ny frist for søknader, 2025".split(), random.Random(0))
    assert found is not None
    assert (found.first, found.last, found.concept.id) == (1, 4, "frist")
    assert Thesaurus([concept]).find("noe annet".split(), random.Random(0)) is None


def test_a_concept_in_two_files_is_one_concept(tmp_path: Path) -> None:
    parts = [tmp_path / "1.toml", tmp_path / "2.toml"]
    for path, word in zip(parts, ("penger", "støtte"), strict=True):
        text = f'[[concept]]\nid = "a"\ndocuments = ["tilskudd"]\nnb = ["{word}"]\n'
        text += 'nn = ["pengar"]\nen = ["grant"]\n'
        path.write_text(text, encoding="utf-8")
    (joined,) = Thesaurus.read(parts).concepts
    assert (joined.documents, joined.nb) == (("tilskudd",), ("penger", "støtte"))


# Training


def test_pairs_with_the_same_target_are_no_negatives_of_each_other(data: Path) -> None:
    tokenizer = tokenizer_for(Corpus(data), Thesaurus([]), VOCABULARY)
    pairs = [
        Pair("ett", "felles", "sentence", "nb"),
        Pair("to", "felles", "sentence", "nb"),
        Pair("tre", "eget", "concept", "nb", "gruppe"),
        Pair("fire", "annet", "concept", "nb", "gruppe"),
        Pair("ett", "helt annet", "sentence", "nb"),
    ]
    same = Trainer(tokenizer, pairs, Options(dimension=8, steps=1))._false_negatives(np.arange(5))
    expected = {(0, 1), (2, 3), (0, 4)}
    assert {tuple(sorted(map(int, place))) for place in same.nonzero().tolist()} == expected


@pytest.mark.parametrize("together", [1, 5, 30])
def test_every_row_comes_once_before_any_comes_again(together: int) -> None:
    drawn = batches(10, 5, together, np.random.default_rng(0))
    assert sorted(np.concatenate([next(drawn), next(drawn)])) == list(range(10))
    batch = next(drawn)
    if together == 5:
        assert list(np.diff(batch)) == [1, 1, 1, 1]


def test_bags_are_cut_and_never_empty(data: Path) -> None:
    tokenizer = tokenizer_for(Corpus(data), Thesaurus([]), VOCABULARY)
    bags = Bags.of(tokenizer, ["", "bruarbeid " * 50, "2024"], 5)
    pieces, starts = bags.take(np.array([0, 1, 2]), [np.array([7]), np.array([]), np.array([])])
    assert len(bags) == 3
    assert list(pieces[:2]) == [0, 7]
    assert list(np.diff(starts)) == [2, 5]


# The teacher


def test_translations_come_to_resemble_each_other_as_the_teacher_finds(
    data: Path, trained: tuple[Path, Result]
) -> None:
    # Any SentenceTransformer can teach; here it is the one that the command made.
    corpus = Corpus(data)
    notes: list[float] = []
    lesson = learn(corpus, trained[0], 7, lambda done, note: notes.append(done))
    assert notes[-1] == 1.0
    assert lesson.vectors.shape == (len(lesson.translations), DIMENSION)
    np.testing.assert_allclose(np.linalg.norm(lesson.vectors, axis=1), 1, atol=1e-2)
    assert lesson.translations[: lesson.words] == [
        (word, " ".join(target for target, _ in targets))
        for word, targets in corpus.english.items()
    ]
    tokenizer = tokenizer_for(corpus, Thesaurus([]), VOCABULARY)
    pairs = list(PairMaker(corpus, 7).pairs())
    left = {
        taught: teacher_disagreement(
            Trainer(tokenizer, pairs, Options(dimension=16, steps=25, taught=taught), lesson)
        )
        for taught in (0.0, 3.0)
    }
    assert left[3.0] < left[0.0]


def teacher_disagreement(trainer: Trainer) -> float:
    table = torch.from_numpy(trainer.train())
    assert trainer._lesson is not None
    return float(np.mean([trainer._taught(table, trainer._lesson).item() for _ in range(8)]))


def test_the_teachers_loss_is_least_where_we_agree() -> None:
    vectors = torch.eye(4)
    agreed = disagreement(vectors, vectors, vectors)
    crossed = disagreement(vectors, vectors, vectors[[1, 0, 3, 2]])
    assert float(agreed) < 0.1 < float(crossed)


# Where it stands


def test_nothing_else_imports_the_training_package() -> None:
    root = Path(__file__).parent.parent
    modules = [
        path
        for package in ("bot", "indexer", "knowledge")
        for path in (root / package).rglob("*.py")
        if "training" not in path.parts
    ]
    assert len(modules) > 40
    assert [path for path in modules if "indexer.training" in path.read_text("utf-8")] == []


# What can be wrong


def damaged_line(folder: Path) -> None:
    write_xz(folder / "docs.jsonl.xz", '{"src": "a", "lang": "nob", "secs": []}\n{"src": ')


def wrong_shape(folder: Path) -> None:
    write_xz(folder / "docs.jsonl.xz", '{"src": "a", "lang": "dansk", "secs": []}')


def not_compressed(folder: Path) -> None:
    (folder / "docs.jsonl.xz").write_text("{}", encoding="utf-8")


def cut_short(folder: Path) -> None:
    whole = (folder / "docs.jsonl.xz").read_bytes()
    (folder / "docs.jsonl.xz").write_bytes(whole[: len(whole) // 2])


def missing(folder: Path) -> None:
    (folder / "en2nb.json").unlink()


def empty(folder: Path) -> None:
    write_xz(folder / "docs.jsonl.xz", "")
    (folder / "norquad_made_answers_1.json.xz").unlink()


def hardly_any_text(folder: Path) -> None:
    nothing_goes_together(folder)
    write_xz(folder / "docs.jsonl.xz", '{"src": "a", "lang": "nob", "secs": [[null, ["Hei"]]]}')


def nothing_goes_together(folder: Path) -> None:
    empty(folder)
    document = filler()
    document["secs"] = [[None, document["secs"][0][1] * 3]]
    write_xz(folder / "docs.jsonl.xz", json.dumps(document, ensure_ascii=False))
    write_xz(folder / "parallel.json.xz", "{}")
    for name in ("en2nb.json", "nn2nb.json"):
        (folder / name).write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (damaged_line, "docs.jsonl.xz, line 2 is not as expected"),
        (wrong_shape, "line 1 is not as expected at lang"),
        (not_compressed, "docs.jsonl.xz cannot be read"),
        (cut_short, "docs.jsonl.xz cannot be read"),
        (missing, "en2nb.json is missing"),
        (empty, "holds no text to train on"),
        (hardly_any_text, "too few words to learn pieces from"),
        (nothing_goes_together, "gives no pair of texts to learn from"),
    ],
)
def test_a_damaged_data_folder_is_told_in_one_sentence(
    data: Path, tmp_path: Path, damage: Any, said: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for path in data.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    damage(folder)
    result = run(folder, tmp_path / "model", "--steps", 1, "--vocabulary", VOCABULARY)
    assert_told(result, said)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vocabulary", 100_000], "100000 pieces of 256 dimensions take about 59 MB"),
        (["--held-out", "nowhere.json"], "nowhere.json is missing"),
        (["--thesaurus", "nowhere.toml"], "The thesaurus nowhere.toml has a fault"),
    ],
)
def test_a_wrong_argument_is_told_before_any_work(
    data: Path, tmp_path: Path, arguments: list[object], said: str
) -> None:
    assert_told(run(data, tmp_path / "model", *arguments), said)


def test_a_folder_with_something_in_it_is_left_alone(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    assert_told(run(data, tmp_path), "is not an empty folder")


def test_a_folder_without_a_teacher_is_told(data: Path, tmp_path: Path) -> None:
    arguments = ["--steps", 1, "--vocabulary", VOCABULARY, "--teacher", tmp_path]
    assert_told(run(data, tmp_path / "model", *arguments), "holds no teacher that can be loaded")


def test_a_damaged_thesaurus_is_told(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "thesaurus.toml"
    path.write_text('[[concept]]\nid = "a"\ndocuments = []\n', encoding="utf-8")
    result = run(data, tmp_path / "model", "--thesaurus", path)
    assert_told(result, "thesaurus.toml has a fault in a")


def assert_told(result: Result, said: str) -> None:
    assert result.exit_code == 1
    told = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(told) == 1
    assert said in told[0]
    assert "Traceback" not in result.output
