"""The figures of a report: right numbers, to scale, told in words, nothing by colour alone."""

from __future__ import annotations

import io
import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from report_tables import full, report

from knowledge.exports.charts import CHARTS, Series, figures, of_table
from knowledge.exports.docx_picture import DOTS_PER_INCH, png
from knowledge.exports.svg import svg
from knowledge.exports.svg_layout import COLUMNS_HIGH, layout, ticks
from knowledge.exports.svg_shapes import INK, MAIN, PAPER, SOFT, WIDTH, Box, Line, Words, width_of
from knowledge.messages import LANGUAGES, Language
from knowledge.statistics.definitions import specs
from knowledge.statistics.table import HIDDEN, Row, Table, Value

SVG = "{http://www.w3.org/2000/svg}"
BY_ID = {chart.id: chart for chart in CHARTS}
FULL = figures(full(), "nb")


def drawn(name: str, *rows: Row, language: Language = "nb") -> Series:
    chart = BY_ID[name]
    made = of_table(chart, Table(specs()[chart.table], rows), language)
    assert made is not None
    return made


def year(number: int, persons: Value, source: str = "register") -> Row:
    return number, source, None, persons, 10, None


def boxes(series: Series, fill: str) -> list[Box]:
    """Without those of the key above the figure."""
    shapes = layout(series, "nb").shapes
    keyed = {id(shape) for shape in shapes if isinstance(shape, Box) and shape.y == 3.0}
    return [
        shape
        for shape in shapes
        if isinstance(shape, Box) and shape.fill == fill and id(shape) not in keyed
    ]


# What a figure shows


def test_a_figure_names_a_table_and_columns_that_there_are() -> None:
    assert len(BY_ID) == len(CHARTS) >= 8
    for chart in CHARTS:
        columns = {column.id: column for column in specs()[chart.table].columns}
        wanted = {chart.category, chart.measure, *(chart.out_of or ())}
        wanted |= {chart.source} if chart.source else set()
        assert wanted <= columns.keys(), chart.id
        assert columns[chart.measure].role == "measure"


def test_columns_have_the_height_of_their_numbers() -> None:
    series = drawn("visits_persons", year(2023, 50), year(2024, 100), year(2025, 200))
    low, middle, high = boxes(series, "hatched")
    assert high.height == pytest.approx(2 * middle.height) == pytest.approx(4 * low.height)
    assert {box.y + box.height for box in (low, middle, high)} == {low.y + low.height}
    assert high.height == pytest.approx(COLUMNS_HIGH)


def test_published_and_recorded_differ_by_pattern_and_by_words() -> None:
    series = drawn(
        "visits_persons", year(2021, 67, "published"), year(2022, 104, "published"), year(2023, 80)
    )
    assert len(boxes(series, "solid")) == 2 and len(boxes(series, "hatched")) == 1
    words = {shape.text for shape in layout(series, "nb").shapes if isinstance(shape, Words)}
    assert {"Publisert av Helsedirektoratet", "Talt i registeret", "publisert"} <= words
    assert "Publisert av Helsedirektoratet: 2021–2022. Talt i registeret: 2023." in series.text


@pytest.mark.parametrize("name", ["visits_persons", "outcomes"])
def test_a_hidden_number_is_a_marked_gap_and_stands_nowhere(name: str) -> None:
    given: dict[str, list[Row]] = {
        "visits_persons": [year(2025, 61), year(2026, HIDDEN)],
        "outcomes": [(2026, "bot", "Frisksvar", 61), (2026, "failed", "Feilet", HIDDEN)],
    }
    series = drawn(name, *given[name])
    assert len(boxes(series, "gap")) == 1
    shown = svg(series, "nb")
    assert ">:</text>" in shown and "Skjult" in shown and "Tegnet : står" in series.text
    assert "None" not in shown


def test_a_missing_number_is_no_zero() -> None:
    series = drawn("visits_persons", year(2024, 5), year(2025, None), year(2026, 0))
    words = [shape.text for shape in layout(series, "nb").shapes if isinstance(shape, Words)]
    assert ".." in words
    assert len(boxes(series, "hatched")) == 2 and boxes(series, "gap") == []


def test_without_numbers_there_is_no_figure() -> None:
    assert figures(report(), "nb") == {}
    two = [year(2025, HIDDEN), year(2026, HIDDEN)]
    assert figures(report({"visits": two}), "nb").keys() == {"visits_municipalities"}


def test_one_year_is_no_figure_of_years() -> None:
    assert figures(report({"visits": [year(2026, 104)]}), "nb") == {}


def test_what_has_no_topic_is_no_figure_of_topics() -> None:
    rows: list[Row] = [(2026, "sovn", "Søvn", None, HIDDEN, 1), (2026, "-", "Ingen", None, 9, 9)]
    assert "inquiries_by_topic" not in figures(report({"inquiries_by_topic": rows}), "nb")


def test_topics_are_the_greatest_and_the_rest_added_up() -> None:
    rows: list[Row] = [
        (2026, f"topic-{at}", f"Tema {at}", None, count, 1)
        for at, count in enumerate((3, 50, 7, 40, 6, 30, 5, 20, 4, 10, 2, 9, 8, 1))
    ]
    rows += [(2026, "several", "Flere", None, 99, 99), (2026, "-", "Ikke oppgitt", None, 70, 70)]
    series = drawn("inquiries_by_topic", *rows)
    told = [(point.label, point.value) for point in series.points]
    assert [value for _, value in told[:12]] == [50, 40, 30, 20, 10, 9, 8, 7, 6, 5, 4, 3]
    assert told[12:] == [("Andre temaer (2), lagt sammen", 2 + 1), ("Ikke oppgitt", 70)]
    # Neither is measured against the topics: the greatest of these has the longest bar.
    bars = boxes(series, "solid")
    assert len(bars) == 12 and bars[0].width == max(bar.width for bar in bars)
    assert "Høyest: 50 henvendelser (Tema 1). Lavest: 3 henvendelser (Tema 0)." in series.text


def test_years_of_a_topic_are_added_and_a_hidden_part_hides_the_sum() -> None:
    rows: list[Row] = [(2025, "a", "A", None, 7, 7), (2025, "b", "B", None, HIDDEN, 1)]
    rows += [(2026, "a", "A", None, 5, 5), (2026, "b", "B", None, 60, 60)]
    series = drawn("inquiries_by_topic", *rows)
    assert [(point.label, point.value) for point in series.points] == [("A", 12), ("B", HIDDEN)]
    assert "2025–2026" in series.title


def test_a_hidden_topic_hides_the_rest_it_is_in() -> None:
    rows: list[Row] = [(2026, str(at), f"T{at}", None, 100 - at, 1) for at in range(13)]
    rows.append((2026, "x", "X", None, HIDDEN, 1))
    assert drawn("inquiries_by_topic", *rows).points[-1].value is HIDDEN


def test_a_share_says_how_many_of_how_many_in_the_last_year() -> None:
    series = FULL["communication"]
    told = [point.told(series.unit, "nb") for point in series.points]
    assert told == ["100\u00a0% (9 av 9)", "77,8\u00a0% (7 av 9)", "11,1\u00a0% (1 av 9)"]
    assert "2026" in series.title and "2022" not in series.title


# In words


def test_words_tell_every_number_the_highest_and_the_lowest() -> None:
    text = FULL["visits_persons"].text
    assert text.startswith("Personer som hospiterte, 2014–2022 og 2025–2026. 2014: 178; 2015: 186")
    assert "Høyest: 260 personer (2019). Lavest: 61 personer (2020)." in text


def test_one_is_a_person_and_two_are_persons() -> None:
    text = drawn("visits_persons", year(2025, 1), year(2026, 2)).text
    assert "Høyest: 2 personer (2026). Lavest: 1 person (2025)." in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_beside_has_the_numbers_of_the_figure(language: Language) -> None:
    for name, series in figures(full(), language).items():
        assert all(point.told(series.unit, language) for point in series.points)
        assert series.title and series.text.startswith(series.title), name


# The drawing


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_drawing_is_one_named_and_described_picture(name: str, language: Language) -> None:
    series = figures(full(), language)[name]
    root = ElementTree.fromstring(svg(series, language))
    assert root.get("role") == "img" and root.get("lang") == language
    title, text = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and text is not None
    assert (title.text, text.text) == (series.title, series.text)
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == text.get("id")
    assert root.findall(f".//{SVG}text") and not root.findall(f".//{SVG}script")


value = st.one_of(st.integers(0, 10**6), st.integers(0, 9), st.just(HIDDEN), st.none(), st.just(0))


def extent(words: Words) -> tuple[float, float]:
    """From where to where words reach, at most."""
    wide = width_of(words.text, words.size)
    left = words.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor] * wide
    return left, left + wide


@settings(max_examples=60)
@given(st.lists(st.tuples(value, st.booleans()), min_size=1, max_size=25))
def test_any_numbers_stay_within_the_drawing(numbers: list[tuple[Value, bool]]) -> None:
    rows = [
        year(2014 + at, number, "published" if published else "register")
        for at, (number, published) in enumerate(numbers)
    ]
    series = of_table(BY_ID["visits_persons"], Table(specs()["visits"], tuple(rows)), "nb")
    if series is None:
        assert len(numbers) < 2 or all(number is None or number is HIDDEN for number, _ in numbers)
        return
    made = layout(series, "nb")
    for shape in made.shapes:
        match shape:
            case Box():
                assert shape.x >= 0 and shape.x + shape.width <= WIDTH and shape.width > 0
                assert shape.y >= 0 and shape.y + shape.height <= made.height
            case Line():
                assert all(-1e-6 <= x <= WIDTH + 1e-6 for x in (shape.x1, shape.x2))
                assert all(-1e-6 <= y <= made.height + 1e-6 for y in (shape.y1, shape.y2))
            case Words():
                assert 0 <= shape.y <= made.height and shape.text
    words = [shape for shape in made.shapes if isinstance(shape, Words)]
    for one, other in combinations(words, 2):
        if one.y == other.y:
            (_, ends), (begins, _) = sorted((extent(one), extent(other)))
            assert ends <= begins + 1, (one, other)
    shown = svg(series, "nb")
    assert not re.search(r"\b(nan|inf|None)\b", shown)
    ElementTree.fromstring(shown)


@given(st.floats(0, 1e7, allow_nan=False))
def test_help_lines_are_whole_evenly_spaced_and_reach_the_greatest(greatest: float) -> None:
    lines = ticks(greatest)
    assert lines[0] == 0 and lines[-1] >= greatest and 2 <= len(lines) <= 7
    assert all(line == int(line) for line in lines)
    steps = {after - before for before, after in pairwise(lines)}
    assert len(steps) == 1


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip())))
def test_names_cannot_break_the_drawing(name: str) -> None:
    """XML has no control characters; everything else is escaped."""
    clean = "".join(letter for letter in name if letter.isprintable()) or "x"
    series = drawn("outcomes", (2026, "bot", f"{clean}<&\"'>", 5))
    root = ElementTree.fromstring(svg(series, "nb"))
    assert [each.text for each in root.iter(f"{SVG}text")]


def test_long_names_are_on_several_lines_within_the_drawing() -> None:
    name = "Samarbeid med statsforvalteren i eget fylke om fagdager, kompetanse og nettverk " * 2
    words = [
        shape
        for shape in layout(drawn("outcomes", (2026, "bot", name, 5)), "nb").shapes
        if isinstance(shape, Words)
    ]
    assert len(words) > 2
    assert all(shape.x + width_of(shape.text, shape.size) <= WIDTH + 1 for shape in words)


def luminance(color: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [each / 255 for each in bytes.fromhex(color[1:])]
    linear = [
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("color", "least"), [(INK, 4.5), (MAIN, 3.0), (SOFT, 3.0)])
def test_contrast_against_paper(color: str, least: float) -> None:
    assert (luminance(PAPER) + 0.05) / (luminance(color) + 0.05) >= least


def test_the_picture_for_word_is_crisp_and_has_ink() -> None:
    image = Image.open(io.BytesIO(png(FULL["visits_persons"], "nb")))
    assert image.format == "PNG" and image.width == pytest.approx(16 / 2.54 * DOTS_PER_INCH, abs=2)
    assert image.info["dpi"][0] == pytest.approx(DOTS_PER_INCH, abs=1)
    counts = {color: count for count, color in image.convert("RGB").getcolors(1 << 20) or []}
    pixels = image.width * image.height
    assert counts[(255, 255, 255)] > pixels / 2
    assert sum(n for color, n in counts.items() if near(color, MAIN)) > pixels / 20


def near(one: object, color: str) -> bool:
    wanted = bytes.fromhex(color[1:])
    return isinstance(one, tuple) and all(abs(a - b) < 8 for a, b in zip(one, wanted, strict=True))


def test_the_picture_is_the_same_each_time() -> None:
    series = FULL["communication"]
    assert png(series, "nb") == png(series, "nb")
