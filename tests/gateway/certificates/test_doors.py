"""Certificates for administrators: over HTTP and on the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from gateway.app import build_app
from gateway.context import AppContext
from mca.main import app as command
from operations import certificates
from records.database import Pool
from tests.gateway.certificates.conftest import completed, corrected, erased
from tests.gateway.conftest import Callers
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course
from tests.workflows.subjects import now


@pytest.fixture
def app(context: AppContext) -> FastAPI:
    """The whole gateway."""
    return build_app(context)


async def issued(pool: Pool, life: Course) -> str:
    """The code of a participant who looked at their certificate."""
    async with pool.acquire() as connection:
        return (await certificates.issue(connection, life.name, life.key(2), OTHER, now())).code


async def test_it_is_shown_without_a_name(site: Site, http: httpx.AsyncClient) -> None:
    """Ids, dates and what stands of it; a code is read as people write it."""
    life = await completed(site.pool)
    code = await issued(site.pool, life)
    answered = await http.get(f"/v1/certificates/{code.lower().replace('-', '')}")
    assert answered.status_code == 200, answered.text
    said = answered.json()
    assert "Otto" not in answered.text
    assert (said["code"], said["status"], said["award"]) == (code, "valid", "coaching_course")
    assert (said["subject"], said["about"], said["person"]) == (life.name, life.key(2), OTHER)
    assert said["first_day"] == str(life.start)
    await corrected(site.pool, life)
    said = (await http.get(f"/v1/certificates/{code}")).json()
    assert (said["status"], said["award"], said["first_day"]) == ("not_earned", None, None)


async def test_an_erased_person_is_said_to_be(site: Site, http: httpx.AsyncClient) -> None:
    """The certificate stands, and is nobody's."""
    code = await issued(site.pool, await completed(site.pool))
    await erased(site.pool)
    assert (await http.get(f"/v1/certificates/{code}")).json()["status"] == "erased"


async def test_it_is_revoked_and_noted(site: Site, http: httpx.AsyncClient) -> None:
    """Once; who did is in the audit."""
    life = await completed(site.pool)
    code = await issued(site.pool, life)
    first = await http.post(f"/v1/certificates/{code}/revocation", json={"because": "requested"})
    again = await http.post(f"/v1/certificates/{code}/revocation", json={"because": "other"})
    assert (first.status_code, first.json()["status"], first.json()["revoked_because"]) == (200, "revoked", "requested")
    assert again.json() == first.json()
    lines = await site.pool.fetch(
        "SELECT door, action, caller FROM audit WHERE subject = $1 ORDER BY number", life.name
    )
    assert [(line["door"], line["action"]) for line in lines] == [
        ("http", f"certificate {code} revoke requested"),
        ("http", f"certificate {code} revoke other"),
    ]
    assert all(line["caller"].startswith("key_") for line in lines)


async def test_what_cannot_be_done_is_said(site: Site, http: httpx.AsyncClient, callers: Callers) -> None:
    """An unknown code, another reason, and who may not."""
    code = await issued(site.pool, await completed(site.pool))
    for unknown in ("0000-0000-0000", "nothing"):
        assert (await http.get(f"/v1/certificates/{unknown}")).status_code == 404
        answered = await http.post(f"/v1/certificates/{unknown}/revocation", json={"because": "other"})
        assert answered.status_code == 404
    assert (await http.post(f"/v1/certificates/{code}/revocation", json={"because": "spite"})).status_code == 422
    for grant, status in (("admin:leeds", 404), ("read:*:*", 403), ("tell:*:*", 403)):
        client = await callers.with_grants(grant)
        assert (await client.get(f"/v1/certificates/{code}")).status_code == status
        answered = await client.post(f"/v1/certificates/{code}/revocation", json={"because": "other"})
        assert answered.status_code == status
    assert await site.pool.fetchval("SELECT revoked_at FROM certificates") is None


@pytest.fixture
def at_the_keyboard(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The commands find this test's database."""
    monkeypatch.setenv("MCA_DATABASE_URL", database_url)
    monkeypatch.setenv("MCA_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


async def run(*given: str) -> Result:
    """``mca certificate``."""
    return await asyncio.to_thread(CliRunner().invoke, command, ["certificate", *given])


@pytest.mark.usefixtures("at_the_keyboard")
async def test_on_the_command_line(site: Site) -> None:
    """Shown with its name, revoked for a reason, restored; each change is noted."""
    life = await completed(site.pool)
    code = await issued(site.pool, life)
    shown = await run("show", code.lower())
    assert shown.exit_code == 0, shown.output
    assert all(part in shown.output for part in (code, "valid", "Otto Other", life.key(2), "coaching course"))
    revoked = await run("revoke", code, "--because", "issued_in_error")
    assert (revoked.exit_code, revoked.output.strip()) == (0, f"{code} is revoked: issued in error.")
    assert "revoked" in (await run("show", code)).output
    restored = await run("restore", code)
    assert (restored.exit_code, restored.output.strip()) == (0, f"{code} is not revoked. It is valid.")
    actions = await site.pool.fetch("SELECT action FROM audit WHERE door = 'mca' ORDER BY number")
    assert [line["action"] for line in actions] == [
        f"certificate {code} revoke issued_in_error",
        f"certificate {code} restore",
    ]


@pytest.mark.usefixtures("at_the_keyboard", "site")
async def test_the_command_line_says_what_is_wrong() -> None:
    """A code that nobody was given; a reason that is none."""
    for given in (("show",), ("revoke", "--because", "other"), ("restore",)):
        answered = await run(*given, "0000-0000-0000")
        assert answered.exit_code == 1
        assert "There's no certificate with this code" in answered.output
    assert (await run("revoke", "0000-0000-0000", "--because", "spite")).exit_code == 2
