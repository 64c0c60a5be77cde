"""Past inquiries as the search uses them: read again when a link was made or taken back."""

from __future__ import annotations

import threading

from indexer.bridges import Bridges
from indexer.vectors.encoder import Encoder
from knowledge.register import Links


class PastInquiries:
    """Thread-safe."""

    def __init__(self, links: Links) -> None:
        self._links = links
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
