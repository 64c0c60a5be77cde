"""`frisksvar health`: whether the service answers; for people, and for a container's check."""

from __future__ import annotations

from typing import Any

import click

from bot.cli.app import App, command
from knowledge.messages import Failure

SECONDS = 5.0
"""To wait for an answer; a check of readiness waits for a lock for two."""

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 (looked up, not listened on)
"""What listens on every address answers on this machine's own."""


@click.command(
    help="""Sjekk om tjenesten svarer. Avslutter med status 1 hvis den ikke gjør det.

Spør adressen i FRISKSVAR_METRICS_LISTEN, der «frisksvar bot» eller «frisksvar review» svarer. Med
--ready må den også være klar til å svare på spørsmål: databasen kan skrives, indeksen er lastet, og
forbindelsen med Slack er åpen.

\b
Eksempler:
  frisksvar health
  frisksvar health --ready
  frisksvar health --url http://127.0.0.1:9465
"""
)
@click.option("--ready", is_flag=True, help="Sjekk også at tjenesten er klar.")
@click.option("--url", help="Adressen, når den ikke er den i FRISKSVAR_METRICS_LISTEN.")
@click.pass_obj
@command
def health(app: App, ready: bool, url: str | None) -> None:
    import httpx  # imported here: no other quick command needs it

    base = (url or _own_address(app)).rstrip("/")
    try:
        # The environment's proxy is for the world outside, not for this machine.
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            answer = client.get(f"{base}/{'readyz' if ready else 'healthz'}")
        checks = _checks(answer) if ready else ""
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Failure("operation_watch_no_answer", url=base, reason=type(error).__name__) from error
    if ready and answer.status_code != httpx.codes.OK:
        raise Failure("operation_watch_not_ready", checks=checks)
    if answer.status_code != httpx.codes.OK:
        raise Failure("operation_watch_no_answer", url=base, reason=answer.status_code)
    if ready:
        app.note("operation_watch_ready", checks=checks)
    else:
        app.note("operation_watch_healthy", url=base)


def _own_address(app: App) -> str:
    """Where the service on this machine answers: one that listens everywhere does so here, too."""
    listen = app.settings.metrics_listen
    if listen is None:
        raise Failure("operation_watch_no_address")
    host, _, port = listen.rpartition(":")
    return f"http://{EVERYWHERE.get(host, host)}:{port}"


def _checks(answer: Any) -> str:
    """«database: ok, index: no_index», of what /readyz tells.

    Raises:
        ValueError: the answer is not one of ours.
    """
    told = answer.json()
    checks = told.get("checks") if isinstance(told, dict) else None
    if not isinstance(checks, dict):
        raise ValueError("not /readyz")
    return ", ".join(f"{name}: {state}" for name, state in checks.items())


def register(group: click.Group) -> None:
    group.add_command(health)
