"""The soak and the load: that they run, count what they say, and fail where they should."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from bench import load, soak
from bench.sampling import Sample, slope

MIB = 2**20
DONE = {"ask": 10}


def samples(
    own: Callable[[float], float] = lambda at: 300 * MIB,
    files: Callable[[float], int] = lambda at: 60,
    threads: Callable[[float], int] = lambda at: 30,
) -> list[Sample]:
    """Of twenty minutes, every two seconds."""
    times = [2.0 * number for number in range(1, 601)]
    return [
        Sample(at, int(own(at)) + 60 * MIB, int(own(at)), files(at), threads(at)) for at in times
    ]


def test_the_slope_is_of_the_memory_that_is_no_mapped_file() -> None:
    assert slope(samples(lambda at: 300 * MIB + 1000 * at)) == pytest.approx(1000, rel=0.01)


def test_memory_that_stops_growing_in_the_first_half_passes() -> None:
    told = soak._judged(samples(lambda at: MIB * (300 + min(at, 600) / 10)), DONE, 20)
    assert "300 MiB at first" in told
    assert "360 MiB at the end: +0.00 MiB a minute" in told


@pytest.mark.parametrize(
    "leaking",
    [
        samples(own=lambda at: MIB * (300 + at / 30)),
        samples(files=lambda at: 60 + int(at // 30)),
        samples(threads=lambda at: 30 + int(at // 60)),
    ],
    ids=["memory", "files", "threads"],
)
def test_what_grows_to_the_end_fails(leaking: list[Sample]) -> None:
    with pytest.raises(AssertionError, match="Soak, 20 minutes"):
        soak._judged(leaking, DONE, 20)


def test_a_soak_of_seconds_does_all_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soak, "BEFORE", 5)
    monkeypatch.setattr(soak, "SAMPLE_SECONDS", 0.2)
    for name in ("REVIEW", "INDEX", "BACKUP"):
        monkeypatch.setattr(soak, f"{name}_SECONDS", 1.0)
    # So soon after its start a process does grow; that this is judged is tested above.
    monkeypatch.setattr(soak, "GROWTH_BYTES", float("inf"))
    kept = tmp_path / "samples.csv"
    told = soak.soak(tmp_path, 0.05, kept)
    done = {
        name: int(count) for name, count in re.findall(r"(ask|correct|rebuild|back_up) (\d+)", told)
    }
    assert done.keys() == {"ask", "correct", "rebuild", "back_up"}
    assert min(done.values()) >= 1
    heading, *lines = kept.read_text(encoding="ascii").splitlines()
    assert heading == "at,memory,own,files,threads"
    assert len(lines) > 3


def test_a_load_of_a_few_questions_has_each_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "AT_ONCE", 10)
    told = load.measure_load(tmp_path, 25)
    assert told.startswith("Load: 25 inquiries")
    assert "each answered once, one row each" in told
    assert re.search(r"own memory \d+ MiB after 10, \d+ MiB after half of them", told)
