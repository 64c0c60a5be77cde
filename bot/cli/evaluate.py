"""`frisksvar evaluate`: how well a file of questions is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from bot.cli.app import App, command
from bot.cli.building import ensure_index
from bot.cli.render import table
from bot.evaluation.ablation import measure_without
from bot.evaluation.measure import report
from bot.evaluation.questions import EvaluationQuestion, read_questions
from bot.evaluation.trial import SWITCHES
from indexer.index import bundled_wanted, wanted_documents
from indexer.library.catalogue import LibraryDocument

ABLATED = ("nb", "nn", "en", "all")
COLUMNS = ("recall@1", "recall@3", "recall@5", "mrr@10", "ndcg@10", "highlight")


@click.command(
    help="""Mål hvor godt spørsmålene i en fil besvares. Ingenting registreres.

Hver linje: {"id", "question", "lang": "nb|nn|en", "kind": "in_scope|out_of_scope", "gold": ["ordrett bit av svaret", …]}

\b
Eksempler:
  frisksvar evaluate tests/questions/reported.jsonl
  frisksvar evaluate egne.jsonl --json > resultat.json
  frisksvar evaluate egne.jsonl --without thesaurus --without heading
  frisksvar evaluate egne.jsonl --ablate
"""  # noqa: E501
)
@click.argument("questions", type=click.Path(path_type=Path), metavar="SPØRSMÅL.jsonl")
@click.option("--json", "as_json", is_flag=True, help="Skriv målene som JSON.")
@click.option("--failures", is_flag=True, help="List spørsmålene som ikke fant svaret.")
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(SWITCHES),
    metavar="DEL",
    help=f"Mål uten denne delen av søket; kan gjentas. En av: {', '.join(SWITCHES)}.",
)
@click.option("--ablate", is_flag=True, help="Mål uten hver del for seg, én linje for hver.")
@click.pass_obj
@command
def evaluate(
    app: App,
    questions: Path,
    as_json: bool,
    failures: bool,
    without: tuple[str, ...],
    ablate: bool,
) -> None:
    if not questions.is_file():
        raise click.ClickException(app.say("file_missing", path=questions))
    asked = read_questions(questions)
    ensure_index(app)
    if ablate:
        _ablate(app, asked, without, as_json)
        return
    with app.progress("evaluating") as progress:
        measured = measure_without(app.settings, _documents(app), asked, without, progress)
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
            back=refused["asked_back"],
            at_five=refused.get("refused_at_5", 0.0),
        )
    )
    if failures:
        for item in measured:
            if item.question.kind == "in_scope" and not any(rank <= 5 for rank in item.ranks):
                app.out.print(f"{item.question.id}  {item.question.question}", markup=False)


def _documents(app: App) -> Callable[[], list[LibraryDocument]]:
    return lambda: wanted_documents(app.catalogue, bundled=bundled_wanted(app.settings))


def _ablate(
    app: App, asked: list[EvaluationQuestion], without: tuple[str, ...], as_json: bool
) -> None:
    """One line for the whole search, and one for the search without each part."""
    found: dict[str, dict[str, float]] = {}
    for switch in ("", *(switch for switch in SWITCHES if switch not in without)):
        with app.progress("evaluating") as progress:
            left_out = {*without, switch} - {""}
            measured = measure_without(app.settings, _documents(app), asked, left_out, progress)
        result = report(measured)
        found[switch] = {part: result[part]["recall@5"] for part in ABLATED if part in result}
        for part, name in (("all", "mrr@10"), ("refusal", "refused_at_5")):
            if name in result.get(part, {}):
                found[switch][name] = result[part][name]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    columns = list(found[""])
    rows = [
        [switch or app.say("eval_whole"), *(f"{values[column]:.3f}" for column in columns)]
        for switch, values in found.items()
    ]
    app.out.print(table(",".join([app.say("eval_without"), *columns]), rows))


def register(group: click.Group) -> None:
    group.add_command(evaluate)
