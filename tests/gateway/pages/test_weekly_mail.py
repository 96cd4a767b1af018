"""The weekly mail is stopped with one click, and had again; alarms are another matter."""

from __future__ import annotations

import pytest

from activities.links import Purpose
from tests.gateway.pages.conftest import Site
from tests.workflows.subjects import COACH


async def wants(site: Site) -> bool:
    """Whether the coach has it, as recorded."""
    found: bool = await site.pool.fetchval("SELECT weekly_mail FROM people WHERE person = $1", COACH)
    return found


async def test_it_is_stopped_and_had_again_by_a_button(site: Site) -> None:
    """A GET changes nothing; each page says what holds."""
    token = site.token(Purpose.WEEKLY_MAIL)
    assert "Stop the weekly email" in (await site.get(token)).words
    assert await wants(site)
    answered = await site.http.post(f"/a/{token}", data={"answer": "stop"})
    assert answered.headers["location"] == "?told=1"
    assert not await wants(site)
    assert "Send me the weekly email again" in (await site.get(token, "?told=1")).words
    await site.http.post(f"/a/{token}", data={"answer": "start"})
    assert await wants(site)


async def test_a_mail_program_stops_it_without_a_page(site: Site) -> None:
    """RFC 8058: one POST, with its own words; a repeat changes nothing."""
    for _ in range(2):
        answered = await site.http.post(f"/a/{site.token(Purpose.WEEKLY_MAIL)}", data={"List-Unsubscribe": "One-Click"})
        assert answered.status_code == 303
        assert not await wants(site)


@pytest.mark.parametrize("purpose", [Purpose.HOME, Purpose.CALENDAR])
async def test_another_link_stops_nothing(site: Site, purpose: Purpose) -> None:
    """Each link has one purpose."""
    answered = await site.http.post(f"/a/{site.token(purpose)}", data={"answer": "stop"})
    assert answered.status_code != 303
    assert await wants(site)
