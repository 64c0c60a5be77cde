"""Who may use the review pages, with which role, and their one-time sign-in links."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from knowledge.messages import Failure, Message
from knowledge.reference import centres
from knowledge.register.changes import Changes
from knowledge.register.editing import Refused
from knowledge.store import Store

Role = Literal["none", "reader", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)

LOCAL = "local"
"""The issuer of accounts that nobody but this program knows."""
FIRST_ADMIN = "first-admin"
SECRET_BYTES = 32

_COLUMNS = "id, issuer, subject, name, role, centre, disabled_at, last_seen_at"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who has signed in. `centre` None: every centre."""

    id: int
    issuer: str
    subject: str
    name: str
    role: Role
    centre: str | None = None
    disabled: bool = False
    last_seen_at: datetime | None = None

    @property
    def who(self) -> str:
        """As the audit trail names them."""
        return f"user:{self.id}"

    @property
    def may_see(self) -> bool:
        return self.role != "none" and not self.disabled

    @property
    def is_admin(self) -> bool:
        return self.role == "admin" and not self.disabled

    def may_change(self, centre: str | None) -> bool:
        """Whether rows of that centre are theirs to change; those of no centre are anybody's."""
        if self.disabled or self.role not in ("reviewer", "admin"):
            return False
        return self.centre is None or centre is None or centre == self.centre


@dataclass(frozen=True, slots=True)
class SavedView:
    """A queue that somebody keeps: a name and the query of its address."""

    id: int
    name: str
    query: str


class Users:
    """The users in one `Store`. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sign_in(self, issuer: str, subject: str, name: str) -> User:
        """Whoever the issuer says has signed in; with role "none" the first time."""
        now = _now()
        with self._store.write() as db:
            db.conn.execute(
                "INSERT INTO users (issuer, subject, name, role, created_at, last_seen_at) "
                "VALUES (?, ?, ?, 'none', ?, ?) ON CONFLICT (issuer, subject) "
                "DO UPDATE SET name = excluded.name, last_seen_at = excluded.last_seen_at",
                [issuer, subject, name, now, now],
            )
            return self._read("WHERE issuer = ? AND subject = ?", [issuer, subject])[0]

    def get(self, user: int) -> User | None:
        return next(iter(self._read("WHERE id = ?", [user])), None)

    def all(self) -> list[User]:
        """Everybody, by when they first came."""
        return self._read("ORDER BY id", [])

    def has_admin(self) -> bool:
        return bool(self._admins())

    def first_admin(self, name: str = "Administrator") -> User:
        """The local administrator, made on first use: for whoever runs the program itself."""
        with self._store.write() as db:
            user = self.sign_in(LOCAL, FIRST_ADMIN, name)
            if not user.is_admin:
                db.conn.execute(
                    "UPDATE users SET role = 'admin', centre = NULL, disabled_at = NULL "
                    "WHERE id = ?",
                    [user.id],
                )
                self._record("cli", user, role="admin", centre=None, disabled=False)
        return self._must(user.id)

    def change(
        self, user: int, *, role: Role, centre: str | None, disabled: bool = False, who: str
    ) -> User:
        """Give somebody a role, for a centre or (None) for all of them.

        Raises:
            Refused: no such role or centre.
            Failure: no such user, or nobody would be left to administer.
        """
        if role not in ROLES:
            raise Refused("role", Message("review_role_unknown", {"role": role}))
        if centre is not None and centre not in {known.id for known in centres()}:
            raise Refused("centre", Message("review_centre_unknown", {"centre": centre}))
        with self._store.write() as db:
            before = self._must(user)
            leaves = role != "admin" or centre is not None or disabled
            if leaves and self._admins() == [user]:
                raise Failure("review_last_admin")
            db.conn.execute(
                "UPDATE users SET role = ?, centre = ?, "
                "disabled_at = CASE WHEN ? THEN coalesce(disabled_at, ?) END WHERE id = ?",
                [role, centre, disabled, _now(), user],
            )
            self._record(who, before, role=role, centre=centre, disabled=disabled)
        return self._must(user)

    def make_link(self, user: int, minutes: int = 15) -> str:
        """A secret that signs this user in once; only its digest is kept."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        now = datetime.now(UTC)
        with self._store.write() as db:
            db.conn.execute("DELETE FROM sign_in_links WHERE expires_at < ?", [now.isoformat()])
            db.conn.execute(
                "INSERT INTO sign_in_links (digest, user, expires_at) VALUES (?, ?, ?)",
                [_digest(secret), user, (now + timedelta(minutes=minutes)).isoformat()],
            )
        return secret

    def use_link(self, secret: str) -> User | None:
        """Whom the link signs in; None where it is unknown, used, too old, or they may not."""
        with self._store.write() as db:
            used = db.conn.execute(
                "UPDATE sign_in_links SET used_at = ? "
                "WHERE digest = ? AND used_at IS NULL AND expires_at > ? RETURNING user",
                [_now(), _digest(secret), _now()],
            ).fetchone()
            user = self._must(int(used[0])) if used else None
            if user is None or user.disabled:
                return None
            return self.sign_in(user.issuer, user.subject, user.name)

    def save_view(self, user: int, name: str, query: str) -> None:
        """Keep a queue under a name; the same name again is that view changed."""
        with self._store.write() as db:
            db.conn.execute(
                "INSERT INTO saved_views (user, name, query) VALUES (?, ?, ?) "
                "ON CONFLICT (user, name) DO UPDATE SET query = excluded.query",
                [user, name.strip(), query],
            )

    def views(self, user: int) -> list[SavedView]:
        rows = self._store.database.conn.execute(
            "SELECT id, name, query FROM saved_views WHERE user = ? ORDER BY id", [user]
        )
        return [SavedView(*row) for row in rows]

    def remove_view(self, user: int, view: int) -> bool:
        """Whether that was a view of this user."""
        with self._store.write() as db:
            return bool(
                db.conn.execute(
                    "DELETE FROM saved_views WHERE id = ? AND user = ?", [view, user]
                ).rowcount
            )

    def _admins(self) -> list[int]:
        """Those who may do everything, everywhere."""
        rows = self._store.database.conn.execute(
            "SELECT id FROM users WHERE role = 'admin' AND centre IS NULL "
            "AND disabled_at IS NULL ORDER BY id"
        )
        return [int(row[0]) for row in rows]

    def _record(self, who: str, user: User, **after: Any) -> None:
        different = {
            field: (getattr(user, field), value)
            for field, value in after.items()
            if getattr(user, field) != value
        }
        if different:
            Changes(self._store).record(who, "user", user.id, different)

    def _must(self, user: int) -> User:
        found = self.get(user)
        if found is None:
            raise Failure("review_user_missing", user=user)
        return found

    def _read(self, rest: str, parameters: list[Any]) -> list[User]:
        rows = self._store.database.conn.execute(
            f"SELECT {_COLUMNS} FROM users {rest}",  # noqa: S608 (our own conditions)
            parameters,
        )
        return [
            User(
                number,
                issuer,
                subject,
                name,
                role,
                centre,
                disabled_at is not None,
                datetime.fromisoformat(seen) if seen else None,
            )
            for number, issuer, subject, name, role, centre, disabled_at, seen in rows
        ]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat()
