"""What a centre does with the register: review, visits, ideas, the annual form, users."""

from __future__ import annotations

from sqlite_utils import Database

from knowledge.store.migrations.base import execute, migrations


@migrations(name="0006_review")
def review(db: Database) -> None:
    """Corrections with their history, and an index for the queue and its text search."""
    execute(
        db,
        "ALTER TABLE inquiries ADD COLUMN note TEXT NOT NULL DEFAULT ''",  # reviewers', masked
        "ALTER TABLE inquiries ADD COLUMN reviewed_at TEXT",
        "ALTER TABLE inquiries ADD COLUMN deleted_at TEXT",  # a tombstone: the row stays
        "ALTER TABLE inquiries ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",
        # The queue never shows what was deleted: with the condition in the index it can count
        # without looking at the rows (100,000: 3 ms instead of 100).
        "CREATE INDEX inquiries_status ON inquiries(status, received_at) WHERE deleted_at IS NULL",
        "CREATE INDEX inquiries_centre ON inquiries(centre, received_at) WHERE deleted_at IS NULL",
        "CREATE INDEX inquiries_waiting ON inquiries(centre, status, received_at) "
        "WHERE deleted_at IS NULL",
        "CREATE INDEX inquiries_municipality ON inquiries(municipality_today, received_at)",
        "CREATE INDEX inquiry_topics_topic ON inquiry_topics(topic, inquiry)",
        """
        CREATE VIRTUAL TABLE inquiries_text USING fts5(
            question, content='inquiries', content_rowid='id',
            tokenize='unicode61 remove_diacritics 0'
        )
        """,
        "INSERT INTO inquiries_text(rowid, question) SELECT id, question FROM inquiries",
        """
        CREATE TRIGGER inquiries_text_added AFTER INSERT ON inquiries
        BEGIN INSERT INTO inquiries_text(rowid, question) VALUES (NEW.id, NEW.question); END
        """,
        """
        CREATE TRIGGER inquiries_text_changed AFTER UPDATE OF question ON inquiries
        BEGIN
            INSERT INTO inquiries_text(inquiries_text, rowid, question)
                VALUES ('delete', OLD.id, OLD.question);
            INSERT INTO inquiries_text(rowid, question) VALUES (NEW.id, NEW.question);
        END
        """,
        """
        CREATE TRIGGER inquiries_text_removed AFTER DELETE ON inquiries
        BEGIN
            INSERT INTO inquiries_text(inquiries_text, rowid, question)
                VALUES ('delete', OLD.id, OLD.question);
        END
        """,
        # The audit trail. `batch` joins what was changed together and is undone together.
        """
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,                   -- UTC
            who TEXT NOT NULL,                  -- user:3, cli, slack:<pseudonym>, import
            kind TEXT NOT NULL CHECK (kind IN
                ('inquiry', 'visit', 'idea', 'annual_form', 'approval', 'user')),
            subject INTEGER NOT NULL,           -- id of the row
            field TEXT NOT NULL,
            before TEXT,                        -- JSON
            after TEXT,                         -- JSON
            batch TEXT NOT NULL,
            undoes TEXT                         -- the batch that this one took back
        ) STRICT
        """,
        "CREATE INDEX changes_subject ON changes(kind, subject, id)",
        "CREATE INDEX changes_batch ON changes(batch)",
        # Append-only. The one exception: words that had to go (redaction, forgetting) go here too.
        """
        CREATE TRIGGER changes_are_history BEFORE UPDATE ON changes
        WHEN NEW.before IS NOT NULL OR NEW.after IS NOT NULL OR NEW.id <> OLD.id
            OR NEW.at <> OLD.at OR NEW.who <> OLD.who OR NEW.kind <> OLD.kind
            OR NEW.subject <> OLD.subject OR NEW.field <> OLD.field OR NEW.batch <> OLD.batch
        BEGIN SELECT RAISE(ABORT, 'the history of changes cannot be changed'); END
        """,
        """
        CREATE TRIGGER changes_stay BEFORE DELETE ON changes
        BEGIN SELECT RAISE(ABORT, 'the history of changes cannot be removed'); END
        """,
    )


@migrations(name="0007_centre_work")
def centre_work(db: Database) -> None:
    """Visits, ideas, the annual form, and answers approved for reuse."""
    execute(
        db,
        """
        CREATE TABLE visits (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            came_from TEXT NOT NULL UNIQUE,     -- web:<uuid>, or import:<digest of the row>
            on_date TEXT NOT NULL,              -- ISO date
            centre TEXT NOT NULL,
            people INTEGER NOT NULL CHECK (people > 0),
            form TEXT NOT NULL CHECK (form IN ('physical', 'digital')),
            theme TEXT NOT NULL DEFAULT '',
            note TEXT NOT NULL DEFAULT '',      -- masked
            revision INTEGER NOT NULL DEFAULT 0,
            created_at TEXT NOT NULL,
            deleted_at TEXT
        ) STRICT
        """,
        "CREATE INDEX visits_on_date ON visits(on_date)",
        """
        CREATE TABLE visit_municipalities (
            visit INTEGER NOT NULL REFERENCES visits(id) ON DELETE CASCADE,
            municipality TEXT NOT NULL,         -- number valid on the day
            municipality_today TEXT,            -- its present successor
            PRIMARY KEY (visit, municipality)
        ) STRICT
        """,
        """
        CREATE TABLE visit_actors (
            visit INTEGER NOT NULL REFERENCES visits(id) ON DELETE CASCADE,
            actor TEXT NOT NULL,
            people INTEGER,                     -- NULL: how many of them is not known
            PRIMARY KEY (visit, actor)
        ) STRICT
        """,
        """
        CREATE TABLE ideas (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            came_from TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            title TEXT NOT NULL,
            text TEXT NOT NULL,                 -- masked
            municipality TEXT,
            target_group TEXT NOT NULL DEFAULT '',
            links TEXT NOT NULL DEFAULT '[]',   -- JSON list of https addresses
            consent INTEGER NOT NULL DEFAULT 0, -- who shared it agrees to publication
            centre TEXT,
            status TEXT NOT NULL CHECK (status IN ('new', 'reviewed', 'published', 'declined')),
            revision INTEGER NOT NULL DEFAULT 0,
            deleted_at TEXT
        ) STRICT
        """,
        """
        CREATE TABLE annual_forms (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            centre TEXT NOT NULL,
            year INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('draft', 'submitted', 'reopened')),
            answers TEXT NOT NULL DEFAULT '{}', -- JSON: field id -> answer
            revision INTEGER NOT NULL DEFAULT 0,
            submitted_at TEXT,
            submitted_by TEXT,
            UNIQUE (centre, year)
        ) STRICT
        """,
        """
        CREATE TABLE approvals (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            inquiry INTEGER NOT NULL REFERENCES inquiries(id) ON DELETE CASCADE,
            question TEXT NOT NULL,             -- masked again
            text TEXT NOT NULL,                 -- masked again
            centre TEXT NOT NULL,
            approved_at TEXT NOT NULL,
            approved_by TEXT NOT NULL,
            expires_on TEXT NOT NULL,           -- ISO date
            withdrawn_at TEXT,
            document TEXT                       -- id of the stored source it is quoted from
        ) STRICT
        """,
        "CREATE UNIQUE INDEX approvals_standing ON approvals(inquiry) WHERE withdrawn_at IS NULL",
        "CREATE INDEX approvals_document ON approvals(document)",
        # An approved answer is a document of the library with an origin of its own.
        "ALTER TABLE documents RENAME TO documents_before",
        "DROP INDEX documents_location",
        """
        CREATE TABLE documents (
            id TEXT PRIMARY KEY,                -- sha256 of the original bytes
            origin TEXT NOT NULL CHECK (origin IN ('file', 'url', 'source', 'inquiry')),
            location TEXT NOT NULL,             -- path, address, id in sources.toml, inquiry:12
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
        "INSERT INTO documents SELECT * FROM documents_before",
        "DROP TABLE documents_before",
        "CREATE UNIQUE INDEX documents_location ON documents(location)",
    )


@migrations(name="0008_users")
def users(db: Database) -> None:
    """Who may use the review pages."""
    execute(
        db,
        """
        CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            issuer TEXT NOT NULL,               -- of the sign-in: an OIDC issuer, or "local"
            subject TEXT NOT NULL,              -- its id of the person
            name TEXT NOT NULL,                 -- as shown to colleagues
            role TEXT NOT NULL CHECK (role IN ('none', 'reader', 'reviewer', 'admin')),
            centre TEXT,                        -- NULL: every centre
            created_at TEXT NOT NULL,
            last_seen_at TEXT,
            disabled_at TEXT,
            UNIQUE (issuer, subject)
        ) STRICT
        """,
        """
        CREATE TABLE sign_in_links (
            digest TEXT PRIMARY KEY,            -- sha256 of the secret in the link
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            expires_at TEXT NOT NULL,
            used_at TEXT
        ) STRICT
        """,
        """
        CREATE TABLE saved_views (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            query TEXT NOT NULL,                -- of the queue's address
            UNIQUE (user, name)
        ) STRICT
        """,
    )
