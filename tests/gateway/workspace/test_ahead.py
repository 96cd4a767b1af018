"""What the next eight weeks hold: for an academy, for the teams that faculty look after, and for one person."""

from __future__ import annotations

from datetime import timedelta

from lifecycle.dates import date_range, long_date
from records.database import Pool
from schemas.academy_facts import AcademyOpened
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.facts import AcademyClosed, LeaveAgreed, Teller
from schemas.person_facts import PersonKnown
from schemas.subjects import person_subject
from schemas.words import Role
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Intro, Life, _put
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.conftest import Phone
from tests.gateway.workspace.test_teams import queries
from tests.workflows.subjects import COACH, FACULTY, OFFICE, now

SERVICE = Teller(role=Role.SERVICE)


async def closed(pool: Pool) -> str:
    """Two weeks from next Monday but one, as the academy's own ledger has it; answers them in words."""
    at, today = now(), now().date()
    first = today + timedelta(days=14 - today.weekday())
    last = first + timedelta(days=11)
    opened = AcademyOpened(event_id="sheffield:opened", occurred_at=at, calendar=LATEST_HOLIDAY_TABLE)
    told = AcademyClosed(event_id="sheffield:closed", occurred_at=at, told_by=SERVICE, first_day=first, last_day=last)
    await _put(pool, "sheffield", [opened, told], at)
    return date_range(first, last)


async def away(pool: Pool, person: str, weeks: int = 2) -> str:
    """Somebody is away for three days, some weeks ahead; answers them in words."""
    at, subject = now(), person_subject("sheffield", person)
    first = at.date() + timedelta(weeks=weeks)
    last = first + timedelta(days=2)
    opened = PersonKnown(event_id=f"{subject}:known", occurred_at=at, person=person)
    told = LeaveAgreed(
        event_id=f"{subject}:away", occurred_at=at, told_by=SERVICE, person=person, first_day=first, last_day=last
    )
    await _put(pool, subject, [opened, told], at)
    return date_range(first, last)


async def test_an_academy_sees_its_course_days_decisions_closures_and_leave(site: Site, browser: Browser) -> None:
    """By week, then by day; how many teams should meet stands as a number that leads to them."""
    intro = Intro(5).booked()
    await intro.put(site.pool)
    await Course().put(site.pool)
    await Life().paused().put(site.pool)
    shut, leave = await closed(site.pool), await away(site.pool, COACH)
    await browser.sign_in(f"{OFFICE}@example.org")
    page = await browser.open("/calendar-ahead")
    words = page.words.replace("&#39;", "'")
    for said in (
        "Introduction course, day 1 (2 of 5 places taken)", "learning session", "of c",
        f"The academy is closed from {shut}", f"Anna Example is away from {leave}", "No sessions are expected.",
        "No weekly sessions are due.", "1 team is paused", "We ask whether the pause should go on: Ward 12",
    ):  # fmt: skip
        assert said.lower() in words.lower(), said
    assert words.index(long_date(intro.day_1)) < words.index(long_date(intro.day_1 + timedelta(days=1)))
    assert page.text.count('<h2 class="nhsuk-heading-m">') == 8


async def test_faculty_see_their_own_teams_alone(site: Site, browser: Browser) -> None:
    """Not the academy's courses, nor whoever has no part in a team of theirs."""
    await Intro(5).put(site.pool)
    await Life().paused().put(site.pool)
    last = await Life().paused().put(site.pool)
    await site.pool.execute(
        "UPDATE engagement_people SET person = $1 WHERE key = 'faculty' AND engagement = $2", OTHER, last
    )
    await away(site.pool, COACH)
    await away(site.pool, OTHER)
    await site.pool.execute("DELETE FROM engagement_people WHERE person = $1 AND key <> 'faculty'", OTHER)
    await browser.sign_in(f"{FACULTY}@example.org")
    words = (await browser.open("/calendar-ahead")).words
    assert "1 team is paused" in words
    assert "Anna Example is away" in words
    assert "Otto Other is away" not in words
    assert "Introduction course" not in words


async def test_a_coach_sees_their_own_sessions_and_leave(site: Site, browser: Browser) -> None:
    """And nobody else's, whatever the address asks for."""
    await Life().agreed().put(site.pool)
    await Life().paused().put(site.pool)
    await away(site.pool, COACH)
    await away(site.pool, OTHER)
    await browser.sign_in(f"{COACH}@example.org")
    for path in ("/calendar-ahead", "/calendar-ahead?of=academy", "/calendar-ahead?of=teams"):
        words = (await browser.open(path)).words
        assert "9am: session with Ward 12" in words
        assert "Anna Example is away" in words
        assert "Otto Other" not in words
        assert "paused" not in words


async def test_who_has_no_part_sees_nothing(browser: Browser) -> None:
    """There is no such page for them."""
    await browser.sign_in(f"{OTHER}@example.org")
    assert (await browser.open("/calendar-ahead")).status == 404


async def test_leave_that_was_taken_back_is_not_shown(site: Site, browser: Browser) -> None:
    """A correction withdraws it."""
    await away(site.pool, COACH)
    await site.pool.execute(
        """
        INSERT INTO facts (subject, seq, event_id, kind, occurred_at, recorded_at, told_by_role, body, answer)
        SELECT subject, 3, 'back', 'correction', occurred_at, recorded_at, told_by_role,
               jsonb_build_object('kind', 'correction', 'corrects', event_id), answer
        FROM facts WHERE kind = 'leave_agreed'
        """
    )
    await browser.sign_in(f"{OFFICE}@example.org")
    assert "is away" not in (await browser.open("/calendar-ahead")).words


async def test_more_teams_and_courses_take_no_more_queries(site: Site, walled: Pool, browser: Browser) -> None:
    """For the academy, and for oneself."""
    await Life().agreed().put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    for path in ("/calendar-ahead", "/calendar-ahead?of=me"):
        await browser.open(path)
        before = len(await queries(walled, browser, path))
        for life in (Life().paused(), Life().stalled(), Course(), Intro(3).booked()):
            await life.put(site.pool)
        assert before == len(await queries(walled, browser, path)) > 0


async def test_axe_finds_nothing_on_a_narrow_phone(site: Site, browser: Browser, phone: Phone) -> None:
    """With everything on it."""
    for life in (Intro(3).booked(), Course(), Life().paused(), Life().agreed()):
        await life.put(site.pool)
    await closed(site.pool)
    await away(site.pool, COACH)
    await browser.sign_in(f"{OFFICE}@example.org")
    await phone.looks_right("/calendar-ahead", "/calendar-ahead?of=me")
