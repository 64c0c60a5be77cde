"""What the pages say, read as a whole: no statement that is not so, no words that do not agree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from review_site import ReviewSite, opened_site, session, text_of

from knowledge.messages import LANGUAGES, Language, catalogue


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[ReviewSite]:
    with opened_site(tmp_path) as made:
        yield made


def texts(language: Language) -> dict[str, str]:
    return {key: text for key, text in catalogue(language).items() if key.startswith("review_")}


@pytest.mark.parametrize(
    ("language", "title", "told"),
    [
        (
            "nb",
            "Tilgjengelighetserklæring",
            (
                "Ingen brudd",
                "ikke prøvd med skjermleser",
                "engelske sidene",
                "Diskrimineringsnemnda",
            ),
        ),
        (
            "nn",
            "Tilgjengelegheitserklæring",
            (
                "Ingen brot",
                "ikkje prøvde med skjermlesar",
                "engelske sidene",
                "Diskrimineringsnemnda",
            ),
        ),
        (
            "en",
            "Accessibility statement",
            ("no breach", "not tested with a screen reader", "in English", "Diskrimineringsnemnda"),
        ),
    ],
)
def test_the_accessibility_statement_tells_what_was_tested_and_what_was_not(
    pages: ReviewSite, language: str, title: str, told: tuple[str, ...]
) -> None:
    client = pages.client()
    session(client, language=language)
    page = client.get("/accessibility")
    words = text_of(page)
    assert f"<h1>{title}</h1>" in page.text
    for sentence in (*told, "WCAG 2.1", "axe-core", "320", "uustatus.no"):
        assert sentence in words, sentence


def test_the_statement_says_no_more_than_the_automatic_test_does() -> None:
    """Who changes what the browser is asked to look at must change the statement, too."""
    browser = pytest.importorskip("review_browser")
    assert {"wcag2a", "wcag2aa", "wcag21a", "wcag21aa"} <= set(browser.WCAG)
    assert browser.PHONE.width == browser.ZOOMED.width == 320
    tests = Path(__file__).with_name("test_review_browser.py").read_text(encoding="utf-8")
    assert '@pytest.mark.parametrize("language", ["nb", "nn"])\ndef test_every_page_is' in tests
    assert "register_a_visit_by_keyboard(who, pages)" in tests
    assert "java_script_enabled=script" in Path(browser.__file__).read_text(encoding="utf-8")


WRONG: list[tuple[Language, str]] = [
    # Two ways of saying the same in one language, of which the pages use the other.
    ("nn", r"svara? på av|har svara|\bsvara\b(?= (på|av|ikkje))"),
    ("nn", r"[Tt]ilgjengeerklæring"),
    ("nn", r"\bblei\b|\bgjeve\b|\boppgjeve\b"),
    ("nn", r"\bikke\b|\bhenvendelse|\bnoen\b|\bfra\b|\bhvis\b|\bhva\b|\bhvem\b|\bkilde"),
    ("nb", r"\bikkje\b|\bførespurnad|\bnokon\b|\bfrå\b|\bkva\b|\bkven\b|\bkjelde"),
    ("nb", r"  |\s[.,:;?]|\.\.(?!\.)"),
    ("nn", r"  |\s[.,:;?]|\.\.(?!\.)"),
]


@pytest.mark.parametrize(("language", "wrong"), WRONG)
def test_the_words_agree(language: Language, wrong: str) -> None:
    assert {k: text for k, text in texts(language).items() if re.search(wrong, text)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_several_sentences_the_last_ends_with_a_stop_too(
    language: Language,
) -> None:
    loose = {
        key: text
        for key, text in texts(language).items()
        if re.search(r"[a-zæøå)»][.] [A-ZÆØÅ«]", text) and not re.search(r"[.:!?)»\"*}]$", text)
    }
    assert loose == {}
