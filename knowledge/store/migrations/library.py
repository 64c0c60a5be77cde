"""The library, the register, and what inquiries led to."""

from __future__ import annotations

from sqlite_utils import Database

from knowledge.store.migrations.base import execute, migrations


@migrations(name="0001_library")
def library(db: Database) -> None:
    """The documents somebody added, and what is known of each fetched source."""
    execute(
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
    execute(
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
    execute(
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
