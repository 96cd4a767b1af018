"""The engine's own figures for Prometheus, on an address of their own: no load balancer shows them to the world.

The gateway serves them, so that they say what stands still when no worker runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import asyncpg
import structlog
from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.context import AppContext, now
from records.metrics import FIGURES, Values, read

KEPT: Final = timedelta(seconds=15)
"""For so long figures are shown again: however many read them, the database is asked no more often."""

ANSWERED: Final = "mca_records_answered"

_log = structlog.stdlib.get_logger("gateway")


class Figures:
    """What was read last, and when."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._reading = asyncio.Lock()
        self._read: tuple[datetime, dict[str, Values]] | None = None

    async def shown(self, at: datetime) -> bytes:
        """The figures as Prometheus reads them. While the database is away there is only this to be said."""
        async with self._reading:
            if self._read is None or not timedelta() <= at - self._read[0] < KEPT:
                self._read = at, await self._asked(at)
            registry = CollectorRegistry()
            registry.register(_Collected(self._read[1]))
            return generate_latest(registry)

    async def _asked(self, at: datetime) -> dict[str, Values]:
        try:
            async with self._context.connection() as conn:
                return {ANSWERED: [((), 1)]} | await read(conn, at)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
            _log.warning("metrics.records_away", reason=type(away).__name__)
            return {ANSWERED: [((), 0)]}


class _Collected:
    def __init__(self, values: dict[str, Values]) -> None:
        self._values = values

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(ANSWERED, "Whether the database answered.", value=self._values[ANSWERED][0][1])
        for figure in FIGURES:
            family = GaugeMetricFamily(figure.name, figure.meaning, labels=figure.labels)
            for labels, value in self._values.get(figure.name, ()):
                family.add_metric(labels, value)
            yield family


def build_metrics(context: AppContext) -> FastAPI:
    """The application that shows the figures, and nothing else."""
    app, figures = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), Figures(context)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(await figures.shown(now()), media_type=CONTENT_TYPE_LATEST)

    return app
