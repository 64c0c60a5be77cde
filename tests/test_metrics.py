"""What Prometheus is given: the one list of names, true figures, and nothing of anybody."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample
from review_site import opened_site
from slack_town import REFERRING, Town, town
from tests_support import Home

from bot.cli import daily
from bot.metrics import names
from bot.metrics.collecting import Reading, Source, count, observe, registry
from bot.metrics.names import METRICS, OTHER, Metric
from bot.metrics.readiness import Readiness
from bot.metrics.readings import house
from knowledge.register import NewInquiry
from knowledge.store.jobs import Jobs

OWN = ("process_", "python_gc_")
"""Figures of the process, by prometheus_client."""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def scraped(text: str) -> list[Sample]:
    return [
        sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith(OWN)
    ]


def value(samples: Iterable[Sample], name: str, **labels: str) -> float:
    (found,) = [s.value for s in samples if s.name == name and labels.items() <= s.labels.items()]
    return float(found)


class Watched:
    """A town whose bot serves its figures."""

    def __init__(self, here: Town, url: str) -> None:
        self.town = here
        self.url = url

    def figures(self) -> list[Sample]:
        answer = httpx.get(f"{self.url}/metrics")
        assert answer.status_code == 200
        return scraped(answer.text)

    def figure(self, name: str, **labels: str) -> float:
        return value(self.figures(), name, **labels)


@pytest.fixture(scope="module")
def watched(bundled_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with town(bundled_home, tmp_path_factory.mktemp("watched")) as here:
        port = free_port()
        here.bot._environment["FRISKSVAR_METRICS_LISTEN"] = f"127.0.0.1:{port}"
        here.start()
        yield Watched(here, f"http://127.0.0.1:{port}")
        assert here.bot.stop() == 0, here.bot.said


def test_the_names_are_as_prometheus_wants_them() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert re.fullmatch(r"frisksvar_[a-z]+(_[a-z]+)*", metric.name)
        assert metric.name.endswith("_total") == (metric.kind == "counter")
        assert metric.help.endswith(".") and metric.services
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert list(metric.buckets) == sorted(metric.buckets)


def test_every_metric_that_is_named_is_in_the_list() -> None:
    named = {value.name for value in vars(names).values() if isinstance(value, Metric)}
    assert named == {metric.name for metric in METRICS}


@pytest.mark.parametrize(
    ("metric", "label", "given", "kept"),
    [
        (names.QUESTIONS, "way", "direct", "direct"),
        (names.QUESTIONS, "way", "U0ABCDEFG", OTHER),
        (names.POSTED, "kind", "answer", "answer"),
        (names.POSTED, "kind", "thanks", OTHER),
        (names.RETRIES, "reason", "Kari Nordmann", OTHER),
        (names.PAGES, "status", "418", OTHER),
        (names.INFO, "version", "0.1.0", "0.1.0"),
    ],
)
def test_a_label_has_only_the_values_of_the_list(
    metric: Metric, label: str, given: str, kept: str
) -> None:
    assert metric.value(label, given) == kept


def given(source: Source) -> list[Sample]:
    return [
        sample
        for family in registry("bot", [source]).collect()
        for sample in family.samples
        if sample.name.startswith("frisksvar")
    ]


def test_what_is_counted_under_an_unknown_label_is_other() -> None:
    def nothing() -> Iterator[Reading]:
        yield from ()

    before = value(given(nothing), "frisksvar_slack_retries_total", reason=OTHER)
    count(names.RETRIES, reason="Zebrafinke")
    after = given(nothing)
    assert value(after, "frisksvar_slack_retries_total", reason=OTHER) == before + 1
    assert "Zebrafinke" not in str(after)


def test_a_clock_that_jumps_back_makes_no_negative_duration() -> None:
    def total() -> float:
        return value(given(lambda: ()), "frisksvar_answer_seconds_sum")

    before = total()
    observe(names.ANSWER_TIME, -3600)
    assert total() == before


def test_a_source_that_fails_costs_its_own_figures_only() -> None:
    def broken() -> Iterator[Reading]:
        raise OSError("Zebrafinke")
        yield

    def well() -> Iterator[Reading]:
        yield names.SOCKET, 1, {}

    made = registry("bot", [broken, well])
    assert made.get_sample_value("frisksvar_socket_connected") == 1


def test_a_question_is_counted_from_its_way_in_to_its_answer(watched: Watched) -> None:
    before = watched.figures()
    here = watched.town
    here.ask(here.kari, here.asking, REFERRING)
    here.slack.say(here.ola, here.slack.dm(here.ola), REFERRING)
    here.slack.command(here.ola, here.elsewhere, REFERRING)
    here.wait(lambda: watched.figure("frisksvar_answer_seconds_count") >= 3)
    after = watched.figures()

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    for way in ("channel", "direct", "command"):
        assert more("frisksvar_questions_total", way=way) == 1
    assert more("frisksvar_answers_total", outcome="answered") == 3
    assert more("frisksvar_messages_total", kind="answer", result="posted") == 3
    assert more("frisksvar_compose_seconds_count") == 3
    assert 0 < more("frisksvar_answer_seconds_sum") < 60
    assert more("frisksvar_slack_requests_total", result="acknowledged") >= 3
    assert value(after, "frisksvar_outbox_oldest_age_seconds") == 0
    assert value(after, "frisksvar_socket_connected") == 1
    assert value(after, "frisksvar_socket_last_event_age_seconds") < 60


def test_the_bot_gives_every_metric_of_its_own_and_no_other(watched: Watched) -> None:
    samples = watched.figures()
    own = [metric for metric in METRICS if "bot" in metric.services]
    # Those that are not there until Slack has answered a ping, or a job has run.
    later = {names.SOCKET_PONG_AGE.name, names.JOB_OK.name}
    found = {sample.name for sample in samples}
    assert found <= names.sample_names(own)
    assert names.sample_names(own) - found <= later


def test_no_label_tells_of_anybody(watched: Watched) -> None:
    here = watched.town
    allowed = {
        name: {*values, OTHER} for metric in METRICS for name, values in metric.labels.items()
    }
    for metric in METRICS:
        for name, values in metric.labels.items():
            allowed[name] |= set(values)
    for sample in watched.figures():
        for name, text in sample.labels.items():
            assert name in ("le", "version") or text in allowed[name], sample
            assert text not in (here.kari.id, here.slack.team.id, here.asking.id)


def test_the_index_the_disk_and_the_register_are_measured(watched: Watched) -> None:
    samples, home = watched.figures(), watched.town.home
    assert value(samples, "frisksvar_index_documents") > 0
    assert value(samples, "frisksvar_index_passages") > 0
    assert 0 <= value(samples, "frisksvar_index_age_seconds") < 86_400
    size = home.settings.database.stat().st_size
    assert value(samples, "frisksvar_database_bytes", file="database") == size
    assert value(samples, "frisksvar_disk_free_bytes") > 0
    assert value(samples, "frisksvar_ready", check="database") == 1
    assert value(samples, "frisksvar_info", service="bot") == 1


def test_what_slack_does_not_take_is_retried_and_counted(watched: Watched) -> None:
    here = watched.town
    before = watched.figure("frisksvar_slack_retries_total", reason="server_error")
    here.slack.faults.error("chat.postMessage", "internal_error", times=2)
    here.ask(here.kari, here.asking, REFERRING)
    here.wait(
        lambda: watched.figure("frisksvar_slack_retries_total", reason="server_error") > before
    )


def test_what_slack_wants_later_is_counted(watched: Watched) -> None:
    here = watched.town
    before = watched.figure("frisksvar_slack_retries_total", reason="ratelimited")
    here.slack.faults.rate_limit("chat.postMessage", retry_after_s=1)
    here.ask(here.kari, here.asking, REFERRING)
    assert watched.figure("frisksvar_slack_retries_total", reason="ratelimited") == before + 1


def test_what_waits_is_counted_with_its_age(watched: Watched) -> None:
    here = watched.town
    here.slack.faults.error("chat.postMessage", "token_revoked", times=None)
    asked = here.slack.say(here.kari, here.asking, f"{here.slack.mention} {REFERRING}")
    here.wait(lambda: watched.figure("frisksvar_outbox_messages", state="ready") == 1)
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    with here.home.store.write() as db:
        db.conn.execute(
            "UPDATE slack_posts SET created_at = ?, next_try_at = ? WHERE state = 'ready'",
            [long_ago, (datetime.now(UTC) + timedelta(hours=1)).isoformat()],
        )
    assert 7_200 <= watched.figure("frisksvar_outbox_oldest_age_seconds") < 7_300
    errors = watched.figure("frisksvar_errors_total", kind="other")
    assert errors >= 1  # «slack refuses»
    here.slack.faults.clear()
    with here.home.store.write() as db:
        db.conn.execute("UPDATE slack_posts SET next_try_at = created_at WHERE state = 'ready'")
    here.answer_to(asked)
    assert watched.figure("frisksvar_outbox_oldest_age_seconds") == 0


def figures_of(home: Home) -> Any:
    made = registry("review", house("review", home.settings, Readiness({})))
    return made.get_sample_value


def test_the_daily_jobs_and_the_backup_are_measured(home: Home) -> None:
    jobs, figure = Jobs(home.store), figures_of(home)
    assert figure("frisksvar_backup_last_success_timestamp_seconds") == 0
    began = datetime.now(UTC).timestamp()
    jobs.record("backup", ok=True, detail={})
    jobs.record("backup", ok=False, detail={"error": "disk_full"})
    jobs.record("Kari Nordmann", ok=True, detail={})
    assert figure("frisksvar_backup_last_success_timestamp_seconds") >= began
    assert figure("frisksvar_job_last_ok", {"work": "backup"}) == 0
    assert figure("frisksvar_job_last_ok", {"work": "Kari Nordmann"}) is None


def test_open_handovers_are_measured(home: Home) -> None:
    from knowledge.register import Handovers, Inquiries

    inquiry, _ = Inquiries(home.store).receive(
        NewInquiry(came_from="t:1", received_at=datetime.now(UTC), channel="email", question="Hva?")
    )
    figure = figures_of(home)
    assert figure("frisksvar_handovers_open") == 0
    Handovers(home.store).open(inquiry, centre="stavanger", reason="chosen", note="")
    assert figure("frisksvar_handovers_open") == 1


def test_figures_without_an_index_leave_it_out(home: Home) -> None:
    figure = figures_of(home)
    assert figure("frisksvar_index_age_seconds") is None
    assert figure("frisksvar_database_bytes", {"file": "database"}) > 0


def test_pages_are_counted_by_status_and_figures_are_not_among_them(tmp_path: Path) -> None:
    with opened_site(tmp_path) as pages:
        figure = figures_of(Home(tmp_path / "home"))
        count_of = "frisksvar_review_requests_total"
        well, lost = {"method": "GET", "status": "200"}, {"method": "GET", "status": "404"}
        before = figure(count_of, well), figure(count_of, lost)
        timed = figure("frisksvar_review_request_seconds_count", {"status": "2xx"})
        client = pages.signed_in()
        assert client.get("/accessibility").status_code == 200
        assert client.get("/metrics").status_code == 404
        assert client.get("/readyz").status_code == 404
        assert figure(count_of, well) == before[0] + 1
        assert figure(count_of, lost) == before[1] + 2
        assert figure("frisksvar_review_request_seconds_count", {"status": "2xx"}) == timed + 1


def test_a_page_that_breaks_is_counted_as_500(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("Zebrafinke")

    with opened_site(tmp_path) as pages:
        figure = figures_of(Home(tmp_path / "home"))
        client = pages.client(raise_server_exceptions=False)
        labels = {"method": "GET", "status": "500"}
        before = figure("frisksvar_review_requests_total", labels)
        monkeypatch.setattr("bot.review.pages.common.page", broken)
        assert client.get("/accessibility").status_code == 500
        assert figure("frisksvar_review_requests_total", labels) == before + 1


def test_every_daily_job_has_its_figure() -> None:
    named = {job.name for job in daily.JOBS}
    assert named and named <= set(names.JOB_OK.labels["work"])


def test_the_list_of_the_documentation_is_the_list() -> None:
    text = (Path(__file__).parent.parent / "docs/operation/monitoring.md").read_text("utf-8")
    table = re.findall(r"^\| `(frisksvar_\w+)`", text, re.MULTILINE)
    assert table == [metric.name for metric in METRICS]
