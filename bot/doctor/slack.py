"""What Slack says of the tokens: whether it takes them, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from slack_sdk.web import SlackResponse

from bot.doctor.finding import Finding, Findings, Installation
from bot.slack.manifest import compared, scopes
from bot.slack.serving import check_app_token, check_token
from bot.slack.settings import SlackSettings
from knowledge.messages import Failure, Message

SKEW: Final = timedelta(minutes=1)
"""Slack's requests are refused when they are five minutes old (docs.slack.dev, «Verifying requests
from Slack»); a clock that is kept by a time server is never a minute off."""


def slack(place: Installation) -> Findings:
    """Raises ConfigurationError where a setting cannot be used."""
    found = place.slack
    if not configured(found):
        yield Finding("ok", Message("operation_install_slack_none"))
    elif not place.offline:
        yield from tokens(found)
    elif (lacking := _lacking(found)) is not None:
        yield lacking
    else:
        yield Finding("ok", Message("operation_install_slack_offline"))


def configured(settings: SlackSettings) -> bool:
    return settings.bot_token is not None or settings.app_token is not None or settings.oauth


def tokens(settings: SlackSettings) -> Iterator[Finding]:
    """Asks Slack: auth.test, and apps.connections.open for Socket Mode."""
    if (lacking := _lacking(settings)) is not None:
        yield lacking
        return
    try:
        answer = check_token(settings)
        if not _over_http(settings):
            check_app_token(settings)
    except Failure as failure:
        yield Finding("bad", failure.message)
        return
    if answer is None:
        yield Finding("ok", Message("operation_install_slack_oauth"))
        return
    missing, unneeded = compared(_header(answer, "x-oauth-scopes"))
    team = str(answer["team"])
    if missing:
        yield Finding("bad", Message("slack_scopes_missing", {"scopes": ", ".join(missing)}))
    else:
        yield Finding("ok", Message("slack_scopes_right", {"count": len(scopes()), "team": team}))
    if unneeded:
        yield Finding("warn", Message("slack_scopes_unneeded", {"scopes": ", ".join(unneeded)}))
    yield from _clock(_header(answer, "date"))


def _over_http(settings: SlackSettings) -> bool:
    """Without a token for Socket Mode, Slack has to come to us."""
    return settings.app_token is None and settings.signing_secret is not None


def _lacking(settings: SlackSettings) -> Finding | None:
    """A token that is missing, or is another kind."""
    try:
        settings.checked(http=_over_http(settings))
    except Failure as failure:
        return Finding("bad", failure.message)
    return None


def _clock(date: str, now: datetime | None = None) -> Iterator[Finding]:
    """Slack's time beside ours."""
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return
    seconds = int(((now or datetime.now(UTC)) - theirs).total_seconds())
    if abs(seconds) > SKEW.total_seconds():
        ahead, behind = "operation_install_clock_ahead", "operation_install_clock_behind"
        text = Message(ahead if seconds > 0 else behind, {"seconds": abs(seconds)})
        yield Finding("bad", text, run="timedatectl")


def _header(answer: SlackResponse, name: str) -> str:
    headers = {str(key).lower(): value for key, value in answer.headers.items()}
    return str(headers.get(name, ""))
