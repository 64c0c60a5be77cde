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
    """Every message by language; fails where a key stands twice."""
    folder = ROOT / "knowledge" / "messages"
    merged: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for language, messages in merged.items():
        for path in sorted(folder.rglob(f"{language}.toml")):
            read = tomllib.loads(path.read_text(encoding="utf-8"))
            assert not messages.keys() & read.keys(), path
            messages.update(read)
    return merged


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_message_is_in_every_language_with_the_same_fields() -> None:
    nb, nn, en = catalogues().values()
    assert nb.keys() == nn.keys() == en.keys()
    for key in nb:
        assert fields(nb[key]) == fields(nn[key]) == fields(en[key]), key


TELLING = {"Message", "say", "note", "Failure", "UnreadableDocument", "SourcesError"}


def told(call: ast.Call) -> tuple[str, set[str] | None] | None:
    """The key and the fields that a call gives; None for fields that are put together elsewhere."""
    callee = call.func
    name = callee.id if isinstance(callee, ast.Name) else getattr(callee, "attr", "")
    match call.args:
        case [ast.Constant(value=str(key)), *more] if name in TELLING:
            pass
        case _:
            return None
    given = {keyword.arg for keyword in call.keywords}
    if name != "Message":
        return key, None if None in given else {field for field in given if field}
    match more:
        case []:
            return key, set()
        case [ast.Dict(keys=keys)] if all(isinstance(field, ast.Constant) for field in keys):
            return key, {str(field.value) for field in keys if isinstance(field, ast.Constant)}
    return key, None


def test_what_is_told_is_in_the_catalogue_with_its_fields() -> None:
    known = catalogues()["nb"]
    calls = 0
    for module in MODULES:
        for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (found := told(node)):
                key, given = found
                assert key in known, f"{module}, line {node.lineno}"
                assert given is None or given == fields(known[key]), f"{module}: {key}"
                calls += 1
    assert calls > 100


def test_every_message_is_used() -> None:
    templates = [path for package in MAY_USE for path in (ROOT / package).rglob("*.html")]
    files = [*(ROOT / module for module in MODULES), *templates]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    # keys put together from a prefix and a state
    composed = ("damage_", "fetch_", "doctor_", "centre_", "reader_kind_")
    unused = [
        key for key in catalogues()["nb"] if f'"{key}"' not in code and not key.startswith(composed)
    ]
    assert unused == []
