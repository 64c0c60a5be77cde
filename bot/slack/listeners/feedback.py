"""Whether an answer helped: the thumb is kept at once, the reason where somebody gives one.

The message stays as it is: thumbs that show how one person voted would tell all the others.
"""

from __future__ import annotations

import re
from typing import Any, cast

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.slack import ids
from bot.slack.blocks.modals import reason_modal
from bot.slack.blocks.pieces import notice
from bot.slack.desk import Desk
from bot.slack.listeners.answers import person_of
from bot.slack.listeners.who import origin_of, tell_aside
from bot.slack.quietly import quietly
from bot.slack.submitted import Submitted
from knowledge.register import REASONS, NewLink, Reason, Vote

Body = dict[str, Any]

_VALUE = re.compile(r"(up|down):(\d{1,15})")


def register(app: App, desk: Desk) -> None:
    @app.action(ids.FEEDBACK)
    def voted(ack: Ack, body: Body, client: WebClient) -> None:
        team, user = person_of(body)
        kept = keep_vote(desk, team, user, str(body["actions"][0].get("value")))
        ack()
        if kept is not None and kept[1] == "down":
            carried = {**origin_of(body), "inquiry": kept[0]}
            view = reason_modal(desk.language(team, user), carried)
            quietly(client.views_open, trigger_id=body["trigger_id"], view=view)

    @app.view(ids.REASON_MODAL)
    def explained(ack: Ack, body: Body) -> None:
        team, user = person_of(body)
        submitted = Submitted(body["view"])
        if keep_reason(desk, team, user, submitted) and submitted.carried.get("channel"):
            said = notice("slack_reason_thanks", desk.language(team, user))
            tell_aside(desk, team, user, submitted, f"thanks:{submitted.view_id}", said)
        ack()


def keep_vote(desk: Desk, team: str, user: str, value: str) -> tuple[int, Vote] | None:
    """Keep the vote in a button's value, «up:12» or «down:12»; None where there is none.

    It is also kept with the passage that was shown first, for those who ask alike.
    """
    match = _VALUE.fullmatch(value)
    inquiry = desk.inquiries.get(int(match.group(2))) if match else None
    if match is None or inquiry is None:
        return None
    vote, who = cast(Vote, match.group(1)), desk.pseudonyms.of(team, user)
    with desk.store.write():
        desk.feedback.vote(inquiry.id, who, vote)
        if inquiry.quotes:
            first = inquiry.quotes[0]
            desk.links.add(
                NewLink(
                    inquiry=inquiry.id,
                    document=first.document,
                    start=first.start,
                    end=first.end,
                    kind="helpful" if vote == "up" else "not_helpful",
                    who=who,
                )
            )
    return inquiry.id, vote


def keep_reason(desk: Desk, team: str, user: str, submitted: Submitted) -> bool:
    """Add the reason to the vote; False where the vote has become another one meanwhile."""
    inquiry, who = int(submitted.carried["inquiry"]), desk.pseudonyms.of(team, user)
    reason = cast(Reason | None, submitted.chosen(ids.REASON, REASONS))
    comment = submitted.text(ids.COMMENT).text or None
    with desk.store.write():
        votes = {given.who: given.vote for given in desk.feedback.of(inquiry)}
        if votes.get(who) != "down":
            return False
        desk.feedback.explain(inquiry, who, reason, comment)
    return True
