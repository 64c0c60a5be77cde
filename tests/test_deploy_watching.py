"""Alert rules, scrape configuration and dashboard name only metrics and labels that exist.

Prometheus and Grafana are not here: expressions are read word by word, not evaluated.
"""

from __future__ import annotations

import json
import re
from typing import Any, cast

import pytest
import yaml
from deploy_files import DEPLOY, Unit
from deploy_promql import SAMPLES, TARGET_LABELS, groups, labels_of, problems

from bot.metrics.names import METRICS

PROMETHEUS = DEPLOY / "prometheus"


def alerts() -> list[dict[str, Any]]:
    read = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    text = (DEPLOY / "grafana" / "frisksvar.json").read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text))


def targets() -> list[tuple[str, dict[str, Any]]]:
    return [
        (panel["title"], target)
        for panel in dashboard()["panels"]
        for target in panel.get("targets", [])
    ]


def labels_of_all(expression: str) -> set[str]:
    used = [SAMPLES[name] for name in re.findall(r"frisksvar_\w+", expression) if name in SAMPLES]
    return set().union(*(labels_of(metric) for metric in used)) | TARGET_LABELS


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("frisksvar_readyy == 0", "no metric frisksvar_readyy"),
        ('frisksvar_ready{chek="index"} == 0', "frisksvar_ready has no label chek"),
        ('frisksvar_ready{check="indeks"}', "frisksvar_ready: check is never indeks"),
        ('frisksvar_ready{check=~"index|sok"}', "frisksvar_ready: check is never like index|sok"),
        ("sum by (way) (frisksvar_ready)", "frisksvar_ready has no label way to group by"),
        ("sum(rate(frisksvar_questions_total[5m])", "( without )"),
        ("avg_over_time(frisksvar_ready[5m])", "no metric avg_over_time"),
        ("frisksvar_answer_seconds > 1", "no metric frisksvar_answer_seconds"),
        ('frisksvar_job_last_ok{job="backup"}', "frisksvar_job_last_ok: job is never backup"),
    ],
)  # fmt: skip
def test_a_wrong_expression_is_seen(expression: str, wrong: str) -> None:
    assert problems(expression) == [wrong]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_can_fire_and_says_what_to_do(rule: dict[str, Any]) -> None:
    assert problems(rule["expr"]) == []
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "description"}
    page = (DEPLOY.parent / "docs" / "operation" / "deploy.md").read_text(encoding="utf-8")
    assert f"| `{rule['alert']}` |" in page


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_tells_only_labels_that_it_has(rule: dict[str, Any]) -> None:
    told = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    if re.match(r"\s*(sum|max|min)\b", rule["expr"]) or groups(rule["expr"]):
        kept = groups(rule["expr"])
    elif "time() -" in rule["expr"]:
        kept = set()
    else:
        kept = labels_of_all(rule["expr"])
    assert told <= kept


def test_no_alert_stands_twice() -> None:
    names = [rule["alert"] for rule in alerts()]
    assert len(names) == len(set(names)) >= 10


@pytest.mark.parametrize(("title", "target"), targets(), ids=lambda given: str(given)[:40])
def test_a_panel_shows_what_there_is(title: str, target: dict[str, Any]) -> None:
    assert problems(target["expr"]) == []
    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert shown <= (groups(target["expr"]) or labels_of_all(target["expr"])), title


def test_every_metric_of_ours_is_looked_at_somewhere() -> None:
    text = json.dumps(dashboard()) + json.dumps(alerts())
    unseen = {m.name for m in METRICS if not any(sample in text for sample in m.samples)}
    assert unseen == set()


def test_the_dashboard_is_put_together_rightly() -> None:
    board = dashboard()
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])
        }
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    (source,) = board["templating"]["list"]
    for _, target in targets():
        assert target["datasource"]["uid"] == f"${{{source['name']}}}"
    assert problems(board["annotations"]["list"][0]["expr"]) == []


def test_prometheus_asks_where_the_units_answer() -> None:
    read = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))
    (job,) = read["scrape_configs"]
    assert job["job_name"] == "frisksvar"
    for static in job["static_configs"]:
        unit = Unit(f"frisksvar-{static['labels']['service']}.service")
        assert static["targets"] == [unit.environment["FRISKSVAR_METRICS_LISTEN"]]
    assert [(PROMETHEUS / name).is_file() for name in read["rule_files"]] == [True]
