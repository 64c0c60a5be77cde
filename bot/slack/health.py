"""How the bot is, for who administers a workspace."""

from __future__ import annotations

from bot.slack.blocks.home_admin import Health
from bot.slack.desk import Desk
from knowledge.messages import Failure, Message
from knowledge.system_errors import reason_of


def health(desk: Desk, team: str) -> Health:
    """The index, what waits for Slack, and the register.

    Where several workspaces are installed, only the administrators of the home team see the figures
    of all of them; others see what is their own.
    """
    generation, documents, trouble = None, 0, None
    try:
        opened = desk.index.open()
        generation, documents = opened.generation, len(opened.searcher.generation.documents)
    except Failure as failure:
        trouble = failure.message
    except OSError as error:
        trouble = Message("unexpected", {"reason": reason_of(error)})
    everything = sees_everything(desk, team)
    unposted, error_code = desk.posts.unposted() if everything else _unposted(desk, team)
    return Health(
        generation,
        documents,
        trouble,
        unposted,
        error_code,
        desk.inquiries.count() if everything else _asked_in(desk, team),
        desk.store.path.stat().st_size if everything else None,
    )


def sees_everything(desk: Desk, team: str) -> bool:
    """Whether the administrators of a workspace see figures of the whole register."""
    return desk.home_team is None or desk.home_team == team


def _unposted(desk: Desk, team: str) -> tuple[int, str | None]:
    """As `Posts.unposted`, for one workspace."""
    rows = desk.store.database.conn.execute(
        "SELECT error FROM slack_posts WHERE state IN ('due', 'ready') AND team = ? "
        "ORDER BY created_at",
        [team],
    ).fetchall()
    return len(rows), next((str(error) for (error,) in rows if error is not None), None)


def _asked_in(desk: Desk, team: str) -> int:
    row = desk.store.database.conn.execute(
        "SELECT count(*) FROM inquiries WHERE substr(came_from, 1, ?) = ?",
        [len(origin := f"slack:{team}:"), origin],
    ).fetchone()
    return int(row[0])
