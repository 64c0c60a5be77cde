"""`frisksvar demo-data`: a made-up register to try things on."""

from __future__ import annotations

from datetime import datetime

import click

from bot.cli.app import App, command
from knowledge.calendar import OSLO
from knowledge.demonstration import DemoSize, demo_data
from knowledge.statistics.scope import scope

MOST_ROWS = 2_000_000
"""Of a year; some gigabytes."""


@click.command(
    "demo-data",
    help="""Fyll et tomt register med oppdiktede henvendelser, hospiteringer og årsskjema.

Til utprøving av sidene og årsrapporten. Et register som har noe i seg fra før, blir ikke rørt:
velg en egen mappe først (export FRISKSVAR_HOME=./demo). De samme valgene gir de samme radene.

\b
Eksempler:
  frisksvar demo-data
  frisksvar demo-data --years 2019-2025 --inquiries 3000 --visits 60
""",
)
@click.option("--years", help="År eller periode; ellers fjoråret.")
@click.option("--inquiries", type=click.IntRange(0, MOST_ROWS), default=20_000, show_default=True)
@click.option("--visits", type=click.IntRange(0, MOST_ROWS), default=400, show_default=True)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Et annet tall gir andre rader."
)
@click.pass_obj
@command
def demo(app: App, years: str | None, inquiries: int, visits: int, seed: int) -> None:
    today = datetime.now(OSLO).date()
    period = scope(years or today.year - 1, today=today)
    size = DemoSize(period.first, period.last, inquiries, visits, seed)
    total = len(period.years) * (inquiries + visits)
    with app.progress("report_demo_progress") as progress:
        demo_data(app.store, size, progress=lambda done: progress(done, total))
    app.note("report_demo_done", total=total, period=period.period, path=app.store.path)


def register(group: click.Group) -> None:
    group.add_command(demo)
