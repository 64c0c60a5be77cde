"""Which development centre a place belongs to is told where it is asked, and only there."""

import pytest

from bot.answering.reply import Reply, Serving
from bot.answering.serving import serving
from bot.slack.blocks.answer import answer

BODO, BERGEN = "1804", "4601"


@pytest.mark.parametrize(
    ("asked", "municipality", "told"),
    [
        ("Hvem er vår utviklingssentral?", BODO, Serving("Bodø", "Alstahaug")),
        ("Hvilken utviklingssentral hører vi til?", BERGEN, Serving("Bergen", "Bergen")),
        ("Kva for ein utviklingssentral skal vi spørje?", BODO, Serving("Bodø", "Alstahaug")),
        ("Who is our development centre?", BODO, Serving("Bodø", "Alstahaug")),
        ("Which development center do we ask?", BODO, Serving("Bodø", "Alstahaug")),
        ("Hvem er utviklingssentral for Nordland?", None, Serving("Nordland", "Alstahaug")),
        ("Hvem er utviklingssentral i Rogaland?", None, Serving("Rogaland", "Stavanger")),
    ],
)
def test_the_centre_of_a_place(asked: str, municipality: str | None, told: Serving) -> None:
    assert serving(asked, municipality) == told


@pytest.mark.parametrize(
    ("asked", "municipality"),
    [
        ("Hvilke oppgaver har utviklingssentralene?", BODO),
        ("Hvor mye penger får en utviklingssentral?", BODO),
        ("Hvordan får vi fastlegene til å henvise?", BODO),
        ("Hvem er vår utviklingssentral?", None),
        ("Hvem er utviklingssentral i Nordland og Rogaland?", None),
    ],
)
def test_other_questions_are_told_nothing(asked: str, municipality: str | None) -> None:
    assert serving(asked, municipality) is None


@pytest.mark.parametrize("outcome", ["answered", "not_covered", "unclear", "failed"])
def test_slack_tells_it_first(outcome: str) -> None:
    reply = Reply(outcome, "nb", serving=Serving("Bodø", "Alstahaug"), inquiry=1)  # type: ignore[arg-type]
    rendered = answer(reply, "nb")
    assert rendered.text.startswith("Bodø hører til utviklingssentralen Alstahaug")
    assert "Bodø hører til utviklingssentralen Alstahaug" in str(rendered.blocks[0])
