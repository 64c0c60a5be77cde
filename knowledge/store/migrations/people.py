"""Who asks, handing over to a centre, and Slack."""

from __future__ import annotations

from sqlite_utils import Database

from knowledge.store.migrations.base import execute, migrations


@migrations(name="0004_people")
def people(db: Database) -> None:
    """Who asks (by pseudonym), what they thought of the answer, and handing over to a centre."""
    execute(
        db,
        "ALTER TABLE inquiries ADD COLUMN asker TEXT",  # a keyed hash; never a name
        "ALTER TABLE inquiries ADD COLUMN edited_at TEXT",
        "ALTER TABLE inquiries ADD COLUMN withdrawn_at TEXT",
        "CREATE INDEX inquiries_asker ON inquiries(asker) WHERE asker IS NOT NULL",
        """
        CREATE TABLE people (
            who TEXT PRIMARY KEY,               -- a keyed hash; never a name
            municipality TEXT,                  -- number
            actor TEXT,
            language TEXT,                      -- chosen, or that of the last question
            language_chosen INTEGER NOT NULL DEFAULT 0,
            centre TEXT,                        -- works at this development centre
            asked_at TEXT,                      -- when they were asked for their municipality
            changed_at TEXT NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE inquiry_feedback (
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            who TEXT NOT NULL,
            vote TEXT NOT NULL CHECK (vote IN ('up', 'down')),
            reason TEXT,
            comment TEXT,                       -- masked
            at TEXT NOT NULL,
            PRIMARY KEY (inquiry, who)
        ) STRICT
        """,
        """
        CREATE TABLE handovers (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            centre TEXT NOT NULL,
            reason TEXT NOT NULL,               -- why this centre: knowledge/reference/choice.py
            topic TEXT,
            note TEXT NOT NULL,                 -- what the asker wrote to the centre, masked
            at TEXT NOT NULL,
            first_reply_at TEXT,
            reminded_at TEXT,
            closed_at TEXT,
            passed_to INTEGER REFERENCES handovers(id)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX handovers_open ON handovers(inquiry) WHERE closed_at IS NULL",
        """
        CREATE TABLE inquiry_answers (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            came_from TEXT NOT NULL UNIQUE,     -- e.g. slack:T1:C012:1700.1; once however delivered
            centre TEXT,                        -- who answered; NULL: the asker added something
            text TEXT NOT NULL,                 -- masked
            at TEXT NOT NULL,
            taken_back_at TEXT
        ) STRICT
        """,
        "CREATE INDEX inquiry_answers_inquiry ON inquiry_answers(inquiry)",
    )


@migrations(name="0005_slack")
def slack(db: Database) -> None:
    """Where in Slack an inquiry lives, what is to be posted, and the settings of channels."""
    execute(
        db,
        """
        CREATE TABLE slack_threads (
            inquiry INTEGER PRIMARY KEY REFERENCES inquiries(id) ON DELETE CASCADE,
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            ts TEXT,                            -- of the question; NULL for a command
            thread_ts TEXT                      -- the thread that replies go to; NULL: none
        ) STRICT
        """,
        "CREATE INDEX slack_threads_thread ON slack_threads(team, channel, thread_ts)",
        # The outbox: a row is there before Slack is told, and is posted once.
        """
        CREATE TABLE slack_posts (
            key TEXT PRIMARY KEY,               -- what it is: answer:12, handover:3, relay:7, ...
            inquiry INTEGER REFERENCES inquiries(id) ON DELETE CASCADE,
            team TEXT NOT NULL,
            channel TEXT NOT NULL,
            thread_ts TEXT,
            way TEXT NOT NULL CHECK (way IN
                ('message', 'ephemeral', 'response', 'share')),
            recipient TEXT,                     -- Slack's id of who asked; forgotten when posted
            response_url TEXT,                  -- likewise
            state TEXT NOT NULL CHECK (state IN ('due', 'ready', 'posted', 'failed')),
            payload TEXT,                       -- JSON; forgotten when posted
            ts TEXT,                            -- of the message that was posted
            tries INTEGER NOT NULL DEFAULT 0,
            next_try_at TEXT NOT NULL,
            error TEXT,
            created_at TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX slack_posts_waiting ON slack_posts(next_try_at) "
        "WHERE state IN ('due', 'ready')",
        "CREATE UNIQUE INDEX slack_posts_message ON slack_posts(team, channel, ts) "
        "WHERE ts IS NOT NULL",
        "CREATE INDEX slack_posts_thread ON slack_posts(team, channel, thread_ts)",
        # Deletions that came before what they delete; no text, and forgotten after an hour.
        "CREATE TABLE slack_deleted (came_from TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT",
        """
        CREATE TABLE slack_channels (
            team TEXT NOT NULL,
            channel TEXT NOT NULL,              -- '*': every channel without a row of its own
            mode TEXT NOT NULL CHECK (mode IN ('off', 'mention', 'every')),
            municipality TEXT,
            language TEXT,
            PRIMARY KEY (team, channel)
        ) STRICT
        """,
        """
        CREATE TABLE slack_centres (
            centre TEXT PRIMARY KEY,
            team TEXT NOT NULL,
            channel TEXT NOT NULL
        ) STRICT
        """,
    )
