"""What Slack delivers, written down before Slack is told that it arrived.

A Bolt middleware: an event that could not be written (a full disk, a locked database) is not
acknowledged, and Slack delivers it again. Slack's retries are the same rows.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from bot.answering.answer import Received
from bot.answering.question import Question, prepare
from bot.slack.blocks import notice
from bot.slack.desk import Desk
from bot.slack.listeners.centre import (
    delete_centre_reply,
    edit_centre_reply,
    take_addition,
    take_centre_reply,
)
from bot.slack.listeners.handover import question_changed, withdraw_from_centre
from bot.slack.posts import Place, Way
from bot.slack.text import (
    is_thanks,
    language_is_sure,
    looks_like_a_question,
    mentions,
    mentions_somebody_else,
    plain,
)
from knowledge.messages import Language
from knowledge.register import Person

log = logging.getLogger(__name__)

QUESTIONS = {None, "file_share", "thread_broadcast"}
"""Subtypes of message events that somebody wrote."""

Event = dict[str, Any]


class Inbox:
    """The middleware. Thread-safe."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.last_event_at: float | None = None

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
        desk = self._desk
        channel, ts, user = str(event["channel"]), str(event["ts"]), str(event["user"])
        raw = str(event.get("text") or "")
        text = plain(raw, bot_user)
        direct = event.get("channel_type") == "im" or channel.startswith("D")
        mentioned = event["type"] == "app_mention" or mentions(raw, bot_user)
        thread = event.get("thread_ts")
        root = str(thread or ts)
        place = Place(team, channel, root)
        if not mentioned and thread is not None:
            if take_centre_reply(
                desk,
                team=team,
                channel=channel,
                ts=ts,
                thread_ts=root,
                user=user,
                text=text,
                files=len(event.get("files") or ()),
                internal=mentions_somebody_else(raw, bot_user),
            ):
                return
            inquiry = self._with_a_centre(place)
            if inquiry is not None and take_addition(
                desk,
                team=team,
                channel=channel,
                thread_ts=root,
                ts=ts,
                user=user,
                text=text,
                inquiry=inquiry,
            ):
                return
        if not (direct or mentioned or self._invited(place, raw, text, bot_user, thread)):
            return
        mode = desk.channels.settings(team, channel).mode
        if mode == "off" and not direct:
            if mentioned:
                self._tell(place, user, "slack_off", f"off:{channel}:{ts}")
        elif is_thanks(text):
            if direct:
                self._tell(place, user, "slack_welcome", f"thanks:{channel}:{ts}")
        else:
            receive(
                desk,
                place,
                user,
                text,
                came_from=f"slack:{team}:{channel}:{ts}",
                ts=ts,
                earlier=desk.threads.earlier(place, direct=direct, at_top=thread is None),
            )

    def _with_a_centre(self, place: Place) -> int | None:
        """The inquiry of this thread that a centre has."""
        desk = self._desk
        post = desk.posts.at(place.team, place.channel, place.thread_ts or "")
        inquiry = desk.threads.inquiry_in(place) or (post.inquiry if post else None)
        if inquiry is None or desk.handovers.open_of(inquiry) is None:
            return None
        return inquiry

    def _invited(self, place: Place, raw: str, text: str, bot_user: str, thread: object) -> bool:
        """Whether a message in a channel that does not mention the bot is for it all the same."""
        if mentions_somebody_else(raw, bot_user) or not looks_like_a_question(text):
            return False
        if thread is not None:
            return self._desk.threads.takes_part(place)
        return self._desk.channels.settings(place.team, place.channel).mode == "every"

    def _tell(self, place: Place, user: str, key: str, post: str) -> None:
        """One sentence for one person; put in the outbox like everything else."""
        desk = self._desk
        rendered = notice(key, desk.language(place.team, user))
        desk.posts.put(post, place, rendered, way="ephemeral", recipient=user)
        desk.poke(post)

    def _edited(self, team: str, event: Event, changed: Event, bot_user: str) -> None:
        desk = self._desk
        before = (event.get("previous_message") or {}).get("text")
        if changed.get("bot_id") or before == changed.get("text"):
            return  # ours, or only a preview of a link was added
        channel, ts = str(event["channel"]), str(changed.get("ts"))
        text = plain(str(changed.get("text") or ""), bot_user)
        if edit_centre_reply(
            desk,
            team=team,
            channel=channel,
            ts=ts,
            text=text,
            thread_ts=changed.get("thread_ts"),
            user=changed.get("user"),
        ):
            return
        inquiry = desk.inquiries.found(f"slack:{team}:{channel}:{ts}")
        if inquiry is not None:
            prepared = prepare(Question(text))
            with desk.store.write():
                desk.inquiries.revise(inquiry.id, prepared.text, prepared.masked)
                question_changed(desk, inquiry.id)

    def _deleted(self, team: str, event: Event, ts: str) -> None:
        desk, channel = self._desk, str(event["channel"])
        if delete_centre_reply(desk, team=team, channel=channel, ts=ts):
            return
        inquiry = desk.inquiries.found(f"slack:{team}:{channel}:{ts}")
        if inquiry is not None:
            withdraw(desk, inquiry.id)


def receive(
    desk: Desk,
    place: Place,
    user: str,
    text: str,
    *,
    came_from: str,
    ts: str | None,
    earlier: tuple[str, ...] = (),
    way: Way = "message",
    response_url: str | None = None,
) -> Received:
    """Write a question and the answer that is due, in one transaction; then have it answered."""
    who = desk.pseudonyms.of(place.team, user)
    person = desk.people.get(who)
    channel = desk.channels.settings(place.team, place.channel)
    with desk.store.write():
        received = desk.answerer.receive(
            Question(
                text,
                channel="slack",
                came_from=came_from,
                thread=earlier,
                municipality=person.municipality or channel.municipality,
                language=_language(text, person, channel.language),
                actor=person.actor,
                asker=who,
            )
        )
        assert received.inquiry is not None
        key = f"answer:{received.inquiry}"
        keys = [key]
        if received.new:
            desk.threads.add(received.inquiry, place, ts)
            desk.posts.put(
                key,
                place,
                None,
                inquiry=received.inquiry,
                way=way,
                recipient=user,
                response_url=response_url,
            )
            private = [
                note for note in received.prepared.notes if note in ("note_masked", "note_cut")
            ]
            for note in private:
                about = f"{note}:{received.inquiry}"
                keys.append(about)
                desk.posts.put(
                    about,
                    place,
                    notice(
                        "slack_masked" if note == "note_masked" else "note_cut",
                        received.prepared.language,
                    ),
                    inquiry=received.inquiry,
                    way="ephemeral" if way == "message" else way,
                    recipient=user,
                    response_url=response_url,
                )
            _remember(desk, person, received.prepared.language)
    for waiting in keys:
        desk.poke(waiting)
    return received


def withdraw(desk: Desk, inquiry: int) -> None:
    """The asker took a question back: what they wrote goes, everywhere we can reach."""
    with desk.store.write():
        desk.inquiries.withdraw(inquiry)
        withdraw_from_centre(desk, inquiry)


def _language(text: str, person: Person, of_channel: Language | None) -> Language | None:
    """The language to answer in; None where the question tells."""
    if person.language_chosen:
        return person.language
    if of_channel is not None:
        return of_channel
    return None if language_is_sure(text) else person.language


def _remember(desk: Desk, person: Person, language: Language) -> None:
    if not person.language_chosen and person.language != language:
        desk.people.change(person.who, language=language)
