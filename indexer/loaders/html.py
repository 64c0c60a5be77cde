"""Web pages: the main content with its headings, anchors, lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from indexer.documents import Document, FrontMatter, UnreadableDocument
from indexer.loaders.builder import TextBuilder
from indexer.loaders.dates import parse_date, visible_date
from indexer.loaders.front_matter import complete, web_address
from indexer.loaders.html_tables import is_data_table, read_grid
from indexer.tables.lines import collapse

# Never content: machinery, navigation, and what asks for something.
_MACHINERY = ["script", "style", "noscript", "template"]
_DROPPED_TAGS = frozenset(
    {"nav", "footer", "svg", "iframe", "select", "object", "dialog", "input", "textarea", "head"}
)
_DROPPED_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog"}
)
# List items deeper than this are not set further in.
MAX_DEPTH = 6
_DROPPED_NAMES = re.compile(
    r"(?:^|[\s_-])(?:cookies?|consent|samtykke|breadcrumbs?|brodsmuler?|skip-?link|skiplinks?"
    r"|share|sharing|social|site-header|site-footer|sidebar-nav|navbar|toc-nav|print-?button)"
    r"(?:$|[\s_-])|cookie-?(?:banner|consent|notice)",
    re.I,
)
# The main element counts as the content only when it holds at least this share of the page's text.
MIN_MAIN_SHARE = 0.2
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "dd", "details", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header"),
        *("hr", "li", "main", "ol", "p", "pre", "section", "summary"),
        *("table", "tbody", "td", "th", "thead", "tr", "ul"),
    }
)
_HEADING = re.compile(r"^h[1-6]$")
_SPACE = re.compile(r"[ \t\n\r\f]+")

_Event: TypeAlias = tuple[LexborNode, bool]


def load_html(text: str, name: str, front_matter: FrontMatter) -> Document:
    """The document of a web page; its text is what the page shows, block by block."""
    tree = LexborHTMLParser(text)
    if tree.body is None:
        raise UnreadableDocument("reader_page_empty", name=name)
    found = _described(tree)
    language = tree.root.attributes.get("lang") if tree.root else None
    h1 = tree.css_first("main h1, article h1, h1")
    title = front_matter.title or found.title or _words(h1) or _words(tree.css_first("title"))
    shown = visible_date(tree.body.text(separator="\n"))
    tree.strip_tags(_MACHINERY)
    builder = TextBuilder()
    _Walk(builder).walk(_content(tree))
    if not builder.length:
        raise UnreadableDocument("reader_page_no_text", name=name)
    meta = complete(complete(front_matter, found), FrontMatter(updated=shown))
    return builder.document(
        title or name,
        front_matter=meta,
        language=language.split("-")[0].casefold() if language else None,
    )


def _described(tree: LexborHTMLParser) -> FrontMatter:
    def meta(*keys: str) -> str | None:
        for key in keys:
            for attribute in ("property", "name", "http-equiv", "itemprop"):
                node = tree.css_first(f'meta[{attribute}="{key}" i]')
                content = (node.attributes.get("content") or "").strip() if node else ""
                if content:
                    return content
        return None

    canonical = tree.css_first("link[rel~=canonical]")
    return FrontMatter(
        title=meta("og:title"),
        url=web_address(canonical.attributes.get("href") if canonical else None)
        or web_address(meta("og:url")),
        publisher=meta("og:site_name", "dc.publisher", "publisher"),
        updated=parse_date(
            meta("article:modified_time", "last-modified", "dateModified", "dcterms.modified")
        ),
    )


def _words(node: LexborNode | None) -> str:
    return collapse(node.text()) if node else ""


def _is_dropped(node: LexborNode, tag: str) -> bool:
    attributes = node.attributes
    if (
        tag in _DROPPED_TAGS
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _DROPPED_ROLES
    ):
        return True
    parent = node.parent
    if tag == "header" and parent is not None and parent.tag == "body":
        return node.css_first("h1") is None
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return (
        (tag in _BLOCKS or tag == "a")
        and bool(_DROPPED_NAMES.search(names))
        and node.css_first("h1, main, article") is None
    )


def _content(tree: LexborHTMLParser) -> LexborNode:
    body = tree.body
    assert body is not None
    total = len(body.text())
    for selector in ("main, [role=main]", "article"):
        nodes = tree.css(selector)
        best = max(nodes, key=lambda node: len(node.text()), default=None)
        if best and len(best.text()) >= MIN_MAIN_SHARE * total:
            return best
    return body


class _Walk:
    """One pass over the content in document order, without recursion."""

    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._inline: list[str] = []
        self._lists: list[int | None] = []  # numbers of open ordered lists, None for unordered
        self._in_item = False
        self._anchor: str | None = None

    def walk(self, root: LexborNode) -> None:
        stack: list[_Event] = [(root, True)]
        while stack:
            node, entering = stack.pop()
            if not entering:
                self._leave(node.tag or "")
            elif node.is_text_node:
                self._inline.append(_SPACE.sub(" ", node.text_content or ""))
            elif node.is_element_node and self._enter(node):
                stack.append((node, False))
                stack.extend((child, True) for child in reversed(list(_children(node))))
        self._flush()

    def _enter(self, node: LexborNode) -> bool:
        """Takes in a node; True when its children are still to be walked."""
        tag = node.tag or ""
        if _is_dropped(node, tag):
            return False
        anchor = node.attributes.get("id") or (node.attributes.get("name") if tag == "a" else None)
        if _HEADING.match(tag):
            self._flush()
            own = node.css_first("[id], a[name]")
            inner = (own.attributes.get("id") or own.attributes.get("name")) if own else None
            self._builder.heading(int(tag[1]), node.text(), anchor or inner or self._anchor)
            self._anchor = None
            return False
        if anchor:
            self._anchor = anchor
        if tag == "br":
            self._inline.append("\n")
        elif tag in ("ul", "ol"):
            self._flush()
            start = node.attributes.get("start") or "1"
            self._lists.append(
                None if tag == "ul" else int(start) if start.isdecimal() and len(start) < 6 else 1
            )
        elif tag == "li":
            self._flush()
            self._in_item = True
        elif tag == "table" and is_data_table(node):
            self._flush()
            grid = read_grid(node)
            self._builder.table(
                grid.rows, header_rows=grid.header_rows, stubs=grid.stubs, caption=grid.caption
            )
            self._anchor = None
            return False
        elif tag in _BLOCKS:
            self._flush()
        return tag != "button" or bool(node.css_first("h1, h2, h3, h4"))

    def _leave(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._flush()
            self._lists.pop()
        elif tag == "li":
            self._flush()
            self._in_item = False
        elif tag in _BLOCKS:
            self._flush()

    def _flush(self) -> None:
        lines = "".join(self._inline).split("\n")
        self._inline.clear()
        text = "\n".join(line for line in map(_tidy, lines) if line)
        if not text:
            return
        self._anchor = None
        if self._in_item and self._lists:
            number = self._lists[-1]
            mark = "•" if number is None else f"{number}."
            if number is not None:
                self._lists[-1] = number + 1
            self._builder.item(
                text.replace("\n", " "), mark=mark, depth=min(len(self._lists) - 1, MAX_DEPTH)
            )
            self._in_item = False
        else:
            self._builder.paragraph(text)


def _tidy(line: str) -> str:
    return _SPACE.sub(" ", line).strip()


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next
