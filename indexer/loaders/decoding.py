"""Bytes to text, and what kind of file the bytes are."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from indexer.documents import UnreadableDocument

# The start of a file is enough to tell its encoding and its kind.
SAMPLE_BYTES = 65_536
# Text has next to no control characters; more than this share means a binary file.
MAX_CONTROL_SHARE = 0.02
# A few broken characters do not make an UTF-8 file another encoding.
MAX_BROKEN_SHARE = 0.25

_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n", "png"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_word"),
    (b"{\\rtf", "rtf"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_HTML = re.compile(
    rb"^\s*+(?:<\?xml[^>]*>\s*+)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html[\s>])",
    re.I | re.S,
)
# Control characters but tabulator, line feed, form feed and carriage return.
_CONTROL = bytes(b for b in range(32) if b not in b"\t\n\x0c\r\x1b\x00")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)


def kind_of(data: bytes) -> str | None:
    """What the bytes are by their signature; None for text.

    "pdf", "zip" and "html" can be read. Any other kind cannot; the message `reader_kind_<kind>`
    says what it is.
    """
    head = data[:SAMPLE_BYTES]
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_ZIP):
        return "zip"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return "html" if _HTML.match(head.removeprefix(codecs.BOM_UTF8)) else None


def decode(data: bytes, name: str, *, html: bool = False) -> str:
    """`data` as text, with `\\n` line ends, and without byte order mark and NUL.

    Raises UnreadableDocument for a binary file.
    """
    text = _decode(data, name, html=html)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        text = text.replace("\x00", "")
    return text.removeprefix("\ufeff")


def _decode(data: bytes, name: str, *, html: bool) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    sample = data[:SAMPLE_BYTES]
    nuls = sample.count(0)
    if nuls > len(sample) // 4:
        wide = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        try:
            return data.decode(wide)
        except UnicodeDecodeError:
            raise _binary(name) from None
    control = len(sample) - len(sample.translate(None, _CONTROL))
    if control + nuls > MAX_CONTROL_SHARE * len(sample) + 2:
        raise _binary(name)
    if html and (declared := _META_CHARSET.search(sample)):
        try:
            return data.decode(declared[1].decode("ascii", "replace"))
        except (LookupError, UnicodeDecodeError):
            pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_old(data, sample)


def _decode_old(data: bytes, sample: bytes) -> str:
    """Text that is not clean UTF-8: damaged UTF-8, or one of the encodings before it."""
    tolerant = sample.decode("utf-8", errors="replace")
    broken = tolerant.count("\ufffd")
    if broken <= MAX_BROKEN_SHARE * sum(ord(c) > 127 for c in tolerant):
        return data.decode("utf-8", errors="replace")
    western = sample.decode("cp1252", errors="replace")
    if not any(c in western for c in "æøåÆØÅ"):
        best = from_bytes(sample).best()
        if best:
            return data.decode(best.encoding, errors="replace")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _binary(name: str) -> UnreadableDocument:
    return UnreadableDocument("reader_binary", name=name)
