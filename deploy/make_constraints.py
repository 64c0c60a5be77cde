"""Write deploy/constraints.txt anew: every package of a run, at the version that is installed here.

    .venv/bin/python deploy/make_constraints.py

Run it after the tests have passed with new versions. Packages for development are not in it, and
none that only another operating system or Python would need.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.metadata import requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "deploy" / "constraints.txt"
HEAD = """\
# Every package of a run, at the version that the tests passed with (deploy/make_constraints.py).
# pip install --constraint deploy/constraints.txt frisksvar
"""


def own() -> list[str]:
    """What pyproject.toml asks for at run time."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [str(line) for line in project["dependencies"]]


def closure(lines: Iterable[str]) -> dict[str, str]:
    """The packages that fulfil requirements, with all that those need: versions by name."""
    found: dict[str, str] = {}
    waiting = [(need.name, frozenset(need.extras)) for need in map(Requirement, lines)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        package, wanted = waiting.pop()
        if (package, wanted) in seen:
            continue
        seen.add((package, wanted))
        found[canonicalize_name(package)] = version(package).partition("+")[0]
        for line in requires(package) or ():
            need = Requirement(line)
            if need.marker is None or any(
                need.marker.evaluate({"extra": extra}) for extra in ("", *wanted)
            ):
                waiting.append((need.name, frozenset(need.extras)))
    return dict(sorted(found.items()))


def text() -> str:
    pins = (f"{package}=={pinned}\n" for package, pinned in closure(own()).items())
    return HEAD + "".join(pins)


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
