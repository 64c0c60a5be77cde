"""An approved answer as a document of the library, so that it is quoted like any other source."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import yaml

from indexer.generations import forgetting
from indexer.index import wanted_documents
from indexer.library.catalogue import Catalogue
from knowledge.calendar import OSLO
from knowledge.messages import say
from knowledge.reference import centres
from knowledge.register.approvals import Approval, Approvals

_HEADING = re.compile(r"^ {0,3}#{1,2}(?=\s)", re.M)
"""As large as the question's own: a part of an answer stands below it."""

_RULE = re.compile(r"(?<=\S)\n(?= {0,3}(?:-+|=+)[ \t]*$)", re.M)
"""Markdown takes the line above dashes for a heading, unless there is an empty line between."""


def as_markdown(approval: Approval, centre: str) -> str:
    """The document of an approved answer: front matter, the question as heading, the answer.

    Args:
        centre: the name of the centre. No two approvals make the same document, whatever is in
            them: the front matter bears the number.
    """
    front = yaml.safe_dump(
        {
            "title": say("review_approved_title", "nb", centre=centre),
            "publisher": centre,
            "updated": approval.approved_at.astimezone(OSLO).date().isoformat(),
            "approval": approval.id,
        },
        allow_unicode=True,
        sort_keys=False,
    )
    question, text = (_no_comments(part) for part in (approval.question, approval.text))
    text = _RULE.sub("\n\n", _HEADING.sub("###", text))
    return f"---\n{front}---\n# {question}\n\n{text}\n"


def _no_comments(text: str) -> str:
    """What would hide words in a comment is shown instead."""
    return text.replace("<!--", "< !--").replace("-->", "-- >")


def centre_name(centre: str) -> str:
    """The name of a development centre, or the id of one that is not known."""
    return next((known.name for known in centres() if known.id == centre), centre)


def file_approved(catalogue: Catalogue, approvals: Approvals, approval: Approval) -> str:
    """Put an approved answer into the library; it is found when the index is next built.

    Returns:
        The id of the stored source.

    Raises:
        UnreadableDocument: there is nothing in it to quote.
        DiskTrouble, StoreError: it cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="frisksvar-") as folder:
        original = Path(folder) / f"henvendelse-{approval.id}.md"
        original.write_text(as_markdown(approval, centre_name(approval.centre)), encoding="utf-8")
        filed = catalogue.file(original, origin="inquiry", location=approval.location)
    approvals.filed(approval.id, filed.document)
    return filed.document


def clear(catalogue: Catalogue, approvals: Approvals) -> int:
    """Take the answers that stand no longer out of the library; returns how many there were.

    Their stored sources go at once. The index forgets them when it is next built (`lingers`). What
    was shown of one that was withdrawn stays with the inquiries it was shown to; where the words
    themselves had to go (`Approvals.forget`) it goes from there too.

    Raises:
        DiskTrouble: a stored source cannot be removed; the next call tries again.
    """
    over = approvals.over()
    for approval in over:
        if approval.document is not None:
            # First: while the row is there, what an interruption left is found again.
            catalogue.shelf.remove(approval.document)
        catalogue.take_out(approval.location)
    approvals.forget()
    return len(over)


def lingers(index: Path, catalogue: Catalogue, approvals: Approvals, *, bundled: bool) -> bool:
    """Whether an approved answer that stands no longer is anywhere yet: a build makes it go.

    Args:
        index: the folder of the index.
        bundled: whether the digests are in it.
    """
    if approvals.over() or approvals.to_forget():
        return True
    # Asked for last: where there is no index, nothing need be read to know what belongs in it.
    return (index / "generations").is_dir() and forgetting.needed(
        index, wanted_documents(catalogue, bundled=bundled)
    )


def file_waiting(catalogue: Catalogue, approvals: Approvals) -> int:
    """File the approved answers that an interruption left out; returns how many there were."""
    waiting = [approval for approval in approvals.standing() if approval.document is None]
    for approval in waiting:
        file_approved(catalogue, approvals, approval)
    return len(waiting)
