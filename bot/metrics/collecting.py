"""Counting while the process works, and reading the rest when Prometheus asks.

Counters and histograms are the process's own and begin at 0 when it starts. Gauges are read from
the register, the index and the socket at the moment they are asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from bot.metrics.names import METRICS, OTHER, Metric, Service

log = logging.getLogger(__name__)

Reading = tuple[Metric, float, Mapping[str, str]]
"""A gauge, its value, and the values of its labels."""

Source = Callable[[], Iterable[Reading]]
"""Reads gauges. What it raises is logged, and its gauges are left out this time."""


disable_created_metrics()  # type: ignore[no-untyped-call]  # a third more lines that nobody reads


def _made(metric: Metric) -> Counter | Histogram:
    labels = tuple(metric.labels)
    if metric.kind == "counter":
        made: Counter | Histogram = Counter(metric.name, metric.help, labels, registry=None)
    else:
        made = Histogram(metric.name, metric.help, labels, registry=None, buckets=metric.buckets)
    if labels:  # from the start: a rate over a series that is not there yet misses the first
        for values in product(*((*allowed, OTHER) for allowed in metric.labels.values())):
            made.labels(*values)
    return made


_INSTRUMENTS: Final = {metric.name: _made(metric) for metric in METRICS if metric.kind != "gauge"}


def _child(metric: Metric, labels: Mapping[str, str]) -> Counter | Histogram:
    made = _INSTRUMENTS[metric.name]
    if not metric.labels:
        return made
    return made.labels(*(metric.value(name, labels[name]) for name in metric.labels))


def count(metric: Metric, **labels: str) -> None:
    """One more. Thread-safe."""
    counter = _child(metric, labels)
    assert isinstance(counter, Counter)
    counter.inc()


def observe(metric: Metric, seconds: float, **labels: str) -> None:
    """One that took so long. Thread-safe."""
    histogram = _child(metric, labels)
    assert isinstance(histogram, Histogram)
    histogram.observe(max(0.0, seconds))  # a clock may jump back


class Readings(Collector):
    """The gauges of a process, from sources that are asked at each scrape."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for source in self._sources:
            try:
                for metric, value, labels in source():
                    family = families.setdefault(
                        metric.name,
                        GaugeMetricFamily(metric.name, metric.help, labels=tuple(metric.labels)),
                    )
                    family.add_metric([metric.value(name, labels[name]) for name in labels], value)
            except Exception as error:  # the rest is told all the same
                log.error("not measured: error=%s", type(error).__name__)
        yield from families.values()


def registry(service: Service, sources: Sequence[Source]) -> CollectorRegistry:
    """What one process gives: its instruments, its gauges, and figures of the process itself."""
    made = CollectorRegistry(auto_describe=False)
    for metric in METRICS:
        if metric.kind != "gauge" and service in metric.services:
            made.register(_INSTRUMENTS[metric.name])
    made.register(Readings(sources))
    ProcessCollector(registry=made)
    GCCollector(registry=made)
    return made
