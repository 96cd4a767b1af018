"""The weekly mail is stopped with one click, and had again; alarms are another matter."""

from __future__ import annotations

import pytest

from activities.links import Purpose
from tests.gateway.pages.conftest import Site, asks_for_day
from tests.workflows.subjects import COACH, now


async def wants(site: Site) -> bool:
    """Whether the coach has it, as recorded."""
    found: bool = await site.pool.fetchval("SELECT weekly_mail FROM people WHERE person = $1", COACH)
    return found


async def test_it_is_stopped_and_had_again_by_a_button(site: Site) -> None:
    """A GET changes nothing; each page says what holds."""
    token = site.token(Purpose.WEEKLY_MAIL)
    page = await site.get(token)
    assert "Stop the weekly email" in page.words
    assert await wants(site)
    assert "Send me the weekly email again" in (await site.post(token, page, "stop")).words
    assert not await wants(site)
    again = await site.post(token, page, "stop")
    assert ("Nothing was changed" in again.words, "We've recorded it." in again.words) == (True, False)
    await site.answer(token, "start")
    assert await wants(site)


async def test_a_mail_program_stops_it_without_a_page(site: Site) -> None:
    """RFC 8058: one POST with its own words, as either kind of form, and no redirect; a repeat changes nothing."""
    token = site.token(Purpose.WEEKLY_MAIL)
    for form in ({"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": (None, "One-Click")}}) * 2:
        answered = await site.http.post(f"/a/{token}", **form)
        assert answered.status_code == 200
        assert not await wants(site)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"answer": "stop"},
        {"List-Unsubscribe": "one-click"},
        {"List-Unsubscribe": "One-Click", "answer": "start"},
        {"List-Unsubscribe": ["One-Click", "One-Click"]},
        {"state": "forged", "answer": "stop"},
    ],
)
async def test_no_other_post_stops_it(site: Site, form: dict[str, str]) -> None:
    """Neither one without the page's own form, nor one with more than RFC 8058 says."""
    await site.http.post(f"/a/{site.token(Purpose.WEEKLY_MAIL)}", data=form)
    assert await wants(site)


async def test_it_is_not_stopped_by_what_follows_the_mail_at_once(site: Site) -> None:
    """A program that presses every button of its page within a minute: the reader is asked for a day first."""
    await site.pool.execute(
        """
        INSERT INTO digests (person, week, academy, made_at, status, settled_at, message_id)
        VALUES ($1, current_date, 'sheffield', $2, 'sent', $2, 'm')
        """,
        COACH,
        now(),
    )
    token = site.token(Purpose.WEEKLY_MAIL)
    for answer in ("stop", "uninvite", "invite"):
        assert asks_for_day(await site.press(token, await site.get(token), answer))
    assert await wants(site)
    await site.answer(token, "stop")
    assert not await wants(site)


@pytest.mark.parametrize(("purpose", "status"), [(Purpose.HOME, 404), (Purpose.CALENDAR, 200)])
async def test_another_link_stops_nothing(site: Site, purpose: Purpose, status: int) -> None:
    """Each link has one purpose."""
    answered = await site.http.post(f"/a/{site.token(purpose)}", data={"answer": "stop"})
    assert answered.status_code == status
    assert await wants(site)
