"""The files of deploy/, read as what they are for reads them, as far as the tests need it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

DEPLOY = Path(__file__).parent.parent / "deploy"
SYSTEMD = DEPLOY / "systemd"
INSTALLED = "/opt/frisksvar/bin/frisksvar"


class Unit:
    """A systemd unit with the drop-in that its name brings: values by key, in order.

    An empty assignment forgets those before it, as for systemd.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._values: dict[str, list[str]] = {}
        self._read(SYSTEMD / name)
        kind = name.rpartition(".")[2]
        shared = SYSTEMD / f"{name.partition('-')[0]}-.{kind}.d"
        for path in sorted(shared.glob("*.conf")):
            self._read(path)

    def _read(self, path: Path) -> None:
        for line in path.read_text(encoding="utf-8").splitlines():
            key, sign, value = line.partition("=")
            if line.startswith(("#", "[")) or not sign:
                continue
            if value:
                self._values.setdefault(key, []).append(value)
            else:
                self._values[key] = []

    def all(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def one(self, key: str) -> str:
        (value,) = self.all(key)
        return value

    @property
    def command(self) -> list[str]:
        return shlex.split(self.one("ExecStart"))

    @property
    def environment(self) -> dict[str, str]:
        pairs = (line.partition("=") for line in self.all("Environment"))
        return {name: value for name, _, value in pairs}

    @property
    def credentials(self) -> dict[str, str]:
        """Path by name."""
        pairs = (line.partition(":") for line in self.all("LoadCredential"))
        return {name: path for name, _, path in pairs}

    def seconds(self, key: str) -> float:
        """A time such as 45, 10min or 2h."""
        match = re.fullmatch(r"(\d+)(min|h|)", self.one(key))
        assert match, self.one(key)
        return int(match[1]) * {"": 1, "min": 60, "h": 3600}[match[2]]


@dataclass(frozen=True)
class Instruction:
    """One instruction of a Dockerfile: `flags` by name, `rest` without them."""

    name: str
    flags: dict[str, str]
    rest: str


@dataclass
class Stage:
    base: str
    name: str | None
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [each for each in self.instructions if each.name == name]


@dataclass
class Dockerfile:
    """Read by the rules of docs.docker.com/reference/dockerfile: comments, continuations, flags."""

    before: list[Instruction]
    stages: list[Stage]

    @property
    def final(self) -> Stage:
        return self.stages[-1]


_FLAG = re.compile(r"--([a-z-]+)=(\S+)\s+")


def _instructions(text: str) -> Iterator[Instruction]:
    lines = [line for line in text.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    joined = "\n".join(lines).replace("\\\n", " ")
    for line in joined.splitlines():
        name, _, rest = line.strip().partition(" ")
        flags: dict[str, str] = {}
        rest = rest.strip()
        while match := _FLAG.match(rest):
            flags[match[1]] = match[2]
            rest = rest[match.end() :]
        yield Instruction(name.upper(), flags, " ".join(rest.split()))


def read_dockerfile(text: str) -> Dockerfile:
    read = Dockerfile([], [])
    for each in _instructions(text):
        if each.name == "FROM":
            base, _, name = each.rest.partition(" AS ")
            read.stages.append(Stage(base, name or None))
        elif read.stages:
            read.stages[-1].instructions.append(each)
        else:
            read.before.append(each)
    return read


@dataclass(frozen=True)
class Directive:
    """A directive of nginx or Caddy: its words, and those within its braces."""

    words: tuple[str, ...]
    inner: tuple[Directive, ...] = ()

    @property
    def name(self) -> str:
        return self.words[0] if self.words else ""

    def walk(self) -> Iterator[Directive]:
        for each in self.inner:
            yield each
            yield from each.walk()


_WORD = re.compile(r'#[^\n]*|"(?:[^"\\]|\\.)*"|\{\$[^}\s]+\}|[{};\n]|[^\s{};"]+')


def read_braces(text: str, end: str) -> Directive:
    """A configuration of words, braces and an `end` of a directive: ";" (nginx), newline (Caddy).

    Raises:
        ValueError: a brace or a directive is not closed.
    """
    stack: list[list[Directive]] = [[]]
    opened: list[tuple[str, ...]] = []
    words: list[str] = []
    for word in _WORD.findall(text):
        if word.startswith("#") or (word == "\n" and end != "\n"):
            continue
        if word == "{":
            opened.append(tuple(words))
            stack.append([])
            words = []
        elif word == "}":
            if (words and end == ";") or not opened:
                raise ValueError(f"not closed: {words}")
            if words:
                stack[-1].append(Directive(tuple(words)))
                words = []
            inner = tuple(stack.pop())
            stack[-1].append(Directive(opened.pop(), inner))
        elif word == end:
            if words:
                stack[-1].append(Directive(tuple(words)))
            words = []
        else:
            words.append(word.strip('"'))
    if opened or (words and end == ";"):
        raise ValueError(f"not closed: {opened or words}")
    return Directive((), tuple(stack[0]))
