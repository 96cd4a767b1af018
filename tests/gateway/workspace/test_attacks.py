"""What somebody who is signed in tries with addresses and forms that no page of theirs holds."""

from __future__ import annotations

import re

import pytest

from gateway.pages.forms import Forms
from records import cohorts
from records.roles import roles_of
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Intro, Life
from tests.gateway.pages.test_roles import joined
from tests.gateway.pages.test_sign_in import Browser
from tests.gateway.workspace.test_academy import stale
from tests.gateway.workspace.test_cohort_import import WHERE, again, sent, sheet
from tests.schemas.test_roster import row
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, now, one_more

ODD = "sheffield.%00"
_TOLD = "SELECT count(*) FROM facts"


@pytest.mark.parametrize(
    "path",
    [
        f"/teams/{ODD}", f"/teams/{ODD}/log", f"/teams/{ODD}/record/end", f"/teams/{ODD}/people/%00",
        f"/cohorts/{ODD}", f"/cohorts/{ODD}/participants/%00", f"/cohorts/{ODD}/certificates/%00",
        f"/introduction-courses/{ODD}", f"/introduction-courses/{ODD}/bookings/%00",
        f"/introduction-courses/{ODD}/certificates/%00", "/people/%00", "/academy/programme/%00",
        "/upcoming-mail/change?one=%00",
        "/introduction-courses/no id", "/introduction-courses/sheffield.x/bookings/no id", "/cohorts/no id",
    ],
)  # fmt: skip
async def test_an_address_that_nothing_can_have_is_not_found(browser: Browser, path: str) -> None:
    """Nor one with what Postgres keeps in no text: it isn't a failure of ours."""
    await browser.sign_in(f"{OFFICE}@example.org")
    assert (await browser.open(path)).status == 404, browser.shown.words


@pytest.mark.parametrize("path", ["/home?team=%00&kind=%00", "/teams?cohort=%00&state=%00", "/people?q=%00"])
async def test_a_filter_that_nothing_can_meet_is_left_out(browser: Browser, path: str) -> None:
    """The page is shown."""
    await browser.sign_in(f"{OFFICE}@example.org")
    assert (await browser.open(path)).status == 200


@pytest.mark.parametrize("said", [{"hand": "take"}, {"hand": "release"}, {"answer": "off-0.yes"}])
async def test_a_task_that_nothing_can_be_is_not_taken(browser: Browser, said: dict[str, str]) -> None:
    """It is answered as one that somebody else was faster with."""
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open("/home")
    state = next((one["value"] for one in browser.shown.inputs if one.get("name") == "state"), "")
    answer = await browser.http.post("/home", data={"item": "\x00", "state": state, **said})
    assert answer.status_code in (303, 404, 422, 200), answer.text


@pytest.mark.parametrize(
    ("life", "kind", "button", "day"),
    [
        ("agreed", "end", "end.yes", ""),
        ("signed", "limit", "end.yes", ""),
        ("signed", "hand-off", "hand-off.yes", "on"),
    ],
)
async def test_the_coaching_ends_only_by_who_signed_in_just_now(
    site: Site, browser: Browser, life: str, kind: str, button: str, day: str
) -> None:
    """On whatever page it is told."""
    team = await getattr(Life(), life)().put(site.pool)
    await browser.sign_in(f"{FACULTY}@example.org")
    where, before = f"/teams/{team}/record/{kind}", await site.pool.fetchval(_TOLD)
    page = await browser.open(where)
    assert button in page.text
    await stale(site)
    today = now().date()
    given = {f"hand-off-on-{part}": str(getattr(today, part)) for part in ("day", "month", "year")} if day else {}
    page = await browser.press(where, button, **given, **{"end-reason": "other"})
    assert page.url.startswith("/sign-in"), page.words
    assert await site.pool.fetchval(_TOLD) == before


@pytest.mark.parametrize(
    ("where", "button"),
    [
        ("/teams/{team}/log/2", "back.yes"),
        ("/teams/{team}/people/faculty", "who.yes"),
        ("/teams/{team}/people/coach", "nobody.yes"),
        ("/cohorts/{cohort}/log/2", "back.yes"),
        ("/cohorts/{cohort}/participants/P02/leave", "withdraw.yes"),
        ("/cohorts/{cohort}/participants/P02/defer", "defer.yes"),
        ("/cohorts/{cohort}/changes/runs", "cancel.yes"),
        ("/cohorts/{cohort}/changes/faculty", "role.yes"),
        ("/introduction-courses/{course}/change", "cancel.yes"),
    ],
)
async def test_what_many_hear_of_is_told_only_by_who_signed_in_just_now(
    site: Site, browser: Browser, where: str, button: str
) -> None:
    """Taking back, leaving a course, handing on a part, cancelling a course: from a page that was left open."""
    team, cohort = await Life().agreed().put(site.pool), await Course(-6).put(site.pool)
    where = where.format(team=team, cohort=cohort, course=await Intro(6).put(site.pool))
    await browser.sign_in(f"{OFFICE}@example.org")
    page, before = await browser.open(where), await site.pool.fetchval(_TOLD)
    assert button in page.text
    await stale(site)
    page = await browser.press(where, button)
    assert page.url.startswith("/sign-in"), page.words
    assert await site.pool.fetchval(_TOLD) == before


async def test_nobody_is_given_anothers_address_by_a_session_left_open(site: Site, browser: Browser) -> None:
    """Whoever has the address signs in as that person."""
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open(f"/people/{COACH}/change")
    await stale(site)
    page = await browser.press(f"/people/{COACH}/change", "address.yes", **{"address-address": "mine@example.org"})
    assert page.url.startswith("/sign-in")
    address = await site.pool.fetchval("SELECT address FROM people WHERE person = $1", COACH)
    assert address == f"{COACH}@example.org"


async def test_an_answer_in_front_of_another_list_takes_nobody_else_out(site: Site, browser: Browser) -> None:
    """Of who works in the office, somebody joined while the page stood open."""
    await joined(site)
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open("/academy/members")
    await joined(site, COACH)
    before = await site.pool.fetchval(_TOLD)
    page = await browser.press("/academy/members", "left-0.yes")
    assert await site.pool.fetchval(_TOLD) == before
    assert "Anna Example" in page.words


async def test_a_sheet_that_no_page_of_ours_sends_lets_nobody_in(site: Site, browser: Browser) -> None:
    """It is only looked at, as one that was just chosen."""
    await browser.sign_in(f"{OFFICE}@example.org")
    await sent(browser, sheet(row(1)))
    before = await site.pool.fetchval("SELECT count(*) FROM people")
    other = Forms(["another key, which is long enough to sign"]).state_of("cohorts/import", now())
    for state in ("", "x", other):
        answer = await again(browser, "import", state=state)
        assert answer.status_code == 200
        assert "Import 1 participant" in re.sub(r"\s+", " ", answer.text)
    assert await site.pool.fetchval("SELECT count(*) FROM people") == before


async def test_faculty_let_participants_join_their_own_teams_alone(site: Site) -> None:
    """Of other faculty's teams they see neither name nor coach."""
    team = await Life().agreed().put(site.pool)
    async with site.pool.acquire() as conn:
        assert team in [one for one, _, _ in await cohorts.joinable(conn, "sheffield", FACULTY)]
        assert await cohorts.joinable(conn, "sheffield", OTHER) == []


@pytest.mark.parametrize("where", ["/people", "/cohorts", "/introduction-courses", "/academy", "/upcoming-mail", WHERE])
async def test_who_lost_their_part_while_signed_in_sees_it_no_more(site: Site, browser: Browser, where: str) -> None:
    """From the next page they open, and the next form they send."""
    await joined(site)
    await browser.sign_in(f"{OTHER}@example.org")
    assert (await browser.open(where)).status == 200
    await site.pool.execute("DELETE FROM academy_people WHERE person = $1", OTHER)
    assert (await browser.open(where)).status == 404
    assert (await browser.http.post(f"{where.removesuffix('/import')}/new", data={})).status_code in (404, 405)


async def test_a_form_of_one_subject_tells_another_nothing(site: Site, browser: Browser) -> None:
    """Its hidden part says whose it is: a day is asked for first, and nothing is recorded."""
    one, other = await Life().agreed().put(site.pool), await Life(40).agreed().put(site.pool)
    await browser.sign_in(f"{FACULTY}@example.org")
    await browser.open(f"/teams/{one}/record/end")
    before = await site.pool.fetchval(_TOLD)
    hidden = {each["name"]: each["value"] for each in browser.shown.inputs if each.get("name") == "state"}
    form = hidden | {"answer": "end.yes", "end-reason": "other"}
    await browser.http.post(f"/teams/{other}/record/end", data=form)
    assert await site.pool.fetchval(_TOLD) == before


async def _two_faculties(site: Site) -> str:
    """A cohort in which one participant has another faculty member than the others."""
    course = Course().missed()
    course.told = [
        fact.model_copy(update={"faculty": LEAD}) if getattr(fact, "enrolment", "") == course.key(2) else fact
        for fact in course.told
    ]
    return await course.put(site.pool)


async def test_faculty_of_one_participant_record_nothing_of_others_nor_of_the_course(
    site: Site, browser: Browser
) -> None:
    """They see the cohort, and act on their own; what concerns all of it is its office's."""
    name = await _two_faculties(site)
    here = f"/cohorts/{name}"
    await browser.sign_in(f"{LEAD}@example.org")
    assert "Record something" in (await browser.open(f"{here}/participants/P02")).words
    assert (await browser.open(f"{here}/participants/P02/leave")).status == 200
    assert "Record that they've left the course" not in (await browser.open(f"{here}/participants/P01")).words
    for path in ("participants/P01/leave", "participants/P01/defer", "attendance/1", "completion", "changes",
                 "changes/enrol", "changes/runs", "changes/faculty", "log/2"):  # fmt: skip
        assert (await browser.open(f"{here}/{path}")).status == 404, path
        assert (await browser.http.post(f"{here}/{path}", data={"answer": "withdraw.yes"})).status_code in (404, 405)


async def test_faculty_lose_a_cohort_when_their_last_participant_leaves(site: Site, browser: Browser) -> None:
    """It isn't found, nor among their parts."""
    name = await _two_faculties(site)
    course = f"{name}.P02"
    async with site.pool.acquire() as conn:
        assert name in {part.subject for part in await roles_of(conn, LEAD)}
    await site.pool.execute("UPDATE enrolments SET state = 'withdrawn' WHERE enrolment = $1", course)
    await site.pool.execute("UPDATE engagement_people SET person = $1 WHERE role = 'faculty'", FACULTY)
    async with site.pool.acquire() as conn:
        assert name not in {part.subject for part in await roles_of(conn, LEAD)}
    await browser.sign_in(f"{LEAD}@example.org")
    assert (await browser.open(f"/cohorts/{name}")).status == 404


async def test_faculty_of_several_academies_see_their_teams_in_each(site: Site, browser: Browser) -> None:
    """Not those of the first alone; and nobody else's there."""
    await Life().agreed().put(site.pool)
    moved, other = await Life().agreed().put(site.pool), one_more("york.c.P")
    written = await site.pool.fetchval(
        """
        SELECT string_agg(column_name, ', ') FROM information_schema.columns
        WHERE table_name = 'engagements' AND is_generated = 'NEVER' AND column_name <> 'engagement'
        """
    )
    copied = f"INSERT INTO engagements (engagement, {written}) SELECT $2, {written} FROM engagements"  # noqa: S608 - columns
    await site.pool.execute(f"{copied} WHERE engagement = $1", moved, other)
    await site.pool.execute("UPDATE engagement_people SET engagement = $2 WHERE engagement = $1", moved, other)
    await browser.sign_in(f"{FACULTY}@example.org")
    page = await browser.open("/teams")
    assert any(other in href for href, _ in page.links), page.words


@pytest.mark.parametrize("kind", ["teams", "cohorts"])
async def test_who_reads_messages_is_noted(site: Site, browser: Browser, kind: str) -> None:
    """Who, whose and when; nothing of what was read."""
    name = await (Life().agreed() if kind == "teams" else Course()).put(site.pool)
    await browser.sign_in(f"{OFFICE}@example.org")
    await browser.open(f"/{kind}/{name}/messages")
    noted = "SELECT count(*) FROM audit WHERE action = 'read messages' AND subject = $1"
    assert await site.pool.fetchval(noted, name) == 1


async def test_what_is_not_offered_of_a_participant_is_not_taken(site: Site, browser: Browser) -> None:
    """Whatever form is sent: nothing is recorded of who completed the course or left."""
    name = await Course().missed().put(site.pool)
    where = f"/cohorts/{name}/participants"
    await browser.sign_in(f"{OFFICE}@example.org")
    before = await site.pool.fetchval(_TOLD)
    await browser.open(f"{where}/P02/start")
    assert "allow.yes" not in browser.shown.text
    await browser.open(f"{where}/P02/refresher")
    assert "refreshed.yes" not in browser.shown.text
    await browser.http.post(f"{where}/P02/start", data={"answer": "refuse.yes"})
    await browser.http.post(f"{where}/P02/refresher", data={"answer": "refreshed.yes"})
    assert (await browser.open(f"{where}/P02/made-up-9")).status == 404
    assert await site.pool.fetchval(_TOLD) == before
