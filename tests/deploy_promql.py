"""Expressions of Prometheus, read word by word: do they name only what there is?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bot.metrics.names import METRICS, OTHER, OURS, Metric

TARGET_LABELS = {"job", "instance", "service"}
"""Prometheus' own and the one that prometheus.yml adds; ours of the same name get `exported_`
before it (prometheus.io, scrape_config, honor_labels)."""

OF_THE_PROCESS = {
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
}
"""Of prometheus_client's ProcessCollector that are used."""

WORDS = set("and by changes histogram_quantile increase max min or rate sum time unless".split())
SAMPLES: Mapping[str, Metric] = {name: metric for metric in METRICS for name in metric.samples}
Labels = dict[str, tuple[str, ...]]

_STRING = re.compile(r'"[^"]*"')
_GROUP = re.compile(r"\bby\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]")
_SELECTED = re.compile(r"(?<![\w.])([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def labels_of(metric: Metric) -> Labels:
    """The labels of its series in Prometheus, with their values; `OURS` where any is possible."""
    found: Labels = {
        (f"exported_{name}" if name in TARGET_LABELS else name): values
        for name, values in metric.labels.items()
    }
    found |= {"job": ("frisksvar",), "service": metric.services, "instance": OURS}
    if metric.kind == "histogram":
        found["le"] = OURS
    return found


def groups(expression: str) -> set[str]:
    """The labels that it is grouped by."""
    return {label.strip() for group in _GROUP.findall(expression) for label in group.split(",")}


def problems(expression: str) -> list[str]:
    """What is wrong: names, labels and values that nothing has, and brackets left open."""
    return [*_brackets(expression), *_names(expression), *_groups(expression)]


def _brackets(expression: str) -> Iterator[str]:
    bare = _STRING.sub("", expression)
    for opening, closing in ("()", "{}", "[]"):
        if bare.count(opening) != bare.count(closing):
            yield f"{opening} without {closing}"


def _selected(expression: str) -> list[tuple[str, str]]:
    """Each name with what stands in its braces."""
    bare = _RANGE.sub(" ", _GROUP.sub(" ", expression))
    return [found for found in _SELECTED.findall(bare) if found[0] not in WORDS]


def _names(expression: str) -> Iterator[str]:
    for name, inside in _selected(expression):
        known: Labels = dict.fromkeys(TARGET_LABELS, OURS)
        if name in SAMPLES:
            known = labels_of(SAMPLES[name])
        elif name != "up" and name not in OF_THE_PROCESS:
            yield f"no metric {name}"
            continue
        for label, how, value in _MATCHER.findall(inside):
            yield from _matcher(name, known, label, how, value)


def _matcher(name: str, known: Labels, label: str, how: str, value: str) -> Iterator[str]:
    if label not in known:
        yield f"{name} has no label {label}"
    elif not (values := known[label]):
        return
    elif "~" not in how:
        if value not in (*values, OTHER):
            yield f"{name}: {label} is never {value}"
    elif not all(any(re.fullmatch(each, v) for v in values) for each in value.split("|")):
        yield f"{name}: {label} is never like {value}"


def _groups(expression: str) -> Iterator[str]:
    for name, _ in _selected(expression):
        if (metric := SAMPLES.get(name)) is not None:
            for label in sorted(groups(expression) - labels_of(metric).keys()):
                yield f"{metric.name} has no label {label} to group by"
