"""The schema, as small functions that run forward once each (sqlite-utils' migrations)."""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("frisksvar")


def _execute(db: Database, *statements: str) -> None:
    for statement in statements:
        db.conn.execute(statement)


@migrations(name="0001_library")
def library(db: Database) -> None:
    """The documents somebody added, and what is known of each fetched source."""
    _execute(
        db,
        """
        CREATE TABLE documents (
            id TEXT PRIMARY KEY,                -- sha256 of the original bytes
            origin TEXT NOT NULL CHECK (origin IN ('file', 'url', 'source')),
            location TEXT NOT NULL,             -- path, address, or id in sources.toml
            title TEXT NOT NULL,
            url TEXT,
            publisher TEXT,
            updated TEXT,                       -- ISO date of the document, where known
            edition TEXT,
            digest_of TEXT,                     -- the document it sums up, if it is a digest
            added_at TEXT NOT NULL,             -- UTC
            bytes INTEGER NOT NULL,
            passages INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE UNIQUE INDEX documents_location ON documents(location)",
        """
        CREATE TABLE fetches (
            source TEXT PRIMARY KEY,            -- id in sources.toml
            url TEXT NOT NULL,
            etag TEXT,
            last_modified TEXT,
            sha256 TEXT,                        -- of the content last received
            checked_at TEXT NOT NULL,           -- UTC
            outcome TEXT NOT NULL
        ) STRICT
        """,
    )


@migrations(name="0002_register")
def register(db: Database) -> None:
    """The inquiry register (henvendelser) and the snapshot of what was shown."""
    _execute(
        db,
        """
        CREATE TABLE inquiries (
            id INTEGER PRIMARY KEY,
            came_from TEXT NOT NULL UNIQUE,     -- e.g. slack:C012:1700.1; one row however delivered
            received_at TEXT NOT NULL,          -- UTC
            channel TEXT NOT NULL,              -- slack, cli, web, phone, email, meeting, ...
            question TEXT NOT NULL,             -- masked
            masked TEXT NOT NULL,               -- JSON list of the kinds that were masked
            thread TEXT NOT NULL,               -- JSON list of earlier questions, masked
            language TEXT,
            municipality TEXT,                  -- number valid on the day it was asked
            municipality_today TEXT,            -- its present successor
            actor TEXT,
            centre TEXT,
            status TEXT NOT NULL CHECK (status IN
                ('new', 'waiting', 'answered', 'resolved', 'not_an_inquiry')),
            outcome TEXT CHECK (outcome IN ('answered', 'not_covered', 'unclear', 'failed')),
            answered_by TEXT,                   -- bot, or the id of a centre
            generation TEXT,                    -- the index that was asked
            first_reply_at TEXT,
            resolved_at TEXT,
            duplicate_of INTEGER REFERENCES inquiries(id)
        ) STRICT
        """,
        "CREATE INDEX inquiries_received_at ON inquiries(received_at)",
        """
        CREATE TABLE inquiry_topics (
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            topic TEXT NOT NULL,
            reason TEXT NOT NULL,               -- the word that suggested it, or who set it
            PRIMARY KEY (inquiry, topic)
        ) STRICT
        """,
        """
        CREATE TABLE inquiry_quotes (
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,          -- 1 is the first quote shown
            document TEXT NOT NULL,             -- id of the stored source
            title TEXT NOT NULL,
            section TEXT NOT NULL,
            url TEXT,
            edition TEXT,
            updated TEXT,
            digest_of TEXT,
            start INTEGER NOT NULL,             -- characters into the stored source
            "end" INTEGER NOT NULL,
            text TEXT NOT NULL,
            highlight TEXT NOT NULL,
            score REAL NOT NULL,
            PRIMARY KEY (inquiry, position)
        ) STRICT
        """,
        # What was shown is history: it can be removed with its inquiry, never rewritten.
        """
        CREATE TRIGGER inquiry_quotes_are_history BEFORE UPDATE ON inquiry_quotes
        BEGIN SELECT RAISE(ABORT, 'a quote that was shown cannot be changed'); END
        """,
    )


@migrations(name="0003_links")
def links(db: Database) -> None:
    """Which passages past inquiries led to: opened, rated, or linked by a reviewer."""
    _execute(
        db,
        # AUTOINCREMENT: the id of a link that was taken back is never another's.
        """
        CREATE TABLE inquiry_links (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            document TEXT NOT NULL,             -- id of the stored source
            start INTEGER NOT NULL CHECK (start >= 0),  -- characters into the stored source
            "end" INTEGER NOT NULL CHECK ("end" > start),
            kind TEXT NOT NULL CHECK (kind IN ('clicked', 'helpful', 'not_helpful', 'linked')),
            who TEXT NOT NULL,                  -- id of a centre, or a pseudonym; never a name
            at TEXT NOT NULL,                   -- UTC
            UNIQUE (inquiry, document, start, kind, who)
        ) STRICT
        """,
        # Counts what changes a bridge, so that a long-running bot sees it by reading one row.
        "CREATE TABLE link_changes (count INTEGER NOT NULL) STRICT",
        "INSERT INTO link_changes VALUES (0)",
        """
        CREATE TRIGGER inquiry_links_added AFTER INSERT ON inquiry_links
        BEGIN UPDATE link_changes SET count = count + 1; END
        """,
        """
        CREATE TRIGGER inquiry_links_removed AFTER DELETE ON inquiry_links
        BEGIN UPDATE link_changes SET count = count + 1; END
        """,
        """
        CREATE TRIGGER linked_inquiry_changed AFTER UPDATE OF status, question ON inquiries
        WHEN (OLD.question <> NEW.question
              OR (OLD.status = 'not_an_inquiry') <> (NEW.status = 'not_an_inquiry'))
            AND EXISTS (SELECT 1 FROM inquiry_links WHERE inquiry = NEW.id)
        BEGIN UPDATE link_changes SET count = count + 1; END
        """,
    )


@migrations(name="0004_people")
def people(db: Database) -> None:
    """Who asks (by pseudonym), what they thought of the answer, and handing over to a centre."""
    _execute(
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
    _execute(
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
