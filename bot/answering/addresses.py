"""Addresses of sources that are safe to make a link of, whatever shows them."""

from __future__ import annotations

import re
from typing import Final

from pydantic import AnyHttpUrl, TypeAdapter, ValidationError

URL_CHARACTERS: Final = 3000
"""Origin: the limit of an address in Block Kit (slack_sdk.models.blocks.block_elements), in UTF-16
units. No source has a longer one, so pages keep to it, too."""

_URL = TypeAdapter(AnyHttpUrl)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?\.)+[a-z0-9-]*[a-z0-9]", re.IGNORECASE)


def address(url: str | None) -> str | None:
    """An http(s) address that may be linked to, as browsers write it; None where it may not.

    A name of a host with a full stop in it is asked for, no user name or password, and no more than
    URL_CHARACTERS before or after it is written out.
    """
    if not url or len(url.encode("utf-16-le", "surrogatepass")) // 2 > URL_CHARACTERS:
        return None
    try:
        parsed = _URL.validate_python(url)
    except ValidationError:
        return None
    written = str(parsed)
    named = _HOST.fullmatch(parsed.host or "") and not (parsed.username or parsed.password)
    return written if named and len(written) <= URL_CHARACTERS else None
