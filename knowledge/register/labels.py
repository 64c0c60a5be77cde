"""What values of the register are called, wherever they are shown: keys of messages, in order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "slack": "review_channel_slack",
        "cli": "review_channel_cli",
        "batch": "review_channel_batch",
        "web": "review_channel_web",
        "phone": "review_channel_phone",
        "email": "review_channel_email",
        "meeting": "review_channel_meeting",
        "facebook": "review_channel_facebook",
        "form": "review_channel_form",
        "other": "review_channel_other",
    }
)
"""The ways in which an inquiry comes."""

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "wrong": "review_reason_wrong",
        "missing": "review_reason_missing",
        "old": "review_reason_old",
        "hard": "review_reason_hard",
        "other": "review_reason_other",
    }
)
"""Why an answer was no help."""
