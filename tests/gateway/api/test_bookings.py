"""Bookings at their doors, where something goes wrong: codes used twice, moments shared, needs of the refused."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.v1.event import CloudEvent
from typer.testing import CliRunner

from gateway.context import AppContext
from gateway.events import booking
from mca.main import app as command_line
from records.database import Pool
from schemas.bookings import COLUMNS
from schemas.subjects import INTRO_COURSE, workflow_id
from tests.faults.waiting import eventually
from tests.gateway.conftest import Callers, Town
from tests.gateway.events.sending import DIARY, all_recorded, send, taking, until
from tests.workflows.subjects import now, one_more
from worker.main import Engine

ADA = {"name": "Ada Alder", "email": "ada@example.org", "organisation": "A Trust", "delegate": "external"}
BEN = {"name": "Ben Birch", "email": "ben@example.org", "organisation": "B Trust", "delegate": "internal"}


def offered(**said: Any) -> dict[str, Any]:
    """What schedules a course on a Wednesday and a Thursday in nine weeks."""
    day = (now() + timedelta(weeks=9)).date()
    day += timedelta(days=(2 - day.weekday()) % 7)
    return {
        "academy": "sheffield", "course": one_more("intro-b"), "day_1": f"{day}", "day_2": f"{day + timedelta(days=1)}",
        "office_email": "office@example.org", "places": 3,
    } | said  # fmt: skip


@pytest.fixture
async def course(http: httpx.AsyncClient, running: Engine) -> str:  # noqa: ARG001
    """A course with three places."""
    answer = await http.post("/v1/intro-courses", json=offered())
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["course"]
    return found


async def book(http: httpx.AsyncClient, course: str, key: str, who: dict[str, str], **said: str) -> httpx.Response:
    """Ask for a place, by a key."""
    return await http.post(f"/v1/intro-courses/{course}/bookings", json=who | said, headers={"Idempotency-Key": key})


async def sheet(http: httpx.AsyncClient, course: str, *rows: str) -> list[dict[str, Any]]:
    """Send a sheet of these rows; what became of each."""
    answer = await http.post(
        f"/v1/intro-courses/{course}/bookings",
        content="\n".join([",".join(COLUMNS), *rows, ""]),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def listed(http: httpx.AsyncClient, course: str) -> list[dict[str, Any]]:
    """The bookings of a course."""
    found: list[dict[str, Any]] = (await http.get(f"/v1/intro-courses/{course}/bookings")).json()["items"]
    return found


async def test_a_code_or_key_of_somebody_else_books_nobody_and_says_so(
    http: httpx.AsyncClient, course: str, pool: Pool
) -> None:
    """A second sheet that counts from one again must not be answered with the first one's bookings."""
    (first,) = await sheet(http, course, "B01,Ada Alder,ada@example.org,A Trust,external,a hearing loop")
    (other,) = await sheet(http, course, "B01,Ben Birch,ben@example.org,B Trust,internal,a wheelchair place")
    assert (first["state"], other.get("state"), other["code"]) == ("confirmed", None, "different_content")
    one = await book(http, course, "form-1", BEN)
    two = await book(http, course, "form-1", ADA | {"email": "third@example.org"}, needs="step-free access")
    assert (one.status_code, two.status_code, two.json()["code"]) == (201, 409, "different_content")
    assert len(await listed(http, course)) == 2
    assert [row["needs"] for row in await pool.fetch("SELECT needs FROM access_needs")] == ["a hearing loop"]


async def test_a_sheet_keeps_its_order_whatever_its_codes(http: httpx.AsyncClient, course: str) -> None:
    """Who has a place keeps it, and the line stays as it was answered, though ties of a second go by event id."""
    codes = ("9", "8", "7", "6", "5", "4")
    said = await sheet(http, course, *(f"B{one},Delegate {one},d{one}@example.org,A Trust,external," for one in codes))
    assert [one["state"] for one in said] == ["confirmed"] * 3 + ["waiting"] * 3
    stands = {one["booking"]: (one["state"], one["place"]) for one in await listed(http, course)}
    assert [stands[one["booking"]] for one in said] == [(one["state"], one["place"]) for one in said]


async def test_thirty_who_book_at_once_through_every_door_have_their_turn(
    http: httpx.AsyncClient, course: str, context: AppContext, pool: Pool, tmp_path: Path
) -> None:
    """None is refused, each is booked once, and the line is the order in which the course took them."""
    lines = (f"S{one},Sheet {one},s{one}@example.org,A,external," for one in range(10))
    (tmp_path / "sheet.csv").write_text("\n".join([",".join(COLUMNS), *lines, ""]))

    async def at_the_command_line() -> None:
        environment = {
            "MCA_DATABASE_URL": context.settings.database_url.get_secret_value(),
            "MCA_TASK_QUEUE": context.settings.task_queue,
            "MCA_STATE": str(tmp_path),
            "TEMPORAL_ADDRESS": context.client.service_client.config.target_host,
        }
        typed = ["intro-course", "book", course, str(tmp_path / "sheet.csv")]
        said = await asyncio.to_thread(CliRunner(env=environment).invoke, command_line, typed)
        assert said.exit_code == 0, said.output

    async def as_an_event(one: int) -> None:
        data = ADA | {"name": f"Event {one}", "email": f"e{one}@example.org"}
        assert (await send(http, asked(course, one_more("b"), data))).status_code == 202

    async def by_form(one: int) -> httpx.Response:
        return await book(http, course, f"form-{one}", ADA | {"name": f"Form {one}", "email": f"f{one}@example.org"})

    async with taking(context):
        answers = await asyncio.gather(
            at_the_command_line(), *(as_an_event(one) for one in range(10)), *(by_form(one) for one in range(10))
        )
        await all_recorded(pool)
    forms = [one for one in answers if one is not None]
    assert [one.status_code for one in forms] == [201] * 10
    stands = await listed(http, course)
    assert sorted(one["state"] for one in stands) == ["confirmed"] * 3 + ["waiting"] * 27
    assert {one["booking"] for one in map(httpx.Response.json, forms)} <= {one["booking"] for one in stands}
    rows = await pool.fetch(
        "SELECT body ->> 'booking' AS booking, body -> 'number' AS number FROM facts "
        "WHERE subject = $1 AND kind = 'place_requested' ORDER BY seq",
        course,
    )
    assert [row["number"] for row in rows] == list(range(1, 31))
    places = {one["booking"]: one["place"] for one in stands}
    assert [places[row["booking"]] for row in rows] == [None] * 3 + list(range(1, 28))


async def test_what_a_delegate_changed_since_is_kept_when_a_sheet_is_sent_again(
    http: httpx.AsyncClient, course: str, pool: Pool
) -> None:
    """The booking is theirs from then on."""
    row = "B01,Ada Alder,ada@example.org,A Trust,external,a hearing loop"
    await sheet(http, course, row)
    await pool.execute("UPDATE access_needs SET needs = 'a seat in front'")
    await sheet(http, course, row)
    assert await pool.fetchval("SELECT needs FROM access_needs") == "a seat in front"


@pytest.mark.parametrize("field", ["name", "organisation", "needs"])
async def test_a_character_that_no_database_holds_is_a_fault_of_its_field(
    http: httpx.AsyncClient, course: str, field: str
) -> None:
    """Not of the server."""
    answer = await book(http, course, "form-1", ADA, **{field: "a\u0000b"})
    assert (answer.status_code, [one["where"] for one in answer.json()["faults"]]) == (422, [f"body.{field}"])


def asked(course: str, number: str, data: Any, **attributes: Any) -> CloudEvent:
    """A booking as another service sends it."""
    said = {"type": booking.TYPE, "source": DIARY, "id": number, "subject": course, "time": now()}
    return CloudEvent(said | attributes, data)


async def test_the_needs_of_an_event_that_is_refused_are_forgotten(
    http: httpx.AsyncClient, course: str, context: AppContext, pool: Pool
) -> None:
    """It is set aside with the reason; of the person's first booking nothing changes."""
    await book(http, course, "form-1", ADA)
    async with taking(context):
        (became,) = (await send(http, asked(course, one_more("b"), ADA | {"needs": "a ramp"}))).json()["events"]
        await until(http, became["event_id"], "set_aside", "booked_already")
    assert await pool.fetchval("SELECT count(*) FROM access_needs") == 0


async def test_an_event_takes_nobodys_place_however_old_it_is(
    http: httpx.AsyncClient, course: str, context: AppContext, pool: Pool
) -> None:
    """Told late, it stands where it came: behind those who were told that they have a place."""
    codes = ("1", "2", "3")
    await sheet(http, course, *(f"B{one},Delegate {one},d{one}@example.org,A Trust,external," for one in codes))
    opened = await pool.fetchval("SELECT occurred_at FROM facts WHERE subject = $1 AND seq = 1", course)
    number = one_more("b")
    async with taking(context):
        for _ in range(2):
            (became,) = (await send(http, asked(course, number, ADA, time=opened))).json()["events"]
            await until(http, became["event_id"], "recorded")
    stands = sorted(one["state"] for one in await listed(http, course))
    assert stands == ["confirmed"] * 3 + ["waiting"]


async def test_another_booking_under_a_known_event_is_refused_and_leaves_nothing(
    http: httpx.AsyncClient, course: str, context: AppContext, pool: Pool
) -> None:
    """While the first waits, and once it is recorded; the needs of the first stay."""
    number = one_more("b")
    (first,) = (await send(http, asked(course, number, ADA | {"needs": "a ramp"}))).json()["events"]
    other = asked(course, number, BEN | {"needs": "a hearing loop"})
    assert (await send(http, other)).status_code == 409
    async with taking(context):
        await until(http, first["event_id"], "recorded")
    assert (await send(http, other)).status_code == 409
    assert [row["needs"] for row in await pool.fetch("SELECT needs FROM access_needs")] == ["a ramp"]


async def test_nothing_personal_stays_with_an_event_in_whatever_shape_it_comes(
    http: httpx.AsyncClient, course: str, pool: Pool
) -> None:
    """As bytes, as text, with an address in the wrong place or an attribute of the sender's own."""
    hidden = base64.b64encode(b"Ada Alder").decode()
    plain = asked(course, one_more("b"), "Ada Alder", datacontenttype="text/plain")
    own = asked(course, one_more("b"), ADA, delegatename="Ada Alder")
    misplaced = asked("ada@example org", one_more("b"), ADA)
    wrong = asked(course, one_more("b"), ADA | {"email": "ada at example.org"})
    body = {"specversion": "1.0", "type": booking.TYPE, "source": DIARY, "id": one_more("b"), "subject": course}
    for one in (plain, own, misplaced, wrong):
        assert (await send(http, one)).status_code == 202
    bytes_ = await http.post(
        "/events", json=body | {"data_base64": hidden}, headers={"content-type": "application/cloudevents+json"}
    )
    assert bytes_.json()["events"][0]["status"] == "set_aside", bytes_.text
    kept = str(await pool.fetchval("SELECT array_agg(arrivals::text) FROM arrivals"))
    for text in ("Ada Alder", "ada@example", "ada at", hidden):
        assert text not in kept


async def test_what_somebody_needs_is_in_no_history(http: httpx.AsyncClient, course: str, context: AppContext) -> None:
    """Nor is who they are: neither of the course's workflow, nor of what it did."""
    await book(http, course, "form-1", ADA, needs="a hearing loop")
    history = await context.client.get_workflow_handle(workflow_id(INTRO_COURSE, course)).fetch_history()
    said = "".join(str(one) for one in history.events)
    assert "place_requested" in said
    for text in ("hearing loop", "Ada Alder", "ada@example", "A Trust"):
        assert text not in said


async def test_who_wants_to_coach_is_listed_until_a_cohort_has_them(
    http: httpx.AsyncClient, callers: Callers, course: str, town: Town
) -> None:
    """By ids, of one academy; handing on is a fact of the course."""
    booked = (await book(http, course, "form-1", ADA)).json()["booking"]
    about = {"booking": booked, "occurred_at": f"{now():%Y-%m-%dT%H:%M:%SZ}"}
    facts = f"/v1/intro-courses/{course}/facts"
    asked = "/v1/would-be-coaches?academy=sheffield"
    wished = await http.post(facts, json=about | {"kind": "coaching_wished", "event_id": one_more("w")})
    assert wished.status_code == 200, wished.text
    (listed,) = (await http.get(asked)).json()["items"]
    assert (listed["course"], listed["booking"], set(listed)) == (
        course, booked, {"course", "booking", "person", "delegate"},
    )  # fmt: skip
    assert (await (await callers.with_grants("read:leeds:*")).get(asked)).status_code == 403
    handed = about | {"kind": "handed_on_to_cohort", "event_id": one_more("h"), "cohort": "sheffield.2099-autumn"}
    nowhere = await http.post(facts, json=handed)
    assert (nowhere.status_code, nowhere.json()["code"]) == (409, "unknown_cohort"), nowhere.text
    assert (await http.get(asked)).json()["items"] == [listed]
    handed["cohort"] = (await town.cohort_started()).name
    many = (await http.post("/v1/facts", json={"facts": [{"subject": course, "fact": handed}]})).json()["items"]
    assert [one["status"] for one in many] == [200]
    assert (await http.get(asked)).json()["items"] == []


async def test_a_course_can_be_scheduled_without_waiting_and_other_places_are_a_conflict(
    http: httpx.AsyncClient,
    running: Engine,  # noqa: ARG001
) -> None:
    """202 says where to look. A course of the same id with other places is refused, and the audit says so."""
    wanted = offered()
    first = await http.post("/v1/intro-courses", json=wanted, headers={"Prefer": "respond-async"})
    assert (first.status_code, first.headers["Preference-Applied"]) == (202, "respond-async")

    async def shown() -> bool:
        return (await http.get(first.headers["Location"])).status_code == 200

    await eventually(shown)
    again = await http.post("/v1/intro-courses", json=wanted | {"venue": "Room 4"})
    assert (again.status_code, again.json()["fresh"]) == (200, False)
    assert (await http.get(first.headers["Location"])).json()["venue"] == "Room 4"
    other = await http.post("/v1/intro-courses", json=wanted | {"places": 7})
    assert (other.status_code, "intro_places_changed" in other.json()["detail"]) == (409, True)
    noted = (await http.get("/v1/audit", params={"subject": again.json()["course"]})).json()["items"]
    assert "conflict" in [one["refused"] for one in noted]


async def test_feedback_of_few_is_a_number_alone(http: httpx.AsyncClient, course: str) -> None:
    """Nobody is recognised."""
    said = (await http.get(f"/v1/intro-courses/{course}/feedback")).json()
    assert said == {"answers": 0, "useful": None, "confident": None, "recommends": None, "comments": []}
