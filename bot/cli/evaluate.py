"""`frisksvar evaluate`: how well a file of questions is answered."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.answering.answer import Answerer
from bot.cli.app import App, command
from bot.cli.building import ensure_index
from bot.cli.render import table
from bot.evaluation.measure import measure, report
from bot.evaluation.questions import read_questions

COLUMNS = ("recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10", "highlight")


@click.command(
    help="""Mål hvor godt spørsmålene i en fil besvares. Ingenting registreres.

Hver linje: {"id", "question", "lang": "nb|nn|en", "kind": "in_scope|out_of_scope", "gold": ["ordrett bit av svaret", …]}

\b
Eksempler:
  frisksvar evaluate tests/questions/reported.jsonl
  frisksvar evaluate egne.jsonl --json > resultat.json
"""  # noqa: E501
)
@click.argument("questions", type=click.Path(path_type=Path), metavar="SPØRSMÅL.jsonl")
@click.option("--json", "as_json", is_flag=True, help="Skriv målene som JSON.")
@click.option("--failures", is_flag=True, help="List spørsmålene som ikke fant svaret.")
@click.pass_obj
@command
def evaluate(app: App, questions: Path, as_json: bool, failures: bool) -> None:
    if not questions.is_file():
        raise click.ClickException(app.say("file_missing", path=questions))
    asked = read_questions(questions)
    ensure_index(app)
    with app.progress("evaluating") as progress:
        measured = measure(Answerer(app.index, None), asked, progress)
    result = report(measured)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=1))
        return
    rows = [
        [name, str(int(values["questions"])), *(f"{values[column]:.3f}" for column in COLUMNS)]
        for name, values in result.items()
        if name != "refusal"
    ]
    headings = ",".join([app.say("eval_language"), app.say("eval_count"), *COLUMNS])
    app.out.print(table(headings, rows))
    refused = result["refusal"]
    app.out.print(
        app.say(
            "eval_refused",
            refused=refused["refused"],
            count=int(refused["out_of_scope_questions"]),
            lost=refused["wrongly_refused"],
            inside=int(refused["in_scope_questions"]),
        )
    )
    if failures:
        for item in measured:
            if item.question.kind == "in_scope" and not any(rank <= 5 for rank in item.ranks):
                app.out.print(f"{item.question.id}  {item.question.question}", markup=False)


def register(group: click.Group) -> None:
    group.add_command(evaluate)
