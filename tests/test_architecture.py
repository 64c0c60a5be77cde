"""The shape of the code: which way imports may go, and how long a module may be."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from string import Formatter

import pytest

ROOT = Path(__file__).parent.parent
MAY_USE = {
    "knowledge": {"knowledge"},
    "indexer": {"indexer", "knowledge"},
    "bot": {"bot", "indexer", "knowledge"},
}
MOST_LINES = 300
MODULES = sorted(
    path.relative_to(ROOT) for package in MAY_USE for path in (ROOT / package).rglob("*.py")
)
LANGUAGES = ("nb", "nn", "en")


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found & MAY_USE.keys()


def test_the_modules_are_found() -> None:
    assert len(MODULES) > 40


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_imports_follow_the_arrows(module: Path) -> None:
    assert imported_packages(ROOT / module) <= MAY_USE[module.parts[0]]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_is_short(module: Path) -> None:
    assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_check_sees_an_import_against_the_arrows(tmp_path: Path) -> None:
    module = tmp_path / "wrong.py"
    module.write_text("from bot.cli import main\n", encoding="utf-8")
    assert not imported_packages(module) <= MAY_USE["indexer"]


def catalogues() -> dict[str, dict[str, str]]:
    folder = ROOT / "knowledge" / "messages"
    return {
        language: tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_message_is_in_every_language_with_the_same_fields() -> None:
    nb, nn, en = catalogues().values()
    assert nb.keys() == nn.keys() == en.keys()
    for key in nb:
        assert fields(nb[key]) == fields(nn[key]) == fields(en[key]), key


def test_every_message_is_used() -> None:
    code = "\n".join((ROOT / module).read_text(encoding="utf-8") for module in MODULES)
    composed = ("fetch_", "doctor_", "centre_")  # keys put together from a prefix and a state
    unused = [
        key for key in catalogues()["nb"] if f'"{key}"' not in code and not key.startswith(composed)
    ]
    assert unused == []
