"""The alarms and the dashboard ask for nothing that is not there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from gateway.metrics import ANSWERED
from process.connection import connect, runtime
from process.settings import Settings
from records.database import Pool
from records.metrics import FIGURES
from rehearsal.clocks import VirtualClocks
from tests.worker.conftest import unused_port
from tests.workflows.conftest import settings, temporal
from tests.workflows.subjects import Academy
from worker.main import engine

__all__ = ["settings", "temporal", "unused_port"]

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())
TRIED: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "alarms.yml").read_text())
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
ALARMS = [rule for group in RULES["groups"] for rule in group["rules"]]

_METRIC = re.compile(r"\b((?:mca|temporal)_\w+)(?:\{([^}]*)\})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_BY = re.compile(r"\bby \(([^)]*)\)")


def queries() -> Iterator[str]:
    """Every expression of the alarms and of the dashboard."""
    yield from (alarm["expr"] for alarm in ALARMS)
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])


OURS = {ANSWERED: set[str](), **{figure.name: set(figure.labels) for figure in FIGURES}}


@pytest.mark.parametrize("query", sorted(set(queries())))
def test_every_figure_of_ours_exists_with_its_labels(query: str) -> None:
    """In an alarm that is misspelt nothing ever rings."""
    asked = [(name, said) for name, said in _METRIC.findall(query) if name.startswith("mca_")]
    assert {name for name, _ in asked} <= OURS.keys()
    labels = {label for name, _ in asked for label in OURS[name]}
    assert {label for _, said in asked for label in _LABEL.findall(said)} <= labels
    if asked:
        assert {label.strip() for said in _BY.findall(query) for label in said.split(",")} <= labels


def test_every_alarm_says_what_is_wrong_and_what_to_do() -> None:
    """And how much it matters."""
    for alarm in ALARMS:
        assert set(alarm) <= {"alert", "expr", "for", "labels", "annotations"}
        assert alarm["labels"]["severity"] in {"critical", "warning"}
        assert set(alarm["annotations"]) == {"summary", "action"}
    assert len({alarm["alert"] for alarm in ALARMS}) == len(ALARMS)


def test_every_alarm_is_tried() -> None:
    """By ``promtool test rules tests/deploy/alarms.yml``: that it rings, and that it does not."""
    tried = [case for test in TRIED["tests"] for case in test["alert_rule_test"]]
    for alarm in ALARMS:
        rings = [bool(case.get("exp_alerts")) for case in tried if case["alertname"] == alarm["alert"]]
        assert set(rings) == {True, False}, alarm["alert"]


def test_no_two_panels_lie_on_one_another() -> None:
    """Each has its place."""
    places = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


async def test_every_figure_of_temporals_exists(
    temporal: Client, settings: Settings, pool: Pool, unused_port: int
) -> None:
    """As a worker shows it that has worked a little."""
    over = runtime(f"127.0.0.1:{unused_port}")
    client = await connect(address=temporal.service_client.config.target_host, over=over)
    async with engine(client, settings), httpx.AsyncClient() as http:
        academy = Academy(client, pool, settings.task_queue, VirtualClocks(client, timeout_seconds=60))
        await academy.engagement()
        text = (await http.get(f"http://127.0.0.1:{unused_port}/metrics")).text
    shown = {sample.name for family in text_string_to_metric_families(text) for sample in family.samples}
    asked = {name for query in queries() for name, _ in _METRIC.findall(query) if name.startswith("temporal_")}
    assert asked
    assert asked <= shown
    assert 'poller_type="workflow_task"' in text
