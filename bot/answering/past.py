"""Past inquiries as the search uses them: what they led to, and what centres answered.

Bridges are read again when a link was made or taken back; whether an approved answer stands is
asked for each question.
"""

from __future__ import annotations

import threading
from collections.abc import Collection

from indexer.bridges import Bridges
from indexer.vectors.encoder import Encoder
from knowledge.register import Links
from knowledge.register.approvals import Approvals


class PastInquiries:
    """Thread-safe.

    Args:
        approvals: without them no approved answer is quoted.
    """

    def __init__(self, links: Links, approvals: Approvals | None = None) -> None:
        self._links = links
        self._approvals = approvals
        self._guard = threading.Lock()
        self._read: tuple[int, str, Bridges] | None = None

    def bridges(self, encoder: Encoder) -> Bridges | None:
        """The bridges of this moment; None while there are none."""
        version = self._links.version()
        with self._guard:
            if self._read is None or self._read[:2] != (version, encoder.fingerprint):
                same_model = self._read is not None and self._read[1] == encoder.fingerprint
                before = self._read[2] if self._read is not None and same_model else None
                bridges = Bridges(self._links.bridges(), encoder, before=before)
                self._read = (version, encoder.fingerprint, bridges)
            return self._read[2] if len(self._read[2]) else None

    def stands(self, documents: Collection[str]) -> Collection[str]:
        """Those of the stored sources that are approved answers and stand at this moment."""
        return self._approvals.stands(documents) if self._approvals is not None else ()
