"""The engine's process: settings in, a running worker out. Tests, rehearsal and dev stack compose it the same way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import structlog
from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.worker import (
    FixedSizeSlotSupplier,
    PollerBehaviorAutoscaling,
    Worker,
    WorkerDeploymentConfig,
    WorkerDeploymentVersion,
    WorkerTuner,
)
from temporalio.worker.workflow_sandbox import SandboxRestrictions

from activities.channels import Channel, Channels, ChatServices, TextMessages
from activities.digests import DigestActivities
from activities.invitations import Invitations
from activities.links import Links
from activities.mailer import Mailer
from activities.notices import NoticeActivities
from activities.peers import Academies, PeerActivities
from activities.recording import RecordActivities
from activities.templating import templates
from coaching_client.deployments import DEPLOYMENT
from operations import readiness
from operations.context import EngineContext
from operations.watching import Watch
from process.connection import connect, runtime
from process.health import health_page
from process.logging import set_up_logging
from process.settings import Settings
from process.signals import stop_signals
from records import database
from records.channels import ChannelName
from records.subjects import Subjects
from worker.effects import EffectActivities
from worker.failures import WithoutRows
from worker.nexus import CoachingOperations
from worker.reconciling import ReconcileActivities, reconciling
from worker.registration import register_endpoint, register_search_attributes
from worker.retention import RetentionActivities
from worker.sandbox import Sandbox
from worker.signed import must_be_signed
from workflows.cohort import CohortWorkflow
from workflows.engagement import EngagementWorkflow
from workflows.intro_calendar import IntroCalendarWorkflow
from workflows.intro_course import IntroCourseWorkflow
from workflows.options import notices_queue
from workflows.passing_on import AcademyWorkflow, PersonWorkflow
from workflows.reconciling import ReconcileWorkflow
from workflows.retention import RetentionWorkflow
from workflows.taking_over import TakeOverWorkflow
from workflows.weekly_mail import WeeklyMailWorkflow

GRACE: Final = timedelta(seconds=30)
"""How long running activities may finish after the signal to stop; the longest hand-over of mail fits in."""

# Pure packages, the workflows, and signatures that import none of the work: imported once, not once a cached workflow.
# Their purity is held by lint rules and import contracts, not by the sandbox.
RUNNER: Final = Sandbox(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "schemas", "lifecycle", "coaching_client", "activities.signatures", "workflows"
    )
)
WORKFLOWS: Final = (
    EngagementWorkflow,
    CohortWorkflow,
    IntroCourseWorkflow,
    AcademyWorkflow,
    PersonWorkflow,
    IntroCalendarWorkflow,
    WeeklyMailWorkflow,
    ReconcileWorkflow,
    TakeOverWorkflow,
    RetentionWorkflow,
)

_log = structlog.stdlib.get_logger("worker")


class Engine:
    """The workers of one process, entered and left together; leaving lets running activities and messages finish."""

    def __init__(self, *workers: Worker, beside: Sequence[Channels | Invitations]) -> None:
        self._workers = workers
        self._beside = beside
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for service in self._beside:
            self._stack.push_async_callback(service.close)
        for worker in self._workers:
            await self._stack.enter_async_context(worker)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)


def build_worker(client: Client, pool: database.Pool, mailer: Mailer, settings: Settings) -> Engine:
    """Compose the engine: workflows, records and Nexus on the task queue, mail that is tried again on one beside it."""
    words = templates(settings.wording)
    academies = Academies(client, pool, settings.task_queue)
    reached = EngineContext(client, pool, settings.task_queue)
    effects = EffectActivities(reached)
    beside, invites = channels(pool, settings), Invitations(pool, mailer, academies.keep, effects.pass_on_all)
    subjects = Subjects()
    records = RecordActivities(pool, invites, subjects)
    notices = NoticeActivities(
        pool,
        mailer,
        links(settings),
        words,
        academies.keep,
        channels=beside,
        invitations=invites,
        subjects=subjects,
        operator=settings.operator_address,
    )
    activities: list[Callable[..., Any]] = [
        records.record,
        records.load,
        records.report,
        records.restore,
        records.read_coaching,
        notices.carry_out,
        DigestActivities(pool, mailer, links(settings), words).send_digests,
        invites.send_all,
        effects.tell_peers,
        effects.take_over,
        ReconcileActivities(reached, watch(pool, mailer, settings)).reconcile,
        RetentionActivities(reached).let_go,
        PeerActivities(client, settings.task_queue, reached.clock).start_intro_courses,
    ]
    main = _main(client, activities, CoachingOperations(reached, settings.granted_to_namespaces), settings)
    return Engine(main, _mail_again(client, notices.deliver, settings), beside=(beside, invites))


def _main(
    client: Client, activities: Sequence[Callable[..., Any]], nexus: CoachingOperations, settings: Settings
) -> Worker:
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        nexus_service_handlers=[nexus],
        workflow_runner=RUNNER,
        interceptors=[WithoutRows(), *must_be_signed(settings.keys_to_tell_with)],
        max_cached_workflows=settings.cached_workflows,
        tuner=_tuner(workflows=50, activities=50, nexus=20),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(minimum=2, initial=4, maximum=20),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=4, maximum=20),
        nexus_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=1, maximum=10),
        graceful_shutdown_timeout=GRACE,
        deployment_config=_deployment(settings),
    )


def _mail_again(client: Client, deliver: Callable[..., Any], settings: Settings) -> Worker:
    return Worker(
        client,
        task_queue=notices_queue(settings.task_queue),
        activities=[deliver],
        interceptors=[WithoutRows()],
        tuner=_tuner(workflows=1, activities=settings.smtp_connections),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(minimum=1, initial=1, maximum=4),
        graceful_shutdown_timeout=GRACE,
        deployment_config=_deployment(settings),
    )


@asynccontextmanager
async def engine(client: Client, settings: Settings) -> AsyncIterator[Engine]:
    """The engine with its own database connections and mail, running while the context lasts."""
    url = settings.worker_database_url or settings.database_url
    pool = await database.connect_to_fitting(url.get_secret_value(), at_most=settings.database_connections)
    try:
        await register_search_attributes(client)
        await register_endpoint(client, settings.task_queue)
        async with (
            Mailer(
                settings.mail_server, settings.sender, settings.bounces_address, connections=settings.smtp_connections
            ) as mailer,
            build_worker(client, pool, mailer, settings) as running,
            reconciling(EngineContext(client, pool, settings.task_queue)),
            _health(EngineContext(client, pool, settings.task_queue), settings),
        ):
            _log.info("worker.ready", task_queue=settings.task_queue, namespace=client.namespace)
            yield running
            _log.info("worker.stopping", task_queue=settings.task_queue)
    finally:
        await pool.close()


@asynccontextmanager
async def _health(reached: EngineContext, settings: Settings) -> AsyncIterator[None]:
    """Answers whether it lives, and whether it is ready: when a round trip has been made since it started."""
    if settings.health == "off":
        yield
        return
    obstacles = partial(readiness.obstacles, reached, settings.build_id, since=reached.clock())
    async with health_page(settings.health, obstacles):
        yield


async def run(settings: Settings, address: str | None = None) -> None:
    """Run the engine until SIGTERM or SIGINT; then take no new work and finish what runs.

    ``address`` is Temporal's, where the environment and its profiles do not say it.
    """
    set_up_logging(settings.log, settings.log_level)
    client = await connect(address=address, over=runtime(settings.metrics), telling_keys=settings.keys_to_tell_with)
    with stop_signals() as stop:
        async with engine(client, settings):
            await stop.wait()
    _log.info("worker.stopped", task_queue=settings.task_queue)


def links(settings: Settings) -> Links | None:
    """The links in mails to the gateway's pages; None where no gateway is reached."""
    if settings.public_url is None or not settings.signing_keys:
        return None
    return Links(settings.public_url, settings.signing_keys)


def watch(pool: database.Pool, mailer: Mailer, settings: Settings) -> Watch:
    """Who above hears of what the engine finds wrong with itself."""
    called = settings.heartbeat_url.get_secret_value() if settings.heartbeat_url else None
    return Watch(pool, mailer, settings.operator_address, called)


def channels(pool: database.Pool, settings: Settings) -> Channels:
    """The channels beside mail that settings switch on; by default none."""
    ways: dict[ChannelName, Channel] = {}
    if settings.notify_api_key and settings.notify_template:
        key = settings.notify_api_key.get_secret_value()
        ways["text"] = TextMessages(key, settings.notify_template, settings.notify_url)
    if services := settings.allowed_chat_services:
        ways["chat"] = ChatServices(services)
    return Channels(pool, ways)


def _tuner(*, workflows: int, activities: int, nexus: int = 1) -> WorkerTuner:
    return WorkerTuner.create_composite(
        workflow_supplier=FixedSizeSlotSupplier(workflows),
        activity_supplier=FixedSizeSlotSupplier(activities),
        local_activity_supplier=FixedSizeSlotSupplier(1),
        nexus_supplier=FixedSizeSlotSupplier(nexus),
    )


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    if settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
