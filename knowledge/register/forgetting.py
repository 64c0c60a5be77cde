"""What is forgotten for good in more places than one row: shown quotes."""

from __future__ import annotations

from collections.abc import Iterable

from knowledge.privacy.removal import REMOVED, Unwanted
from knowledge.store import Store


def forget_quotes(store: Store, documents: Iterable[str], wanted: Unwanted | None = None) -> int:
    """Take words, or (without `wanted`) all of them, out of quotes that anybody was shown.

    A quote that was shown is a record that nobody may rewrite (the table refuses it), but words
    that have to go are stronger: the row is put in anew, with `REMOVED` where they stood as the
    mark that something is missing. Where it stands in the source stays, for the links to it.

    Args:
        documents: ids of the stored sources that were quoted.

    Returns:
        How many quotes were changed.
    """
    changed = 0
    with store.write() as db:
        for document in documents:
            cursor = db.conn.execute("SELECT * FROM inquiry_quotes WHERE document = ?", [document])
            names = [column[0] for column in cursor.description]
            for values in cursor.fetchall():
                row = dict(zip(names, values, strict=True))
                without = {**row, **_without(row["section"], row["text"], row["highlight"], wanted)}
                if without == row:
                    continue
                changed += 1
                db.conn.execute(
                    "DELETE FROM inquiry_quotes WHERE inquiry = ? AND position = ?",
                    [row["inquiry"], row["position"]],
                )
                db.table("inquiry_quotes").insert(without)
    return changed


def _without(section: str, text: str, highlight: str, wanted: Unwanted | None) -> dict[str, str]:
    if wanted is None:
        return {"section": "", "text": REMOVED, "highlight": REMOVED}
    left = wanted.removed(text)[0]
    marked = wanted.removed(highlight)[0]
    return {
        "section": wanted.removed(section)[0],
        "text": left,
        # A name may reach beyond the sentence that was marked: then a part of it is in there.
        "highlight": marked if left == text or marked in left else REMOVED,
    }
