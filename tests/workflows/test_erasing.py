"""Somebody is erased: every part of theirs is vacant, and somebody is asked who takes it over."""

from __future__ import annotations

from datetime import timedelta

from operations.effects import Heard
from operations.erasing import erase
from operations.leaves import Away, agree_leave
from operations.worklist import worklist
from records import admitting
from records.admitting import Person, Roster
from schemas.cohort_facts import EnrolmentAccepted
from schemas.engagement_facts import People
from schemas.facts import Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.words import Role
from tests.workflows.courses import course
from tests.workflows.subjects import FACULTY, LEAD, SPONSOR, TESTER, Academy, now
from tests.workflows.test_cohorts import scheduled, with_participants


async def test_erasing_a_coach_leaves_a_vacancy_that_somebody_is_asked_about(academy: Academy) -> None:
    """In their team, and in a course they had booked; erasing again finds nobody, and no name stays."""
    async with academy.pool.acquire() as conn:
        admitted = await admitting.admit(
            conn, "sheffield", now(), Roster((Person("Anna Example", "anna@example.org"),))
        )
    anna = admitted.people["anna@example.org"]
    life = await academy.engagement(people=People(coach=anna, faculty=FACULTY, sponsor=SPONSOR, team_lead=LEAD))
    booked = await course(academy, weeks=6)
    await booked.told(PlaceRequested, person=anna, booking=f"{booked.name}.B01", delegate="external")

    done = await erase(academy.engine, TESTER, anna, now())
    assert done is not None
    assert set(done.heard.told) == {life.name, booked.name}
    assert await booked.states() == {"B01": "cancelled"}
    assert await erase(academy.engine, TESTER, anna, now()) is None
    assert await academy.pool.fetchval("SELECT name FROM people WHERE person = $1", anna) is None

    await life.advance(await life.clock() + timedelta(days=5))
    assert (await life.state()).coach_vacant
    parts = await academy.pool.fetch("SELECT role FROM engagement_people WHERE engagement = $1", life.name)
    assert {row["role"] for row in parts} == {Role.FACULTY, Role.SPONSOR, Role.TEAM_LEAD, Role.OFFICE}
    async with academy.pool.acquire() as conn:
        waits = await worklist(conn, "sheffield", await life.clock())
    (line,) = [line for line in waits if line.item.startswith("vacancy/") or "/vacancy/" in line.item]
    assert (line.subject, line.turn) == (life.name, Role.FACULTY)


async def test_an_erased_sponsor_and_team_lead_are_looked_for(academy: Academy) -> None:
    """Each by its own line, beside the agreement that they had not signed."""
    given = (Person("Sam Sponsor", "sam@example.org"), Person("Lena Lead", "lena@example.org"))
    async with academy.pool.acquire() as conn:
        known = (await admitting.admit(conn, "sheffield", now(), Roster(given))).people
    sponsor, lead = known["sam@example.org"], known["lena@example.org"]
    life = await academy.engagement(people=People(coach="per_c", faculty=FACULTY, sponsor=sponsor, team_lead=lead))
    for person in known.values():
        await erase(academy.engine, TESTER, person, now())
    await life.advance(await life.clock() + timedelta(days=5))
    asked = await academy.pool.fetch(
        "SELECT person, detail FROM notices WHERE subject = $1 AND matter = $2 ORDER BY detail",
        life.name,
        "role_vacancy",
    )
    assert [(row["person"], row["detail"]) for row in asked] == [(FACULTY, "sponsor"), (FACULTY, "team_lead")]


async def test_erased_faculty_are_gone_from_their_cohorts_too(academy: Academy) -> None:
    """Where they are only named: what a cohort has to say to them goes to the office; their leave concerns it not."""
    async with academy.pool.acquire() as conn:
        known = await admitting.admit(conn, "sheffield", now(), Roster((Person("Fay Faculty", "fay@example.org"),)))
    fay = known.people["fay@example.org"]
    cohort = await with_participants(academy, scheduled())
    await cohort.told(EnrolmentAccepted, enrolment=f"{cohort.name}.P1", person="per_1", faculty=fay)
    first = now().date() + timedelta(days=30)
    away = Away("sheffield", fay, first, first, now(), Teller(role=Role.OFFICE))
    assert await agree_leave(academy.engine, TESTER, away) == Heard()
    done = await erase(academy.engine, TESTER, fay, now())
    assert done is not None
    assert done.heard == Heard((cohort.name,))
