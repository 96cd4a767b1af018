"""Ready means that work flows: over a schema that fits, by a build that is current, through the queue and back."""

from __future__ import annotations

import json
from asyncio import to_thread
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from temporalio.client import Client

from coaching_client.deployments import DEPLOYMENT
from gateway.main import opened
from gateway.settings import GatewaySettings
from operations.context import EngineContext
from operations.readiness import STALE, obstacles
from process.connection import DATA_CONVERTER
from process.health import health_page
from process.settings import Settings
from records import reconciliations
from records.database import Pool
from records.errors import SchemaUnfit
from tests.dev_server import dev_server, make_current
from worker import main


def settings_of(database_url: str, **given: str) -> Settings:
    """A worker's settings, without a mail server."""
    said = {"MCA_DATABASE_URL": database_url, "MCA_SMTP_URL": "smtp://127.0.0.1:1", "MCA_TASK_QUEUE": "readiness"}
    return Settings.from_environment(said | given)


async def asked(url: str) -> tuple[int, dict[str, object]]:
    """The status and the answer of a page."""

    def ask() -> tuple[int, dict[str, object]]:
        try:
            with urlopen(url, timeout=10) as answer:  # noqa: S310 - a page of this test
                return answer.status, json.load(answer)
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    return await to_thread(ask)


async def round_trip(pool: Pool, ago: timedelta = timedelta()) -> None:
    """The records were compared with the running workflows."""
    async with pool.acquire() as conn:
        await reconciliations.note(conn, datetime.now(UTC) - ago, 0)


async def test_a_worker_is_ready_when_it_has_made_a_round_trip(
    temporal: Client, database_url: str, pool: Pool, unused_port: int
) -> None:
    """It lives at once; it makes one as soon as it starts. What a worker before it did says nothing of this one."""
    await round_trip(pool, timedelta(minutes=1))
    reached = EngineContext(temporal, pool)
    assert await obstacles(reached) == ()
    assert len(await obstacles(reached, since=reached.clock())) == 1
    url = f"http://127.0.0.1:{unused_port}"
    async with main.engine(temporal, settings_of(database_url, MCA_HEALTH=f"127.0.0.1:{unused_port}")):
        assert await asked(f"{url}/health/live") == (HTTPStatus.OK, {"status": "live"})
        while (answer := await asked(f"{url}/health/ready"))[0] == HTTPStatus.SERVICE_UNAVAILABLE:
            assert answer[1]["status"] == "not_ready"
        assert answer == (HTTPStatus.OK, {"status": "ready"})
        assert (await asked(f"{url}/other"))[0] == HTTPStatus.NOT_FOUND


async def test_a_round_trip_counts_for_a_quarter_of_an_hour(temporal: Client, pool: Pool) -> None:
    """Whoever has made none for longer may be up, and nothing moves."""
    reached = EngineContext(temporal, pool)
    await round_trip(pool, STALE + timedelta(minutes=1))
    (obstacle,) = await obstacles(reached)
    assert "no worker has compared the records with the running workflows since" in obstacle
    await round_trip(pool, STALE - timedelta(minutes=1))
    assert await obstacles(reached) == ()


_REPLACED = (
    ("DROP SCHEMA public CASCADE; CREATE SCHEMA public", "has no tables yet"),
    ("UPDATE alembic_version SET version_num = '0000'", "mca migrate"),
    ("UPDATE alembic_version SET version_num = '9999'", "knows none after"),
    ("DROP TABLE notes", "restore a backup"),
)


@pytest.mark.parametrize(("becomes", "said"), _REPLACED)
async def test_a_database_that_was_replaced_meanwhile_is_noticed(
    temporal: Client, pool: Pool, becomes: str, said: str
) -> None:
    """Restored, migrated or emptied under a running process: not ready, and why. It lives all the same."""
    await round_trip(pool)
    reached = EngineContext(temporal, pool)
    async with health_page("127.0.0.1:0", lambda: obstacles(reached)) as url:
        assert (await asked(f"{url}/health/ready"))[0] == HTTPStatus.OK
        await pool.execute(becomes)
        status, answer = await asked(f"{url}/health/ready")
        assert status == HTTPStatus.SERVICE_UNAVAILABLE
        assert said in str(answer["obstacles"])
        assert (await asked(f"{url}/health/live"))[0] == HTTPStatus.OK
        await pool.close()
        status, answer = await asked(f"{url}/health/ready")
        assert (status, "does not answer" in str(answer)) == (HTTPStatus.SERVICE_UNAVAILABLE, True)


@pytest.mark.parametrize("becomes", [becomes for becomes, _ in _REPLACED])
async def test_neither_worker_nor_gateway_starts_over_such_a_database(
    temporal: Client, database_url: str, pool: Pool, becomes: str
) -> None:
    """Nothing is registered, answered or recorded."""
    await pool.execute(becomes)
    settings = GatewaySettings(**settings_of(database_url).model_dump())
    for program in (main.engine(temporal, settings), opened(settings, temporal)):
        with pytest.raises(SchemaUnfit):
            await program.__aenter__()


async def test_with_a_build_id_and_none_current_nothing_is_ready(database_url: str, pool: Pool) -> None:
    """Temporal gives such workers no work; as soon as one build is current, they are ready."""
    async with await dev_server(dev_server_log_level="error", data_converter=DATA_CONVERTER) as server:
        reached = EngineContext(server.client, pool, "readiness")
        async with main.engine(server.client, settings_of(database_url, MCA_BUILD_ID="b1")):
            await round_trip(pool)
            assert await obstacles(reached) == ()
            (obstacle,) = await obstacles(reached, "b1")
            assert "no build is current" in obstacle
            assert obstacle.endswith(f"set-current-version --deployment-name {DEPLOYMENT} --build-id b1")
            await make_current(server.client, "b1")
            assert await obstacles(reached, "b1") == ()
