"""`frisksvar review`: the pages served, the first sign-in, and links made later."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from threading import Thread

import httpx2
import pytest
from bot_process import FRISKSVAR
from click.testing import CliRunner, Result
from review_site import opened_site, send
from tests_support import Home

from bot.cli.main import main
from knowledge.keys import KeyDamaged, kept_key
from knowledge.register.users import User, Users
from knowledge.store import Store

LINK = re.compile(r"(http://[\w.:\[\]]+)/link/([\w-]{43})\s*$", re.MULTILINE)
SECONDS = 60.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def run(folder: Path) -> Callable[..., Result]:
    def invoked(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, env={"FRISKSVAR_HOME": str(folder)})

    return invoked


def person(folder: Path, printed: str) -> User:
    """Whom a printed link signs in; it must still be unused."""
    found = LINK.search(printed)
    assert found, printed
    with Store(folder / "frisksvar.db") as store:
        user = Users(store).use_link(found[2])
    assert user is not None
    return user


# Links made later


def test_a_link_without_a_name_is_for_the_administrator(
    run: Callable[..., Result], folder: Path
) -> None:
    made = run("review", "link")
    assert "Administrator (Administrator) kan logge inn" in made.stderr
    assert made.stdout.startswith("http://127.0.0.1:8080/link/")
    user = person(folder, made.stdout)
    assert (user.role, user.centre, user.issuer) == ("admin", None, "local")


def test_a_name_is_the_same_user_again(run: Callable[..., Result], folder: Path) -> None:
    first = person(folder, run("review", "link", "--role", "reviewer", "--name", "Ingrid").stdout)
    again = person(folder, run("review", "link", "--name", " Ingrid ").stdout)
    assert (first.id, first.role) == (again.id, again.role) and again.role == "reviewer"
    changed = person(folder, run("review", "link", "--role", "reader", "--name", "Ingrid").stdout)
    assert (changed.id, changed.role) == (first.id, "reader")
    other = person(folder, run("review", "link", "--role", "reader", "--name", "Ola").stdout)
    assert other.id != first.id


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--role", "reader"], "Si hvem lenken er til, med --name"),
        (["--name", "Ola"], "Ola er ny: si hvilken rolle, med --role."),
    ],
)
def test_a_link_for_nobody_in_particular_is_not_made(
    run: Callable[..., Result], arguments: list[str], sentence: str
) -> None:
    refused = run("review", "link", *arguments)
    assert refused.exit_code == 1 and sentence in refused.stderr and refused.stdout == ""


def test_a_link_is_for_the_address_that_people_use(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRISKSVAR_REVIEW_URL", "https://friskliv.example.no/")
    assert run("review", "link").stdout.startswith("https://friskliv.example.no/link/")
    given = run("review", "link", "--url", "http://localhost:9000")
    assert given.stdout.startswith("http://localhost:9000/link/")


def test_a_link_from_the_command_works_on_the_pages(tmp_path: Path) -> None:
    with opened_site(tmp_path) as pages:
        home = {"FRISKSVAR_HOME": str(pages.site.settings.home)}
        made = CliRunner().invoke(main, ["review", "link"], env=home)
        found = LINK.search(made.stdout)
        assert found
        client = pages.client()
        assert send(client, f"/link/{found[2]}").status_code == 303
        assert client.get("/users").status_code == 200


# The key of the sessions


def test_a_key_is_made_once_and_is_its_owner_s_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "session.key"
    assert kept_key(path) == kept_key(path) and len(kept_key(path)) == 64
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_key(tmp_path / "other.key") != kept_key(path)


def test_a_damaged_key_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "session.key"
    path.write_text("short\n")
    with pytest.raises(KeyDamaged):
        kept_key(path)


# Serving


@contextmanager
def serving(
    home: Path, *arguments: str, terminal: bool = True
) -> Iterator[tuple[list[str], subprocess.Popen[str]]]:
    """The command as a process of its own; what it printed until it was ready (both streams)."""
    command = [str(FRISKSVAR), "review", "--port", "0", *arguments]
    ours, theirs = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        command,
        env={**os.environ, "FRISKSVAR_HOME": str(home), "PYTHONUNBUFFERED": "1"},
        stdout=theirs,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    lines: Queue[str] = Queue()
    out = os.fdopen(ours, encoding="utf-8")

    def read() -> None:
        with suppress(OSError):  # Linux, when the other end of a terminal is closed
            for line in out:
                lines.put(line)

    reader = Thread(target=read)
    reader.start()
    printed: list[str] = []
    try:
        while "Sidene er på" not in "".join(printed):
            printed.append(lines.get(timeout=SECONDS))
        yield printed, process
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
        reader.join(SECONDS)
        out.close()
        while not lines.empty():
            printed.append(lines.get())


def test_the_first_link_makes_an_administrator_and_large_uploads_end_at_once(
    bundled_home: Home, folder: Path
) -> None:
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    with serving(folder) as (unused, _):
        pass
    with serving(folder) as (printed, _):
        address = re.search(r"http://127.0.0.1:(\d+)", "".join(printed))
        assert address
        _hundred_megabytes(int(address[1]))
        assert httpx2.get(f"{address[0]}/users").headers["location"] == "/sign-in"
    first, second = (LINK.search("".join(lines)) for lines in (unused, printed))
    assert first and second, "as long as nobody has used one, each start gives a link"
    assert first[2] != second[2] and "virker én gang" in "".join(printed)
    with opened_site(folder.parent) as pages:
        client = pages.client()
        send(client, f"/link/{second[2]}")
        assert client.get("/users").status_code == 200
    with serving(folder) as (last, _):
        pass
    assert LINK.search("".join(last)) is None
    assert "Sidene er stoppet." in "".join(last)


def test_in_a_journal_there_is_no_link_but_the_command_that_gives_one(
    bundled_home: Home, folder: Path
) -> None:
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    with serving(folder, terminal=False) as (printed, _):
        pass
    said = "".join(printed)
    assert "/link/" not in said and "kjør «frisksvar review link» på denne maskinen" in said
    with Store(folder / "frisksvar.db") as store:
        assert not Users(store).has_admin(), "nothing was made that nobody was told of"


def _hundred_megabytes(port: int) -> None:
    """Begin to send 100 MB in each way there is: the answer comes without it."""
    for header in (
        "Content-Length: 100000000",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 10",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(
                b"POST /import HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n" + header.encode() + b"\r\n\r\n"
            )
            status = connection.recv(4096).split(b"\r\n")[0]
            assert status.split()[1] in (b"413", b"400"), header


def test_a_taken_port_is_one_sentence(bundled_home: Home, folder: Path) -> None:
    shutil.copytree(bundled_home.settings.home, folder, ignore=shutil.ignore_patterns("*.db*"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = CliRunner().invoke(
            main, ["review", "--port", port], env={"FRISKSVAR_HOME": str(folder)}
        )
    assert told.exit_code == 1
    assert f"Adressen 127.0.0.1:{port} kan ikke brukes" in told.stderr
