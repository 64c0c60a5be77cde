"""Replies as Block Kit: pure functions from data to blocks, which Slack takes as they are.

`limits.fit` is the last thing before sending. Whatever came from a person or a document is literal.
"""

from bot.slack.blocks.answer import answer, more
from bot.slack.blocks.buttons import with_resolved
from bot.slack.blocks.limits import fit
from bot.slack.blocks.pieces import Rendered, notice

__all__ = ["Rendered", "answer", "fit", "more", "notice", "with_resolved"]
