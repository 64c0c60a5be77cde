"""Questions written for passages of the training documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from indexer.training.asked import AskedPassage, digest, joined, read_asked
from indexer.training.corpus import TrainingDocument
from indexer.training.reading import TrainingError

LONG = " ".join(f"ord{number}" for number in range(80))
SHORT = "Bare noen få ord."
HUGE = " ".join(f"tall{number}" for number in range(160))


def document(*paragraphs: str) -> TrainingDocument:
    return TrainingDocument(
        src="made", lang="nob", title="Tittel", secs=[("Overskrift", list(paragraphs))]
    )


def write(path: Path, *passages: str) -> Path:
    lines = (
        json.dumps({"passage": passage, "lang": lang, "question": f"Hva er {number}?"})
        for number, passage in enumerate(passages)
        for lang in ("nb", "nn")
    )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_paragraphs_are_joined_until_they_make_a_passage() -> None:
    assert list(joined([SHORT, LONG, SHORT])) == [f"{SHORT}\n{LONG}"]
    assert list(joined([HUGE, LONG])) == [LONG]


def test_a_passage_is_found_by_its_digest(tmp_path: Path) -> None:
    asked = write(tmp_path / "asked.jsonl", digest(LONG), "0" * 16)
    assert list(read_asked([asked], [document(HUGE), document(LONG), document(LONG)])) == [
        AskedPassage("Tittel", "Overskrift", LONG, (("Hva er 0?", "nb"), ("Hva er 0?", "nn")))
    ]


def test_questions_about_other_documents_are_refused(tmp_path: Path) -> None:
    asked = write(tmp_path / "asked.jsonl", digest(LONG))
    with pytest.raises(TrainingError, match="None of the passages"):
        list(read_asked([asked], [document(HUGE)]))
    assert list(read_asked([], [document(LONG)])) == []


def test_the_questions_that_come_along_are_well_formed() -> None:
    path = Path(__file__).parent.parent / "indexer" / "training" / "asked.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 3_000
    assert {line["lang"] for line in lines} == {"nb", "nn", "en"}
    assert all(line.keys() == {"passage", "lang", "question"} for line in lines)
