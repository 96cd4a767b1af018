"""API keys at the door, and how often a caller may call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from gateway.context import now
from records import keys
from records.database import Pool
from tests.gateway.access.conftest import TEAM, Clock, Knock
from tests.gateway.access.issuer import Issuer

MakeKey = Callable[..., Awaitable[str]]


@pytest.mark.parametrize("written", ["X-API-Key", "Authorization"])
async def test_a_key_opens_in_either_header(http: httpx.AsyncClient, key: MakeKey, pool: Pool, written: str) -> None:
    """The caller is known by the key's name, which opens nothing."""
    secret = await key("read:*:*")
    response = await http.get(
        "/probe/read", headers={written: secret if written == "X-API-Key" else f"Bearer {secret}"}
    )
    assert response.status_code == 200
    assert response.json() == await pool.fetchval("SELECT key FROM api_keys")


async def test_a_key_that_nobody_made_is_refused(http: httpx.AsyncClient, key: MakeKey, pool: Pool) -> None:
    """Nor does the name of a key open, nor a secret that is cut or lengthened, nor a token in the key's header."""
    secret = await key("read:*:*")
    for wrong in ("mca_", "mca_unknown", secret[:-1], f"{secret}x", secret.upper(), "eyJ.e30.x"):
        response = await http.get("/probe/read", headers={"X-API-Key": wrong})
        assert (response.status_code, response.json()["type"]) == (401, "/problems/not-authenticated")
        assert "WWW-Authenticate" in response.headers
    name = await pool.fetchval("SELECT key FROM api_keys")
    assert (await http.get("/probe/read", headers={"X-API-Key": name})).status_code == 401


async def test_a_revoked_key_is_refused_at_once(http: httpx.AsyncClient, key: MakeKey, pool: Pool) -> None:
    """The call after it gets 401; other keys go on."""
    first, second = await key("read:*:*"), await key("read:*:*")
    assert (await http.get("/probe/read", headers={"X-API-Key": first})).status_code == 200
    async with pool.acquire() as connection:
        assert await keys.revoke(connection, await pool.fetchval("SELECT key FROM api_keys LIMIT 1"), now())
    assert sorted(
        [(await http.get("/probe/read", headers={"X-API-Key": secret})).status_code for secret in (first, second)]
    ) == [200, 401]


async def test_a_key_ends_by_itself(http: httpx.AsyncClient, key: MakeKey, pool: Pool) -> None:
    """And its answer says so, since whoever has it may have a new secret."""
    secret = await key("read:*:*")
    await pool.execute("UPDATE api_keys SET created_at = now() - interval '2 days', ends = now() - interval '1 day'")
    response = await http.get("/probe/read", headers={"X-API-Key": secret})
    assert (response.status_code, "expired" in response.json()["detail"]) == (401, True)


async def test_what_is_refused_is_a_security_event(http: httpx.AsyncClient, key: MakeKey, pool: Pool) -> None:
    """By the id of whose key it is, if it is anybody's, and the network it comes from; a flood is counted."""
    reader = await key("read:sheffield:engagements")
    name = await pool.fetchval("SELECT key FROM api_keys")
    with capture_logs() as logs:
        for sent, path in (
            (reader, "/probe/admin"),
            (reader, "/probe/read/leeds"),
            *[("mca_unknown", "/probe/read")] * 9,
        ):
            await http.get(path, headers={"X-API-Key": sent})
    said = [line for line in logs if line["event"].startswith("security.")]
    assert [(line["event"], line["times"]) for line in said] == [
        ("security.grant_refused", 1),
        ("security.grant_refused", 1),
        ("security.key_refused", 1),
    ]
    assert (said[0]["who"], said[0]["needed"], said[0]["door"]) == (name, "manage:audit", "http")
    assert (said[2]["source"], said[2]["why"]) == ("127.0.0.0/24", "unknown")


async def test_a_call_notes_when_the_key_was_used(http: httpx.AsyncClient, key: MakeKey, pool: Pool) -> None:
    """So that unused keys can be found."""
    secret = await key("read:*:*")
    assert await pool.fetchval("SELECT last_used_at FROM api_keys") is None
    await http.get("/probe/read", headers={"X-API-Key": secret})
    assert (now() - await pool.fetchval("SELECT last_used_at FROM api_keys")).total_seconds() < 60


@pytest.mark.parametrize(
    ("grant", "path", "status"),
    [
        ("tell:sheffield:sessions", f"/probe/tell/{TEAM}", 200),
        ("tell:sheffield:sessions", "/probe/tell/leeds.2026-autumn.P01", 403),
        ("tell:sheffield:sessions", f"/probe/read/{TEAM}", 403),
        ("tell:sheffield:sessions", "/probe/admin", 403),
        ("read:sheffield:*", f"/probe/tell/{TEAM}", 403),
        ("admin:sheffield", "/probe/admin", 200),
        ("admin:sheffield", f"/probe/tell/{TEAM}", 200),
        ("admin:sheffield", "/probe/tell/leeds.2026-autumn.P01", 403),
    ],
)
async def test_a_key_opens_what_it_was_granted(
    http: httpx.AsyncClient, key: MakeKey, grant: str, path: str, status: int
) -> None:
    """And nothing else."""
    assert (await http.get(path, headers={"X-API-Key": await key(grant)})).status_code == status


async def test_a_caller_who_calls_too_often_has_to_wait(http: httpx.AsyncClient, key: MakeKey, wall: Clock) -> None:
    """Answers say how many calls are left; the one too many says how long to wait. Others go on meanwhile."""
    eager, calm = await key("read:*:*"), await key("read:*:*")
    answers = [await http.get("/probe/read", headers={"X-API-Key": eager}) for _ in range(3)]
    answers += [await http.get("/probe/read", headers={"Authorization": f"Bearer {eager}"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert [one.headers["RateLimit"].split(";")[1] for one in answers] == ["r=4", "r=3", "r=2", "r=1", "r=0", "r=0"]
    assert {one.headers["RateLimit-Policy"] for one in answers} == {'"calls";q=5;w=60'}
    assert answers[-1].headers["Retry-After"] == "40"
    assert answers[-1].json()["type"] == "/problems/too-many"
    assert (await http.get("/probe/read", headers={"X-API-Key": calm})).status_code == 200
    wall.at += int(answers[-1].headers["Retry-After"]) + 0.01
    assert (await http.get("/probe/read", headers={"X-API-Key": eager})).status_code == 200


@pytest.mark.usefixtures("wall")
async def test_refused_calls_count_too(http: httpx.AsyncClient, key: MakeKey) -> None:
    """Whoever asks for what is not theirs is counted as everybody, and told how many calls are left."""
    headers = {"X-API-Key": await key("tell:*:*")}
    assert [(await http.get("/probe/read", headers=headers)).status_code for _ in range(6)] == [403] * 5 + [429]


@pytest.mark.usefixtures("wall")
async def test_a_problem_says_how_many_calls_are_left(http: httpx.AsyncClient, key: MakeKey) -> None:
    """As every answer to somebody who is known."""
    response = await http.get("/probe/admin", headers={"X-API-Key": await key("read:*:*")})
    assert (response.status_code, response.headers["RateLimit"].split(";")[1]) == (403, "r=4")


@pytest.mark.usefixtures("wall")
async def test_tokens_of_one_subject_are_one_caller(issuer: Issuer, knock: Knock) -> None:
    """A new token buys no calls; another subject has its own."""
    assert [(await knock(issuer.token(jti=str(n)))).status_code for n in range(6)] == [200] * 5 + [429]
    assert (await knock(issuer.token(sub="rota"))).status_code == 200


async def test_without_the_database_no_key_can_be_checked(http: httpx.AsyncClient, key: MakeKey, pool: Pool) -> None:
    """503, not 401: it is not the caller's fault."""
    secret = await key("read:*:*")
    await pool.close()
    response = await http.get("/probe/read", headers={"X-API-Key": secret})
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)


async def test_no_key_is_logged(http: httpx.AsyncClient, key: MakeKey) -> None:
    """Neither one that opens nor one that does not."""
    secret = await key("read:*:*")
    with capture_logs() as logs:
        for sent in (secret, f"{secret}x"):
            await http.get("/probe/read", headers={"X-API-Key": sent})
    assert secret not in str(logs)


def test_both_ways_in_are_described(app: FastAPI) -> None:
    """OpenAPI names a bearer token and a key, of which one is enough."""
    described = app.openapi()
    schemes = described["components"]["securitySchemes"]
    assert (schemes["token"]["scheme"], schemes["token"]["bearerFormat"]) == ("bearer", "JWT")
    assert (schemes["key"]["in"], schemes["key"]["name"]) == ("header", "X-API-Key")
    for path in ("/probe/read", "/probe/admin"):
        assert described["paths"][path]["get"]["security"] == [{"token": []}, {"key": []}]
