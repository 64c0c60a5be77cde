"""Another model than the embedded one: a small transformer made here, by folder and by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests_support import Home
from tiny_hub import TinyHub
from tiny_transformer import LONGEST, make_transformer

from indexer.generations.manifest import IndexUnusable
from indexer.index import Index
from indexer.vectors.encoder import (
    ModelUnavailable,
    SentenceTransformerEncoder,
    Vectors,
    fingerprint,
    load_encoder,
    model_prefixes,
)
from indexer.vectors.prompts import FAMILIES, Prefixes, family
from knowledge.settings import Settings

Make = Callable[..., Path]
Write = Callable[[str, str], Path]
NAME = "frisksvar/multilingual-e5-tiny"
DISTANT = "frisksvar/multilingual-e5-distant"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SOUP = "Suppe i kantinen tirsdag.\n"
WALK = "Tur i skogen onsdag.\n"
QUESTION = "Når er det suppe i kantinen?"
E5 = Prefixes("query: ", "passage: ")
NOTHING = Prefixes("", "")


@pytest.fixture(autouse=True)
def no_hub_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "SENTENCE_TRANSFORMERS_HOME", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("FRISKSVAR_QUERY_PREFIX", "FRISKSVAR_PASSAGE_PREFIX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer without prompts of its own, in a folder whose name tells nothing."""
    return make_transformer(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def named(plain: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the transformer under another name, with prompts in its configuration."""

    def copied(
        name: str, prompts: dict[str, str] | None = None, default: str | None = None
    ) -> Path:
        folder = shutil.copytree(plain, tmp_path / name)
        if prompts is not None:
            path = folder / "config_sentence_transformers.json"
            config = json.loads(path.read_text(encoding="utf-8"))
            config |= {"prompts": prompts, "default_prompt_name": default}
            path.write_text(json.dumps(config), encoding="utf-8")
        return folder

    return copied


def bare(folder: Path, texts: list[str]) -> Vectors:
    """What the library gives for texts whose prefix is part of them already."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    vectors: Vectors = model.encode(texts, prompt="", normalize_embeddings=True)
    return vectors


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """Prefix and text of all that sentence-transformers is given."""
    from sentence_transformers import SentenceTransformer

    seen: list[tuple[str, str]] = []
    encode = SentenceTransformer.encode

    def listening(self: Any, texts: Sequence[str], **more: Any) -> Any:
        seen.extend((more["prompt"], text) for text in texts)
        return encode(self, list(texts), **more)

    monkeypatch.setattr(SentenceTransformer, "encode", listening)
    yield seen


def home_with(folder: Path, write: Write) -> Home:
    home = Home(folder)
    home.add(write("soup.md", f"# Suppe\n\n{SOUP}").parent)
    home.add(write("walk.md", f"# Tur\n\n{WALK}").parent)
    return home


# An index made with a transformer


def test_questions_and_passages_get_their_prefixes(
    named: Make,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    encoded: list[tuple[str, str]],
) -> None:
    folder = named("own", {"query": "query: ", "passage": "passage: "})
    monkeypatch.setenv("FRISKSVAR_MODEL", str(folder))
    home = home_with(tmp_path / "home", write)
    index = home.build()
    assert {prefix for prefix, _ in encoded} == {"passage: "}

    generation = index.open().searcher.generation
    model = generation.manifest.model
    assert (model.name, model.dimension) == ("own", 32)
    assert model.fingerprint == fingerprint(home.settings) and not model.static_verified
    (segment,) = generation.segments
    for number in range(len(segment)):
        text = segment.passage(number).search_text
        with_prefix, without = bare(folder, [f"passage: {text}", text])
        found = segment.vectors.similarity(with_prefix, np.array([number]))[0]
        assert found == pytest.approx(1, abs=1e-5)
        assert segment.vectors.similarity(without, np.array([number]))[0] < found - 1e-3

    encoded.clear()
    hits = index.open().searcher.search(QUESTION, language="nb").hits
    assert "Suppe i kantinen" in hits[0].passage.search_text
    assert encoded and {prefix for prefix, _ in encoded} == {"query: "}
    home.store.close()


@pytest.mark.parametrize(
    "change",
    [
        {"query_prefix": "query: "},
        {"passage_prefix": "passage: "},
        {"model": "other"},
        {"model": None},
    ],
)
def test_an_index_of_another_model_or_prefix_is_refused(
    plain: Path,
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str | None],
) -> None:
    monkeypatch.setenv("FRISKSVAR_MODEL", str(plain))
    home = home_with(tmp_path / "home", write)
    home.build().open()
    if change.get("model") == "other":
        change = {"model": str(make_transformer(tmp_path / "other", seed=1))}
    changed = home.settings.model_copy(update=change)
    with pytest.raises(IndexUnusable) as refused:
        Index(changed).open()
    assert refused.value.sentence("nb") == (
        "Indeksen er laget med en annen modell (tiny) eller andre prefikser enn det som er valgt: "
        "kjør «frisksvar index»."
    )
    home.settings = changed
    assert home.build().open().searcher.search(QUESTION, language="nb").hits
    home.store.close()


def test_a_model_that_moves_keeps_its_index(named: Make) -> None:
    first, second = named("first"), named("second")
    (second / ".cache").mkdir()
    (second / ".cache" / "downloaded").write_text("yesterday")
    (second / "README.md").write_text("A better card")
    one, two = (fingerprint(Settings(model=str(folder))) for folder in (first, second))
    assert one == two
    (second / "config.json").write_text("{}")
    assert fingerprint(Settings(model=str(second))) != one


# Vectors


def test_a_text_longer_than_the_model_reads_is_cut(plain: Path) -> None:
    encoder = SentenceTransformerEncoder(Settings(model=str(plain)))
    read = "suppe " * (LONGEST - 2)  # [CLS] and [SEP] take two
    cut, whole, shorter = encoder.encode_passages([read + "tirsdag " * 5000, read, "suppe"])
    np.testing.assert_allclose(cut, whole, atol=1e-6)
    assert np.abs(cut - shorter).max() > 1e-3
    np.testing.assert_allclose(encoder.encode_question(read * 99), whole, atol=1e-6)


def test_an_unnormalised_model_is_normalised(tmp_path: Path) -> None:
    folder = make_transformer(tmp_path / "long", normalised=False)
    from sentence_transformers import SentenceTransformer

    raw = SentenceTransformer(str(folder), device="cpu").encode(["suppe", "tirsdag i kantinen"])
    assert np.linalg.norm(raw, axis=1).min() > 2
    vectors = SentenceTransformerEncoder(Settings(model=str(folder))).encode_passages(
        ["suppe", "tirsdag i kantinen", "", " \n"]
    )
    assert vectors.dtype == np.float32 and vectors.shape == (4, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors[0], raw[0] / np.linalg.norm(raw[0]), atol=1e-6)


def test_no_texts_give_no_vectors(plain: Path) -> None:
    encoder = SentenceTransformerEncoder(Settings(model=str(plain)))
    assert encoder.encode_passages([]).shape == (0, 32)


def test_a_default_prompt_is_not_put_before_everything(named: Make) -> None:
    folder = named("prompted", {"sts": "tirsdag tirsdag ", "query": "query: "}, "sts")
    encoder = load_encoder(Settings(model=str(folder)))
    passage, question = bare(folder, ["suppe", "query: suppe"])
    np.testing.assert_allclose(encoder.encode_passages(["suppe"])[0], passage, atol=1e-6)
    np.testing.assert_allclose(encoder.encode_question("suppe"), question, atol=1e-6)


# Which prefixes


@pytest.mark.parametrize(
    ("prompts", "wanted"),
    [
        ({"query": "query: ", "passage": "passage: "}, E5),
        ({"query": "query: ", "document": "passage: "}, E5),
        ({"query": "query: ", "document": "", "passage": "passage: "}, E5),
        ({"query": "Q: "}, Prefixes("Q: ", "")),
        ({"corpus": "C: "}, Prefixes("", "C: ")),
        ({"query": "", "document": ""}, NOTHING),
        ({"clustering": "cluster: "}, NOTHING),
        ({}, NOTHING),
        (None, NOTHING),
    ],
)
def test_a_models_own_prompts_are_used(
    named: Make, prompts: dict[str, str] | None, wanted: Prefixes
) -> None:
    assert model_prefixes(Settings(model=str(named("unknown", prompts)))) == wanted


def test_settings_come_first_and_own_prompts_before_the_name(
    named: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = named("my-e5-model", {"query": "own: "})
    settings = Settings(model=str(folder))
    assert model_prefixes(settings) == Prefixes("own: ", "")
    monkeypatch.setenv("FRISKSVAR_PASSAGE_PREFIX", "set: ")
    assert model_prefixes(Settings(model=str(folder))) == Prefixes("own: ", "set: ")
    monkeypatch.setenv("FRISKSVAR_QUERY_PREFIX", "none")
    assert model_prefixes(Settings(model=str(folder))) == Prefixes("", "set: ")
    monkeypatch.setenv("FRISKSVAR_QUERY_PREFIX", "")  # an empty variable is one that is not set
    assert model_prefixes(Settings(model=str(folder))) == Prefixes("own: ", "set: ")


INSTRUCT = FAMILIES[0].prefixes


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("intfloat/multilingual-e5-small", E5),
        ("intfloat/multilingual-e5-large", E5),
        ("intfloat/e5-base-v2", E5),
        ("multilingual_E5_base", E5),
        ("models--intfloat--multilingual-e5-base", E5),
        ("intfloat/multilingual-e5-large-instruct", INSTRUCT),
        ("intfloat/e5-mistral-7b-instruct", INSTRUCT),
        ("BAAI/bge-m3", NOTHING),
        ("NbAiLab/nb-sbert-base", NOTHING),
        ("org/type5-model", None),
        ("org/e50-model", None),
        ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", None),
    ],
)
def test_known_families_are_told_by_their_name(name: str, wanted: Prefixes | None) -> None:
    found = family(name)
    assert (found and found.prefixes) == wanted
    assert model_prefixes(Settings(model=name)) == (wanted or NOTHING)


def test_an_instruction_stands_before_questions_only() -> None:
    assert INSTRUCT.query.startswith("Instruct: ") and INSTRUCT.query.endswith("\nQuery: ")
    assert INSTRUCT.passage == ""


def test_a_folder_tells_its_family_by_its_name_or_configuration(
    named: Make, tmp_path: Path
) -> None:
    assert model_prefixes(Settings(model=str(named("multilingual-e5-small")))) == E5
    folder = named("downloaded")
    assert model_prefixes(Settings(model=str(folder))) == NOTHING
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["_name_or_path"] = "intfloat/multilingual-e5-small"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    assert model_prefixes(Settings(model=str(folder))) == E5
    (folder / "config.json").write_text("[1", encoding="utf-8")
    assert model_prefixes(Settings(model=str(folder))) == NOTHING
    snapshot = in_cache(named("other"), tmp_path / "hub")
    assert model_prefixes(Settings(model=str(snapshot))) == E5


def test_the_embedded_model_has_no_prefixes() -> None:
    assert model_prefixes(Settings()) == NOTHING


# By name


def in_cache(model: Path, cache: Path, name: str = NAME) -> Path:
    """Lays a model out as huggingface_hub keeps it."""
    repository = cache / f"models--{name.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    return shutil.copytree(model, repository / "snapshots" / COMMIT)


COMMANDS = """
import json, socket, sys
from click.testing import CliRunner

connect, calls = socket.socket.connect, []

def listening(self, address):
    calls.append(address)
    return connect(self, address)

socket.socket.connect = listening
from bot.cli import main

for model, line in json.loads(sys.stdin.read()):
    calls.clear()
    done = CliRunner().invoke(main, line, env={"FRISKSVAR_MODEL": model})
    print(json.dumps([done.exit_code, done.stdout, done.stderr, len(calls)]))
"""
"""The commands of standard input, one after another in one process, as torch takes seconds."""


class Done(NamedTuple):
    status: int
    out: str
    error: str
    connections: int
    """How many connections it tried to open."""


def run(home: Path, hub: Path, *commands: tuple[str, list[str]], **more: str) -> list[Done]:
    """What each command does with a model, in a process whose cache of models is in `hub`."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "FRISKSVAR_", "SENTENCE_TRANSFORMERS"))
    }
    environment |= {"FRISKSVAR_HOME": str(home), "HF_HOME": str(hub), "COLUMNS": "400"}
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input=json.dumps(commands),
        env=environment | more,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return [Done(*json.loads(line)) for line in done.stdout.splitlines()]


INDEX, ASK, DOCTOR = ["index", "--no-bundled"], ["ask", QUESTION], ["doctor"]


@pytest.fixture(scope="module")
def by_name(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Done]]:
    """Commands with the model in the cache, and with the same model on a hub."""
    folder = tmp_path_factory.mktemp("by-name")
    (folder / "soup.md").write_text(f"# Suppe\n\n{SOUP}", encoding="utf-8")
    in_cache(plain, folder / "hf" / "hub")
    with TinyHub(plain, DISTANT, COMMIT) as hub:
        done = run(
            folder / "home",
            folder / "hf",
            (NAME, ["add", str(folder / "soup.md")]),
            *((NAME, line) for line in (INDEX, ASK, DOCTOR)),
            *((DISTANT, line) for line in (ASK, INDEX, INDEX, ASK)),
            HF_ENDPOINT=hub.address,
        )
    return {"added": done[:1], "cached": done[1:4], "distant": done[4:]}


def test_a_model_in_the_hub_cache_is_used_by_its_name_without_network(
    by_name: dict[str, list[Done]],
) -> None:
    built, asked, doctor = by_name["cached"]
    assert [step.status for step in (built, asked, doctor)] == [0, 0, 0], built.error
    assert [step.connections for step in (*by_name["added"], built, asked, doctor)] == [0] * 4
    assert "Suppe" in asked.out  # quoted or named: the decision is fitted to another model
    assert "Loading weights" not in built.error + asked.error
    model, unfitted = [line for line in doctor.out.splitlines() if "Modell: " in line]
    assert NAME in model and "32 dimensjoner" in model
    assert "foran spørsmål: «query: », foran utdrag: «passage: »" in model
    assert unfitted.startswith("se på")
    assert "frisksvar evaluate" in unfitted and "docs/models.md" in unfitted


def test_a_model_is_downloaded_when_the_index_is_built_and_only_then(
    by_name: dict[str, list[Done]],
) -> None:
    before, built, again, asked = by_name["distant"]
    assert before.status == 1 and "bare «frisksvar index» laster ned" in before.error
    assert built.status == again.status == asked.status == 0, built.error
    assert "Suppe" in asked.out  # quoted or named: the decision is fitted to another model
    assert built.connections > 0
    assert before.connections == again.connections == asked.connections == 0


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE er satt"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "http://127.0.0.1:9 svarer ikke"),
    ],
)
def test_a_model_that_is_not_there_and_cannot_be_fetched_is_told_in_one_sentence(
    write: Write, tmp_path: Path, variables: dict[str, str], reason: str
) -> None:
    path, hub = write("soup.md", f"# Suppe\n\n{SOUP}"), tmp_path / "hf"
    _, built = run(tmp_path / "home", hub, (NAME, ["add", str(path)]), (NAME, INDEX), **variables)
    assert built.status == 1
    assert built.error.strip().splitlines()[-1] == (
        f"Modellen {NAME} er verken en mappe eller lastet ned til {hub / 'hub'} ({reason}): kjør "
        "«frisksvar index» med nett, eller sett FRISKSVAR_MODEL til en mappe med modellen."
    )


def test_a_question_never_downloads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match=r"only «frisksvar index» downloads"):
        load_encoder(Settings(model=NAME))


def test_weights_without_the_list_of_modules_are_not_guessed_about(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    snapshot = in_cache(plain, tmp_path)
    assert load_encoder(Settings(model=NAME)).dimension == 32
    (snapshot / "modules.json").unlink()
    with pytest.raises(ModelUnavailable) as refused:
        load_encoder(Settings(model=NAME))
    assert refused.value.key == "model_not_downloaded"


def test_another_commit_is_another_model(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENTENCE_TRANSFORMERS_HOME", str(tmp_path))
    snapshot = in_cache(plain, tmp_path)
    before = fingerprint(Settings(model=NAME))
    assert before == fingerprint(Settings(model=NAME))
    snapshot.rename(snapshot.with_name(COMMIT[::-1]))
    (tmp_path / "models--frisksvar--multilingual-e5-tiny" / "refs" / "main").write_text(
        COMMIT[::-1]
    )
    assert fingerprint(Settings(model=NAME)) != before


def test_a_model_with_code_of_its_own_is_refused(named: Make) -> None:
    folder = named("with-code")
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["auto_map"] = {"AutoConfig": "code.Config", "AutoModel": "code.Model"}
    config["model_type"] = "unheard_of"
    path.write_text(json.dumps(config), encoding="utf-8")
    (folder / "code.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ModelUnavailable) as refused:
        load_encoder(Settings(model=str(folder)))
    assert refused.value.key == "model_own_code"
