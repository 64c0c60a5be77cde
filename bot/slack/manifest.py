"""The app's manifest, and what a running app lacks of it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

NAME = "slack-manifest.yaml"


@cache
def manifest_text() -> str:
    """The one manifest file: in the package once installed, in deploy/ in a working copy."""
    packaged = files("bot").joinpath("deploy", NAME)
    if packaged.is_file():
        return packaged.read_text(encoding="utf-8")
    return (Path(__file__).parents[2] / "deploy" / NAME).read_text(encoding="utf-8")


def manifest() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(manifest_text())
    return read


def scopes() -> list[str]:
    """The bot scopes that the manifest asks for."""
    return list(manifest()["oauth_config"]["scopes"]["bot"])


def compared(granted: str) -> tuple[list[str], list[str]]:
    """Scopes that are missing, and those that are granted and not needed.

    Args:
        granted: the header x-oauth-scopes of any Web API answer, separated by commas.
    """
    has = {scope.strip() for scope in granted.split(",") if scope.strip()}
    wanted = set(scopes())
    return sorted(wanted - has), sorted(has - wanted)
