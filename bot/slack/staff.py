"""Who works at a centre: told in the centre's channel, until they or an administrator end it."""

from __future__ import annotations

from bot.slack.desk import Desk
from knowledge.reference import Reference
from knowledge.register import Person


def works_at(desk: Desk, team: str, person: Person) -> str | None:
    """The id of the centre that a person of a workspace works at, where it is asked there.

    Whether they still are in its channel is not known: reading the members of channels would want
    scopes (channels:read, groups:read) that nothing else needs.
    """
    serving = {centre.id for centre in Reference.load().centres if centre.serving}
    if person.centre not in serving or not asked_in(desk, team, person.centre):
        return None
    return person.centre


def asked_in(desk: Desk, team: str, centre: str | None) -> bool:
    """Whether a centre has its channel in a workspace."""
    place = desk.channels.centre_place(centre) if centre else None
    return place is not None and place.team == team


def is_set_in(desk: Desk, team: str, centre: str) -> bool:
    """Whether the administrators of a workspace say where a centre is asked, and who works there.

    With several workspaces only those of the home team do; a centre that has its channel in another
    workspace is changed there.
    """
    if desk.home_team is not None and team != desk.home_team:
        return False
    place = desk.channels.centre_place(centre)
    return place is None or place.team == team


def staff_counts(desk: Desk) -> dict[str, int]:
    """Centre -> how many have said that they work there; none is left out."""
    rows = desk.store.database.conn.execute(
        "SELECT centre, count(*) FROM people WHERE centre IS NOT NULL GROUP BY centre"
    )
    return {str(centre): int(count) for centre, count in rows}


def leave(desk: Desk, team: str, user: str) -> None:
    """Somebody works at no centre any more."""
    desk.people.change(desk.pseudonyms.of(team, user), centre=None)


def clear_staff(desk: Desk, centre: str) -> None:
    """Nobody works at a centre, until they say so again."""
    with desk.store.write() as db:
        db.conn.execute("UPDATE people SET centre = NULL WHERE centre = ?", [centre])
