"""What Slack delivers, written down before Slack is told that it arrived.

A Bolt middleware: an event that could not be written (a full disk, a locked database) is not
acknowledged, and Slack delivers it again. Slack's retries are the same rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from rapidfuzz.fuzz import ratio

from bot.answering.question import Question, prepare
from bot.slack.blocks import notice
from bot.slack.blocks.help import ask_again
from bot.slack.centres.calls import after_commit
from bot.slack.desk import Desk
from bot.slack.listeners.centre import (
    delete_centre_reply,
    edit_centre_reply,
    open_here,
    take_addition,
    take_centre_reply,
)
from bot.slack.listeners.handover import question_changed
from bot.slack.posts import Place
from bot.slack.receiving import receive, withdraw
from bot.slack.said import Event, Said, is_recent
from bot.slack.text import (
    is_thanks,
    looks_like_a_question,
    plain,
    says_nothing,
)
from knowledge.privacy import mask
from knowledge.register import Inquiry
from knowledge.register.redaction import clear_search

log = logging.getLogger(__name__)

SAME_QUESTION = 85.0
"""Of 100 (rapidfuzz): below it an edited question is another one; a mended word is above it."""

QUESTIONS = {None, "file_share", "thread_broadcast"}
"""Subtypes of message events that somebody wrote."""


class Inbox:
    """The middleware. Thread-safe."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def __call__(self, body: dict[str, Any], context: Any, next: Callable[[], None]) -> None:  # noqa: A002 (Bolt's name)
        event = body.get("event")
        if isinstance(event, dict) and event.get("type") in ("message", "app_mention"):
            team = str(body.get("team_id") or event.get("team") or "")
            self.take(team, event, str(context.bot_user_id or ""))
        next()

    def take(self, team: str, event: Event, bot_user: str) -> None:
        """Write down what an event says; on disk when this returns."""
        subtype = event.get("subtype")
        if subtype == "message_changed":
            changed = event.get("message") or {}
            if changed.get("subtype") == "tombstone":  # deleted, but its thread stays
                self._deleted(team, event, str(changed.get("ts")))
            else:
                self._edited(team, event, changed, bot_user)
        elif subtype == "message_deleted":
            self._deleted(team, event, str(event.get("deleted_ts")))
        elif subtype in QUESTIONS and event.get("user") and not event.get("bot_id"):
            self._said(team, event, bot_user)

    def _said(self, team: str, event: Event, bot_user: str) -> None:
        desk, said = self._desk, Said.of(team, event, bot_user)
        if desk.threads.was_deleted(said.came_from):
            return  # the deletion was delivered first
        if not said.mentioned and self._for_a_centre(said, event):
            return
        asked = said.direct or said.mentioned or self._invited(said)
        if not asked:
            return
        mode = desk.channels.settings(team, said.place.channel).mode
        if mode == "off" and not said.direct:
            if said.mentioned:
                self._tell(said, "slack_off", "off")
        elif is_thanks(said.text):
            if said.direct:
                self._tell(said, "slack_welcome", "thanks")
        elif says_nothing(said.text):
            self._tell(said, "ask_what", "hello")
        else:
            receive(
                desk,
                said.place,
                said.user,
                said.text,
                came_from=said.came_from,
                ts=said.ts,
                earlier=self._earlier(said),
            )

    def _earlier(self, said: Said) -> tuple[str, ...]:
        return self._desk.threads.earlier(
            said.place, direct=said.direct, at_top=said.thread is None
        )

    def _for_a_centre(self, said: Said, event: Event) -> bool:
        """Whether a message went to a centre, or from one: then it is no question for the bot."""
        desk, place = self._desk, said.place
        root = place.thread_ts or said.ts
        if said.thread is not None and take_centre_reply(
            desk,
            team=place.team,
            channel=place.channel,
            ts=said.ts,
            thread_ts=root,
            user=said.user,
            text=said.text,
            files=len(event.get("files") or ()),
            internal=said.to_somebody,
        ):
            return True
        who = desk.pseudonyms.of(place.team, said.user)
        if said.thread is not None:
            inquiry = self._inquiry_of_thread(place)
        elif said.direct:
            inquiry = open_here(desk, place, who)
        else:
            inquiry = None
        if inquiry is None:
            return False
        taken = take_addition(
            desk,
            team=place.team,
            channel=place.channel,
            thread_ts=root,
            ts=said.ts,
            user=said.user,
            text=said.text,
            inquiry=inquiry,
            internal=said.to_somebody,
        )
        if taken and mask(said.text).found:
            self._tell(said, "slack_masked", "masked")
        return taken

    def _inquiry_of_thread(self, place: Place) -> int | None:
        """The inquiry of this thread that a centre has, or had."""
        desk = self._desk
        post = desk.posts.at(place.team, place.channel, place.thread_ts or "")
        inquiry = desk.threads.inquiry_in(place) or (post.inquiry if post else None)
        if inquiry is None or desk.handovers.last_of(inquiry) is None:
            return None
        return inquiry

    def _invited(self, said: Said) -> bool:
        """Whether a message in a channel that does not mention the bot is for it all the same.

        People talk to each other in threads too: what is surely about something else is left
        alone, and from others than those who asked there, what the sources do not answer.
        """
        desk, place = self._desk, said.place
        if said.to_somebody or not looks_like_a_question(said.text):
            return False
        if said.thread is not None:
            if not desk.threads.takes_part(place):
                return False
        elif desk.channels.settings(place.team, place.channel).mode != "every":
            return False
        who = desk.pseudonyms.of(place.team, said.user)
        theirs = said.thread is None or desk.threads.asked_by(place, who)
        question = Question(said.text, thread=self._earlier(said))
        try:
            trial = desk.answerer.reply(desk.answerer.unrecorded(question))
        except Exception as error:  # no index, say: the asker is told, others are left in peace
            log.error("trial failed: error=%s", type(error).__name__)
            return theirs
        return trial.elsewhere is None if theirs else trial.outcome == "answered"

    def _tell(self, said: Said, key: str, kind: str) -> None:
        """One sentence for one person; put in the outbox like everything else."""
        desk, place = self._desk, said.place
        post = f"{kind}:{place.channel}:{said.ts}"
        rendered = notice(key, desk.language(place.team, said.user))
        desk.posts.put(post, place, rendered, way="ephemeral", recipient=said.user)
        desk.poke(post)

    def _edited(self, team: str, event: Event, changed: Event, bot_user: str) -> None:
        desk = self._desk
        before = (event.get("previous_message") or {}).get("text")
        if changed.get("bot_id") or before == changed.get("text"):
            return  # ours, or only a preview of a link was added
        message = {**changed, "channel": event["channel"], "type": "message"}
        message["channel_type"] = event.get("channel_type")
        if not message.get("user"):
            return
        said = Said.of(team, message, bot_user)
        if edit_centre_reply(
            desk,
            team=team,
            channel=said.place.channel,
            ts=said.ts,
            text=said.text,
            before=plain(str(before or ""), bot_user),
            thread_ts=changed.get("thread_ts"),
            user=said.user,
            internal=said.to_somebody or said.mentioned,
        ):
            return
        inquiry = desk.inquiries.found(said.came_from)
        if inquiry is not None:
            self._revise(said, inquiry)
        elif (said.direct or said.mentioned) and is_recent(said.ts):
            # A mention that was forgotten, or an edit that was delivered before the message.
            self._said(team, message, bot_user)

    def _revise(self, said: Said, inquiry: Inquiry) -> None:
        desk = self._desk
        prepared = prepare(Question(said.text))
        with desk.store.write():
            changed = desk.inquiries.revise(inquiry.id, prepared.text, prepared.masked)
            if changed:
                desk.threads.rewrite(inquiry.id, inquiry.question, prepared.text)
                question_changed(desk, inquiry.id)
        if not changed:
            return
        after_commit(desk, lambda desk: clear_search(desk.store))
        if set(prepared.masked) - set(inquiry.masked):
            self._tell(said, "slack_masked", "masked")
        elif ratio(inquiry.question, prepared.text) < SAME_QUESTION:
            self._offer_again(said, inquiry.id)

    def _offer_again(self, said: Said, inquiry: int) -> None:
        """The answer stands under a question that is another one now."""
        desk, place = self._desk, said.place
        post = f"edited:{inquiry}:{said.ts}"
        language = desk.language(place.team, said.user)
        desk.posts.put(
            post, place, ask_again(inquiry, language), way="ephemeral", recipient=said.user
        )
        desk.poke(post)

    def _deleted(self, team: str, event: Event, ts: str) -> None:
        desk, channel = self._desk, str(event["channel"])
        came_from = f"slack:{team}:{channel}:{ts}"
        if delete_centre_reply(desk, team=team, channel=channel, ts=ts):
            return
        with desk.store.write():  # so that the message itself cannot come in between
            inquiry = desk.inquiries.found(came_from)
            if inquiry is not None:
                withdraw(desk, inquiry.id)
            elif is_recent(ts):
                desk.threads.deleted(came_from)
