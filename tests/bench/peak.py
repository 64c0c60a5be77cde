"""Runs one command and tells its time and peak memory: `python peak.py <command> …`.

Its own small process, because Linux counts the memory of the process that started a command into
that command's peak. The command's output is thrown away; the last line is JSON:
{"status": exit status, "seconds": …, "bytes": peak resident memory}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""ru_maxrss is in KiB on Linux and in bytes on macOS (getrusage(2))."""


def main() -> None:
    start = time.perf_counter()
    # Ended by wait4 below, the one call that gives the memory of this very child.
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    taken = time.perf_counter() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    measured = {
        "status": child.returncode,
        "seconds": taken,
        "bytes": usage.ru_maxrss * MAXRSS_UNIT,
    }
    print(json.dumps(measured))


if __name__ == "__main__":
    main()
