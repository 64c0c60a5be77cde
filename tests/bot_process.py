"""The real bot as its own process, started as a user would start it, against a local Slack."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

START_SECONDS = 60.0
STOP_SECONDS = 20.0
FRISKSVAR = Path(sys.executable).with_name("frisksvar")


class BotProcess:
    """`frisksvar bot` with a home and a Slack; a context manager that stops it at the end.

    Args:
        environment: the SLACK_* variables and FRISKSVAR_SLACK_API_URL.
        log: where its standard error goes; it is read by `said`.
    """

    def __init__(self, home: Path, environment: dict[str, str], log: Path, *arguments: str) -> None:
        self._arguments = [str(FRISKSVAR), "bot", *arguments]
        self._environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("SLACK_", "FRISKSVAR_"))
            },
            "FRISKSVAR_HOME": str(home),
            "FRISKSVAR_SLACK_FIRST_WAIT": "0.1",
            # Whether there is one to send depends on the day of the year.
            "FRISKSVAR_SLACK_ANNUAL_REMINDERS": "false",
            **environment,
        }
        self._log = log
        self._file: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self._file is None:
            self._file = self._log.open("ab")
        self._process = subprocess.Popen(
            self._arguments, env=self._environment, stdout=self._file, stderr=self._file
        )

    def kill(self) -> None:
        """SIGKILL: no time to tidy up."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, as a service manager stops it; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait(self, seconds: float = START_SECONDS) -> int:
        """Wait until it ends by itself; the exit status."""
        assert self._process is not None
        return self._process.wait(seconds)

    def wait_until_said(self, text: str, seconds: float = START_SECONDS) -> None:
        until = time.monotonic() + seconds
        while text not in self.said:
            if not self.running or time.monotonic() > until:
                raise AssertionError(f"the bot did not say {text!r} but:\n{self.said}")
            time.sleep(0.02)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def __enter__(self) -> BotProcess:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self.running:
            self.kill()
        if self._file is not None:
            self._file.close()
