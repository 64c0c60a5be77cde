"""The annual report on the pages: numbers that explain themselves, files, and closing a year."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from review_site import ReviewSite, opened_site, send, text_of

from knowledge.demonstration import DemoSize, demo_data
from knowledge.exports import FORMATS

LAST = date.today().year - 1


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReviewSite]:
    with opened_site(tmp_path_factory.mktemp("report")) as made:
        demo_data(made.site.store, DemoSize(LAST, LAST, inquiries=300, visits=20))
        yield made


def test_the_page_has_text_figures_and_every_table(review: ReviewSite) -> None:
    html = review.signed_in("reader").get("/report").text
    assert f"I {LAST} hospiterte" in html
    assert html.count("<svg") >= 5
    assert html.count("<details>") > 25


def test_every_number_of_the_page_leads_to_what_it_is_made_of(review: ReviewSite) -> None:
    client = review.signed_in("reader")
    links = [
        unescape(link)
        for link in re.findall(r'href="(/report/number\?[^"]+)"', client.get("/report").text)
    ]
    tables = {}
    for link in links:
        tables[re.search(r"address=(\w+)", link)[1]] = link  # type: ignore[index]
    assert len(tables) > 25
    for table, link in tables.items():
        assert client.get(link).status_code == 200, table


@pytest.mark.parametrize(
    "address",
    [
        f"visits/{LAST}/persons",
        f"inquiries/{LAST}/inquiries",
        f"grant_use/{LAST}/travel/centres",
    ],
)
def test_every_row_behind_a_number_has_a_page(review: ReviewSite, address: str) -> None:
    client = review.signed_in("reader")
    html = client.get(f"/report/number?address={address}").text
    links = re.findall(r'<th scope="row"><a href="([^"]+)"', html)
    assert links
    for link in links[:3]:
        assert client.get(link).status_code == 200, link


def test_a_number_leads_to_its_rows_and_to_its_document(review: ReviewSite) -> None:
    client = review.signed_in("reader")
    own = text_of(client.get(f"/report/number?address=visits/{LAST}/persons"))
    assert "hospitering 1" in own
    html = client.get("/report/number?address=visits/2022/persons").text
    assert "104" in html and "https://www.helsedirektoratet.no/rapporter/" in html


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_of_each_format(review: ReviewSite, kind: str) -> None:
    answer = review.signed_in("reader").get(f"/report/file?format={kind}")
    assert answer.status_code == 200
    name = answer.headers["content-disposition"]
    assert name.startswith("attachment") and f"{LAST}" in name
    begins = {"xlsx": b"PK", "docx": b"PK", "csv": b"PK", "json": b"{", "html": b"<!doctype html>"}
    assert answer.content.lower().startswith(begins[kind].lower())


def hidden(text: str) -> int:
    tables = json.loads(text)["tables"].values()
    return sum(
        value == {"hidden": True}
        for table in tables
        for row in table["rows"]
        for value in row.values()
    )


def test_files_hide_small_numbers_unless_they_are_for_the_centres_own_use(
    review: ReviewSite,
) -> None:
    client = review.signed_in("reader")
    assert hidden(client.get("/report/file?format=json").text) > 0
    inward = client.get("/report/file?format=json&internal=1")
    assert hidden(inward.text) == 0
    assert "intern" in inward.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/report?from=2013&to=2014",
        "/report?from=2024&to=2020",
        "/report?from=abc&to=2020",
        "/report?from=2022&to=2022&centre=oslo",
        "/report/number?address=visits/2022/people",
        "/report/number?address=",
        "/report/number",
        "/report/file?format=pdf",
        "/report/file?format=json&from=2199",
        f"/report/number?address={'a/' * 4000}",
    ],
)
def test_what_cannot_be_used_is_told_on_a_page(review: ReviewSite, path: str) -> None:
    answer = review.signed_in("reader").get(path)
    assert answer.status_code in (404, 409, 422)
    assert "Traceback" not in answer.text and "<h1>" in answer.text


def test_only_who_administers_all_centres_closes_a_year(tmp_path: Path) -> None:
    with opened_site(tmp_path) as review:
        demo_data(review.site.store, DemoSize(LAST, LAST, inquiries=60, visits=5))
        for client in (review.signed_in("reviewer"), review.signed_in("admin", "modum")):
            assert 'action="/report/close"' not in client.get("/report").text
            assert send(client, "/report/close", {"year": str(LAST)}).status_code == 403
        admin = review.signed_in("admin")
        assert 'action="/report/close"' in admin.get("/report").text
        told = send(admin, "/report/close", {"year": str(LAST)}, follow_redirects=True)
        assert f"{LAST} er lukket (versjon 1)" in text_of(told)
        told = send(admin, "/report/close", {"year": str(LAST)}, follow_redirects=True)
        assert "ingenting er endret" in text_of(told)
