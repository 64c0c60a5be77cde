"""Every metric, in one list: the code counts by it, deploy/ and docs/ name nothing else.

A label has a fixed set of values: what is not among them is counted as "other". So no label holds
what somebody wrote, a name or an id, and the number of time series has a bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Kind = Literal["counter", "gauge", "histogram"]
Service = Literal["bot", "review"]

OTHER: Final = "other"
OURS: Final[tuple[str, ...]] = ()
"""For a label whose value is a constant of the program: its version."""


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: as Prometheus reads it: with `_total` for a counter; a histogram has `_bucket`,
            `_sum` and `_count` behind it. Times are in seconds, sizes in bytes.
        labels: the values that each may have, beside "other".
        services: the processes that give it.
        buckets: upper bounds of a histogram, seconds.
    """

    name: str
    kind: Kind
    help: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    services: tuple[Service, ...] = ("bot",)
    buckets: tuple[float, ...] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """The names that an expression may use."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return (self.name,)

    def value(self, label: str, given: str) -> str:
        """`given` where the label may have it, else "other"."""
        allowed = self.labels[label]
        return given if given in allowed or allowed == OURS else OTHER


BOTH: Final[tuple[Service, ...]] = ("bot", "review")

ANSWER_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60, 300, 3600)
"""From a search in memory to Slack away for an hour; Slack's own wish is three seconds."""

PAGE_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

INFO = Metric(
    "frisksvar_info", "gauge", "1; the version and the service.",
    {"version": OURS, "service": ("bot", "review")}, BOTH,
)  # fmt: skip
STARTED = Metric(
    "frisksvar_start_time_seconds", "gauge", "When the process started, Unix time.", services=BOTH
)
READY = Metric(
    "frisksvar_ready", "gauge", "Whether each thing that is needed to answer is there (1) or not.",
    {"check": ("database", "index", "socket", "worker")}, BOTH,
)  # fmt: skip

QUESTIONS = Metric(
    "frisksvar_questions_total", "counter", "New questions written down, by way in.",
    {"way": ("channel", "direct", "command", "registered", "web")}, BOTH,
)  # fmt: skip
ANSWERS = Metric(
    "frisksvar_answers_total", "counter", "Answers made, by outcome.",
    {"outcome": ("answered", "not_covered", "unclear", "failed")}, BOTH,
)  # fmt: skip
ANSWER_TIME = Metric(
    "frisksvar_answer_seconds", "histogram",
    "From when a question was written down until Slack had its answer.", buckets=ANSWER_SECONDS,
)  # fmt: skip
COMPOSE_TIME = Metric(
    "frisksvar_compose_seconds", "histogram",
    "To search, decide, quote and render one answer: our own share of the time.",
    buckets=PAGE_SECONDS,
)  # fmt: skip

OUTBOX = Metric(
    "frisksvar_outbox_messages", "gauge", "Messages that wait for Slack, by state.",
    {"state": ("due", "ready")},
)  # fmt: skip
OUTBOX_OLDEST = Metric(
    "frisksvar_outbox_oldest_age_seconds", "gauge",
    "How long the oldest answer to an asker has waited; 0 where none does.",
)  # fmt: skip
POSTED = Metric(
    "frisksvar_messages_total", "counter", "Messages that were posted or given up, by kind.",
    {
        "kind": ("answer", "choice", "handover", "relay", "reminder", "annual"),
        "result": ("posted", "failed"),
    },
)  # fmt: skip
RETRIES = Metric(
    "frisksvar_slack_retries_total", "counter", "Messages that have to be tried again, by reason.",
    {"reason": ("unreachable", "ratelimited", "server_error", "misconfigured", "not_there",
                "broken")},
)  # fmt: skip
REMINDERS = Metric(
    "frisksvar_centre_reminders_total", "counter", "Reminders posted to the centres, by kind.",
    {"kind": ("handover", "annual")},
)  # fmt: skip

SOCKET = Metric(
    "frisksvar_socket_connected", "gauge", "1 while Slack's socket is open; not over HTTP."
)
SOCKET_EVENT_AGE = Metric(
    "frisksvar_socket_last_event_age_seconds", "gauge",
    "Since Slack last sent anything over the socket; since the start where it has not.",
)  # fmt: skip
SOCKET_PONG_AGE = Metric(
    "frisksvar_socket_last_pong_age_seconds", "gauge",
    "Since Slack last answered a ping on this connection; pings are sent each 10 seconds.",
)  # fmt: skip
REQUESTS = Metric(
    "frisksvar_slack_requests_total", "counter", "Requests from Slack that were worked off.",
    {"result": ("acknowledged", "refused")},
)  # fmt: skip
STALLED = Metric(
    "frisksvar_stalled", "gauge", "1 where a part makes no progress: the watchdog is not fed.",
    {"part": ("worker", "socket", "requests")},
)  # fmt: skip

INDEX_AGE = Metric(
    "frisksvar_index_age_seconds", "gauge", "Since the index in use was built.", services=BOTH
)
INDEX_DOCUMENTS = Metric(
    "frisksvar_index_documents", "gauge", "Documents in the index in use.", services=BOTH
)
INDEX_PASSAGES = Metric(
    "frisksvar_index_passages", "gauge", "Passages in the index in use.", services=BOTH
)
DATABASE_BYTES = Metric(
    "frisksvar_database_bytes", "gauge", "The size of the database, by file.",
    {"file": ("database", "wal")}, BOTH,
)  # fmt: skip
DISK_FREE = Metric(
    "frisksvar_disk_free_bytes", "gauge", "Free space where the database is.", services=BOTH
)
HANDOVERS_OPEN = Metric(
    "frisksvar_handovers_open", "gauge", "Handovers that a centre has not closed.", services=BOTH
)
BACKUP_LAST = Metric(
    "frisksvar_backup_last_success_timestamp_seconds", "gauge",
    "When a backup was last made and verified, Unix time; 0 where none was.", services=BOTH,
)  # fmt: skip
JOB_OK = Metric(
    "frisksvar_job_last_ok", "gauge", "Whether the last run of a daily job went well (1) or not.",
    {"work": ("daily", "backup", "retention", "expired", "sources", "restore")}, BOTH,
)  # fmt: skip
ERRORS = Metric(
    "frisksvar_errors_total", "counter", "Errors logged, by kind; the log tells where.",
    {"kind": ("database", "disk", "network", "slack", "index", "library")}, BOTH,
)  # fmt: skip

PAGES = Metric(
    "frisksvar_review_requests_total", "counter", "Requests to the review pages, by status.",
    {
        "method": ("GET", "HEAD", "POST"),
        "status": ("200", "302", "303", "304", "400", "403", "404", "405", "409", "413", "422",
                   "429", "500", "503"),
    },
    ("review",),
)  # fmt: skip
PAGE_TIME = Metric(
    "frisksvar_review_request_seconds", "histogram",
    "To answer a request to the review pages, by status.",
    {"status": ("2xx", "3xx", "4xx", "5xx")}, ("review",), PAGE_SECONDS,
)  # fmt: skip

METRICS: Final = (
    INFO, STARTED, READY,
    QUESTIONS, ANSWERS, ANSWER_TIME, COMPOSE_TIME,
    OUTBOX, OUTBOX_OLDEST, POSTED, RETRIES, REMINDERS,
    SOCKET, SOCKET_EVENT_AGE, SOCKET_PONG_AGE, REQUESTS, STALLED,
    INDEX_AGE, INDEX_DOCUMENTS, INDEX_PASSAGES, DATABASE_BYTES, DISK_FREE, HANDOVERS_OPEN,
    BACKUP_LAST, JOB_OK, ERRORS,
    PAGES, PAGE_TIME,
)  # fmt: skip
"""Beside these, prometheus_client gives `process_*` and `python_gc_*` figures of the process."""


def sample_names(metrics: Iterable[Metric] = METRICS) -> frozenset[str]:
    """Every name that an alert rule or a dashboard may use."""
    return frozenset(name for metric in metrics for name in metric.samples)
