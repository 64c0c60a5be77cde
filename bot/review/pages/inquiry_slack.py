"""What a change on the pages means for Slack: rows of the outbox, which the running bot posts.

Each function writes to the database alone, within the transaction of the change where there is one.
"""

from __future__ import annotations

import json

from bot.review.site import Site
from bot.slack.blocks import Rendered
from bot.slack.blocks.handover import Case, addition, confirmation, handover_post, relayed
from bot.slack.centres.record import CLOSED, OUTDATED, TAKEN_BACK, WITHDRAWN
from bot.slack.channels import Channels
from bot.slack.posts import Place, Post, Posts
from bot.slack.threads import Threads
from knowledge.messages import Language
from knowledge.register import Answer, Handover, Inquiry


def came_from_slack(site: Site, inquiry: int) -> bool:
    return Threads(site.store).place(inquiry) is not None


def asker_place(site: Site, inquiry: int) -> Place | None:
    """Where the asker reads; None where that is not Slack, or would show others what was private.

    The rule of `bot.slack.centres.sending.asker_place`, over the register alone.
    """
    threads = Threads(site.store)
    place = threads.place(inquiry)
    if place is None or place.channel.startswith("D"):
        return place
    answer = Posts(site.store).get(f"answer:{inquiry}")
    asked_openly = threads.question_at(inquiry) is not None
    openly = answer is not None and answer.way == "message" and answer.channel == place.channel
    return place if asked_openly and openly else None


def relay(site: Site, answer: Answer, inquiry: Inquiry, *, masked: bool) -> bool:
    """Send a centre's answer to the asker's thread, and tell the centre's own thread of it.

    Returns:
        False if the asker cannot be reached in Slack.
    """
    posts, to = Posts(site.store), asker_place(site, inquiry.id)
    if to is None:
        return False
    with site.store.write():
        posts.put(f"relay:{answer.id}", to, _relayed(answer, inquiry), inquiry=inquiry.id)
        thread = _centre_thread(site, inquiry.id)
        if thread is not None:
            language = _language(site, thread.team, thread.channel)
            note = confirmation(answer, language, by="form", masked=masked)
            posts.put(f"relayed:{answer.id}", thread, note, inquiry=inquiry.id)
    return True


def follow(site: Site, inquiry: int) -> None:
    """After any change: what stands in Slack is drawn anew, what waits is dropped or told anew.

    What is posted is marked as outdated, which the bot's clock looks for. What the asker was
    answered stays with the asker, also when the inquiry is deleted here.
    """
    now = site.inquiries.get(inquiry)
    assert now is not None
    gone = WITHDRAWN if now.deleted_at is not None else None
    with site.store.write() as db:
        # A handover that is open again after an undo was not passed on.
        db.conn.execute(
            "UPDATE handovers SET passed_to = NULL WHERE inquiry = ? AND closed_at IS NULL",
            [inquiry],
        )
        for (number,) in db.conn.execute(
            "SELECT id FROM handovers WHERE inquiry = ?", [inquiry]
        ).fetchall():
            handover = site.handovers.get(int(number))
            post = Posts(site.store).get(f"handover:{number}")
            if handover is not None and post is not None:
                why = gone or (CLOSED if handover.closed_at is not None else None)
                told = None if why else _handed(site, post, handover, now)
                _bring_up_to_date(site, post, told, why)
        for answer in site.handovers.answers(inquiry):
            why = gone or (TAKEN_BACK if answer.taken_back_at is not None else None)
            for kind in ("relay", "relayed", "addition"):
                post = Posts(site.store).get(f"{kind}:{answer.id}")
                if post is not None and not (gone and kind == "relay" and post.state == "posted"):
                    told = None if why else _answered(site, post, answer, now)
                    _bring_up_to_date(site, post, told, why)


def _bring_up_to_date(site: Site, post: Post, told: Rendered | None, why: str | None) -> None:
    """A posted message is outdated; one that waits is dropped, or waits with its new content."""
    with site.store.write() as db:
        if post.state == "posted":
            db.conn.execute("UPDATE slack_posts SET error = ? WHERE key = ?", [OUTDATED, post.key])
        elif post.state in ("due", "ready") and told is None:
            Posts(site.store).failed(post.key, why or CLOSED)
        elif post.state == "ready" and told is not None:
            # Outdated too: it may be on its way with the content it had.
            payload = json.dumps({"text": told.text, "blocks": told.blocks}, ensure_ascii=False)
            db.conn.execute(
                "UPDATE slack_posts SET payload = ?, error = ? WHERE key = ?",
                [payload, OUTDATED, post.key],
            )


def _handed(site: Site, post: Post, handover: Handover, inquiry: Inquiry) -> Rendered:
    """As `bot.slack.centres.showing.show` draws it; the bot adds the link to the thread later."""
    before = site.store.database.conn.execute(
        "SELECT centre FROM handovers WHERE passed_to = ?", [handover.id]
    ).fetchone()
    history = [
        answer
        for answer in site.handovers.answers(inquiry.id)
        if answer.taken_back_at is None and answer.at < post.created_at
    ]
    case = Case(handover, inquiry, history, passed_from=str(before[0]) if before else None)
    return handover_post(case, _language(site, post.team, post.channel))


def _answered(site: Site, post: Post, answer: Answer, inquiry: Inquiry) -> Rendered:
    if post.kind == "relay":
        return _relayed(answer, inquiry)
    language = _language(site, post.team, post.channel)
    if post.kind == "addition":
        return addition(answer, language)
    return confirmation(answer, language, by="form")


def _relayed(answer: Answer, inquiry: Inquiry) -> Rendered:
    return relayed(answer, inquiry.language or "nb", resolved=inquiry.status == "resolved")


def _language(site: Site, team: str, channel: str) -> Language:
    """The language of a channel."""
    return Channels(site.store).settings(team, channel).language or "nb"


def _centre_thread(site: Site, inquiry: int) -> Place | None:
    """Where the centre that has the inquiry talks about it, once that is posted."""
    handover = site.handovers.open_of(inquiry) or site.handovers.last_of(inquiry)
    post = Posts(site.store).get(f"handover:{handover.id}") if handover is not None else None
    if post is None or post.state != "posted" or post.ts is None:
        return None
    return Place(post.team, post.channel, post.ts)
