"""Encryption of backups with age (age-encryption.org), so that any age program opens them too.

A key file holds lines as `age-keygen` writes them. With an `age1…` line only, this machine can
write backups but not read them; with an `AGE-SECRET-KEY-1…` line it can also prove, after writing,
that what it wrote can be read again.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyrage

from knowledge.backups.errors import BackupError, trouble
from knowledge.messages import Message
from knowledge.store.copying import OURS_ALONE, OWN_FOLDER
from knowledge.system_errors import reason_of

PUBLIC, SECRET = "age1", "AGE-SECRET-KEY-1"
COMMENT = "#"


@dataclass(frozen=True)
class Keys:
    """Who can open what is sealed. `repr` shows no secret.

    Attributes:
        recipients: public keys, `age1…`, sorted.
    """

    recipients: tuple[str, ...]
    _identities: tuple[pyrage.x25519.Identity, ...] = ()

    @property
    def can_open(self) -> bool:
        return bool(self._identities)

    def __repr__(self) -> str:
        return f"Keys({len(self.recipients)} recipients, can_open={self.can_open})"

    def seal(self, source: Path, target: Path) -> None:
        """Encrypt a file.

        Raises:
            BackupError: it cannot be written.
        """
        to = [pyrage.x25519.Recipient.from_str(one) for one in self.recipients]
        try:
            with source.open("rb") as plain, target.open("xb") as writing:
                pyrage.encrypt_io(plain, writing, to)
        except (OSError, pyrage.EncryptError) as error:
            raise _told(error, target.parent) from error

    def opened(self, source: Path, target: BinaryIO | Digest) -> None:
        """Decrypt a file into something that can be written to.

        Raises:
            BackupError: the keys do not open it, or it is damaged.
        """
        if not self.can_open:
            raise BackupError("operation_backup_no_secret", path=source)
        try:
            with source.open("rb") as sealed:
                pyrage.decrypt_io(sealed, target, list(self._identities))
        except (OSError, pyrage.DecryptError) as error:
            if getattr(error, "errno", None) is not None:
                raise trouble(error, source.parent) from error
            # A file that was changed is an error of age, or one of the system without a number.
            other = "matching keys" in str(error)
            key = "operation_backup_not_opened" if other else "operation_backup_changed"
            raise BackupError(key, path=source) from error

    def sha256_inside(self, source: Path) -> str:
        """SHA-256 of what is sealed in a file, without writing it anywhere."""
        digest = Digest()
        self.opened(source, digest)
        return digest.hexdigest()


class Digest(io.RawIOBase):
    """A file that keeps nothing but the SHA-256 of what is written."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        given = bytes(data)  # type: ignore[call-overload]
        self._hash.update(given)
        return len(given)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def read_keys(path: Path) -> Keys:
    """The keys in a file.

    Raises:
        BackupError: it cannot be read, or a line of it is no age key. The line is never repeated.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(
            "operation_backup_key_unreadable", path=path, reason=reason_of(error)
        ) from error
    recipients: set[str] = set()
    identities: list[pyrage.x25519.Identity] = []
    for number, line in enumerate((line.strip() for line in lines), start=1):
        if not line or line.startswith(COMMENT):
            continue
        with _of_line(path, number):
            if line.upper().startswith(SECRET):
                identities.append(pyrage.x25519.Identity.from_str(line))
                recipients.add(str(identities[-1].to_public()))
            else:
                recipients.add(str(pyrage.x25519.Recipient.from_str(line)))
    if not recipients:
        raise BackupError("operation_backup_key_empty", path=path)
    return Keys(tuple(sorted(recipients)), tuple(identities))


def new_keys(path: Path) -> Keys:
    """Make a key file that only its owner reads, and its folder; never over one that exists.

    Raises:
        BackupError: there is one, or it cannot be written.
    """
    identity = pyrage.x25519.Identity.generate()
    text = f"# public key: {identity.to_public()}\n{identity}\n"
    try:
        path.parent.mkdir(mode=OWN_FOLDER, parents=True, exist_ok=True)
        path.touch(mode=OURS_ALONE, exist_ok=False)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = reason_of(error)
        if isinstance(error, FileExistsError):
            if path.exists():
                raise BackupError("operation_backup_key_exists", path=path) from error
            reason = Message("operation_reason_no_folder")  # what should be its folder is a file
        raise BackupError("operation_backup_key_unreadable", path=path, reason=reason) from error
    return Keys((str(identity.to_public()),), (identity,))


@contextmanager
def _of_line(path: Path, number: int) -> Iterator[None]:
    try:
        yield
    except (pyrage.IdentityError, pyrage.RecipientError) as error:
        raise BackupError("operation_backup_key_line", path=path, line=number) from error


def _told(error: Exception, folder: Path) -> BackupError:
    # age wraps what the file said into an error of its own, with the number in its text.
    if "Errno 28" in str(error):
        return BackupError("operation_backup_disk_full", folder=folder)
    return trouble(error, folder)
