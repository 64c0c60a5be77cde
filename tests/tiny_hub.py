"""A model hub on loopback, with one model: the few addresses that huggingface_hub asks for."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType


class TinyHub:
    """Serves a folder as the model `name` at one commit, from when it is entered."""

    def __init__(self, folder: Path, name: str, commit: str) -> None:
        contents = {
            str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        answers = _answers(contents, name, commit)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answers, commit))
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> TinyHub:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _answers(contents: dict[str, bytes], name: str, commit: str) -> dict[str, bytes]:
    """What is answered for each path."""
    siblings = [{"rfilename": file} for file in contents]
    model = json.dumps({"id": name, "sha": commit, "siblings": siblings}).encode()
    entries = [
        {"type": "file", "path": file, "size": len(content), "oid": commit}
        for file, content in contents.items()
    ]
    api = f"/api/models/{name}"
    answers = {f"/{name}/resolve/{commit}/{file}": contents[file] for file in contents}
    return answers | {
        api: model,
        f"{api}/revision/main": model,
        f"{api}/tree/main": json.dumps(entries).encode(),
    }


def _handler(answers: dict[str, bytes], commit: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = answers.get(self.path.partition("?")[0])
            self.send_response(404 if content is None else 200)
            if content is None:
                self.send_header("X-Error-Code", "EntryNotFound")
            content = content or b""
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler
