"""An inquiry without what was written in it and without who asked: the row stays for the count."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Final

from knowledge.register.changes import Changes
from knowledge.register.inquiry_state import TEXTS
from knowledge.store import Store

THESE: Final = "IN (SELECT value FROM json_each(?))"

PLACE: Final = "(came_from LIKE 'slack:%' AND came_from NOT LIKE 'slack:%:press:%')"
"""An origin that is a place in Slack: a message or a command in a channel, which for a direct
message is a person's. Not a press on a button (bot/slack/centres/own.py): that tells the inquiry
it was pressed at and the asker, and goes with the asker."""

_STATEMENTS: Final = (
    "UPDATE inquiries SET question = '', thread = '[]', note = '', asker = NULL, "
    # Where in Slack it was asked tells who asked, to whoever may read there.
    "came_from = CASE WHEN came_from LIKE 'slack:%' THEN 'forgotten:' || id ELSE came_from END "
    f"WHERE id {THESE}",
    f"UPDATE inquiry_topics SET reason = '' WHERE inquiry {THESE}",
    "UPDATE inquiry_feedback SET comment = NULL, "
    "who = CASE WHEN who LIKE 'gone-%' THEN who ELSE 'gone-' || rowid END "
    f"WHERE inquiry {THESE}",
    # What a centre or a reviewer linked stays theirs.
    "UPDATE inquiry_links SET who = 'gone-' || id "
    f"WHERE who GLOB 'u[0-9a-f][0-9a-f][0-9a-f][0-9a-f]*' AND inquiry {THESE}",
    f"UPDATE handovers SET note = '' WHERE inquiry {THESE}",
    "UPDATE inquiry_answers SET text = '', "
    "came_from = CASE WHEN came_from LIKE 'slack:%' THEN 'forgotten:' || id ELSE came_from END "
    f"WHERE inquiry {THESE}",
)


def empty(store: Store, inquiries: Collection[int]) -> None:
    """Take out all that was written in some inquiries, and who asked, voted and opened.

    Municipality, topics, dates, status, votes and the quotes that were shown stay. What was
    approved of them for reuse is not touched. Call `redaction.clear_search` afterwards.
    """
    given = [json.dumps(sorted(inquiries))]
    with store.write() as db:
        for statement in _STATEMENTS:
            db.conn.execute(statement, given)
        for inquiry in inquiries:
            Changes(store).scrub("inquiry", inquiry, TEXTS)


def leave_slack(store: Store, inquiries: Collection[int], *, keep: Sequence[str] = ()) -> None:
    """Forget where in Slack some inquiries were asked and answered. The rows of the outbox stay,
    so that nothing is posted again.

    Args:
        keep: kinds of messages whose place is still needed, to be brought up to date there.
    """
    given = json.dumps(sorted(inquiries))
    kept = " AND ".join(["1", *("key NOT LIKE ? || ':%'" for _ in keep)])
    with store.write() as db:
        db.conn.execute(f"DELETE FROM slack_threads WHERE inquiry {THESE}", [given])
        for table, key in (("inquiries", "id"), ("inquiry_answers", "inquiry")):
            db.conn.execute(
                f"UPDATE {table} SET came_from = 'forgotten:' || id "
                f"WHERE {PLACE} AND {key} {THESE}",
                [given],
            )
        db.conn.execute(
            "UPDATE slack_posts SET payload = NULL, recipient = NULL, response_url = NULL, "
            # bot/slack/centres/record.py: what was withdrawn is not posted.
            "error = CASE WHEN state IN ('due', 'ready') THEN 'withdrawn' ELSE error END, "
            "state = CASE WHEN state IN ('due', 'ready') THEN 'failed' ELSE state END "
            f"WHERE inquiry {THESE}",
            [given],
        )
        db.conn.execute(
            "UPDATE slack_posts SET channel = '', thread_ts = NULL, ts = NULL "
            f"WHERE inquiry {THESE} AND {kept}",
            [given, *keep],
        )


def empty_user(store: Store, user: int) -> None:
    """Take away who a user of the review pages was; what they did stays, as «user:3»."""
    with store.write() as db:
        db.conn.execute(
            "UPDATE users SET issuer = 'forgotten', subject = id, name = 'user:' || id, "
            "role = 'none', centre = NULL, "
            "disabled_at = coalesce(disabled_at, strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')) "
            "WHERE id = ?",
            [user],
        )
        db.conn.execute("DELETE FROM saved_views WHERE user = ?", [user])
        db.conn.execute("DELETE FROM sign_in_links WHERE user = ?", [user])
