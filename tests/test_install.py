"""A release, installed where no working copy is: it has all it needs, and answers."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "indexer", "knowledge")
LIBRARIES = Path(numpy.__file__).parents[1]
NOT_RELEASED = ("deploy/make_constraints.py", "deploy/container/secrets/")

# Runs the console script of the installed distribution, and writes down every file of the working
# copy that was opened, and every module that was loaded from it. The libraries may lie in it, too.
DRIVER = """
import json, os, sys
from pathlib import Path
root, libraries, seen = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
opened = set()

def watch(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(arguments[0]))
        if path.startswith(str(root)) and not path.startswith((libraries, str(root / ".venv"))):
            opened.add(path)

sys.addaudithook(watch)
from importlib.metadata import entry_points
(script,) = entry_points(group="console_scripts", name="frisksvar")
sys.argv = ["frisksvar", *sys.argv[4:]]
try:
    script.load()()
finally:
    ours = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    opened |= {path for path in ours if path.startswith(str(root)) and libraries not in path}
    Path(seen).write_text(json.dumps(sorted(opened)))
"""


class Release(NamedTuple):
    wheel: Path
    sdist: Path


class Installed:
    """A wheel in a folder of its own, run by an interpreter that knows nothing else of it."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        self.target, self.work = folder / "target", folder / "work"
        self.home = folder / "home"
        self.work.mkdir()
        command = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", *command]
        subprocess.run([*pip, "--target", str(self.target), str(wheel)], check=True)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Without `site`: an editable installation of the working copy is not seen."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.work),
            "PYTHONPATH": os.pathsep.join([str(self.target), str(LIBRARIES)]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "FRISKSVAR_HOME": str(self.home),
            "COLUMNS": "200",
        }
        seen = self.work / "opened.json"
        driver = [sys.executable, "-S", "-c", DRIVER, str(ROOT), str(LIBRARIES), str(seen)]
        done = subprocess.run(
            [*driver, *arguments],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=150,
            stdin=subprocess.DEVNULL,
        )
        assert json.loads(seen.read_text()) == [], "the working copy was used"
        assert "Traceback" not in done.stderr, done.stderr
        return done


def built(source: Path, target: Path, *kinds: str) -> None:
    kinds_of_it = [part for kind in kinds for part in ("-t", kind)]
    hatchling = [sys.executable, "-m", "hatchling", "build", *kinds_of_it, "-d", str(target)]
    done = subprocess.run(hatchling, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("release")
    built(ROOT, folder, "wheel", "sdist")
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Release(wheel, sdist)


@pytest.fixture(scope="module")
def installed(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(release.wheel, tmp_path_factory.mktemp("installed"))


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as packed:
        return set(packed.namelist())


def wanted() -> dict[str, str]:
    """What a release must have: its path in the wheel, and in the working copy."""
    found: dict[str, str] = {}
    for path in ROOT.rglob("*"):
        name = path.relative_to(ROOT).as_posix()
        if not path.is_file() or "__pycache__" in name or name.startswith(NOT_RELEASED):
            continue
        if name.startswith(PACKAGES) and "/" in name:
            found[name] = name
        elif name.startswith("deploy/"):
            found[f"bot/{name}"] = name
    return found


def test_the_wheel_has_every_file_of_the_packages_and_of_the_deployment(release: Release) -> None:
    packed = names(release.wheel)
    assert wanted().keys() - packed == set()
    assert "bot/deploy/slack-manifest.yaml" in packed
    assert "indexer/model/model.safetensors" in packed
    tops = {name.split("/")[0] for name in packed}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert not [name for name in packed if "secrets/" in name or name.endswith((".pyc", ".db"))]


def test_a_wheel_made_from_the_sdist_is_the_same(release: Release, tmp_path: Path) -> None:
    with tarfile.open(release.sdist) as packed:
        assert not [each for each in packed.getnames() if "/var/" in each or ".venv" in each]
        packed.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    assert {"tests", "docs", "Makefile"} <= {path.name for path in source.iterdir()}
    built(source, tmp_path / "again", "wheel")
    (wheel,) = (tmp_path / "again").glob("*.whl")
    assert names(wheel) == names(release.wheel)


def documented() -> list[list[str]]:
    """The commands of the guide, from the wheel to the first answer."""
    text = (ROOT / "docs" / "operation" / "install.md").read_text(encoding="utf-8")
    first = text.split("## A first answer")[1].split("\n## ")[0]
    lines = re.findall(r"^frisksvar .+$", first, re.MULTILINE)
    return [shlex.split(line, comments=True)[1:] for line in lines]


def test_the_guide_leads_from_the_wheel_to_an_answer(installed: Installed) -> None:
    commands = documented()
    assert [command[0] for command in commands] == ["init", "ask", "doctor"]
    made, asked, doctor = (installed.run(*command) for command in commands)
    assert made.returncode == 0, made.stdout + made.stderr
    assert (installed.home / "frisksvar.toml").is_file()
    assert asked.returncode == 0 and "Registrert som henvendelse nr. 1." in asked.stdout
    assert "https://" in asked.stdout, "a quote has its source"
    assert doctor.returncode == 0, doctor.stdout


def test_an_installed_release_indexes_reports_and_writes_what_it_brings(
    installed: Installed, tmp_path: Path
) -> None:
    again = installed.run("index")
    assert again.returncode == 0, again.stderr
    findings = json.loads(installed.run("doctor", "--json").stdout)
    assert findings["ok"], findings
    report = installed.run("report", "2022")
    assert report.returncode == 0 and "2022" in report.stdout, report.stderr
    manifest = installed.run("slack", "manifest")
    text = (ROOT / "deploy" / "slack-manifest.yaml").read_text(encoding="utf-8")
    assert manifest.stdout == text
    deploy = tmp_path / "drift"
    assert installed.run("init", "--yes", "--no-index", "--deploy", str(deploy)).returncode == 0
    for path in (each for each in wanted().values() if each.startswith("deploy/")):
        assert (deploy / path.removeprefix("deploy/")).read_bytes() == (ROOT / path).read_bytes()
