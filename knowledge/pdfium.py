"""PDFium reads PDF files and draws the report's pictures; one thread of a process at a time."""

from __future__ import annotations

from threading import Lock
from typing import Final

PDFIUM: Final = Lock()
"""Held while PDFium works: "PDFium is not thread-safe" (pypdfium2's documentation), not even with a
document for each thread."""
