"""A known address with another name, at every door of HTTP: a question, and nobody is renamed unasked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent

from gateway.context import AppContext
from gateway.events import booking
from records.database import Pool
from schemas.bookings import COLUMNS
from schemas.roster import COLUMNS as ROSTER_COLUMNS
from tests.gateway.api.test_intro_courses import ONE, course, offered, sheet  # noqa: F401 - a fixture
from tests.gateway.events.sending import DIARY, send, taking, until
from tests.workflows.subjects import now, one_more
from worker.main import Engine

pytestmark = pytest.mark.usefixtures("town")

NADIA = {"participant": "P01", "name": "Nadia Needs", "email": "nadia@example.org"}
NEWCOMER = {"participant": "P01", "name": "Newcomer Rowan", "email": "Nadia@example.org"}


def _cohort(*rows: dict[str, str], **said: Any) -> dict[str, Any]:
    start = (now() + timedelta(weeks=10)).date().isoformat()
    return {
        "academy": "sheffield", "cohort": one_more("c"), "course_start": start, "office_email": "office@example.org",
        "participants": rows,
    } | said  # fmt: skip


async def _names(pool: Pool) -> list[str]:
    found = await pool.fetch("SELECT name FROM people WHERE lower(address) = 'nadia@example.org' ORDER BY name")
    return [row["name"] for row in found]


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("same person", ["Newcomer Rowan"]),
        ("another person", ["Nadia Needs", "Newcomer Rowan"]),
        ("per_", ["Newcomer Rowan"]),
    ],
)
async def test_a_second_cohort_asks_who_is_meant(
    http: httpx.AsyncClient, pool: Pool, answer: str, names: list[str]
) -> None:
    """Line and column, and how to answer; answered, the same roster starts and may be sent again."""
    assert (await http.post("/v1/cohorts", json=_cohort(NADIA))).status_code == 201
    person = await pool.fetchval("SELECT person FROM people WHERE address = $1", NADIA["email"])
    body = _cohort(NEWCOMER)
    asked = await http.post("/v1/cohorts", json=body)
    (fault,) = asked.json()["faults"]
    assert (asked.status_code, fault["where"]) == (422, "body.participants.0.email")
    assert all(said in fault["problem"] for said in (person, '"same person"', '"another person"', "column person"))
    assert "Nadia" not in asked.text
    assert await _names(pool) == ["Nadia Needs"]
    answered = body | {"participants": [NEWCOMER | {"person": person if answer == "per_" else answer}]}
    assert [(await http.post("/v1/cohorts", json=answered)).status_code for _ in range(2)] == [201, 200]
    assert await _names(pool) == names


async def test_a_csv_is_asked_by_line_and_column(http: httpx.AsyncClient, pool: Pool) -> None:
    """In a column of the sheet for each role, which may be left out."""
    assert (await http.post("/v1/cohorts", json=_cohort(NADIA))).status_code == 201
    row = NADIA | {"email": "rowan@example.org", "sponsor_name": "Sam Sponsor", "sponsor_email": NADIA["email"]}
    plan = {name: said for name, said in _cohort().items() if name != "participants"}

    async def sent(**answers: str) -> httpx.Response:
        columns, cells = (*ROSTER_COLUMNS, *answers), row | answers
        lines = (",".join(columns), ",".join(cells.get(column, "") for column in columns))
        return await http.post(
            "/v1/cohorts", params=plan, content="\n".join(lines), headers={"Content-Type": "text/csv"}
        )

    (fault,) = (await sent()).json()["faults"]
    assert (fault["line"], fault["column"], "column sponsor_person" in fault["problem"]) == (2, "sponsor_email", True)
    assert (await sent(sponsor_person="Another person")).status_code == 201
    assert await _names(pool) == ["Nadia Needs", "Sam Sponsor"]


async def test_facultys_address_as_the_office_renames_nobody(http: httpx.AsyncClient, pool: Pool) -> None:
    """Scheduling a course is refused, and says that an office is a mailbox of its own."""
    row = NADIA | {"email": "rowan@example.org", "faculty_name": "Fay Faculty", "faculty_email": "fay@example.org"}
    assert (await http.post("/v1/cohorts", json=_cohort(row))).status_code == 201
    await pool.execute("DELETE FROM people WHERE person = 'sheffield.office'")
    refused = await http.post("/v1/intro-courses", json=offered(office_email="Fay@example.org"))
    assert (refused.status_code, "mailbox of its own" in refused.json()["detail"]) == (409, True)
    assert await pool.fetchval("SELECT name FROM people WHERE address = 'fay@example.org'") == "Fay Faculty"


async def test_a_booking_asks_who_is_meant(http: httpx.AsyncClient, pool: Pool, course: str) -> None:  # noqa: F811
    """One delegate, and a line of a sheet: each is answered beside it, and the other lines are booked."""
    at = f"/v1/intro-courses/{course}/bookings"
    assert (await http.post(at, json=ONE)).status_code == 201
    asked = await http.post(at, json=ONE | {"name": "Somebody Else Entirely"})
    assert (asked.status_code, "another person" in asked.json()["detail"]) == (422, True)
    lines = (
        ",".join((*COLUMNS, "person")),
        "C01,Somebody Else Entirely,nadia@example.org,County Hospital,external,,",
        "C02,Delegate Oak,oak@example.org,County Hospital,external,,",
    )
    became = (await sheet(http, course, "\n".join(lines))).json()["items"]
    assert [(one.get("code"), one.get("state")) for one in became] == [("who_is_meant", None), (None, "confirmed")]
    assert await _names(pool) == ["Nadia Needs"]
    answered = "\n".join((lines[0], f"{lines[1]}another person"))
    for _ in range(2):
        assert (await sheet(http, course, answered)).json()["items"][0]["state"] == "confirmed"
    assert await _names(pool) == ["Nadia Needs", "Somebody Else Entirely"]


async def test_a_booking_by_an_event_is_set_aside_until_it_is_said_who_is_meant(
    http: httpx.AsyncClient,
    course: str,  # noqa: F811
    context: AppContext,
    pool: Pool,
    running: Engine,  # noqa: ARG001
) -> None:
    """Its reason says how to answer, and holds nothing personal."""

    def event(**said: str) -> CloudEvent:
        attributes = {"type": booking.TYPE, "source": DIARY, "id": one_more("b"), "subject": course, "time": now()}
        return CloudEvent(attributes, ONE | said)

    async with taking(context):
        for said, status in (
            ({}, "recorded"),
            ({"name": "Else Entirely"}, "set_aside"),
            ({"name": "Else Entirely", "person": "another person"}, "recorded"),
        ):
            (became,) = (await send(http, event(**said))).json()["events"]
            await until(http, became["event_id"], status)
    assert await _names(pool) == ["Else Entirely", "Nadia Needs"]
    reason = await pool.fetchval("SELECT reason FROM arrivals WHERE reason IS NOT NULL")
    assert ("same person" in reason, "@" in reason, "Nadia" in reason) == (True, False, False)


async def test_an_offices_people_are_asked_about_too(http: httpx.AsyncClient) -> None:
    """A name is needed for nobody who is known; another one must say who is meant."""
    at = "/v1/academies/sheffield"
    await http.put(f"{at}/office", json={"email": "office@example.org"})
    dana = {"email": "dana@example.org", "name": "Dana Deputy"}
    assert (await http.put(f"{at}/deputy", json=dana)).status_code == 200
    assert (await http.put(f"{at}/deputy", json={"email": "Dana@example.org"})).json()["deputy"]["name"] == dana["name"]
    olga = dana | {"name": "Olga Office"}
    assert (await http.post(f"{at}/office/people", json=olga)).status_code == 422
    joined = await http.post(f"{at}/office/people", json=olga | {"person": "another person"})
    assert [member["name"] for member in joined.json()["members"]] == ["Olga Office"]
