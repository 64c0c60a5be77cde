"""Plain text, and pages saved as text: structure by heuristics."""

from __future__ import annotations

from indexer.documents import Document, FrontMatter
from indexer.loaders.dates import visible_date
from indexer.loaders.front_matter import complete
from indexer.sections import assemble, text_structure


def load_text(text: str, name: str, front_matter: FrontMatter) -> Document:
    """The document of a text without markup; `text` is stored as it is."""
    structure = text_structure(text)
    sections = assemble(text, structure.headings, structure.left_out)
    # The first heading is the title when nothing but boilerplate stands above it.
    opening = structure.headings[0].title if sections and sections[0].path else None
    return Document(
        title=front_matter.title or opening or name,
        text=text,
        sections=sections,
        tables=structure.tables,
        front_matter=complete(front_matter, FrontMatter(updated=visible_date(text))),
    )
