"""What goes wrong on a running engine is heard of by somebody above, by the schedule's own run."""

from __future__ import annotations

from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.testing import ActivityEnvironment

from activities.mailer import Mailer
from activities.signatures import Reconcile
from operations.accounting import account
from operations.context import EngineContext
from process.settings import Settings
from records import incidents
from records.database import Pool
from rehearsal.clocks import VirtualClocks
from schemas.incidents import IncidentKind
from tests.activities.mail_servers import Behaviour, mail_server
from tests.operations.test_watching import Monitor, monitor
from tests.reconciling.test_missing import ended
from tests.workflows.subjects import Academy, now, one_more
from worker import main
from worker.main import engine, watch
from worker.reconciling import ReconcileActivities

__all__ = ["monitor"]


async def test_a_terminated_engagement_is_heard_of_by_mail_and_outside(
    temporal: Client, pool: Pool, database_url: str, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs again, the operator has a mail of it at the end of the same run, and the heartbeat goes on."""
    monkeypatch.setattr(main, "GRACE", timedelta(seconds=1))
    behaviour = Behaviour()
    async with mail_server(behaviour) as port:
        settings = Settings.from_environment(
            {
                "MCA_DATABASE_URL": database_url,
                "MCA_SMTP_URL": f"smtp://127.0.0.1:{port}",
                "MCA_TASK_QUEUE": one_more("heard"),
                "MCA_OPERATOR": "Service desk <desk@example.org>",
                "MCA_HEARTBEAT_URL": monitor.url,
            }
        )
        async with (
            engine(temporal, settings),
            Mailer(settings.mail_server, settings.sender) as mailer,
        ):
            reached = EngineContext(temporal, pool, settings.task_queue)
            activities = ReconcileActivities(reached, watch(pool, mailer, settings))
            academy = Academy(temporal, pool, settings.task_queue, VirtualClocks(temporal, timeout_seconds=60))
            life = await academy.engagement()
            await ended(academy, life.workflow_id, "terminated")
            await ActivityEnvironment().run(activities.reconcile, Reconcile(at=now(), last=None))
    # The engine's own comparison may have found the same in that moment: the same news has the same Message-ID.
    told = {mail["Message-ID"]: mail for mail in behaviour.taken if mail["To"] == "Service desk <desk@example.org>"}
    (mail,) = told.values()
    assert mail["Subject"] == "Coaching engine: 1 new problem"
    assert f"{life.name} was no longer running in Temporal (terminated)." in " ".join(mail.as_string().split())
    assert {call for call, _ in monitor.calls} == {"POST /ping/abc"}
    async with pool.acquire() as conn:
        assert await incidents.untold(conn) == []


async def test_what_a_dead_engine_leaves_undone_is_found_from_the_ledger(academy: Academy, pool: Pool) -> None:
    """Whatever lists say: of two engagements one died silently, and it is named."""
    life, other = await academy.engagement(), await academy.engagement()
    await life.agreed()
    await life.handle.terminate()
    await other.handle.terminate()
    noon = (now() + timedelta(weeks=20)).replace(hour=12, minute=0)
    found = await account(pool, noon + timedelta(days=(2 - noon.weekday()) % 7))
    assert found is not None
    (finding,) = [finding for finding in found.findings if finding.key == "engagement"]
    assert finding.kind is IncidentKind.UNACCOUNTED
    assert life.name in finding.facts["subjects"]
    assert other.name in finding.facts["subjects"]
