"""Tasks as office and faculty see them by a mailed link: the same as signed in, with a way to put one off."""

from __future__ import annotations

from datetime import timedelta

from activities.links import Purpose
from schemas.engagement_facts import EngagementProposed
from schemas.words import Matter
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.test_worklist import asked
from tests.workflows.subjects import FACULTY, OFFICE, now


async def waiting(site: Site, faculty: str = FACULTY) -> tuple[Life, Life]:
    """A team without a coach, for faculty, and a stalled one, for the office."""
    vacant, stalled = Life(3).vacant(), Life(3, watched_from=now() - timedelta(weeks=10)).stalled()
    opening = vacant.told[0]
    assert isinstance(opening, EngagementProposed)
    vacant.told[0] = opening.model_copy(update={"people": opening.people.model_copy(update={"faculty": faculty})})
    for life, matter in ((vacant, Matter.VACANCY), (stalled, Matter.STALL)):
        await life.put(site.pool)
        await asked(site.pool, life, matter)
    return vacant, stalled


STALLED = "Ward 12: agree with the coach and faculty what should happen next"
VACANT = "Ward 12: find a new or interim coach"


async def test_each_sees_what_waits_for_them(site: Site) -> None:
    """The office its decisions, faculty its own; each line leads to the page that answers it."""
    await waiting(site)
    office = await site.get(site.token(Purpose.HOME, OFFICE))
    assert "Teams at risk of stopping" in office.words
    assert STALLED in office.words
    assert VACANT not in office.words
    faculty = await site.get(site.token(Purpose.HOME, FACULTY))
    assert VACANT in faculty.words
    token = faculty.link(VACANT).rpartition("/")[2]
    assert "coach.interim" in (await site.get(token)).buttons


async def test_who_is_office_and_faculty_sees_both(site: Site) -> None:
    """In a small academy one person is both."""
    await waiting(site, faculty=OFFICE)
    both = await site.get(site.token(Purpose.HOME, OFFICE))
    assert STALLED in both.words
    assert VACANT in both.words


async def test_a_line_is_put_off_with_a_reason_and_until_a_day(site: Site) -> None:
    """A slip says what to mend and keeps what was written; then the line is gone, and counted."""
    _, stalled = await waiting(site)
    token = site.token(Purpose.HOME, OFFICE)
    item = await site.pool.fetchval(
        """
        SELECT concat_ws('/', subject, matter, "window") FROM notices WHERE subject = $1
        """,
        stalled.name,
    )
    day = (now() + timedelta(days=9)).date()
    form = {"state": (await site.get(token)).state, "item": item, "number": "0",
            "off0-why": "They meet on the 18th", "off0-until-day": "40",
            "off0-until-month": str(day.month), "off0-until-year": str(day.year)}  # fmt: skip
    wrong = await site.http.post(f"/a/{token}", data=form)
    assert wrong.status_code == 422
    assert "must be a real date" in wrong.text
    assert "They meet on the 18th" in wrong.text
    answered = await site.http.post(f"/a/{token}", data=form | {"off0-until-day": str(day.day)})
    assert answered.headers["location"] == "?off=1"
    after = await site.get(token, "?off=1")
    assert STALLED not in after.words
    assert "Snoozed (1)" in after.words
    row = await site.pool.fetchrow("SELECT reason, by FROM snoozes")
    assert row is not None
    assert tuple(row) == ("They meet on the 18th", f"person:{OFFICE}")


async def test_nobody_puts_off_what_waits_for_somebody_else(site: Site) -> None:
    """Faculty with the name of the office's line: nothing is put off."""
    _, stalled = await waiting(site)
    item = await site.pool.fetchval(
        """SELECT concat_ws('/', subject, matter, "window") FROM notices WHERE subject = $1""", stalled.name
    )
    day = (now() + timedelta(days=9)).date()
    token = site.token(Purpose.HOME, FACULTY)
    form = {"state": (await site.get(token)).state, "item": item, "number": "0",
            "off0-why": "Not mine", "off0-until-day": str(day.day),
            "off0-until-month": str(day.month), "off0-until-year": str(day.year)}  # fmt: skip
    await site.http.post(f"/a/{token}", data=form)
    assert await site.pool.fetchval("SELECT count(*) FROM snoozes") == 0
