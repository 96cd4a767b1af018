"""What is read of every kind of subject alike: timeline, why, facts, notices, people in roles; sessions and scores."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import httpx
import pytest

from gateway.problems import MEDIA_TYPE
from records import notices, projections
from records.database import Pool
from schemas.cohort_facts import EnrolmentAccepted
from schemas.due import Notice
from schemas.rows import ScoreRow
from schemas.words import Act, Matter, Outcome, Role
from tests.gateway.api.test_intro_courses import ONE, offered
from tests.gateway.conftest import Callers, Town
from tests.gateway.pages.lives import Course, Intro
from tests.records.telling import START, at, changes, session
from tests.workflows.subjects import COACH, now, one_more

EVERY = ("timeline", "why", "facts", "notices", "people", "sessions")


@pytest.fixture
async def places(town: Town, http: httpx.AsyncClient) -> dict[str, str]:
    """A team, a cohort with a participant, and an Introduction course, each with its address."""
    life = await town.started()
    cohort = one_more("sheffield.c")
    accepted = EnrolmentAccepted(event_id=one_more("e"), occurred_at=now(), enrolment=f"{cohort}.P01", person=COACH)
    await town.cohort_started(accepted, cohort=cohort)
    course = (await http.post("/v1/intro-courses", json=offered())).json()["course"]
    return {
        "engagements": f"/v1/engagements/{life.name}",
        "cohorts": f"/v1/cohorts/{cohort}",
        "courses": f"/v1/intro-courses/{course}",
    }


async def test_every_kind_is_read_alike(http: httpx.AsyncClient, places: dict[str, str]) -> None:
    """What will fall due begins with what is next; facts with the first; and somebody has a part."""
    for path in places.values():
        found = {part: (await http.get(f"{path}/{part}")).json()["items"] for part in EVERY}
        (following,) = found["why"]
        assert found["timeline"][0]["key"] == following["question"], path
        assert len(found["timeline"]) > 1, path
        assert [line["number"] for line in found["facts"]][:1] == [1], path
        assert "office" in {line["role"] for line in found["people"]}, path
        head = await http.head(f"{path}/notices")
        assert (head.status_code, "ETag" in head.headers) == (200, True)
    cohort = (await http.get(f"{places['cohorts']}/people")).json()["items"]
    assert {"role": "coach", "person": COACH} in cohort
    days = (await http.get(f"{places['cohorts']}/sessions?limit=2")).json()
    assert [(day["number"], day["held"], day["attended"]) for day in days["items"]] == [(1, False, 0), (2, False, 0)]
    rest = (await http.get(f"{places['cohorts']}/sessions", params={"cursor": days["next"]})).json()["items"]
    assert rest[0]["number"] == 3


async def test_a_grant_for_one_kind_or_place_reads_no_other(callers: Callers, places: dict[str, str]) -> None:
    """Another academy's is a 403, and so is another kind's; an id under the wrong address is not there."""
    everything = await callers.with_grants("read:sheffield:engagements,cohorts,courses")
    elsewhere = await callers.with_grants("read:leeds:*", "tell:sheffield:*", "read:sheffield:people,worklist,events")
    for kind, path in places.items():
        theirs = await callers.with_grants(f"read:sheffield:{kind}")
        others = [granted for granted in places if granted != kind]
        other = await callers.with_grants(f"read:sheffield:{','.join(others)}")
        address, _, name = path.rpartition("/")
        for part in EVERY:
            for caller, status in ((elsewhere, 403), (other, 403), (theirs, 200), (everything, 200)):
                assert (await caller.get(f"{path}/{part}")).status_code == status, (path, part)
            for granted in others:
                wrong = places[granted].rpartition("/")[0]
                assert (await everything.get(f"{wrong}/{name}/{part}")).status_code == 404, (wrong, part)
            assert (await theirs.get(f"{address}/sheffield.nobody/{part}")).status_code == 404
        for part in ("notices", "people"):
            assert (await theirs.get(f"/v1/academies/sheffield/{part}")).status_code == 403
    team = places["engagements"]
    cohort = await callers.with_grants(f"read:{team.rpartition('/')[2].rpartition('.')[0]}:*")
    assert (await cohort.get(f"{team}/sessions")).status_code == 200
    for path in (f"{places['cohorts']}/sessions", "/v1/academies/sheffield/notices"):
        assert (await cohort.get(path)).status_code == 403


async def test_an_address_or_a_place_that_is_none_is_refused(http: httpx.AsyncClient, places: dict[str, str]) -> None:
    """What is no id, and a cursor of no page: neither is ever broken, nor taken for the first page."""
    for kind in ("engagements", "cohorts", "intro-courses", "academies"):
        for name in ("sheffield.%00", "sheffield.$x", "a" * 500):
            for part in ("notices", "people"):
                assert (await http.get(f"/v1/{kind}/{name}/{part}")).status_code == 422, (kind, name, part)
    ends = []
    for path in (*(f"{path}/facts" for path in places.values()), f"{places['cohorts']}/sessions"):
        if following := (await http.get(path, params={"limit": 1})).json()["next"]:
            of = urlsafe_b64decode(following + "==").partition(b"/")[0]
            beyond = urlsafe_b64encode(of + b"/" + b"9" * 18).decode()
            ends.append((await http.get(path, params={"cursor": beyond})).json())
    assert ends
    assert all(end == {"items": [], "next": None} for end in ends)


async def test_an_academy_is_read_by_who_may_read_all_that_runs_there(callers: Callers, places: dict[str, str]) -> None:
    """Its notices are those of its teams, cohorts and courses; its people, whoever works in its office."""
    assert places
    everything = await callers.with_grants("read:sheffield:engagements,cohorts,courses", "read:leeds:*")
    assert (await everything.get("/v1/academies/sheffield/people")).status_code == 200
    assert (await everything.get("/v1/academies/leeds/notices")).status_code == 404
    assert (await everything.get("/v1/academies/york/notices")).status_code == 403


async def test_who_has_cancelled_has_no_part_in_a_course(
    http: httpx.AsyncClient, places: dict[str, str], pool: Pool
) -> None:
    """A delegate has, by id, until then."""
    await http.post(f"{places['courses']}/bookings", json=ONE)
    before = (await http.get(f"{places['courses']}/people")).json()["items"]
    assert {line["role"] for line in before} == {"delegate", "office"}
    await pool.execute("UPDATE bookings SET state = 'cancelled'")
    left = (await http.get(f"{places['courses']}/people")).json()["items"]
    assert {line["role"] for line in left} == {"office"}


async def test_notices_are_listed_with_what_became_of_them(
    http: httpx.AsyncClient, places: dict[str, str], pool: Pool
) -> None:
    """Sent, waiting, failed and withheld, page by page and by filters; nobody's words or addresses among them."""
    path = places["engagements"]
    name = path.rpartition("/")[2]
    made = [await _issued(pool, name, step) for step in range(90, 95)]
    async with pool.acquire() as conn:
        await notices.settle(conn, made[0], "sent", now(), message_id="<1@example.org>")
        await notices.settle(conn, made[1], "failed", now(), failure="550 no such user alder@example.org")
        await notices.settle(conn, made[2], "withheld", now(), because="skipped")
    listed, following = [], f"{path}/notices?limit=2&person=per_tested"
    while following:
        answered = await http.get(following)
        assert "alder" not in answered.text
        listed += answered.json()["items"]
        following = answered.links.get("next", {}).get("url", "")
    assert sorted(line["notice"] for line in listed) == sorted(made)
    assert {line["notice"]: line["status"] for line in listed} == dict(
        zip(made, ("sent", "failed", "withheld", "waiting", "waiting"), strict=True)
    )
    for status, person, expected in (
        ("withheld", "per_tested", made[2:3]), ("sent", "per_tested", made[:1]), ("sent", "per_nobody", []),
    ):  # fmt: skip
        for place in (path, "/v1/academies/sheffield"):
            answered = await http.get(f"{place}/notices?status={status}&person={person}")
            assert [line["notice"] for line in answered.json()["items"]] == expected, (place, status)
    (kept,) = (await http.get(f"{path}/notices?status=withheld&person=per_tested")).json()["items"]
    assert (kept["because"], kept["key"], kept["subject"]) == ("skipped", "agreement/signatures/92", name)
    for query in ("status=gone", "colour=red", "status=sent&status=failed", "cursor=MTIz", "cursor=fn4", "person=Dr A"):
        refused = await http.get(f"{path}/notices?{query}")
        assert (refused.status_code, refused.headers["content-type"]) == (422, MEDIA_TYPE), query


async def _issued(pool: Pool, subject: str, step: int) -> str:
    notice = Notice(
        person="per_tested", role=Role.COACH, act=Act.ASK, matter=Matter.AGREEMENT, window="signatures", step=step,
        turn=Role.COACH, reason="agreement_owed",
    )  # fmt: skip
    async with pool.acquire() as conn:
        await notices.issue(conn, subject, now(), [notice])
    made: str = await pool.fetchval("SELECT notice FROM notices WHERE subject = $1 AND step = $2", subject, step)
    return made


async def test_a_teams_sessions_and_scores_are_listed_as_they_were(
    http: httpx.AsyncClient, places: dict[str, str], pool: Pool
) -> None:
    """In their order, page by page, with what became of each."""
    path = places["engagements"]
    held = [session(number, Outcome.HELD, attendance=number) for number in (1, 2, 3)]
    given = [ScoreRow(f"scored-{number}", "team", number / 2, at(30 * number)) for number in (1, 2, 3)]
    async with pool.acquire() as conn:
        await projections.write(conn, path.rpartition("/")[2], START, *changes(*held, *given))
    first = (await http.get(f"{path}/sessions?limit=2")).json()
    second = (await http.get(f"{path}/sessions", params={"cursor": first["next"]})).json()
    sessions = first["items"] + second["items"]
    assert [(line["outcome"], line["attendance"]) for line in sessions[:3]] == [("held", 1), ("held", 2), ("held", 3)]
    first = (await http.get(f"{path}/scores?limit=1")).json()
    rest = (await http.get(f"{path}/scores", params={"cursor": first["next"]})).json()
    assert [line["score"] for line in first["items"] + rest["items"]] == [0.5, 1.0, 1.5]


async def test_days_are_listed_by_number_with_what_was_told_of_them(http: httpx.AsyncClient, pool: Pool) -> None:
    """Who was expected and came, and the facts that say so; page by page, and unchanged ones not twice."""
    cohort, course = await Course(8).missed().put(pool), await Intro(-2).attended(1).put(pool)
    path = f"/v1/intro-courses/{course}/sessions"
    first = await http.get(path, params={"limit": 1})
    second = await http.get(path, params={"limit": 1, "cursor": first.json()["next"]})
    days = first.json()["items"] + second.json()["items"]
    assert [(day["number"], day["held"], day["expected"], day["attended"]) for day in days] == [
        (1, True, 2, 2), (2, True, 2, 1),
    ]  # fmt: skip
    assert second.json()["next"] is None
    told = (await http.get(f"/v1/intro-courses/{course}/facts")).json()["items"]
    assert {day["facts"][0] for day in days} <= {line["fact"]["event_id"] for line in told}
    again = await http.get(path, params={"limit": 1}, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    learnt = (await http.get(f"/v1/cohorts/{cohort}/sessions")).json()["items"]
    assert [(day["held"], day["expected"], day["attended"], len(day["facts"])) for day in learnt[:2]] == [
        (True, 3, 2, 1), (False, 3, 0, 0),
    ]  # fmt: skip


async def test_what_a_kind_does_not_have_is_answered_in_a_sentence(callers: Callers, places: dict[str, str]) -> None:
    """It says where to look; and who may not read the rest is told nothing of it."""
    reader = await callers.with_grants("read:sheffield:engagements,cohorts,courses")
    other = await callers.with_grants("read:leeds:*")
    paths = (f"{places['cohorts']}/scores", f"{places['courses']}/scores")
    for path in (*paths, "/v1/academies/sheffield/scores", "/v1/academies/sheffield/sessions"):
        said = await reader.get(path)
        assert (said.status_code, said.headers["content-type"]) == (404, MEDIA_TYPE), path
        assert "/v1/" in said.json()["detail"], path
        assert (await other.get(path)).status_code == 403, path
