"""Cohorts through HTTP: scheduled with a roster, checked, listed and shown."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway.problems import MEDIA_TYPE
from operations.sheets import Kind, rows_of, written
from records.database import Pool
from schemas.roster import COLUMNS
from tests.gateway.conftest import Callers, Town
from tests.workflows.subjects import now, one_more


def _row(number: int = 1, **said: str) -> dict[str, str]:
    """A faultless row."""
    return {
        "participant": f"P{number:02}",
        "name": f"Coach Alder {number}",
        "email": f"coach.alder{number}@example.org",
        "microsystem": f"Ward {number}",
        "session_day": "Tuesday",
        "session_time": "09:30",
    } | said


def _cohort(*rows: dict[str, str], **said: Any) -> dict[str, Any]:
    """A cohort in ten weeks."""
    return {
        "academy": "sheffield",
        "cohort": one_more("c"),
        "course_start": (now() + timedelta(weeks=10)).date().isoformat(),
        "office_email": "office@example.org",
        "participants": list(rows or (_row(1), _row(2, microsystem="", session_day="", session_time=""))),
    } | said


def _sheet(*rows: dict[str, str]) -> bytes:
    lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
    return "\n".join(lines).encode()


@pytest.mark.usefixtures("town")
async def test_a_course_is_moved_to_another_start(http: httpx.AsyncClient) -> None:
    """The cohort shows it; the same again is harmless, a roster then names the new start, and no other id is moved."""
    body, later = _cohort(), (now() + timedelta(weeks=14)).date().isoformat()
    await http.post("/v1/cohorts", json=body)
    for _ in range(2):
        moved = await http.put(f"/v1/cohorts/sheffield.{body['cohort']}/course-start", json={"course_start": later})
        assert moved.status_code == 200, moved.text
        assert moved.json()["cohort"]["course_start"] == later
    assert (await http.post("/v1/cohorts", json=body)).status_code == 409
    assert (await http.post("/v1/cohorts", json=body | {"course_start": later})).status_code == 200
    unknown = await http.put("/v1/cohorts/sheffield.nobody/course-start", json={"course_start": later})
    assert unknown.status_code in {404, 409, 422}


@pytest.mark.usefixtures("town")
async def test_a_scheduled_cohort_is_recorded_and_starts_its_engagements(http: httpx.AsyncClient) -> None:
    """Answered when it is recorded: what is listed next knows it. A team becomes an engagement."""
    body = _cohort()
    made = await http.post("/v1/cohorts", json=body)
    assert made.status_code == 201, made.text
    cohort = f"sheffield.{body['cohort']}"
    assert made.json() == {
        "cohort": cohort,
        "fresh": True,
        "added": [f"{cohort}.P01", f"{cohort}.P02"],
        "known": [],
    }
    assert [one["cohort"] for one in (await http.get("/v1/cohorts")).json()["items"]] == [cohort]
    async with asyncio.timeout(20):
        while not (items := (await http.get("/v1/engagements", params={"cohort": cohort})).json()["items"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert [one["engagement"] for one in items] == [f"{cohort}.P01"]
    shown = await http.get(made.headers["Location"])
    assert shown.json()["cohort"]["stage"] == "planned"
    assert [one["enrolment"] for one in shown.json()["enrolments"]] == [f"{cohort}.P01", f"{cohort}.P02"]
    assert "Alder" not in shown.text


@pytest.mark.usefixtures("town")
async def test_the_same_cohort_again_is_harmless_and_a_late_participant_is_added(http: httpx.AsyncClient) -> None:
    """200, with whom it knew and whom it added."""
    body = _cohort(_row(1))
    cohort = f"sheffield.{body['cohort']}"
    assert (await http.post("/v1/cohorts", json=body)).status_code == 201
    again = await http.post("/v1/cohorts", json=body)
    assert (again.status_code, again.json()["fresh"], again.json()["added"]) == (200, False, [])
    late = await http.post("/v1/cohorts", json=body | {"participants": [_row(1), _row(2)]})
    assert late.json()["added"] == [f"{cohort}.P02"]
    assert late.json()["known"] == [f"{cohort}.P01"]


@pytest.mark.parametrize(
    "other",
    [
        {"course_start": (now() + timedelta(weeks=20)).date().isoformat()},
        {"participants": [_row(1, email="somebody.else@example.org")]},
        {"participants": [_row(1, session_time="14:00")]},
    ],
)
@pytest.mark.usefixtures("town")
async def test_something_else_under_the_same_id_is_a_conflict(http: httpx.AsyncClient, other: dict[str, Any]) -> None:
    """409, in the audit too, and nobody is added."""
    body = _cohort(_row(1))
    cohort = f"sheffield.{body['cohort']}"
    await http.post("/v1/cohorts", json=body)
    differs = await http.post("/v1/cohorts", json=body | other)
    assert (differs.status_code, differs.json()["type"]) == (409, "/problems/conflict")
    assert "example.org" not in differs.text
    entries = (await http.get("/v1/audit", params={"subject": cohort})).json()["items"]
    assert [(one["action"], one["refused"]) for one in entries] == [("schedule", "conflict"), ("schedule", None)]


@pytest.mark.usefixtures("town")
async def test_a_cohort_is_scheduled_from_a_spreadsheet(http: httpx.AsyncClient) -> None:
    """As CSV, with all else in the query; the same as JSON is the same cohort."""
    body = _cohort(_row(1), _row(2))
    query = {name: said for name, said in body.items() if name != "participants"}
    headers = {"content-type": "text/csv; charset=utf-8"}
    made = await http.post("/v1/cohorts", params=query, content=_sheet(_row(1), _row(2)), headers=headers)
    assert made.status_code == 201, made.text
    again = await http.post("/v1/cohorts", json=body)
    assert (again.status_code, again.json()["added"]) == (200, [])
    del query["course_start"]
    lacking = await http.post("/v1/cohorts", params=query, content=_sheet(_row(1)), headers=headers)
    assert [fault["where"] for fault in lacking.json()["faults"]] == ["query.course_start"]


async def test_a_workbook_is_checked_and_comes_back_to_be_mended(http: httpx.AsyncClient) -> None:
    """With another heading mapped; whoever accepts a sheet is given the rows that are wrong."""
    header = ["Full name" if column == "name" else column for column in COLUMNS]
    rows = [[one.get(column, "") for column in COLUMNS] for one in (_row(1, session_day="Someday"), _row(2))]
    raw, kind = written(Kind.XLSX, "Roster", header, rows), {"content-type": Kind.XLSX.media_type}
    where = "/v1/cohorts/check?map=Full%20name%3Dname"
    checked = (await http.post(where, content=raw, headers=kind)).json()
    assert [(fault["line"], fault["column"]) for fault in checked["faults"]] == [(2, "session_day")]
    assert any("Mon" not in note["problem"] and "name" in note["problem"] for note in checked["notes"])
    back = await http.post(where, content=raw, headers=kind | {"accept": Kind.XLSX.media_type})
    assert back.headers["content-type"] == Kind.XLSX.media_type
    assert len(rows_of(back.content, COLUMNS).records) == 2
    unknown = await http.post("/v1/cohorts/check", content=raw, params={"map": "Full name=nme"}, headers=kind)
    assert unknown.status_code == 422


async def test_every_fault_of_a_roster_is_named_with_line_and_column(http: httpx.AsyncClient, pool: Pool) -> None:
    """All at once; no cell is quoted, nothing is started and nobody kept."""
    rows = (_row(1, session_time="25:00"), _row(2, email="alder@nowhere"), _row(3, participant="P01"))
    body = _cohort(*rows)
    as_json = await http.post("/v1/cohorts", json=body)
    assert (as_json.status_code, as_json.headers["content-type"]) == (422, MEDIA_TYPE)
    places = ["participants.0.session_time", "participants.1.email", "participants.2.participant"]
    assert [fault["where"] for fault in as_json.json()["faults"]] == [f"body.{place}" for place in places]
    query = {name: said for name, said in body.items() if name != "participants"}
    as_csv = await http.post("/v1/cohorts", params=query, content=_sheet(*rows), headers={"content-type": "text/csv"})
    assert as_csv.status_code == 422
    faults = [(fault["line"], fault["column"]) for fault in as_csv.json()["faults"]]
    assert faults == [(2, "session_time"), (3, "email"), (4, "participant")]
    assert "line 3, column email" in as_csv.text
    for answered in (as_json, as_csv):
        assert "nowhere" not in answered.text
        assert "25:00" not in answered.text
    assert await pool.fetchval("SELECT count(*) FROM people") == 0


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"academy": "Sheffield Academy"}, "body.academy"),
        ({"cohort": "2027.autumn"}, "body.cohort"),
        ({"course_start": "2199-01-01"}, "body.course_start"),
        ({"course_start": "tomorrow"}, "body.course_start"),
        ({"office_email": "office"}, "body.office_email"),
        ({"programme": "no-such-programme"}, "body.programme"),
        ({"participants": []}, "body.participants"),
        ({"participants": [{"participant": "P01"}]}, "body.participants.0.name"),
        ({"participants": [{**_row(1), "mood": "good"}]}, "body.participants.0.mood"),
        ({"colour": "red"}, "body.colour"),
    ],
)
async def test_what_is_wrong_with_a_cohort_is_named(http: httpx.AsyncClient, said: dict[str, Any], where: str) -> None:
    """422 with the field."""
    answered = await http.post("/v1/cohorts", json=_cohort() | said)
    assert answered.status_code == 422
    assert where in [fault["where"] for fault in answered.json()["faults"]]


async def test_a_roster_is_checked_without_starting_anything(http: httpx.AsyncClient, pool: Pool) -> None:
    """Faults and warnings, each with what to do."""
    checked = (await http.post("/v1/cohorts/check", json={"participants": [_row(1), _row(2)]})).json()
    assert (checked["faultless"], checked["participants"], checked["teams"]) == (True, 2, 2)
    assert all(one["remedy"] for one in checked["warnings"])
    faulty = await http.post(
        "/v1/cohorts/check", content=_sheet(_row(1, session_day="Someday")), headers={"content-type": "text/csv"}
    )
    assert faulty.status_code == 200
    assert faulty.json()["faultless"] is False
    (fault,) = faulty.json()["faults"]
    assert (fault["line"], fault["column"], fault["where"]) == (2, "session_day", "line 2, column session_day")
    nothing = await http.post("/v1/cohorts/check", content=b"", headers={"content-type": "text/csv"})
    assert nothing.json()["faults"][0]["line"] == 1
    assert (
        await http.post("/v1/cohorts/check", content=b"x", headers={"content-type": "image/png"})
    ).status_code == 415
    assert await pool.fetchval("SELECT count(*) FROM people") == 0


async def test_who_would_rather_not_wait_for_a_cohort_need_not(http: httpx.AsyncClient) -> None:
    """202 though no worker runs: it is started, and its place is named."""
    made = await http.post("/v1/cohorts", json=_cohort(), headers={"Prefer": "respond-async"})
    assert (made.status_code, made.headers["Preference-Applied"]) == (202, "respond-async")
    assert (await http.get(made.headers["Location"])).status_code == 404


async def test_an_administrator_schedules_only_where_it_may(callers: Callers) -> None:
    """Of its own academy or cohort; readers and tellers schedule nothing."""
    for grants in (("admin:leeds",), ("admin:sheffield.2030-spring",), ("read:*:*", "tell:*:*")):
        refused = await (await callers.with_grants(*grants)).post("/v1/cohorts", json=_cohort())
        assert refused.status_code == 403
    reader = await callers.with_grants("read:*:*")
    assert (await reader.get("/v1/cohorts/sheffield.nobody")).status_code == 404


async def test_cohorts_are_listed_page_by_page(http: httpx.AsyncClient, callers: Callers, town: Town) -> None:
    """Only those the caller may read, and of one academy where that is asked."""
    names = [one_more(f"{academy}.c") for academy in ("leeds", "sheffield", "sheffield")]
    for name in names:
        await town.cohort_started(cohort=name)
    first = (await http.get("/v1/cohorts", params={"limit": 2})).json()
    rest = (await http.get("/v1/cohorts", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["cohort"] for page in (first, rest) for one in page["items"]] == sorted(names)
    of_leeds = (await http.get("/v1/cohorts", params={"academy": "leeds"})).json()["items"]
    assert [one["cohort"] for one in of_leeds] == names[:1]
    reader = await callers.with_grants(f"read:{names[2]}:*")
    assert [one["cohort"] for one in (await reader.get("/v1/cohorts")).json()["items"]] == names[2:]


async def test_programmes_are_listed_and_shown(http: httpx.AsyncClient) -> None:
    """With every parameter."""
    (listed,) = (await http.get("/v1/programmes")).json()["items"]
    assert listed["label"] == "sheffield-mca@1"
    shown = (await http.get(f"/v1/programmes/{listed['name']}")).json()["programme"]
    assert shown["sessions"]["every_weeks"] == 1
    assert (await http.get("/v1/programmes/nobodys")).status_code == 404
