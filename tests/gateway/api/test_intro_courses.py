"""Introduction courses over HTTP and by events: scheduled, booked by sheets; nothing personal where it need not be."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent

from gateway.context import AppContext
from gateway.events import booking
from records.database import Pool
from schemas.bookings import COLUMNS
from tests.gateway.conftest import Callers
from tests.gateway.events.sending import DIARY, send, taking, until
from tests.workflows.subjects import now, one_more
from worker.main import Engine

SHEET = Path(__file__).parents[3] / "examples" / "intro-course-bookings.csv"
ONE = {
    "name": "Nadia Needs", "email": "nadia@example.org", "organisation": "A Trust", "delegate": "external",
    "needs": "a hearing loop",
}  # fmt: skip


def wednesday(weeks: int = 9) -> date:
    """A Wednesday in so many weeks."""
    day = (now() + timedelta(weeks=weeks)).date()
    return day + timedelta(days=(2 - day.weekday()) % 7)


@pytest.fixture
async def course(http: httpx.AsyncClient, running: Engine) -> str:  # noqa: ARG001
    """A course with twenty places, scheduled over HTTP."""
    said = offered()
    answer = await http.post("/v1/intro-courses", json=said)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["course"]
    assert found == f"sheffield.{said['course']}"
    return found


def offered(**said: Any) -> dict[str, Any]:
    """What schedules a course."""
    day = wednesday()
    return {
        "academy": "sheffield", "course": one_more("intro-"), "day_1": f"{day}",
        "day_2": f"{day + timedelta(days=1)}", "venue": "Room 3", "office_email": "office@example.org",
    } | said  # fmt: skip


async def sheet(http: httpx.AsyncClient, course: str, content: bytes | str) -> httpx.Response:
    """Send a sheet of bookings."""
    return await http.post(
        f"/v1/intro-courses/{course}/bookings", content=content, headers={"Content-Type": "text/csv"}
    )


async def test_a_sheet_fills_the_places_and_then_the_line_and_can_be_sent_again(
    http: httpx.AsyncClient, course: str
) -> None:
    """Thirty for twenty places: twenty have one, ten wait in the order of the sheet. Again, it books nobody twice."""
    first = (await sheet(http, course, SHEET.read_bytes())).json()["items"]
    assert [one["state"] for one in first] == ["confirmed"] * 20 + ["waiting"] * 10
    assert [one["place"] for one in first[20:]] == list(range(1, 11))
    again = (await sheet(http, course, SHEET.read_bytes())).json()["items"]
    assert [one["booking"] for one in again] == [one["booking"] for one in first]
    shown = (await http.get(f"/v1/intro-courses/{course}")).json()
    assert (shown["stage"], shown["confirmed"], shown["waiting"]) == ("full", 20, 10)
    assert len((await http.get(f"/v1/intro-courses/{course}/bookings")).json()["items"]) == 30


async def test_every_fault_of_a_sheet_is_named_and_its_other_lines_are_booked(
    http: httpx.AsyncClient, course: str
) -> None:
    """With its line and column, and without what stands there."""
    rows = f"{','.join(COLUMNS)}\nB1,,no-address,Trust,maybe,\nB2,Ada Alder,ada@example.org,Trust,external,\n"
    answer = await sheet(http, course, rows)
    faults = {(fault["line"], fault["column"]) for fault in answer.json()["faults"]}
    assert (answer.status_code, faults) == (200, {(2, "name"), (2, "email"), (2, "delegate")})
    assert [(one["line"], one["state"]) for one in answer.json()["items"]] == [(3, "confirmed")]
    assert "no-address" not in answer.text
    given_back = await http.post(
        f"/v1/intro-courses/{course}/bookings",
        content=rows,
        headers={"Content-Type": "text/csv", "Accept": "text/csv"},
    )
    assert "no-address" in given_back.text
    assert "Ada Alder" not in given_back.text
    assert len((await http.get(f"/v1/intro-courses/{course}/bookings")).json()["items"]) == 1


async def test_a_sheet_without_its_headings_books_nobody(http: httpx.AsyncClient, course: str) -> None:
    """No line can be judged then: what is missing is named."""
    answer = await sheet(http, course, "name,email\nAda Alder,ada@example.org\n")
    assert (answer.status_code, {one["column"] for one in answer.json()["faults"]}) == (
        422,
        {"organisation", "delegate"},
    )
    assert (await http.get(f"/v1/intro-courses/{course}/bookings")).json()["items"] == []


async def test_a_second_booking_of_the_same_person_is_refused_kindly(http: httpx.AsyncClient, course: str) -> None:
    """By JSON with another key, whatever the capitals; the same key is the same booking."""
    path = f"/v1/intro-courses/{course}/bookings"
    booked = await http.post(path, json=ONE, headers={"Idempotency-Key": "form-1"})
    again = await http.post(path, json=ONE, headers={"Idempotency-Key": "form-1"})
    other = await http.post(path, json=ONE | {"email": "NADIA@example.org"}, headers={"Idempotency-Key": "form-2"})
    assert booked.status_code == again.status_code == 201
    assert booked.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "booked_already")
    assert "already has a place on this course" in other.json()["detail"]


async def test_access_needs_are_in_no_answer_and_no_event(
    http: httpx.AsyncClient, course: str, pool: Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    """They are kept, and seen on the office's own page alone."""
    await http.post(f"/v1/intro-courses/{course}/bookings", json=ONE)
    answers = [
        (await http.get(path)).text
        for path in (f"/v1/intro-courses/{course}", f"/v1/intro-courses/{course}/bookings", "/v1/audit")
    ]
    held = [str(await pool.fetchval(f"SELECT array_agg({table}::text) FROM {table}")) for table in ("facts", "events")]  # noqa: S608
    for text in (*answers, *held, capfd.readouterr().out):
        assert "hearing loop" not in text
        assert "Nadia" not in text
    assert await pool.fetchval("SELECT needs FROM access_needs") == "a hearing loop"


async def test_other_days_under_the_same_id_and_days_off_are_refused(http: httpx.AsyncClient, course: str) -> None:
    """A course is moved by telling it; a Saturday is no course day."""
    code = course.partition(".")[2]
    day = wednesday(12)
    moved = offered(course=code, day_1=f"{day}", day_2=f"{day + timedelta(days=1)}")
    assert (await http.post("/v1/intro-courses", json=moved)).status_code == 409
    saturday = day + timedelta(days=3)
    wrong = await http.post("/v1/intro-courses", json=offered(day_1=f"{day}", day_2=f"{saturday}"))
    assert wrong.status_code == 422
    assert "a working day" in wrong.text


async def test_a_booking_comes_by_an_event_and_nothing_personal_stays_with_it(
    http: httpx.AsyncClient, course: str, context: AppContext, pool: Pool
) -> None:
    """Sent twice it books once; its data is not kept; a faulty one is set aside by field alone."""
    sent = CloudEvent(
        {"type": booking.TYPE, "source": DIARY, "id": one_more("b"), "subject": course, "time": now()}, ONE
    )
    async with taking(context):
        answers = [await send(http, sent) for _ in range(2)]
        (became,) = answers[0].json()["events"]
        await until(http, became["event_id"], "recorded")
    assert [one["state"] for one in (await http.get(f"/v1/intro-courses/{course}/bookings")).json()["items"]] == [
        "confirmed"
    ]
    faulty = CloudEvent(
        {"type": booking.TYPE, "source": DIARY, "id": one_more("b"), "subject": course, "time": now()},
        ONE | {"delegate": "Nadia"},
    )
    (wrong,) = (await send(http, faulty)).json()["events"]
    assert wrong["status"] == "set_aside"
    assert "delegate" in wrong["reason"]
    kept = str(await pool.fetchval("SELECT array_agg(arrivals::text) FROM arrivals"))
    assert "Nadia" not in kept
    assert "nadia@example.org" not in kept


async def test_a_reader_sees_no_bookings_of_another_academy(callers: Callers, course: str) -> None:
    """Each academy reads its own."""
    other = await callers.with_grants("read:leeds:*")
    assert (await other.get(f"/v1/intro-courses/{course}")).status_code == 403
    assert (await other.get("/v1/intro-courses")).json()["items"] == []


async def test_a_course_says_why_it_asked_and_what_became_of_its_mail(
    http: httpx.AsyncClient, course: str, pool: Pool
) -> None:
    """Rule, parameter, step and calendar of what is due; and of a notice what became of it."""
    await http.post(f"/v1/intro-courses/{course}/bookings", json=ONE)
    (following,) = (await http.get(f"/v1/intro-courses/{course}/why")).json()["items"]
    assert "Set by the programme: " in following["answer"]
    assert "england-and-wales" in following["answer"]
    async with asyncio.timeout(30):
        while not (notice := await pool.fetchval("SELECT notice FROM notices WHERE subject = $1", course)):  # noqa: ASYNC110 - as it comes
            await asyncio.sleep(0.05)
    said = (await http.get(f"/v1/intro-courses/{course}/why", params={"about": notice})).json()["items"]
    assert "Issued to the delegate" in said[0]["answer"]
    unknown = await http.get("/v1/cohorts/sheffield.nobody/why")
    assert unknown.status_code == 404
