"""The documentation follows the code: dependencies, commands, links, names of files and tests."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import cast

import click
import pytest
from markdown_it import MarkdownIt

from bot.cli import main

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    path.relative_to(ROOT)
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    if not path.name.startswith(".")
)
PACKAGES = ("bot", "indexer", "knowledge")
EXAMPLE = re.compile(r"^\s*(?:echo .*\| )?(frisksvar\b.*)$", re.MULTILINE)


def commands(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, *path, name)


COMMANDS = dict(commands(main, "frisksvar"))
LEAVES = [name for name, command in COMMANDS.items() if not isinstance(command, click.Group)]


@cache
def read(page: Path) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


# Dependencies


def required() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["dev"]
    return [cast(re.Match[str], re.match(r"[\w.-]+", line)).group() for line in wanted]


def explained() -> dict[str, str]:
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+?) \|", read(Path("docs/dependencies.md")), re.M)
    return dict(rows)


@pytest.mark.parametrize("name", required())
def test_every_dependency_says_why_it_is_there(name: str) -> None:
    assert len(explained()[name].split()) >= 4


def test_no_dependency_is_explained_that_is_gone() -> None:
    assert set(explained()) <= set(required())


# Commands


def test_the_commands_page_is_current() -> None:
    made = runpy.run_path(str(DOCS / "make_commands.py"))
    render = cast(Callable[[], str], made["render"])
    assert read(Path("docs/commands.md")) == render(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_its_place_in_the_page(name: str) -> None:
    assert (COMMANDS[name].help or "").strip()
    assert f"\n## {name}\n" in read(Path("docs/commands.md"))


@pytest.mark.parametrize("name", LEAVES)
def test_the_help_of_every_command_has_an_example_of_it(name: str) -> None:
    examples = EXAMPLE.findall(COMMANDS[name].help or "")
    assert [line for line in examples if line.startswith(name)]


def example_lines() -> list[str]:
    found = [line for command in COMMANDS.values() for line in EXAMPLE.findall(command.help or "")]
    for page in PAGES:
        for fence in fences(page):
            found += EXAMPLE.findall(fence)
    return sorted(set(found))


def fences(page: Path) -> list[str]:
    """The code blocks of a page that hold what a person types."""
    tokens = MarkdownIt("commonmark").parse(read(page))
    return [token.content for token in tokens if token.type == "fence" and token.info == "sh"]


@pytest.mark.parametrize("line", example_lines())
def test_every_example_uses_commands_and_options_that_there_are(line: str) -> None:
    typed = re.split(r"\s+[|>#]|\s{2,}\(", line)[0]
    words = re.findall(r'"[^"]*"|\S+', typed)[1:]
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    context = click.Context(command, info_name=line, help_option_names=["-h", "--help"])
    command.make_parser(context).parse_args(args=words)  # raises on an unknown option


def test_every_make_target_that_is_mentioned_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", read(Path("Makefile")), re.M))
    mentioned = {
        target
        for page in PAGES
        for text in [*fences(page), *re.findall(r"`([^`\n]+)`", read(page))]
        for target in re.findall(r"^make ([a-z]+)", text, re.M)
    }
    assert mentioned >= {"ask", "test"}
    assert mentioned <= targets


# Links, files and tests


def links(page: Path) -> list[str]:
    found: list[str] = []
    for block in MarkdownIt("commonmark").enable("table").parse(read(page)):
        for token in block.children or ():
            address = token.attrs.get("href") or token.attrs.get("src")
            if address is not None:
                found.append(str(address))
    return found


def anchors(page: Path) -> set[str]:
    """The anchors GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", read(page), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for address in links(page):
        if re.match(r"[a-z]+:", address):
            continue
        place, _, anchor = address.partition("#")
        target = ((ROOT / page).parent / place).resolve() if place else ROOT / page
        assert target.exists(), address
        assert target.is_relative_to(ROOT), address
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT)), address


def test_the_links_are_seen() -> None:
    assert "docs/batch.md" in links(Path("README.md"))
    assert "dependencies" in anchors(Path("docs/dependencies.md"))


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached = {Path("README.md")}
    waiting = list(reached)
    while waiting:
        page = waiting.pop()
        for address in links(page):
            place = address.partition("#")[0]
            if not place.endswith(".md") or ":" in place:
                continue
            target = ((ROOT / page).parent / place).resolve().relative_to(ROOT)
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    assert set(PAGES) <= reached


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_files_and_tests_that_a_page_names_exist(page: Path) -> None:
    folders = "bot|indexer|knowledge|tests|docs|deploy"
    for name, test in re.findall(rf"`((?:{folders})/[\w./-]*)(?:::(\w+))?`", read(page)):
        assert (ROOT / name).exists(), name
        if test:
            assert f"def {test}(" in read(Path(name)), f"{name}::{test}"


def test_pages_that_the_code_names_exist() -> None:
    named = {
        page
        for path in [
            ROOT / "pyproject.toml",
            *(p for d in PACKAGES for p in (ROOT / d).rglob("*.py")),
        ]
        for page in re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert named
    assert [page for page in sorted(named) if not (ROOT / page).is_file()] == []


def test_the_question_sets_share_no_document() -> None:
    sets = []
    for name in ("tune", "reported"):
        lines = (ROOT / "tests" / "questions" / f"{name}.jsonl").read_text(encoding="utf-8")
        documents = {json.loads(line).get("document") for line in lines.splitlines()}
        sets.append(documents - {None})
    tune, reported = sets
    assert tune
    assert reported
    assert not tune & reported
