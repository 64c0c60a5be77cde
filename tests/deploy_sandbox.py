"""Start a command under the sandbox of its systemd unit, without systemd.

`python deploy_sandbox.py rules.json command …` puts the rules upon itself and becomes the command.
The kernel enforces them as it does for systemd: system calls, MemoryDenyWriteExecute= and
RestrictAddressFamilies= with seccomp (libseccomp, which systemd itself uses), ProtectSystem=strict
with Landlock (nothing can be written but below some folders), and LimitCORE= and
NoNewPrivileges=. No rights are needed for that.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from errno import EAFNOSUPPORT, EPERM
from functools import cache
from pathlib import Path

LIBRARY = "libseccomp.so.2"
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # SCMP_ACT_ALLOW, SCMP_ACT_ERRNO (seccomp.h)
LESS, EQUAL, GREATER, MASKED_EQUAL = 2, 4, 6, 7  # SCMP_CMP_LT, _EQ, _GT, _MASKED_EQ
WRITE, EXECUTE = 0x2, 0x4  # PROT_WRITE, PROT_EXEC
SHARED_EXECUTE = 0o100000  # SHM_EXEC

CREATE_RULES, ADD_RULE, RESTRICT = 444, 445, 446  # Landlock's system calls (landlock.h)
NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS (prctl.h)
ALL_WRITING = sum(1 << bit for bit in (1, *range(4, 15)))
"""Landlock's rights to write a file, remove, make each kind of file, move and truncate."""
OF_A_FILE = 1 << 1 | 1 << 14

FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
IMPLICIT = "@default"
"""What systemd adds to every list of allowed calls (systemd.exec(5))."""


class _Compared(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class Rules:
    """What a unit says, as it is put upon a process.

    Attributes:
        calls: names of the system calls that are allowed.
        families: of addresses, by name.
        no_new_code: MemoryDenyWriteExecute=.
        writable: folders and files below which may be written.
    """

    calls: tuple[str, ...]
    families: tuple[str, ...]
    no_new_code: bool
    writable: tuple[str, ...]

    def command(self, folder: Path, *arguments: str) -> list[str]:
        """The command line that starts `arguments` under these rules."""
        written = folder / "rules.json"
        written.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return [sys.executable, __file__, str(written), *arguments]


@cache
def group(name: str) -> frozenset[str]:
    """The system calls of a group such as @system-service, as systemd knows it."""
    printed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", name],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found: set[str] = set()
    for line in printed.splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            found |= group(word)
        elif word and not word.startswith("#"):
            found.add(word)
    return frozenset(found)


def allowed_calls(filters: Iterable[str]) -> tuple[str, ...]:
    """What the lines of SystemCallFilter= leave: each adds, or removes with ~, in their order."""
    allowed = set(group(IMPLICIT))
    for line in filters:
        names = [
            call
            for word in line.removeprefix("~").split()
            for call in (group(word) if word.startswith("@") else {word})
        ]
        if line.startswith("~"):
            allowed.difference_update(set(names) - group(IMPLICIT))
        else:
            allowed.update(names)
    return tuple(sorted(allowed))


def problem() -> str | None:
    """Why nothing can be sandboxed here; None where it can."""
    try:
        ctypes.CDLL(LIBRARY)
        if ctypes.CDLL(None).syscall(CREATE_RULES, None, 0, 1) < 3:
            return "this kernel has no Landlock that knows truncation"
    except OSError as error:
        return str(error)
    return None


def _checked(result: int, what: str) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno() or -result, what)
    return result


def _only_writable(paths: Sequence[str]) -> None:
    system = ctypes.CDLL(None, use_errno=True).syscall
    handled = struct.pack("=Q", ALL_WRITING)
    rules = _checked(system(CREATE_RULES, handled, len(handled), 0), "landlock_create_ruleset")
    for path in paths:
        where = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rights = ALL_WRITING if os.path.isdir(path) else OF_A_FILE  # noqa: PTH112
        below = struct.pack("=Qi", rights, where)
        _checked(system(ADD_RULE, rules, 1, below, 0), "landlock_add_rule")
        os.close(where)
    _checked(system(RESTRICT, rules, 0), "landlock_restrict_self")
    os.close(rules)


class _Filter:
    """One seccomp filter; each that is loaded refuses what it refuses, whatever others allow."""

    def __init__(self, otherwise: int) -> None:
        self._library = ctypes.CDLL(LIBRARY, use_errno=True)
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._made = ctypes.c_void_p(self._library.seccomp_init(ctypes.c_uint32(otherwise)))

    def add(self, action: int, call: str, *compared: _Compared) -> None:
        number = self._library.seccomp_syscall_resolve_name(call.encode())
        if number < 0:
            return  # of another architecture, or newer than the library
        array = (_Compared * len(compared))(*compared)
        _checked(
            self._library.seccomp_rule_add_array(
                self._made, ctypes.c_uint32(action), number, len(compared), array
            ),
            call,
        )

    def load(self) -> None:
        _checked(self._library.seccomp_load(self._made), "seccomp_load")


def _no_new_code() -> None:
    made = _Filter(ALLOW)
    both = WRITE | EXECUTE
    refused = REFUSE | EPERM
    made.add(refused, "mmap", _Compared(2, MASKED_EQUAL, both, both))
    for call in ("mprotect", "pkey_mprotect"):
        made.add(refused, call, _Compared(2, MASKED_EQUAL, EXECUTE, EXECUTE))
    made.add(refused, "shmat", _Compared(2, MASKED_EQUAL, SHARED_EXECUTE, SHARED_EXECUTE))
    made.load()


def _families(names: Iterable[str]) -> None:
    made = _Filter(ALLOW)
    known = sorted(FAMILIES[name] for name in names)
    refused = REFUSE | EAFNOSUPPORT
    for family in set(range(known[-1])) - set(known):
        made.add(refused, "socket", _Compared(0, EQUAL, family, 0))
    made.add(refused, "socket", _Compared(0, GREATER, known[-1], 0))
    made.load()


def _calls(names: Iterable[str]) -> None:
    made = _Filter(REFUSE | EPERM)
    for name in names:
        made.add(ALLOW, name)
    made.load()


def enter(rules: Rules) -> None:
    """Put the rules upon this process, for good."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _checked(ctypes.CDLL(None, use_errno=True).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
    _only_writable(rules.writable)
    if rules.no_new_code:
        _no_new_code()
    _families(rules.families)
    _calls(rules.calls)


if __name__ == "__main__":
    enter(Rules(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    os.execv(sys.argv[2], sys.argv[2:])
