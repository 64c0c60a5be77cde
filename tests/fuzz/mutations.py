"""Changes of a real payload that leave most of it as it is."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any, Final

LIVE = "<!channel> <@U0KARI> <https://evil.example|trykk her> &lt;!here&gt; *fet*"
"""What Slack would make something of."""

BEYOND = 2**63
"""No row of SQLite has such an id."""

ODD: Final[tuple[Any, ...]] = (
    *(None, True, False, 0, -1, 1.5, BEYOND, 10**30, [], {}, [None], {"a": {}}, [[]]),
    *("", " ", "0", "-1", "1:2:3", "up:", "12:99", "9" * 30, "\u00b2", "\u0663", "1e9", "null"),
    *("a" * 3_000, "\x00", "\ud83d", "\u202e", "\x1b[2J", "'; DROP TABLE inquiries; --", LIVE),
    *("../../etc/passwd", "http://169.254.169.254/", "{", '{"inquiry": "x"}', "[]"),
    '{"inquiry": 1}',
)  # fmt: skip

GONE: Final = 0.3
"""How often a value is taken away, and not another one put in its place."""

Path = tuple[str | int, ...]


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Where something stands in a payload, the whole of it left out."""
    if isinstance(value, dict):
        entries: list[tuple[str | int, Any]] = list(value.items())
    else:
        entries = list(enumerate(value)) if isinstance(value, list) else []
    for name, inner in entries:
        yield (*at, name)
        yield from paths(inner, (*at, name))


def changed(payloads: Sequence[dict[str, Any]], seed: int, most: int = 3) -> dict[str, Any]:
    """A payload with one to `most` values that are gone or other ones; the same for a seed."""
    chance = random.Random(seed)
    payload: dict[str, Any] = copy.deepcopy(chance.choice(payloads))
    for _ in range(chance.randint(1, most)):
        there = list(paths(payload))
        if not there:
            break
        *above, last = chance.choice(there)
        holder: Any = payload
        for name in above:
            holder = holder[name]
        if isinstance(holder, dict) and chance.random() < GONE:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD))  # the next change may be within it
    return payload
