"""Evaluation questions: JSON Lines, one question with the wording that answers it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.messages import Failure
from knowledge.validation import first_fault


class EvaluationQuestion(BaseModel):
    """One question. `gold` holds verbatim substrings; a passage with any of them answers it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str | int
    question: str
    lang: Literal["nb", "nn", "en"]
    kind: Literal["in_scope", "out_of_scope"]
    gold: tuple[str, ...] = ()
    type: str = ""
    document: str | None = None
    """The document the question was written from; says which part of a split it belongs to."""
    source: str = ""
    """The kind of that document: law, guide, report, or grant (announcements and their rules)."""
    thread: tuple[str, ...] = Field(default=())


def plain(text: str) -> str:
    """The text as gold strings are compared: white space and case do not count."""
    return " ".join(text.split()).casefold()


class BadQuestionFile(Failure):
    """A question file with a line that is not a question."""


def read_questions(path: Path) -> list[EvaluationQuestion]:
    """The questions of a file; blank lines are left out.

    Raises:
        BadQuestionFile: naming the line, what is wrong with it, and the file.
    """
    questions: list[EvaluationQuestion] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            question = EvaluationQuestion.model_validate(json.loads(line.decode("utf-8-sig")))
        except ValidationError as error:
            raise BadQuestionFile(
                "bad_question_file", path=path, line=number, reason=first_fault(error).message
            ) from error
        except ValueError as error:
            raise BadQuestionFile(
                "bad_question_file", path=path, line=number, reason=error
            ) from error
        questions.append(question)
    return questions
