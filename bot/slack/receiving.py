"""A question in Slack, written down with the answer that is due; and taken back."""

from __future__ import annotations

from bot.answering.answer import Received
from bot.answering.question import Question
from bot.slack import counted
from bot.slack.blocks import notice
from bot.slack.centres.calls import after_commit
from bot.slack.desk import Desk
from bot.slack.listeners.handover import withdraw_from_centre
from bot.slack.posts import Place, Way
from bot.slack.quietly import quietly
from bot.slack.text import language_is_sure
from knowledge.messages import Language
from knowledge.register import Person
from knowledge.register.redaction import clear_search


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
) -> Received | None:
    """Write a question and the answer that is due, in one transaction; then have it answered.

    Returns:
        None where the message was deleted: its deletion was delivered first.
    """
    who = desk.pseudonyms.of(place.team, user)
    person = desk.people.get(who)
    channel = desk.channels.settings(place.team, place.channel)
    with desk.store.write():
        if desk.threads.was_deleted(came_from):
            return None
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
    if received.new:
        counted.received(received.inquiry, _way_in(place, way))
    for waiting in keys:
        desk.poke(waiting)
    return received


def _way_in(place: Place, way: Way) -> str:
    if way != "message":
        return "command"
    return "direct" if place.channel.startswith("D") else "channel"


def withdraw(desk: Desk, inquiry: int) -> None:
    """The asker took a question back: what they wrote goes, everywhere we can reach."""
    found = desk.inquiries.get(inquiry)
    if found is None:
        return
    with desk.store.write():
        desk.threads.rewrite(inquiry, found.question, "")
        desk.inquiries.withdraw(inquiry)
        withdraw_from_centre(desk, inquiry)
    after_commit(desk, lambda desk: clear_search(desk.store))
    if found.outcome == "unclear":
        # What was asked back may name the parts of the question on its buttons.
        after_commit(desk, lambda desk: _remove_reply(desk, inquiry))


def _remove_reply(desk: Desk, inquiry: int) -> None:
    post = desk.posts.get(f"answer:{inquiry}")
    if post is not None and post.ts is not None and post.way == "message":
        client = desk.clients.reading(post.team)
        quietly(client.chat_delete, channel=post.channel, ts=post.ts)


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
