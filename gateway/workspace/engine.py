"""What whoever runs the installation looks at: whether work flows, what went wrong, what was done. Nobody's data."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Final
from urllib.parse import urlencode

import asyncpg
from fastapi import APIRouter, Response
from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.service import RPCError

from coaching_client.deployments import current_build
from gateway.context import AppContext, now
from gateway.pages import reading
from gateway.pages.drawing import draw
from gateway.pages.route import Context, root_of
from gateway.workspace.visit import NotTheirs, SignInFirst, WorkspaceRoute
from lifecycle.dates import clock_of, long_date
from lifecycle.incidents import INCIDENTS, in_words
from operations.accounting import NOTICE, WEEKLY_MAIL
from operations.readiness import WITHIN, obstacles
from records import accounts, incidents, reconciliations
from records.accounts import Accounted
from records.incidents import Incident
from records.sign_ins import SignIn
from schemas.programme import DEFAULT_ZONE
from schemas.sentences import joined, raised
from schemas.subjects import KINDS

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_LATEST: Final = 50
_DAYS: Final = 7
_SOON: Final = timedelta(days=1)
_ACCOUNTED: Final = {kind.name: kind.words for kind in KINDS} | {
    NOTICE: "email to send at once", WEEKLY_MAIL: "an office's weekly email",
}  # fmt: skip
_AWAY: Final = (OSError, TimeoutError, RPCError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Said:
    """An incident as it is shown; ``over`` says since when it is over, and is empty for what is wrong now."""

    label: str
    words: str
    since: str
    over: str
    remedy: str
    command: str


def must_operate() -> SignIn:
    """Whoever runs the installation. Raises SignInFirst for nobody, NotTheirs for anybody else."""
    found = reading.signed_in()
    if found is None:
        raise SignInFirst
    if not found.operator:
        raise NotTheirs
    return found


@pages.api_route("/engine", methods=["GET", "HEAD"])
async def engine(context: Context) -> Response:
    """How the engine is, at all academies."""
    must_operate()
    present = now()
    async with context.connection() as conn:
        wrong = [_said(incident) for incident in await incidents.open_of(conn)]
        latest = [_said(incident) for incident in reversed(await incidents.latest(conn, _LATEST))]
        days = await accounts.latest(conn, _DAYS)
        compared = await reconciliations.last(conn)
    return draw(
        "engine.html",
        200,
        title="The engine",
        obstacles=await _obstacles(context),
        compared=clock_of(DEFAULT_ZONE).moment(compared) if compared else "",
        wrong=wrong,
        over=[said for said in latest if said.over],
        days=[(long_date(day), [_counted(one) for one in found]) for day, found in days.items()],
        versions=[
            {"key": {"text": key}, "value": {"text": value}} for key, value in [*_ours(), *await _theirs(context)]
        ],
        lists=list(_lists(context, present)),
        keys=f"{root_of(context)}/engine/keys",
        root=root_of(context),
    )


def _said(incident: Incident) -> Said:
    """What was found and what was done; of what is over nobody need do anything."""
    kind, clock = INCIDENTS[incident.finding.kind], clock_of(incident.zone)
    closed = incident.closed_at
    return Said(
        label=kind.label,
        words=joined(" ", in_words(incident.finding, incident.zone)),
        since=clock.moment(incident.since),
        over=clock.moment(closed) if closed else "",
        remedy="" if closed else kind.remedy,
        command="" if closed else kind.typed(incident.id) or "",
    )


def _counted(one: Accounted) -> tuple[str, int, int, int]:
    return raised(_ACCOUNTED.get(one.kind, one.kind)), one.expected, one.done, one.overdue


async def _obstacles(context: AppContext) -> tuple[str, ...]:
    """What keeps work from flowing; that a server is away is one, too."""
    try:
        return tuple(raised(found) for found in await obstacles(context.engine, context.settings.build_id))
    except _AWAY as away:
        return (f"Postgres or Temporal doesn't answer ({type(away).__name__}). See mca doctor.",)


def _ours() -> Iterator[tuple[str, str]]:
    yield "Coaching lifecycle engine", version("coaching-lifecycle")
    yield "Temporal SDK", version("temporalio")
    yield "Python", platform.python_version()


async def _theirs(context: AppContext) -> list[tuple[str, str]]:
    try:
        system = await context.client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=WITHIN)
        build = await current_build(context.client)
    except RPCError:
        return [("Temporal server", "doesn't answer")]
    gateways = context.settings.build_id
    return [
        ("Temporal server", system.server_version),
        ("Build that is given the work", build or "none: workers run without build ids"),
        *([("Build of this gateway", gateways)] if gateways else []),
    ]


def _lists(context: AppContext, present: datetime) -> Iterator[tuple[str, str]]:
    """Filtered lists in the Temporal UI, whose own views belong to each browser; none where it isn't known."""
    address = context.settings.temporal_ui_url
    if address is None:
        return
    running = 'ExecutionStatus = "Running"'
    soon = (present + _SOON).strftime("%Y-%m-%dT%H:%M:%SZ")
    queries = {
        "Workflows that can't go on": f"{running} AND TemporalReportedProblems IS NOT NULL",
        "Failed, or stopped by somebody": 'ExecutionStatus IN ("Failed", "Terminated", "TimedOut", "Canceled")',
        "Due within a day": f'{running} AND NextDue < "{soon}"',
        "Stalled teams": f'{running} AND Health = "stalled"',
        "Teams at risk": f'{running} AND Health = "at_risk"',
        "What waits for the office": f'{running} AND Turn = "office"',
        **{f"Every {kind.words} that runs": f'{running} AND WorkflowType = "{kind.workflow}"' for kind in KINDS},
    }
    for label, query in queries.items():
        place = f"{address.rstrip('/')}/namespaces/{context.client.namespace}/workflows"
        yield label, f"{place}?{urlencode({'query': query})}"
