"""Replies as Slack blocks: what is shown, what is verbatim, and that Slack takes all of it.

Golden files are written anew by `FRISKSVAR_GOLDEN=1 pytest tests/test_slack_answer_blocks.py`: read
the difference before it is committed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from slack_server.limits import check_blocks
from tests_support import Home

from bot.answering.addresses import address
from bot.answering.answer import Answerer
from bot.answering.decide import Thresholds
from bot.answering.question import Question
from bot.answering.reply import AlsoIn, Figure, Quote, Reply
from bot.slack import ids
from bot.slack.blocks import Rendered, answer, more, notice, with_resolved
from bot.slack.blocks.limits import MESSAGE_CHARACTERS, fit, weight
from bot.slack.blocks.pieces import (
    CUT,
    button,
    context,
    escape,
    heading,
    plain,
    quote_block,
    rich,
    shorten,
    size,
)
from bot.slack.blocks.quotes import excerpt
from bot.slack.blocks.source import numbers
from bot.slack.blocks.table import WIDTH, small_table
from indexer.documents import Cell, Table, TableRow
from indexer.index import Index
from knowledge.messages import LANGUAGES, Language, say

GOLDEN = Path(__file__).parent / "golden"
REWRITE = bool(os.environ.get("FRISKSVAR_GOLDEN"))
INQUIRY = 12
STARTING = "Hvordan kommer vi i gang med en frisklivssentral?"

Node = dict[str, Any]


def made(text: str, highlight: str = "", **more: Any) -> Quote:
    start = text.index(highlight)
    plain_ones: dict[str, Any] = {
        "document": "d1",
        "title": "Veileder for frisklivssentraler",
        "section": "Henvisning",
        "publisher": "Helsedirektoratet",
        "url": "https://www.helsedirektoratet.no/veiledere/frisklivssentraler",
        "page": None,
        "edition": "2016",
        "updated": None,
        "digest_of": None,
        "start": 0,
        "end": len(text),
        "score": 0.9,
    }
    return Quote(text=text, highlight=highlight, highlight_start=start, **{**plain_ones, **more})


REFERRAL = made(
    "Alle kan ta kontakt selv. Legen kan også henvise.",
    "Alle kan ta kontakt selv.",
    page=7,
    updated="2016-08-01",
    also=(
        AlsoIn("Veileder (2013)", "2013", "https://www.helsedirektoratet.no/gammel"),
        AlsoIn("Årsrapport", None, None),
    ),
)
OTHER = made(
    "Frisklivssentralen tar imot etter henvisning & etter eget ønske.",
    document="d2",
    title="Rapport <2020>",
    section="Rapport <2020>",
    edition="udatert nettside",
    url=None,
)
ANSWERED = Reply(
    "answered",
    "nb",
    candidates=[REFERRAL, OTHER, REFERRAL],
    quotes=[REFERRAL, OTHER],
    inquiry=INQUIRY,
)
NOT_COVERED = Reply(
    "not_covered",
    "nb",
    candidates=[REFERRAL],
    headings=[("Veileder for frisklivssentraler", "Henvisning"), ("Rapport", "Rapport")],
    centre="Senja",
    inquiry=INQUIRY,
)
UNCLEAR = Reply(
    "unclear",
    "nb",
    headings=[("Veileder", "Henvisning"), ("Veileder", "Henvisning"), ("Rapport", "")],
    ask_back="ask_which",
    inquiry=INQUIRY,
)


# What the blocks say


def nodes(value: Any) -> Iterator[Node]:
    """Every object in JSON, from the outside in."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from nodes(inner)


def of_type(blocks: list[Node], kind: str) -> list[Node]:
    return [node for node in nodes(blocks) if node.get("type") == kind]


def told(value: Any) -> str:
    return "\n".join(node["text"] for node in nodes(value) if isinstance(node.get("text"), str))


def actions_of(blocks: list[Node]) -> list[str]:
    row = [block for block in blocks if block.get("block_id") == f"do:{INQUIRY}"]
    return [element["action_id"] for block in row for element in block["elements"]]


def bold(node: Node) -> str:
    return "".join(n["text"] for n in nodes(node) if n.get("style", {}).get("bold"))


def verbatim(quotation: Node) -> str:
    """The source's words in a quotation, without the marks of what is left out."""
    ours = {"italic": True}
    return "".join(node["text"] for node in quotation["elements"] if node.get("style") != ours)


# Golden files


@pytest.fixture(scope="module")
def ask(bundled_home: Home) -> Callable[..., Reply]:
    """The reply of the real index, as number 12."""
    index = Index(bundled_home.settings)

    def asked(text: str, thresholds: Thresholds | None = None) -> Reply:
        reply = Answerer(index, None, thresholds=thresholds).answer(Question(text))
        return replace(reply, inquiry=INQUIRY)

    return asked


NEVER = Thresholds(answer=1.1, ask=1.1)
ALWAYS_BACK = Thresholds(answer=1.1, ask=0.0)
REAL: dict[str, tuple[str, Thresholds | None, dict[str, Any]]] = {
    "answered_nb": (STARTING, None, {}),
    "answered_nn": ("Korleis kjem vi i gang med ein frisklivssentral?", None, {"ask_who": True}),
    "answered_en": ("What does it cost to take part?", None, {"resolved": True}),
    "table": ("Hvor mange personer hospiterte i 2021?", None, {}),
    "private": ("Hvem kan henvise til oss?", None, {"private": True}),
    "not_covered": (STARTING, NEVER, {}),
    "elsewhere": ("Korleis søkjer eg om barnehageplass til hausten?", None, {}),
    "unclear_which": (STARTING, ALWAYS_BACK, {}),
    "unclear_what": ("hei", None, {}),
    "urgent": ("Jeg orker ikke leve lenger", None, {}),
}
HAND_MADE: dict[str, Callable[[], Rendered]] = {
    "also_in": lambda: answer(ANSWERED, "nb"),
    "two_things": lambda: answer(
        Reply("unclear", "nn", ask_back="ask_two", inquiry=INQUIRY),
        "nn",
        choices=["Kva kostar det?", "Kven kan tilvise?"],
    ),
    "failed": lambda: answer(Reply("failed", "en", inquiry=INQUIRY), "en"),
    "more": lambda: more([OTHER, REFERRAL], "nb", replace(ANSWERED, quotes=[REFERRAL])),
}


def compare(name: str, rendered: Rendered) -> None:
    assert check_blocks(rendered.blocks) == []
    text = json.dumps(
        {"text": rendered.text, "blocks": rendered.blocks},
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    path = GOLDEN / f"{name}.json"
    if REWRITE:
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n"


@pytest.mark.parametrize("name", REAL)
def test_the_main_replies_of_the_real_index_are_as_before(
    name: str, ask: Callable[..., Reply]
) -> None:
    text, thresholds, options = REAL[name]
    reply = ask(text, thresholds)
    compare(name, answer(reply, reply.language, **options))


@pytest.mark.parametrize("name", HAND_MADE)
def test_the_rarer_replies_are_as_before(name: str) -> None:
    compare(name, HAND_MADE[name]())


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {*REAL, *HAND_MADE}


# Answered


def test_a_quote_is_verbatim_with_what_answers_in_bold_and_its_source_below() -> None:
    blocks = answer(ANSWERED, "nb").blocks
    first, second = of_type(blocks, "rich_text_quote")
    assert verbatim(first) == REFERRAL.text
    assert (bold(first), bold(second)) == (REFERRAL.highlight, "")
    assert verbatim(second) == OTHER.text
    whole = told(blocks)
    assert "Veileder for frisklivssentraler › Henvisning" in whole
    assert " · Helsedirektoratet · utgave 2016 · oppdatert 2016-08-01 · side 7" in whole
    assert "Rapport <2020>" in whole and "Rapport <2020> ›" not in whole
    assert "Veileder (2013) (utgave 2013)" in whole and "Årsrapport" in whole
    assert [node["url"] for node in of_type(blocks, "link")] == [
        REFERRAL.url,
        "https://www.helsedirektoratet.no/gammel",
    ]


def test_a_document_has_one_number_however_often_it_is_quoted() -> None:
    reply = replace(ANSWERED, quotes=[REFERRAL, OTHER, REFERRAL])
    texts = told(answer(reply, "nb").blocks).splitlines()
    marks = [text for text in texts if re.match(r"\[\d", text)]
    assert marks == ["[1] ", "[2] ", "[1] "]


def test_further_hits_are_numbered_on_from_the_answer() -> None:
    third = replace(OTHER, document="d3")
    assert numbers([third, OTHER, REFERRAL], [REFERRAL, OTHER]) == {"d1": 1, "d2": 2, "d3": 3}
    said = told(more([third, OTHER], "nb", ANSWERED).blocks)
    assert "[3] " in said and "[2] " in said and "[1] " not in said
    assert told(more([], "en").blocks) == say("slack_more_none", "en")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [ids.TO_CENTRE, ids.RESOLVED, ids.MORE]),
        ({"resolved": True}, [ids.TO_CENTRE, ids.UNRESOLVED, ids.MORE]),
        (
            {"private": True, "ask_who": True},
            [ids.TO_CENTRE, ids.RESOLVED, ids.MORE, ids.SHARE, ids.WHO_ASKS],
        ),
    ],
)
def test_the_buttons_below_an_answer(options: dict[str, Any], expected: list[str]) -> None:
    blocks = answer(ANSWERED, "nb", **options).blocks
    assert actions_of(blocks) == expected
    assert [block["block_id"] for block in blocks[-2:]] == [f"vote:{INQUIRY}", f"do:{INQUIRY}"]
    thumbs = blocks[-2]["elements"][0]
    assert thumbs["action_id"] == ids.FEEDBACK
    assert thumbs["positive_button"]["value"] == f"up:{INQUIRY}"
    assert thumbs["negative_button"]["value"] == f"down:{INQUIRY}"


def test_there_is_nothing_more_to_show_when_all_is_shown() -> None:
    assert ids.MORE not in actions_of(answer(replace(ANSWERED, candidates=[REFERRAL]), "nb").blocks)


def test_resolved_is_turned_and_turned_back() -> None:
    open_, done = answer(ANSWERED, "nb").blocks, answer(ANSWERED, "nb", resolved=True).blocks
    before = json.dumps(open_)
    assert open_ != done == with_resolved(open_, INQUIRY, True, "nb")
    assert with_resolved(done, INQUIRY, False, "nb") == open_
    assert with_resolved(open_, INQUIRY + 1, True, "nb") == open_
    assert json.dumps(open_) == before


def test_that_personal_data_was_masked_is_not_told_to_all() -> None:
    noted = replace(ANSWERED, notes=("note_masked", "note_cut"))
    said = told(answer(noted, "nb").blocks)
    assert say("note_cut", "nb") in said and say("note_masked", "nb") not in said


# Not covered, unclear, failed


def test_what_is_not_covered_has_the_nearest_headings_and_a_way_on() -> None:
    blocks = answer(NOT_COVERED, "nb").blocks
    assert [
        node["text"] for node in of_type(blocks, "rich_text_list")[0]["elements"][0]["elements"]
    ]
    assert of_type(blocks, "link")[0]["url"] == REFERRAL.url
    assert "Spør utviklingssentralen Senja." in told(blocks)
    primary = [node["action_id"] for node in nodes(blocks) if node.get("style") == "primary"]
    assert primary == [ids.TO_CENTRE]
    assert not of_type(blocks, "feedback_buttons")


def test_what_is_not_for_the_centres_is_not_sent_to_them() -> None:
    reply = replace(NOT_COVERED, elsewhere="not_medical", headings=())
    blocks = answer(reply, "nb").blocks
    assert say("not_medical", "nb") in told(blocks) and "Senja" not in told(blocks)
    assert actions_of(blocks) == [ids.RESOLVED]


@pytest.mark.parametrize("outcome", ["not_covered", "unclear", "failed"])
def test_where_a_life_may_be_in_danger_there_is_nothing_but_the_numbers(outcome: Any) -> None:
    reply = replace(NOT_COVERED, outcome=outcome, notes=("note_urgent",))
    blocks = answer(reply, "nb", private=True, ask_who=True).blocks
    assert told(blocks) == "\n".join(
        [say("note_urgent", "nb"), say("logged", "nb", inquiry=INQUIRY)]
    )


def choice_buttons(blocks: list[Node]) -> list[Node]:
    return [b for b in of_type(blocks, "button") if b["action_id"].startswith(ids.CHOICE)]


def test_the_choices_are_told_apart() -> None:
    blocks = answer(UNCLEAR, "nb").blocks
    shown = choice_buttons(blocks)
    assert [b["action_id"] for b in shown] == ["choice_0", "choice_1", "choice_2"]
    assert [b["value"] for b in shown] == ["12:0", "12:1", "12:2"]
    assert [b["text"]["text"] for b in shown] == ["1. Henvisning", "2. Henvisning", "3. Rapport"]
    assert "Veileder › Henvisning" in told(blocks)
    assert ids.TO_CENTRE in actions_of(blocks)


def test_a_long_choice_is_cut_between_words_and_stands_in_full_above() -> None:
    long = (
        "Hvordan samarbeider frisklivssentralen med fastleger, fysioterapeuter og NAV i kommunen?"
    )
    blocks = answer(UNCLEAR, "nb", choices=[long, "Hva koster det?"]).blocks
    label = choice_buttons(blocks)[0]["text"]["text"]
    assert len(label) <= 75 and label.endswith("…") and long.startswith(label[:-1])
    assert long[len(label) - 1] == " "
    assert long in told(blocks)


def test_without_choices_only_the_question_back_is_asked() -> None:
    reply = Reply("unclear", "nb", ask_back="ask_what", inquiry=INQUIRY)
    assert choice_buttons(answer(reply, "nb").blocks) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_failed_is_told_with_its_number_and_a_way_on(language: Language) -> None:
    rendered = answer(Reply("failed", language, inquiry=INQUIRY), language)
    assert rendered.text == say("slack_failed", language, inquiry=INQUIRY)
    assert actions_of(rendered.blocks)[0] == ids.TO_CENTRE


def test_without_an_inquiry_there_are_no_buttons_about_one() -> None:
    for reply in (ANSWERED, NOT_COVERED, UNCLEAR, Reply("failed", "nb")):
        blocks = answer(replace(reply, inquiry=None), "nb").blocks
        assert blocks and not of_type(blocks, "button")
        assert check_blocks(blocks) == []


# Long quotes


LONG = " ".join(f"Setning nummer {n} handler om frisklivssentralen." for n in range(200))


@pytest.mark.parametrize("number", [0, 1, 100, 198, 199])
def test_a_long_quote_keeps_whole_sentences_around_the_one_that_answers(number: int) -> None:
    answering = f"Setning nummer {number} handler om frisklivssentralen."
    quote = made(LONG, answering)
    blocks = answer(replace(ANSWERED, quotes=[quote]), "nb").blocks
    (shown,) = of_type(blocks, "rich_text_quote")
    assert bold(shown) == answering
    kept = verbatim(shown)
    assert kept in LONG and 1000 < len(kept) <= 1500
    assert kept.startswith("Setning nummer ") and kept.endswith("frisklivssentralen.")
    marks = [element["text"].strip() for element in shown["elements"]].count(CUT)
    assert marks == (1 if number in (0, 1, 198, 199) else 2)
    assert say("slack_quote_shortened", "nb") in told(blocks)


def test_a_sentence_that_is_too_long_itself_is_cut_between_words() -> None:
    text = "Innledning. " + "ord og tekst " * 400 + "slutt."
    shown = excerpt(text, (0, len(text)), (12, len(text)), 100)
    assert text[shown.start : shown.end].startswith("ord og")
    assert text[shown.end].isspace() and shown.before and shown.after


# Tables


def table_of(rows: int, columns: int, text: str = "c{row}.{column}") -> Quote:
    """A quote that is a table, with the figure in the middle of it."""
    source, lines = "", []
    for row in range(rows):
        start, cells = len(source), []
        for column in range(columns):
            value = text.format(row=row, column=column)
            cells.append(Cell(value, len(source), len(source) + len(value)))
            source += value + "\t"
        lines.append(TableRow(f"rad {row}", tuple(cells), start, len(source) - 1))
        source += "\n"
    names = tuple(f"nr.{column}" for column in range(columns))
    table = Table("Tabell 1. Tall", "År", names, tuple(lines), 0, len(source))
    middle, across = lines[rows // 2], columns // 2
    cell = middle.cells[across]
    figure = Figure(table.caption, middle.label, names[across], cell.text, cell.start, cell.end)
    return replace(
        made(source),
        highlight=cell.text,
        highlight_start=cell.start,
        table=table,
        figure=figure,
    )


def test_a_figure_is_told_with_row_and_column_and_a_table_around_it() -> None:
    blocks = answer(replace(ANSWERED, quotes=[table_of(3, 2)]), "nb").blocks
    assert "rad 1, nr.1: c1.1" in [bold(node) for node in of_type(blocks, "rich_text_section")]
    (drawn,) = of_type(blocks, "rich_text_preformatted")
    lines = told(drawn).splitlines()
    assert [line.split() for line in lines if "rad" in line] == [
        ["rad", "0", "c0.0", "c0.1"],
        ["▸", "rad", "1", "c1.0", "c1.1"],
        ["rad", "2", "c2.0", "c2.1"],
    ]
    assert not of_type(blocks, "rich_text_quote")
    assert say("slack_table_shortened", "nb") not in told(blocks)


@pytest.mark.parametrize(
    ("rows", "columns", "text"),
    [(40, 2, "{row}"), (2, 40, "{column}"), (60, 40, "et lengre innhold {row} {column}")],
)
def test_a_large_table_is_shown_around_the_cell_that_answers(
    rows: int, columns: int, text: str
) -> None:
    quote = table_of(rows, columns, text)
    drawn = small_table(quote)
    assert drawn is not None and drawn.shortened
    lines = drawn.text.splitlines()
    assert max(map(cell_len, lines)) <= WIDTH and len(lines) < 30
    assert "…" in drawn.text and "▸" in drawn.text
    assert quote.figure is not None
    assert sum(line.startswith(f"▸  rad {rows // 2} ") for line in lines) == 1
    assert f"nr.{columns // 2}" in drawn.text
    blocks = answer(replace(ANSWERED, quotes=[quote]), "nb").blocks
    assert say("slack_table_shortened", "nb") in told(blocks)


def test_a_column_is_left_out_before_a_word_is_broken() -> None:
    drawn = small_table(table_of(2, 4, "frisklivsveiledningen{row}{column}"))
    assert drawn is not None and drawn.shortened
    whole = re.findall(r"frisklivs\w*", drawn.text)
    assert whole and all(re.fullmatch(r"frisklivsveiledningen\d\d", word) for word in whole)
    assert "frisklivsveiledningen12" in whole  # the figure


def test_a_long_cell_is_shortened_and_that_is_said() -> None:
    drawn = small_table(table_of(1, 1, "ord " * 100))
    assert drawn is not None and drawn.shortened and "ord…" in drawn.text
    whole = small_table(table_of(1, 1, "ord " * 10))
    assert whole is not None and not whole.shortened and "…" not in whole.text


def test_what_stands_around_a_table_is_quoted_too() -> None:
    inner = table_of(3, 2)
    assert inner.table is not None
    text = "Hva tabellen sier. " + inner.text
    quote = replace(
        inner,
        text=text,
        start=-19,
        highlight="Hva tabellen sier.",
        highlight_start=0,
        figure=None,
    )
    blocks = answer(replace(ANSWERED, quotes=[quote]), "nb").blocks
    (shown,) = of_type(blocks, "rich_text_quote")
    assert verbatim(shown) == bold(shown) == "Hva tabellen sier."
    assert "▸" not in told(blocks)


# Pieces


@given(st.text(max_size=400), st.integers(1, 90))
def test_shortening_keeps_the_limit_and_the_words(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert size(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_shortening_never_breaks_a_word_that_it_can_keep() -> None:
    assert shorten("en to tre fire", 9) == "en to…"
    assert shorten("en to tre fire", 10) == "en to tre…"
    assert shorten("x" * 20, 10) == "x" * 9 + "…"
    assert size(shorten("👍" * 20, 10)) <= 10


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u200b\u200e", "\x00", "\ud800"])
def test_a_text_with_nothing_to_see_is_never_sent_empty(text: str) -> None:
    blocks = [
        heading(text),
        context(text),
        rich(text),
        quote_block(text),
        {"type": "section", "text": plain(text)},
        {"type": "actions", "elements": [button(text, "a", "1")]},
    ]
    assert check_blocks(blocks) == []
    assert check_blocks(fit(blocks)) == []


def test_no_code_of_an_emoji_is_live_in_plain_text() -> None:
    pressed = button(":tada:", "a", "1")["text"]
    for text in (plain(":tada:"), pressed, heading(":tada:")["text"]):
        assert text == {"type": "plain_text", "text": ":tada:", "emoji": False}


def test_escaped_text_has_nothing_live_in_it() -> None:
    assert escape("<!channel> & <@U1>") == "&lt;!channel&gt; &amp; &lt;@U1&gt;"


def test_what_turns_the_direction_of_text_is_taken_out_of_all_but_quotes() -> None:
    turning = "navn\u202etxt.exe\u2066\x07"
    assert told(rich(turning)) == "navntxt.exe " and told(context(turning)) == "navntxt.exe"
    assert told(quote_block(turning)) == turning


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://www.helsedirektoratet.no/a#b", "https://www.helsedirektoratet.no/a#b"),
        ("http://kommune.no:8080/x?y=1", "http://kommune.no:8080/x?y=1"),
        ("https://blåbær.no/å", "https://xn--blbr-roah.no/%C3%A5"),
        ("https://kommune.no/\u202efdp", "https://kommune.no/%E2%80%AEfdp"),
        ("https://kommune.no/<!channel>", "https://kommune.no/%3C!channel%3E"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://helsedirektoratet.no@ond.no/", None),
        ("https://localhost/", None),
        ("https://[::1]/", None),
        ("https://a..no/", None),
        ("https:///sti", None),
        ("https://kommune.no/" + "å" * 1000, None),
        ("https://kommune.no/" + "a" * 3000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_that_are_safe_become_links(
    given_url: str | None, expected: str | None
) -> None:
    assert address(given_url) == expected


def test_an_address_that_cannot_be_a_link_is_shown_as_text() -> None:
    quote = replace(OTHER, url="javascript:alert(1)")
    blocks = answer(replace(ANSWERED, quotes=[quote]), "nb").blocks
    assert not of_type(blocks, "link") and "javascript:alert(1)" in told(blocks)


def test_a_notice_tells_its_fields_literally() -> None:
    rendered = notice("centre_named", "nb", centre="<!channel> *Senja*")
    assert told(rendered.blocks) == "Spør utviklingssentralen <!channel> *Senja*."
    assert rendered.text == "Spør utviklingssentralen &lt;!channel&gt; *Senja*."
    long = notice("centre_named", "nb", centre="<" * 9000)
    assert check_blocks(long.blocks) == [] and len(long.text) <= 3000


# The hard check


def test_what_fits_is_left_as_it_is() -> None:
    blocks = answer(ANSWERED, "nb").blocks
    assert fit(blocks) == blocks


def test_too_many_blocks_keep_the_buttons_and_say_so() -> None:
    row = {"type": "actions", "elements": [button("Løst", "a", "1")]}
    fitted = fit([*(rich(f"avsnitt {n}") for n in range(200)), row], language="nn")
    assert len(fitted) == 50 and fitted[-1] == row
    assert told(fitted[-2]) == say("slack_message_shortened", "nn")


def test_a_message_that_is_too_long_is_shortened_from_its_longest_text() -> None:
    fitted = fit([rich("a" * 30_000), rich("en kort tekst"), context("småskrift")])
    assert weight(fitted) <= MESSAGE_CHARACTERS
    said = told(fitted)
    assert "en kort tekst" in said and "småskrift" in said and CUT in said
    assert say("slack_message_shortened", "nb") in said


SURFACES = ["message", "modal", "home"]


def oversize(kind: str, long: str) -> list[Node]:
    words = {"type": "plain_text", "text": long}
    marked = {"type": "mrkdwn", "text": long}
    options = [{"text": words, "value": str(n)} for n in range(150)]
    select = {"type": "static_select", "options": options, "placeholder": words, "action_id": "s"}
    confirm = {"title": words, "text": marked, "confirm": words, "deny": words}
    press = {"type": "button", "text": words, "action_id": "b", "confirm": confirm}
    every: dict[str, list[Node]] = {
        "header": [{"type": "header", "text": words}],
        "section": [{"type": "section", "text": marked, "fields": [words] * 20}],
        "accessory": [{"type": "section", "text": words, "accessory": press}],
        "context": [{"type": "context", "elements": [marked] * 20}],
        "actions": [{"type": "actions", "elements": [press, press, select]}],
        "input": [{"type": "input", "label": words, "hint": words, "element": select}],
        "typed": [
            {
                "type": "input",
                "label": words,
                "element": {
                    "type": "plain_text_input",
                    "initial_value": long,
                    "placeholder": words,
                },
            }
        ],
        "names": [{"type": "divider", "block_id": "x"}, {"type": "divider", "block_id": "x"}],
        "rich_text": [
            {
                "type": "rich_text",
                "elements": [
                    {"type": "rich_text_section", "elements": []},
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]},
                    {
                        "type": "rich_text_list",
                        "style": "bullet",
                        "elements": [
                            {
                                "type": "rich_text_section",
                                "elements": [
                                    {"type": "link", "url": f"https://a.no/{long}"},
                                    {"type": "link", "url": "javascript:x", "text": long},
                                ],
                            }
                        ],
                    },
                ],
            }
        ],
        "empty": [{"type": "rich_text", "elements": []}, {"type": "context", "elements": []}],
    }
    return every[kind]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("long", ["ord " * 4000, "&lt;x " * 4000, "", "👍" * 5000])
@pytest.mark.parametrize(
    "kind",
    "header section accessory context actions input typed names rich_text empty".split(),
)
def test_whatever_a_builder_made_goes_out_as_slack_takes_it(
    kind: str, long: str, surface: Any
) -> None:
    assert check_blocks(fit(oversize(kind, long), surface), surface) == []


# Every reply there can be


NASTY = (
    *("<!channel>", "<@U1>", "*_~`x`~_*", "```", "&amp;<b>", "<https://ond.no|klikk>", ":smile:"),
    *(
        "@here",
        "שלום עולם",
        "مرحبا",
        "\u202eomvendt\u202c",
        "👩‍👩‍👧‍👦",
        "[…]",
        "[1]",
        "",
        " ",
        "\n\n",
    ),
    *("Setning. Setning to! Og tre?", "- punkt\n- punkt", "\u200b", "x" * 200, "| a | b |"),
)
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.lists(st.sampled_from(NASTY), max_size=12).map(" ".join),
    st.builds(
        lambda part, times: (part + " ") * times, st.sampled_from(NASTY), st.integers(0, 500)
    ),
)
urls = st.one_of(
    st.none(),
    st.sampled_from(["https://www.helsedirektoratet.no/a", "javascript:alert(1)", "https://a b"]),
    st.integers(0, 4000).map(lambda n: "https://kommune.no/" + "a" * n),
    texts,
)
maybe = st.none() | texts


@st.composite
def tables(draw: st.DrawFn, start: int) -> Table:
    columns = draw(st.sampled_from([0, 1, 3, 40]))
    rows = draw(st.sampled_from([0, 1, 12]))
    words = draw(st.lists(texts, min_size=1, max_size=5))
    lines = []
    for row in range(rows):
        at = start + row * 10
        cells = tuple(
            Cell(words[(row + n) % len(words)], at + n, at + n + 1) for n in range(columns)
        )
        lines.append(TableRow(words[row % len(words)], cells, at, at + 9))
    names = tuple(words[n % len(words)] for n in range(columns))
    return Table(words[0], words[-1], names, tuple(lines), start, start + rows * 10)


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    text = draw(texts)
    low = draw(st.integers(0, len(text)))
    high = draw(st.integers(low, len(text)))
    start = draw(st.integers(0, 50))
    table = draw(st.none() | tables(start))
    figure = None
    if table is not None and draw(st.booleans()):
        figure = Figure("", draw(texts), draw(texts), draw(texts), start, start + 1)
    return Quote(
        document=draw(st.sampled_from("abc")),
        title=draw(texts),
        section=draw(texts),
        publisher=draw(maybe),
        url=draw(urls),
        page=draw(st.none() | st.integers(0, 9999)),
        edition=draw(maybe),
        updated=draw(maybe),
        digest_of=draw(maybe),
        text=text,
        start=start,
        end=start + len(text),
        highlight=text[low:high],
        highlight_start=low,
        score=0.5,
        table=table,
        figure=figure,
        also=tuple(draw(st.lists(st.builds(AlsoIn, texts, maybe, urls), max_size=8))),
    )


heading_lists = st.lists(st.tuples(texts, texts), max_size=4) | st.builds(
    lambda pair: [pair] * 200, st.tuples(texts, texts)
)
replies = st.builds(
    Reply,
    outcome=st.sampled_from(["answered", "not_covered", "unclear", "failed"]),
    language=st.sampled_from(LANGUAGES),
    candidates=st.lists(quotes(), max_size=4),
    quotes=st.lists(quotes(), max_size=4),
    headings=heading_lists,
    parts=st.just(()) | st.lists(texts, max_size=3),
    ask_back=st.sampled_from([None, "ask_what", "ask_which"]),
    elsewhere=st.sampled_from([None, "not_medical"]),
    notes=st.lists(st.sampled_from(["note_urgent", "note_masked", "note_cut"]), max_size=2),
    centre=maybe,
    inquiry=st.just(INQUIRY),
)
LITERAL = {"text", "plain_text"}
HOLDERS = {
    *("rich_text", "rich_text_section", "rich_text_quote", "rich_text_list", "context", "actions"),
    *("rich_text_preformatted", "context_actions", "feedback_buttons", "button", "link"),
}
patient = partial(
    settings,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def assert_safe(rendered: Rendered) -> None:
    """What holds of every message, whatever is in it."""
    assert check_blocks(rendered.blocks) == []
    assert weight(rendered.blocks) <= MESSAGE_CHARACTERS
    for node in nodes(rendered.blocks):
        if "type" in node:
            assert node["type"] in LITERAL | HOLDERS, "mrkdwn, a mention or an emoji"
        if node.get("type") == "plain_text":
            assert node["emoji"] is False
        if node.get("type") == "link":
            assert re.match(r"https?://[\w.-]+\.[\w-]+", node["url"])
    assert 0 < len(rendered.text) <= 3000
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", rendered.text)


@patient(max_examples=80)
@given(replies, st.booleans(), st.booleans(), st.booleans())
def test_every_reply_is_taken_by_slack_and_keeps_its_buttons(
    reply: Reply, private: bool, ask_who: bool, resolved: bool
) -> None:
    rendered = answer(reply, reply.language, private=private, ask_who=ask_who, resolved=resolved)
    assert_safe(rendered)
    answered = reply.outcome == "answered" and bool(reply.quotes)
    if "note_urgent" in reply.notes and not answered:
        assert len(rendered.blocks) == 2 and not of_type(rendered.blocks, "button")
        return
    assert (ids.UNRESOLVED if resolved else ids.RESOLVED) in actions_of(rendered.blocks[-1:])
    assert (ids.WHO_ASKS in actions_of(rendered.blocks[-1:])) == ask_who
    assert bool(of_type(rendered.blocks[-2:-1], "feedback_buttons")) == answered
    assert say("note_masked", reply.language) not in told(rendered.blocks)


@patient(max_examples=80)
@given(st.lists(quotes(), min_size=1, max_size=7), st.sampled_from(LANGUAGES))
def test_what_is_shown_as_a_quote_is_in_the_source(found: list[Quote], language: Language) -> None:
    reply = Reply("answered", language, found, found[:3], inquiry=INQUIRY)
    for rendered, shown in ((answer(reply, language), found[:3]), (more(found, language), found)):
        assert_safe(rendered)
        for quotation in of_type(rendered.blocks, "rich_text_quote"):
            sources = [quote for quote in shown if verbatim(quotation) in quote.text]
            assert sources and verbatim(quotation)
            assert any(bold(quotation) in quote.highlight for quote in sources)


@patient(max_examples=80)
@given(quotes(), st.sampled_from(LANGUAGES))
def test_a_quote_that_has_room_is_shown_whole_with_what_answers_in_bold(
    quote: Quote, language: Language
) -> None:
    quote = replace(quote, table=None, figure=None)
    shown = of_type(answer(replace(ANSWERED, quotes=[quote]), language).blocks, "rich_text_quote")
    whole = size(quote.text) <= 1000 and quote.text.strip(" \n\u200b") != ""
    if whole and shown:
        assert verbatim(shown[0]).strip() == quote.text.strip()
        assert bold(shown[0]).strip() in ("", quote.highlight.strip())
    assert bool(shown) or not any(sign.isalnum() for sign in quote.text)
