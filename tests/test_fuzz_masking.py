"""Whatever is written to be masked or read as Slack's markup: at once, and never an error."""

from __future__ import annotations

import pytest
from fuzz import PIECES, bounded, examples, repeated
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.question import Question, prepare
from bot.slack.blocks.pieces import escape, fallback, literal
from bot.slack.text import is_thanks, looks_like_a_question, mentions, plain, says_nothing
from knowledge.privacy import mask
from knowledge.privacy.masking import LABELS
from knowledge.register.filters import match_of

SHORTEST_FOUND = 5
"""Characters of the shortest thing that is masked: «a@b.c»."""

MOST_GROWTH = max(map(len, LABELS.values())) / SHORTEST_FOUND

WORDS = st.one_of(
    st.sampled_from(PIECES),
    st.sampled_from(["01017012345", "kari@example.no", "912 34 567", "1234.56.78903", "+47 "]),
    st.text(max_size=6),
)


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_is_masked_at_once(piece: str) -> None:
    text = repeated(piece)
    with bounded():
        masked = mask(text)
    with bounded():
        assert mask(masked.text).text == masked.text
    assert len(masked.text) <= MOST_GROWTH * len(text)


@examples(150)
@given(pieces=st.lists(WORDS, max_size=40))
def test_masking_never_fails_and_never_grows_without_end(pieces: list[str]) -> None:
    text = "".join(pieces)
    with bounded():
        masked = mask(text)
    assert mask(masked.text).text == masked.text
    assert len(masked.text) <= max(len(text), MOST_GROWTH * len(text))
    for finding in masked.found:
        assert LABELS[finding.kind] in masked.text


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_message_is_read_at_once(piece: str) -> None:
    text = repeated(piece)
    with bounded():
        read = plain(text, "U1")
        mentions(text, "U1")
        is_thanks(text)
        says_nothing(text)
        looks_like_a_question(text)
        fallback([read])
        match_of(text)


@examples(100)
@given(pieces=st.lists(WORDS, max_size=40))
def test_what_is_written_is_dead_where_slack_would_read_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    told = fallback([text])
    assert "<" not in told and ">" not in told
    assert "<" not in escape(text)
    assert all(ord(sign) >= 32 or sign in "\n\t" for sign in literal(text))


@examples(100)
@given(pieces=st.lists(WORDS, max_size=40))
def test_a_question_is_prepared_without_control_characters(pieces: list[str]) -> None:
    with bounded():
        prepared = prepare(Question("".join(pieces)))
    assert not {"\x00", "\x1b", "\x9b"} & set(prepared.text)
    assert prepared.text == mask(prepared.text).text
