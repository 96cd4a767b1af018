"""A signing service tells coaching engagements by Nexus that their agreement was signed.

It stands for any workflow of yours, in a task queue and perhaps a namespace of its own: it knows the Nexus endpoint
and the engagement's id, nothing else of the engine. Run it with::

    python examples/nexus_caller/signing.py sheffield.2026-autumn.P01 sponsor

It needs ``coaching-lifecycle-client``, and a Temporal server with the endpoint and a running engine. Temporal's own
``TEMPORAL_*`` variables name the server.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import NexusOperationError
from temporalio.worker import Worker

with workflow.unsafe.imports_passed_through():
    from coaching_client.nexus import ENDPOINT, AskEngagement, CoachingService, TellEngagement, refusal_of
    from schemas.due import Refusal, Standing
    from schemas.engagement_facts import AgreementSigned
    from schemas.moments import Moment
from schemas.words import Code, EngagementId, Role, Said

TASK_QUEUE = "signing"


class Signature(Said):
    """One signature under an agreement. ``document`` names it for ever, so that telling it twice is harmless."""

    document: Code
    engagement: EngagementId
    role: Role
    signed_at: Moment
    endpoint: str = ENDPOINT


class Reported(Said):
    """What came of it: where the engagement stands now, or why the signature was not taken."""

    standing: Standing
    refusal: Refusal | None = None


@workflow.defn
class ReportSignature:
    """Tells the engagement, then asks where it stands."""

    @workflow.run
    async def run(self, signature: Signature) -> Reported:
        """An engine that is away is waited for, for a day; a refusal is the engagement's own answer."""
        coaching = workflow.create_nexus_client(service=CoachingService, endpoint=signature.endpoint)
        fact = AgreementSigned(
            event_id=f"signing:{signature.document}",
            occurred_at=signature.signed_at,
            role=signature.role,
        )
        refusal = None
        try:
            await coaching.execute_operation(
                CoachingService.tell,
                TellEngagement(engagement=signature.engagement, fact=fact),
                schedule_to_close_timeout=timedelta(days=1),
            )
        except NexusOperationError as failed:
            refusal = refusal_of(failed)
            if refusal is None or refusal.code == "unknown":
                raise
        standing = await coaching.execute_operation(
            CoachingService.state,
            AskEngagement(engagement=signature.engagement),
            schedule_to_close_timeout=timedelta(minutes=5),
        )
        return Reported(standing=standing, refusal=refusal)


async def report(signature: Signature) -> Reported:
    """Run the workflow once, with a worker beside it."""
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "localhost:7233")
    client = await Client.connect(**config, data_converter=pydantic_data_converter)
    async with Worker(client, task_queue=TASK_QUEUE, workflows=[ReportSignature]):
        return await client.execute_workflow(
            ReportSignature.run, signature, id=f"signature:{signature.document}", task_queue=TASK_QUEUE
        )


def main() -> None:
    """Report the signature that the command line names."""
    said = argparse.ArgumentParser(description="Tell an engagement by Nexus that its agreement was signed.")
    said.add_argument("engagement", help="the engagement's id, e.g. sheffield.2026-autumn.P01")
    said.add_argument("role", type=Role, help="who signed: coach, sponsor or team_lead")
    said.add_argument("--signed-at", type=datetime.fromisoformat, default=datetime.now(UTC), help="with an offset; now")
    said.add_argument("--endpoint", default=ENDPOINT, help="the Nexus endpoint")
    given = said.parse_args()
    signature = Signature(
        document=f"{given.engagement}:{given.role}",
        engagement=given.engagement,
        role=given.role,
        signed_at=given.signed_at,
        endpoint=given.endpoint,
    )
    print(asyncio.run(report(signature)).model_dump_json(indent=2), flush=True)
    # Threads of the SDK outlive its worker, and may abort an interpreter that takes its time to end.
    os._exit(0)


if __name__ == "__main__":
    main()
