"""What a restore forgets again, and what it says of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.cli.account import given_secret
from bot.cli.app import App
from bot.slack.pseudonyms import KEY, look
from knowledge.backups.manifest import Backup
from knowledge.backups.plan import backup_folder
from knowledge.keys import KeyDamaged, read_key
from knowledge.messages import Message
from knowledge.personal_data.erased_again import Again, bring_up
from knowledge.personal_data.pseudonym_key import check_value, recorded
from knowledge.personal_data.witnesses import began_before, knows, last_moment
from knowledge.store import Store
from knowledge.store.erasures import FILE, Erasure, merge, read
from knowledge.system_errors import reason_of

ROWS: Final = {
    "inquiry": "operation_privacy_row_inquiry",
    "visit": "operation_privacy_row_visit",
    "idea": "operation_privacy_row_idea",
    "annual_form": "operation_privacy_row_annual_form",
}


class Recall:
    """Does what `ForgetAgain` should, and remembers what has to be told when all is in place.

    Args:
        chosen: what is restored.
    """

    def __init__(self, app: App, chosen: Backup | Path) -> None:
        self._app = app
        self._chosen = chosen
        self._notes: list[Message] = []

    def __call__(self, known: Sequence[Path], restored: Store, brought: Path) -> int:
        settings = self._app.settings
        erasures = self._erasures(known, restored)
        key = self._key(restored, brought)
        done = bring_up(known, restored, erasures, key=key)
        self._tell_of(done)
        people = {each.hash for each in erasures if each.act == "person"}
        kept = recorded(restored)
        if people and (key is None or (kept is not None and kept != check_value(key))):
            self._note("operation_privacy_again_people", count=len(people))
        # Before the database is put in place: a later restore needs it as well.
        for path in self._files():
            if path.parent != settings.home and path.exists():
                merge(path, settings.home / FILE)
        return done.rows

    def tell(self) -> None:
        """Say it, and what is wrong with the key of the register that is in place now."""
        for note in self._notes:
            self._app.tell(note)
        trouble = look(self._app.store, given_secret()).trouble
        if trouble is not None:
            self._app.tell(trouble)

    def _note(self, key: str, **values: object) -> None:
        self._notes.append(Message(key, values))

    def _files(self) -> list[Path]:
        """The one of this home, and those beside the backups."""
        folders = [self._app.settings.home, backup_folder(self._app.settings)]
        if isinstance(self._chosen, Backup):
            folders.append(self._chosen.path.parent)
        return list({folder.resolve(): folder / FILE for folder in folders}.values())

    def _erasures(self, known: Sequence[Path], restored: Store) -> list[Erasure]:
        found: dict[str, Erasure] = {}
        present = self._app.settings.database
        told = present in known and knows(present, restored)
        made_at = self._made_at(restored)
        for path in self._files():
            try:
                noted = read(path)
            except OSError as error:
                reason = reason_of(error)
                self._note("operation_privacy_again_unreadable", path=path, reason=reason)
                continue
            told = told or began_before(noted, made_at)
            found |= {repr(each): each for each in noted.erasures}
            if noted.damaged:
                self._note("operation_privacy_again_damaged", count=noted.damaged, path=path)
        if not told:
            self._note("operation_privacy_again_unknown", name=self._since(known))
        return list(found.values())

    def _since(self, known: Sequence[Path]) -> str:
        """The newest copy that could be read."""
        copies = (path for path in known if path != self._app.settings.database)
        return next((path.parent.name for path in copies), self._chosen.name)

    def _made_at(self, restored: Store) -> datetime | None:
        """When what is restored was made; of a bare database file it is not known exactly."""
        if isinstance(self._chosen, Backup):
            return self._chosen.manifest().made_at
        return last_moment(restored)

    def _key(self, restored: Store, brought: Path) -> bytes | None:
        """The key that the restored register was made with, of those that there are.

        Where none is known to be, the one that is set goes first, and what is wrong with it is told
        at the end (`tell`).
        """
        given = given_secret()
        found = [given.encode()] if given is not None else []
        found += self._readable(brought / KEY, self._app.settings.home / KEY)
        kept = recorded(restored)
        right = [key for key in found if kept == check_value(key)]
        return next(iter((*right, *found)), None)

    def _readable(self, *paths: Path) -> Iterator[bytes]:
        for path in paths:
            try:
                key = read_key(path)
            except KeyDamaged:
                continue
            if key is not None:
                yield key

    def _tell_of(self, done: Again) -> None:
        if done.emptied:
            rows = [self._app.say(ROWS[kind], number=number) for kind, number in done.emptied]
            self._note("operation_privacy_again_emptied", rows=", ".join(rows))
