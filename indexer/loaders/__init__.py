"""Files read as documents: HTML, PDF, DOCX, Markdown and text.

The bytes tell the kind first; the extension tells Markdown from text, and what was promised.
"""

from __future__ import annotations

from pathlib import Path

from indexer.documents import Document, FrontMatter, UnreadableDocument
from indexer.loaders.decoding import decode, kind_of
from indexer.loaders.docx import load_docx
from indexer.loaders.front_matter import read_sidecar, split_front_matter
from indexer.loaders.html import load_html
from indexer.loaders.markdown import load_markdown
from indexer.loaders.pdf import load_pdf
from indexer.loaders.plain import load_text
from knowledge.messages import Message
from knowledge.system_errors import reason_of

__all__ = ["EXTENSIONS", "MAX_BYTES", "UnreadableDocument", "load"]

# Memory, not speed, is the limit: a text takes up to five times its size while it is read.
MAX_BYTES = 512 * 1024 * 1024

_HTML = frozenset({".html", ".htm", ".xhtml"})
_MARKDOWN = frozenset({".md", ".markdown"})
# Extension -> the kind that the bytes must be, and the kind that the user was promised.
_PROMISED = {".pdf": ("pdf", "pdf"), ".docx": ("zip", "docx")}
EXTENSIONS = frozenset({*_HTML, *_MARKDOWN, *_PROMISED, ".txt", ".text"})


def load(path: Path, *, name: str | None = None) -> Document:
    """The document in the file at `path`.

    Args:
        path: the file; for PDF and DOCX, `<file name>.yaml` beside it may hold front matter.
        name: what to call the file in messages and, without a better title, as title; its
            extension counts. Default: the file's own name.

    Raises:
        UnreadableDocument: one sentence for the user: what the matter is, and what to do.
    """
    called = name or path.name
    try:
        return _load(path, called)
    except (UnreadableDocument, MemoryError):
        raise
    except Exception as error:
        # Whatever a library makes of a file that is not as it should be: one file, one sentence.
        raise UnreadableDocument(
            "reader_broken", name=called, reason=type(error).__name__
        ) from error


def _load(path: Path, called: str) -> Document:
    data = _read(path, called)
    if not data.strip():
        raise UnreadableDocument("reader_empty", name=called)
    extension = Path(called).suffix.casefold() or path.suffix.casefold()
    kind = kind_of(data)
    if extension in _PROMISED and kind != _PROMISED[extension][0]:
        raise _not_as_promised(called, kind, _PROMISED[extension][1])
    if kind == "pdf":
        return load_pdf(data, called, _sidecar(path, called))
    if kind == "zip":
        return load_docx(data, called, _sidecar(path, called))
    if kind not in (None, "html"):
        raise UnreadableDocument("reader_unsupported", name=called, kind=_told(kind))
    return _load_text(data, called, extension, html=kind == "html" or extension in _HTML)


def _load_text(data: bytes, name: str, extension: str, *, html: bool) -> Document:
    front_matter, body = split_front_matter(decode(data, name, html=html))
    if not body or body.isspace():
        raise UnreadableDocument("reader_no_text", name=name)
    if html:
        return load_html(body, name, front_matter)
    if extension in _MARKDOWN:
        return load_markdown(body, name, front_matter)
    return load_text(body, name, front_matter)


def _read(path: Path, name: str) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            limit = MAX_BYTES >> 20
            raise UnreadableDocument("reader_too_large", name=name, size=size >> 20, limit=limit)
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableDocument("reader_missing", name=name) from None
    except IsADirectoryError:
        raise UnreadableDocument("reader_folder", name=name) from None
    except PermissionError:
        raise UnreadableDocument("reader_no_access", name=name) from None
    except OSError as error:
        raise UnreadableDocument("reader_failed", name=name, reason=reason_of(error)) from error


def _not_as_promised(name: str, kind: str | None, promised: str) -> UnreadableDocument:
    if kind == "html":
        return UnreadableDocument("reader_web_page", name=name, promised=_told(promised))
    what = _told(kind or "other")
    return UnreadableDocument("reader_not_promised", name=name, kind=what, promised=_told(promised))


def _told(kind: str) -> Message:
    return Message(f"reader_kind_{kind}")


def _sidecar(path: Path, name: str) -> FrontMatter:
    beside = path.with_name(path.name + ".yaml")
    try:
        return read_sidecar(decode(beside.read_bytes(), f"{name}.yaml"))
    except (OSError, UnreadableDocument):
        return FrontMatter()
