"""A team in Tokyo reads Tokyo's times: on pages, in calendars, in lists, on the command line."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import vobject  # type: ignore[import-untyped]

from lifecycle.dates import clock_of
from records.zones import zone_of
from schemas.words import Matter
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.workflows.subjects import COACH, now

TOKYO = ZoneInfo("Asia/Tokyo")


def _in_tokyo(life: Life) -> Life:
    opening = life.told[0]
    life.told[0] = opening.model_copy(update={"zone": TOKYO.key})
    return life


async def test_the_page_of_a_session_says_its_hour_by_the_teams_clock(site: Site) -> None:
    """Nine in the morning there, midnight in London."""
    life = _in_tokyo(Life(3, watched_from=now() - timedelta(weeks=6)).agreed())
    await life.put(site.pool)
    async with site.pool.acquire() as conn:
        assert await zone_of(conn, life.name) == TOKYO.key
    today = clock_of(TOKYO.key).today(now())
    day = today - timedelta(days=(today.weekday() - 1) % 7 or 7)
    token = await site.asked(life.name, Matter.SESSION, day.isoformat(), about=day)
    page = await site.get(token)
    assert page.title.endswith(" at 9am go ahead?")


async def test_a_calendar_holds_sessions_at_the_teams_hour(site: Site) -> None:
    """With the zone and its rules beside them."""
    life = _in_tokyo(Life(3).agreed())
    await life.put(site.pool)
    answered = await site.http.get(await site.feed(COACH))
    read = vobject.readOne(answered.text)
    assert [zone.tzid.value for zone in read.contents["vtimezone"]] == [TOKYO.key]
    sessions = [event for event in read.contents["vevent"] if event.uid.value.startswith(f"session.{life.name}.")]
    assert {event.dtstart.value.hour for event in sessions} == {9}
    assert {event.dtstart.value.utcoffset() for event in sessions} == {timedelta(hours=9)}
