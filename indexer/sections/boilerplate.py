"""Lines that belong to the web page and not to what it says."""

from __future__ import annotations

import re

from indexer.tables.lines import read_lines

BOILERPLATE = re.compile(
    r"""^(?:
      du\ benytter\ en\ nettleser\ vi\ ikke\ støtter.{0,80}
    | (?:hopp|gå)\ (?:rett\ )?til\ (?:hoved)?(?:innhold(?:et)?|meny(?:en)?)
    | skip\ to\ (?:main\ )?content
    | (?:(?:gå\ )?til(?:bake\ til)?\ toppen|back\ to\ top)
    | (?:skriv\ ut|last\ ned\ (?:som\ )?pdf|lytt|del\ (?:denne\ )?siden|del\ på\ \w+|tips\ en\ venn)
    | (?:meny|søk|lukk|lukk\ meny|åpne\ meny|hovedmeny|brødsmulesti|du\ er\ her:?)
    | (?:vi|dette\ nettstedet|nettsiden)\ bruker\ (?:informasjonskapsler|cookies).{0,200}
    | (?:godta|aksepter|avvis|avslå)\ (?:alle|kun\ nødvendige).{0,40}
    | (?:fant\ du\ det\ du\ lette\ etter|var\ denne\ (?:siden|artikkelen)\ nyttig).{0,40}
    | ©.{0,80}
    )[.!?]?$""",
    re.I | re.X,
)
UPDATED = re.compile(
    r"^(?:(?:sist|siste|sist\ faglig|siste\ faglige|sist\ fagleg|siste\ faglege)\s+"
    r"(?:oppdatert|oppdatering|endret|endra|endring|revidert)|(?:først\ )?publisert|last updated)"
    r"\b.{0,60}$",
    re.I,
)
# A line of a table of contents: a title, a row of dots, a page number.
CONTENTS = re.compile(
    r"^[^.…]{1,150}(?:\.\ ?){0,6}[^.…]{0,100}(?:\.{4,}|(?:\.\ ){4,}|…{2,})[ .…]*\d{1,4}$"
)
# A link at the foot of a page, with nothing under it.
DANGLING = re.compile(
    r"^(?:mer informasjon|meir informasjon|les mer|les meir|se også)\b[^.]*$", re.I
)


def boilerplate(text: str) -> list[tuple[int, int]]:
    """The spans of navigation lines and "last updated" lines in `text`."""
    return [(x.start, x.end) for x in read_lines(text) if is_boilerplate(x.text)]


def is_boilerplate(line: str) -> bool:
    return len(line) <= 300 and bool(
        BOILERPLATE.match(line) or UPDATED.match(line) or CONTENTS.match(line)
    )
