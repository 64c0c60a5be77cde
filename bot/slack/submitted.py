"""What somebody filled in: a view as Slack sends it back, read field by field."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping
from typing import Any

from bot.slack.blocks.fields import NOT_TOLD, municipality_of_today
from knowledge.privacy import Masked, mask


class Submitted:
    """The values of a modal, by the name of the field. Nothing in them is trusted."""

    def __init__(self, view: Mapping[str, Any]) -> None:
        self.view_id = str(view.get("id") or "")
        self._values: Mapping[str, Any] = (view.get("state") or {}).get("values") or {}
        self.carried: dict[str, Any] = json.loads(view.get("private_metadata") or "{}")

    def _element(self, name: str) -> Mapping[str, Any]:
        return (self._values.get(name) or {}).get(name) or {}

    def chosen(self, name: str, among: Container[str] | None = None) -> str | None:
        """The value that was chosen; None for none, and for one that is not `among` the known."""
        value = (self._element(name).get("selected_option") or {}).get("value")
        if value is None or value == NOT_TOLD:
            return None
        if among is not None and value not in among:
            return None
        return str(value)

    def several(self, name: str) -> list[str]:
        options = self._element(name).get("selected_options") or []
        return [str(option.get("value")) for option in options]

    def conversation(self, name: str) -> str | None:
        return self._element(name).get("selected_conversation") or None

    def date(self, name: str) -> str | None:
        """As YYYY-MM-DD."""
        return self._element(name).get("selected_date") or None

    def text(self, name: str) -> Masked:
        """What was typed, masked: nothing else of it is kept."""
        return mask(str(self._element(name).get("value") or "").strip())

    def municipality(self, name: str) -> str | None:
        """The number of a municipality of today."""
        return municipality_of_today(self.chosen(name))
