"""Masks personal numbers and e-mail addresses before a message is stored, indexed or shown.

Eleven digits whose first four can be a day and a month (also with the offsets of D-numbers,
H-numbers and synthetic numbers) are masked whatever their control digits: a mistyped number is
still personal data. The control digits only choose the label. Telephone and account numbers are
masked where the grouping, the word before or the control digit says so; amounts, years, dates,
references and organisation numbers are left. Names cannot be found reliably without a model.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final, Literal

from knowledge.privacy import context
from knowledge.privacy.digit_groups import Cluster, clusters
from knowledge.privacy.emails import find_emails
from knowledge.privacy.normalise import plain
from knowledge.privacy.numbers import NumberKind, identities_and_accounts, phones

Kind = Literal["email"] | NumberKind

LABELS: dict[Kind, str] = {
    "national_identity_number": "[fødselsnummer]",
    "email": "[e-post]",
    "phone": "[telefon]",
    "account_number": "[kontonummer]",
}
RULES: Final = "1"
"""The version of what is masked. Raise it when more, or other things, are: `frisksvar privacy
remask` then masks what was stored before (tests/test_masking_quality.py sees a change)."""

# Stands in the working copy for what is already found. A label ends in the same character, so a
# masked text is read exactly as its original was after the finding: masking twice changes nothing.
_MASKED = "]"
_MOST_ROUNDS = 8
# A comma between day and number is read as a hyphen; elsewhere it separates figures.
_COMMA = re.compile(
    r"(?<![0-9])((?:[0-9]{6}|[0-9]{2}[ .][0-9]{2}[ .][0-9]{2}) ?),( ?[0-9]{5})(?![0-9])"
)
# Control digits of the country code, then the eleven digits: "NO93 8601 1117 947" (ISO 13616).
_IBAN = re.compile(r"\bNO[0-9]{2}[ ]?(?:[0-9]{4}[ ]?){2}[0-9]{3}(?![0-9])", re.I)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and where in the text that was given: `text[start:end]`."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Masked:
    """The text with a typed label for each finding, and the findings in order of place."""

    text: str
    found: tuple[Finding, ...]


def mask(text: str) -> Masked:
    """Replace national identity numbers, e-mail addresses, telephone and account numbers.

    Time grows linearly with the text; nothing is raised for any string. The labels are in bokmål.
    """
    working = _COMMA.sub(r"\1-\2", plain(text))
    found: list[Finding] = []
    for _ in range(_MOST_ROUNDS):
        # A number may stand alone only when its neighbour is masked: look again until done.
        new = _emails_and_ibans(working)
        working = _cover(working, new)
        numbers = _numbers(working)
        working = _cover(working, numbers)
        found += new + numbers
        if not new and not numbers:
            break
    found.sort(key=lambda finding: finding.start)
    return Masked(_replace(text, found), tuple(found))


def _emails_and_ibans(working: str) -> list[Finding]:
    found = [Finding("email", start, end) for start, end in find_emails(working)]
    covered = _cover(working, found)
    found += [Finding("account_number", *match.span()) for match in _IBAN.finditer(covered)]
    return sorted(found, key=lambda finding: finding.start)


def _numbers(working: str) -> list[Finding]:
    found: list[Finding] = []
    addresses = context.web_addresses(working)
    starts = [start for start, _ in addresses]
    for cluster in clusters(working):
        index = bisect_right(starts, cluster[0].start) - 1
        in_address = index >= 0 and cluster[0].start < addresses[index][1]
        found += _in_cluster(working, cluster, in_address)
    return found


def _in_cluster(working: str, cluster: Cluster, in_address: bool) -> list[Finding]:
    """Findings in one cluster; what stands between two of them is read as a cluster of its own."""
    found: list[Finding] = []
    done = 0
    for kind, first, last in identities_and_accounts(working, cluster):
        found += _phones(working, cluster[done:first], in_address)
        found.append(Finding(kind, cluster[first].start, cluster[last - 1].end))
        done = last
    return found + _phones(working, cluster[done:], in_address)


def _phones(working: str, cluster: Cluster, in_address: bool) -> list[Finding]:
    found: list[Finding] = []
    for kind, first, last in phones(working, cluster, in_web_address=in_address):
        start = cluster[first].start
        plus = start > 0 and working[start - 1] == "+"
        found.append(Finding(kind, start - plus, cluster[last - 1].end))
    return found


def _cover(working: str, found: list[Finding]) -> str:
    pieces: list[str] = []
    done = 0
    for finding in found:
        pieces += [working[done : finding.start], _MASKED * (finding.end - finding.start)]
        done = finding.end
    pieces.append(working[done:])
    return "".join(pieces)


def _replace(text: str, found: list[Finding]) -> str:
    pieces: list[str] = []
    done = 0
    for finding in found:
        pieces += [text[done : finding.start], LABELS[finding.kind]]
        done = finding.end
    pieces.append(text[done:])
    return "".join(pieces)
