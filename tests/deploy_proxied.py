"""nginx and Caddy, really started with the examples of deploy/proxy, on addresses that a test has.

What is changed for that: host, ports, certificate and where nginx keeps its files. All else is
what an operator copies.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy_files import DEPLOY

HOST = "localhost"
EXAMPLE = "friskliv.example.no"
START_SECONDS = 20.0

AROUND_NGINX = """\
{user}daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/frisksvar.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass(frozen=True)
class Ports:
    """Of one proxy: http, https, and the pages behind."""

    plain: int
    safe: int
    pages: int

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.safe}"


@dataclass
class Proxy:
    """One that runs. `certificate` is the file that a browser must trust."""

    ports: Ports
    certificate: Path
    logs: tuple[Path, ...]
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        found = (path for path in self.logs if path.exists())
        return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in found)


def replaced(text: str, old: str, new: str) -> str:
    """Raises AssertionError where the example does not say `old` any more."""
    assert old in text, old
    return text.replace(old, new)


def nginx_files(folder: Path, ports: Ports) -> Path:
    """Write the example and what Debian's nginx.conf has around it; the file to start with."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
         "-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)  # IPv6 may not be here
    live = f"/etc/letsencrypt/live/{EXAMPLE}"
    log = "error_log /var/log/nginx/frisksvar.log crit;"
    for old, new in (
        (f"{live}/fullchain.pem", f"{folder}/certificate.pem"),
        (f"{live}/privkey.pem", f"{folder}/key.pem"),
        ("listen 80;", f"listen 127.0.0.1:{ports.plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{ports.safe} ssl;"),
        # Beside the log of the example one that tells everything, for the tests to read.
        (log, f"error_log {folder}/frisksvar.log crit; error_log {folder}/all.log info;"),
        ("proxy_pass http://127.0.0.1:8080;", f"proxy_pass http://127.0.0.1:{ports.pages};"),
        ("return 308 https://friskliv.example.no$", f"return 308 {ports.url}$"),
        (EXAMPLE, HOST),
    ):
        text = replaced(text, old, new)
    (folder / "frisksvar.conf").write_text(text, encoding="utf-8")
    started = folder / "nginx.conf"
    user = "user root;\n" if os.getuid() == 0 else ""  # the folder of a test is its owner's alone
    started.write_text(AROUND_NGINX.format(folder=folder, user=user), encoding="utf-8")
    return started


def caddy_file(folder: Path, ports: Ports) -> Path:
    text = (DEPLOY / "proxy" / "Caddyfile").read_text(encoding="utf-8")
    own = f"\thttp_port {ports.plain}\n\tskip_install_trust\n\tstorage file_system {folder}/data\n"
    text = replaced(text, "\tadmin off\n", "\tadmin off\n" + own)
    path = folder / "Caddyfile"
    path.write_text(text, encoding="utf-8")
    return path


def command(name: str, folder: Path, ports: Ports) -> list[str]:
    if name == "nginx":
        return ["nginx", "-p", str(folder), "-c", str(nginx_files(folder, ports))]
    file = caddy_file(folder, ports)
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


def environment(folder: Path, ports: Ports) -> dict[str, str]:
    return {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "HOME": str(folder),
        "FRISKSVAR_HOST": f"{HOST}:{ports.safe}",
        "FRISKSVAR_PAGES": f"127.0.0.1:{ports.pages}",
    }


def installed(name: str) -> bool:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is not None


@contextmanager
def proxy(name: str, folder: Path, ports: Ports) -> Iterator[Proxy]:
    """nginx or caddy, taking connections."""
    log = folder / "printed.log"
    with log.open("wb") as printed:
        process = subprocess.Popen(
            command(name, folder, ports),
            env=environment(folder, ports), cwd=folder, stdout=printed, stderr=printed,
        )  # fmt: skip
    if name == "nginx":
        certificate = folder / "certificate.pem"
        logs: tuple[Path, ...] = (log, folder / "start.log", folder / "frisksvar.log")
    else:
        certificate = folder / "data" / "pki" / "authorities" / "local" / "root.crt"
        logs = (log,)
    made = Proxy(ports, certificate, logs, process)
    try:
        until = time.monotonic() + START_SECONDS
        while not (certificate.exists() and answers(ports.safe)):
            assert process.poll() is None and time.monotonic() < until, made.said
            time.sleep(0.05)
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
