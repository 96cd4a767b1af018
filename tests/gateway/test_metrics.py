"""The engine's own figures, as Prometheus reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from temporalio.client import Client

from gateway.context import AppContext
from gateway.main import serving
from gateway.metrics import ANSWERED, Figures
from gateway.settings import GatewaySettings
from process.listening import CannotListenError
from records.database import Pool, connect
from records.metrics import FIGURES, Figure
from tests.gateway.conftest import Town
from tests.workflows.subjects import LEAD, now

GROWS = (
    "accounts",
    "incidents",
    "reconciliations",
    "facts",
    "done_items",
    "events",
    "notices",
    "engagements",
    "due_items",
)


def values(text: str) -> dict[tuple[str, ...], float]:
    """What was read, by name and the values of its labels, which stand in the order of their names."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_prometheus_reads_the_engine_in_figures(context: AppContext, town: Town) -> None:
    """At an address of its own, without saying who it is: what is open, told and due, by codes alone."""
    life = await town.started()
    settings = context.settings.model_copy(update={"listen": "127.0.0.1:0", "engine_metrics": "127.0.0.1:0"})
    async with serving(replace(context, settings=settings)) as gateway, httpx.AsyncClient() as http:
        assert gateway.metrics is not None
        answer = await http.get(gateway.metrics)
        assert (await http.get(f"{gateway.url}/metrics")).status_code == 404
    read = values(answer.text)
    assert {family.name for family in text_string_to_metric_families(answer.text)} == {
        ANSWERED,
        *(figure.name for figure in FIGURES),
    }
    assert read[ANSWERED,] == 1
    assert read["mca_subjects_open", "on_track", "engagement", "pre_phase"] == 1
    assert read["mca_facts_told_last_hour", "engagement_proposed"] == 1
    assert read["mca_items_overdue",] == 0
    for personal in (life.name, "sheffield", LEAD, "@"):
        assert personal not in answer.text


async def test_what_is_late_is_overdue_with_its_age(context: AppContext, town: Town) -> None:
    """After a quarter of an hour: until then it may be being carried out."""
    life = await town.started()
    standing = await life.state()
    assert standing.next_due is not None
    figures = Figures(context)
    soon = values((await figures.shown(standing.next_due.at + timedelta(minutes=14))).decode())
    late = values((await figures.shown(standing.next_due.at + timedelta(minutes=16))).decode())
    assert (soon["mca_items_overdue",], soon["mca_oldest_overdue_seconds",]) == (0, 0)
    assert (late["mca_items_overdue",], late["mca_oldest_overdue_seconds",]) == (1, 960)


async def test_figures_are_read_once_for_many_who_ask(context: AppContext, town: Town) -> None:
    """Within fifteen seconds the same is shown again."""
    figures, at = Figures(context), now()
    before = await figures.shown(at)
    await town.started()
    assert await figures.shown(at + timedelta(seconds=14)) == before
    assert await figures.shown(at + timedelta(seconds=16)) != before


async def test_a_database_that_is_away_is_said(temporal: Client, settings: GatewaySettings) -> None:
    """And nothing is said that is not known."""
    away = await connect("postgresql://nobody@127.0.0.1:1/nothing")
    read = values((await Figures(AppContext(temporal, away, settings)).shown(now())).decode())
    assert read == {(ANSWERED,): 0}


async def test_a_taken_port_is_named_with_its_setting(context: AppContext) -> None:
    """Rather than a gateway that nobody can watch."""
    first = context.settings.model_copy(update={"listen": "127.0.0.1:0", "engine_metrics": "127.0.0.1:0"})
    async with serving(replace(context, settings=first)) as gateway:
        assert gateway.metrics is not None
        taken = gateway.metrics.removeprefix("http://").removesuffix("/metrics")
        second = first.model_copy(update={"engine_metrics": taken})
        with pytest.raises(CannotListenError, match="MCA_ENGINE_METRICS"):
            async with serving(replace(context, settings=second)):
                pass


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
async def test_no_figure_is_counted_over_what_grows_for_ever(figure: Figure, pool: Pool) -> None:
    """Each has its index: they are read every few seconds, for years."""
    statement = figure.statement
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL enable_seqscan = off")
        rows = await conn.fetch(f"EXPLAIN {statement}", *([now()] if "$1" in statement else []))
    plan = "\n".join(row[0] for row in rows)
    assert not [table for table in GROWS if f"Seq Scan on {table} " in f"{plan} "]
