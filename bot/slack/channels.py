"""Settings of channels, and the channel of each development centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from bot.slack.posts import Place
from knowledge.messages import Language
from knowledge.store import Store

Mode = Literal["off", "mention", "every"]
EVERYWHERE = "*"
"""The settings for every channel of a workspace without settings of its own."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How the bot behaves in a channel.

    Attributes:
        mode: "off", "mention" (answers when mentioned), "every" (answers every question).
        municipality: number of the municipality that those in the channel ask for.
        language: the language of answers; None is that of the question.
    """

    mode: Mode = "mention"
    municipality: str | None = None
    language: Language | None = None


class Channels:
    """Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def settings(self, team: str, channel: str) -> ChannelSettings:
        """Of the channel, or of the workspace, or what holds without any."""
        found = self._store.database.conn.execute(
            "SELECT mode, municipality, language FROM slack_channels "
            "WHERE team = ? AND channel IN (?, ?) ORDER BY channel = ? LIMIT 1",
            [team, channel, EVERYWHERE, EVERYWHERE],
        ).fetchone()
        return ChannelSettings(*found) if found else ChannelSettings()

    def set(self, team: str, channel: str, settings: ChannelSettings) -> None:
        with self._store.write() as db:
            db.table("slack_channels").upsert(
                {
                    "team": team,
                    "channel": channel,
                    "mode": settings.mode,
                    "municipality": settings.municipality,
                    "language": settings.language,
                },
                pk=("team", "channel"),
            )

    def all(self, team: str) -> dict[str, ChannelSettings]:
        """The channels of a workspace that have settings, by Slack's id, with `EVERYWHERE`."""
        rows = self._store.database.conn.execute(
            "SELECT channel, mode, municipality, language FROM slack_channels "
            "WHERE team = ? ORDER BY channel",
            [team],
        )
        return {
            channel: ChannelSettings(cast(Mode, mode), municipality, language)
            for channel, mode, municipality, language in rows
        }

    def centre_place(self, centre: str) -> Place | None:
        """The channel where a centre is asked; None if nobody has set one."""
        found = self._store.database.conn.execute(
            "SELECT team, channel FROM slack_centres WHERE centre = ?", [centre]
        ).fetchone()
        return Place(*found) if found else None

    def set_centre(self, centre: str, place: Place | None) -> None:
        """Set the channel of a centre; None takes it away."""
        with self._store.write() as db:
            if place is None:
                db.conn.execute("DELETE FROM slack_centres WHERE centre = ?", [centre])
            else:
                db.table("slack_centres").upsert(
                    {"centre": centre, "team": place.team, "channel": place.channel}, pk="centre"
                )

    def centre_of(self, team: str, channel: str) -> str | None:
        """The centre whose channel this is."""
        found = self._store.database.conn.execute(
            "SELECT centre FROM slack_centres WHERE team = ? AND channel = ?", [team, channel]
        ).fetchone()
        return str(found[0]) if found else None
