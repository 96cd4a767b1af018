"""Attendance by sheet is looked at first; the good rows are recorded, and the others come back with why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from operations.sheets import Kind, rows_of, written
from schemas.attendance import OF_A_COHORT
from schemas.cohort_facts import LearningSessionMadeUp
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Intro
from tests.gateway.pages.reading import Page
from tests.gateway.pages.test_sign_in import Browser
from tests.workflows.courses import eventually
from tests.workflows.subjects import COACH, OFFICE, now
from worker.main import Engine

ANNA, OTTO, SUE = (f"{who}@example.org" for who in (COACH, "per_other", "per_sponsor"))
TOLD = "SELECT kind FROM facts WHERE subject = $1 AND event_id LIKE '%:sheet-%' ORDER BY seq"


@pytest.fixture
async def office(browser: Browser) -> Browser:
    """The office's browser."""
    await browser.sign_in(f"{OFFICE}@example.org")
    return browser


def sheet(*rows: tuple[str, ...], header: tuple[str, ...] = ("Name", "Email", "There"), kind: Kind = Kind.CSV) -> bytes:
    """A sheet of who was there."""
    return written(kind, "Attendance", header, rows)


async def sent(browser: Browser, where: str, raw: bytes) -> Page:
    """Choose a file."""
    await browser.open(where)
    return browser._see(await browser.http.post(where, data={"do": "look"}, files={"sheet": ("who", raw)}))


async def again(browser: Browser, where: str, do: str, **given: str) -> Page:
    """Press a button of the page that is shown."""
    hidden = {one["name"]: one["value"] for one in browser.shown.inputs if one.get("type") == "hidden"}
    return browser._see(await browser.http.post(where, data=hidden | given | {"do": do}))


async def kinds(site: Site, subject: str) -> list[str]:
    """What was told by sheets."""
    return [row["kind"] for row in await site.pool.fetch(TOLD, subject)]


async def _in_another_second(site: Site, subject: str) -> None:
    """What is told within one second has no order."""
    last: datetime = await site.pool.fetchval("SELECT max(occurred_at) FROM facts WHERE subject = $1", subject)

    async def over() -> bool:
        return now() >= last + timedelta(seconds=1)

    await eventually(over)


def seen(page: Page, *words: str) -> None:
    """All of it stands on the page."""
    for one in words:
        assert one in page.words.replace("&#39;", "'"), one


async def test_a_learning_session_is_taken_by_sheet_and_put_right_by_another(
    site: Site, office: Browser, running: Engine
) -> None:
    """Whoever isn't in it counts as not there, and is named before; the same sheet again records nothing."""
    _ = running
    course = Course(8).confirmed()
    name = await course.put(site.pool)
    where = f"/cohorts/{name}/attendance/1/sheet"
    raw = sheet(("Anna Example", "", "yes"), ("Otto Other", OTTO, "perhaps"), ("Nora Nobody", "", "yes"))
    page = await sent(office, where, raw)
    seen(page, "Were there (1)", "Anna Example", "Counted as not there (2)", "Sue Specimen", "Rows to correct (2)",
         "There: this isn't yes or no", "Name: nobody in the cohort is called this", "Record 1 person")  # fmt: skip
    assert await kinds(site, name) == []
    seen(await again(office, where, "record"), "The attendance of 1 person is recorded.", "Rows to correct (2)")
    back = rows_of((await again(office, where, "mend")).text.encode(), OF_A_COHORT)
    assert [row.cells[0] for row in back.records[1:]] == ["Otto Other", "Nora Nobody"]
    page = await sent(office, where, sheet(("Otto Other", OTTO, "yes"), ("Anna Example", ANNA, "yes")))
    seen(page, "Were there (1)", "Otto Other", "Already recorded (1)")
    await again(office, where, "record")
    assert await kinds(site, name) == ["learning_session_held", "correction"]
    page = await sent(office, where, sheet(("Otto Other", OTTO, "yes"), ("Anna Example", ANNA, "yes")))
    seen(page, "Already recorded (2)", "There is nothing to record in these rows.")
    await again(office, where, "record")
    assert len(await kinds(site, name)) == 2


async def test_a_day_of_a_course_is_taken_by_sheet(site: Site, office: Browser, running: Engine) -> None:
    """Of whoever isn't in it nothing is said; once everybody is, it's the whole list."""
    _ = running
    course = Intro(-2).booked()
    name = await course.put(site.pool)
    where = f"/introduction-courses/{name}/day-1/sheet"
    page = await sent(office, where, sheet(("Otto Other", OTTO, "yes"), header=("Name", "Email", "Day 1")))
    seen(page, "Were there (1)", "Nothing said (1)", "Sue Specimen")
    seen(await again(office, where, "record"), "The attendance of 1 person is recorded.")
    assert await kinds(site, name) == ["delegate_seen"]
    await _in_another_second(site, name)
    await sent(office, where, sheet(("Otto Other", OTTO, "no"), ("Sue Specimen", "", "no")))
    seen(await again(office, where, "record"), "The attendance of 2 people is recorded.")
    assert await kinds(site, name) == ["delegate_seen", "intro_attendance_taken"]
    told = await site.pool.fetch("SELECT attended_1 FROM bookings WHERE course = $1", name)
    assert [row[0] for row in told] == [False, False]


async def test_the_sheet_to_fill_in_has_everybody_who_is_expected(site: Site, office: Browser) -> None:
    """With what is recorded; sent back as it is it records nothing, and each empty cell comes back."""
    name = await Course(8).confirmed().put(site.pool)
    where = f"/cohorts/{name}/attendance/1/sheet"
    for kind in Kind:
        raw = (await office.http.get(f"{where}?as={kind}")).content
        assert [row.cells[1] for row in rows_of(raw, OF_A_COHORT).records] == [
            "Name", "Anna Example", "Otto Other", "Sue Specimen",
        ]  # fmt: skip
        seen(await sent(office, where, raw), "Rows to correct (3)", "There: is empty", "There is nothing to record")
    name = await Course(8).missed().put(site.pool)
    raw = (await office.http.get(f"/cohorts/{name}/attendance/1/sheet?as=csv")).content
    assert [row.cells[3] for row in rows_of(raw, OF_A_COHORT).records] == ["There", "no", "yes", "yes"]


async def test_all_that_a_row_says_must_fit_one_person(site: Site, office: Browser) -> None:
    """A code, an address and a name of two people, or two answers for one, come back."""
    name = await Course(8).confirmed().put(site.pool)
    where, header = f"/cohorts/{name}/attendance/1/sheet", ("Participant", "Name", "Email", "There")
    raw = sheet(
        ("P01", "Otto Other", "", "yes"), ("P02", "", SUE, "yes"), ("", "Annie Example", ANNA, "yes"),
        ("", "Anna Example", "", "no"), ("P99", "", "", "yes"), ("p03", "Sue Married", "", "yes"), header=header,
    )  # fmt: skip
    page = await sent(office, where, raw)
    seen(page, "Rows to correct (5)", "Name: we know this person by another name", "Email: we have another address",
         "line 5 says otherwise", "line 4 says otherwise", "nobody in the cohort has this code",
         "Were there (1)", "Sue Specimen")  # fmt: skip


@pytest.mark.parametrize("said", ["yes", "no"])
async def test_what_was_made_up_stays_whatever_a_sheet_says(site: Site, office: Browser, said: str) -> None:
    """They missed it and made it up: a list that says otherwise would contradict that."""
    course = Course(8).missed()
    course.tell(LearningSessionMadeUp, number=1, enrolment=course.key(1))
    where = f"/cohorts/{await course.put(site.pool)}/attendance/1/sheet"
    page = await sent(office, where, sheet(("Anna Example", "", said)))
    seen(page, "Already recorded (1)", "There is nothing to record in these rows.")


async def test_people_who_share_a_mailbox_are_told_apart_by_name(site: Site, office: Browser) -> None:
    """An address alone could be either."""
    name = await Course(8).confirmed().put(site.pool)
    await site.pool.execute("UPDATE people SET address = $1 WHERE person IN ('per_other', $2)", ANNA, COACH)
    where = f"/cohorts/{name}/attendance/1/sheet"
    page = await sent(office, where, sheet(("", ANNA, "yes"), ("Otto Other", ANNA, "yes")))
    seen(page, "Email: several people who are expected fit", "Were there (1)")


async def test_headings_that_are_called_otherwise_are_asked_about(site: Site, office: Browser) -> None:
    """As on the other pages that take sheets."""
    name = await Course(8).confirmed().put(site.pool)
    where = f"/cohorts/{name}/attendance/1/sheet"
    page = await sent(office, where, sheet(("Anna Example", ANNA, "yes"), header=("Name", "Email", "Attended")))
    seen(page, "Headings we don't recognise")
    seen(await again(office, where, "look", **{"means-1": "there"}), "Were there (1)")


@pytest.mark.parametrize(("raw", "said"), [(b"", "No file was chosen"), (b"PK\x03\x04rest", "cannot be read")])
async def test_what_cannot_be_read_is_said_beside_the_file(site: Site, office: Browser, raw: bytes, said: str) -> None:
    """And nothing is lost."""
    name = await Course(8).confirmed().put(site.pool)
    page = await sent(office, f"/cohorts/{name}/attendance/1/sheet", raw)
    assert (page.status, said in page.words) == (422, True)


async def test_a_page_of_another_day_records_nothing(site: Site, office: Browser) -> None:
    """It is only looked at; nor does one that was tampered with break anything."""
    name = await Course(8).confirmed().put(site.pool)
    where = f"/cohorts/{name}/attendance/1/sheet"
    await sent(office, where, sheet(("Anna Example", "", "yes")))
    other = office.shown
    for state in ("made-up", next(one["value"] for one in other.inputs if one.get("name") == "state") + "x"):
        seen(await again(office, where, "record", state=state), "Record 1 person")
    for rows in ("", '"', "\x00", "name", "name,there\nAnna Example,yes,\x00"):
        assert (await again(office, where, "record", rows=rows)).status in (200, 422)
        await sent(office, where, sheet(("Anna Example", "", "yes")))
    assert await kinds(site, name) == []


@pytest.mark.parametrize("kind", ["cohort", "course"])
async def test_it_is_the_offices_alone_and_of_what_has_begun(site: Site, browser: Browser, kind: str) -> None:
    """Others, other academies' and sessions to come answer alike, whatever is sent."""
    if kind == "cohort":
        name, begins, ahead = await Course(8).confirmed().put(site.pool), "/attendance/1/sheet", "/attendance/6/sheet"
        places = [f"/cohorts/{name}{begins}"]
        wrong = [f"/cohorts/{one}{begins}" for one in ("sheffield.none", "leeds.2026-autumn")]
        wrong += [f"/cohorts/{name}{ahead}", f"/cohorts/{name}/attendance/none/sheet"]
    else:
        name, later = await Intro(-2).booked().put(site.pool), await Intro(6).booked().put(site.pool)
        places = [f"/introduction-courses/{name}/day-1/sheet"]
        wrong = [f"/introduction-courses/{one}/day-1/sheet" for one in ("sheffield.none", "leeds.intro-1", later)]
        wrong += [f"/introduction-courses/{name}/day-3/sheet"]
    await browser.sign_in(f"{COACH}@example.org")
    for path in places:
        assert (await browser.open(path)).status == 404
        assert (await browser.http.post(path, data={"do": "record"})).status_code == 404
    await browser.sign_out()
    await browser.sign_in(f"{OFFICE}@example.org")
    assert [(await browser.open(path)).status for path in places] == [200]
    assert {(await browser.open(path)).status for path in wrong} == {404}
    assert {(await browser.http.post(path, data={"do": "record"})).status_code for path in wrong} == {404}
