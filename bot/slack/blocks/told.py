"""A modal that asks nothing more: one message in place of the form that was filled in."""

from __future__ import annotations

from bot.slack.blocks.fields import modal
from bot.slack.blocks.pieces import Block, Rendered
from knowledge.messages import Language, say


def told_modal(said: Rendered, title: str, language: Language) -> Block:
    """`title` is a key of the catalogue."""
    return modal(None, say(title, language), said.blocks, language)
