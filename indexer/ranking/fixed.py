"""The signals whose weights are set by hand (`indexer.ranking.weights.FIXED`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.ranking.hits import Hit
from indexer.ranking.weights import FIXED

Scores = NDArray[np.float32]


def fixed_signals(
    hits: Sequence[Hit],
    place: Scores,
    led: Mapping[tuple[str, int], float],
    without: Collection[str] = (),
) -> Scores:
    """What the fixed signals add to the logit of each hit, shape (hits,).

    Args:
        place: nearness to the places asked about.
        led: passage -> its bonus from past inquiries (`indexer.bridges.Bridges.bonus`).
        without: signals that count nothing.
    """
    values = {
        "place": place,
        "bridge": np.array([led.get((h.document.id, h.passage.start), 0.0) for h in hits]),
        "approved": np.array([float(h.document.approved) for h in hits]),
    }
    added = np.zeros(len(hits), np.float32)
    for name, value in values.items():
        if name not in without:
            added += (FIXED[name] * value).astype(np.float32)
    return added
