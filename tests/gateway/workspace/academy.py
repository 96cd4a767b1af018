"""An academy in which something of everything goes on, for whoever looks at all pages."""

from __future__ import annotations

from datetime import timedelta

from operations import certificates
from schemas.cohort_facts import EnrolmentCompleted
from schemas.engagement_facts import ProgressScored
from schemas.improvement_facts import AimSet, MeasureDefined, MeasurementRecorded, PdsaPlanned, PdsaStudied
from schemas.intro_course_facts import CoachingWished
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import OTHER, Course, Intro, Life
from tests.workflows.subjects import COACH, COHORT, FACULTY, LEAD, OFFICE, SPONSOR, now

PEOPLE = (OFFICE, FACULTY, COACH, LEAD, SPONSOR)
"""Whoever has pages of their own."""


VALUES = (62, 58, 64, 60, 57, 63, 61, 59, 65, 60, 62, 58, 63, 71, 74, 72, 76, 73, 77, 75, 78, 76)
"""Percent of clinics that start on time, week by week; the fourteenth is after the change."""


def measured() -> Life:
    """A team with an aim, values of its measure, a cycle that was adopted, and scores of both."""
    life = Life().agreed()
    today = now().date()
    life.tell(MeasureDefined, life.begun + timedelta(hours=2), measure="m1", better="higher")
    by = today + timedelta(weeks=20)
    life.tell(AimSet, life.begun + timedelta(hours=3), aim="specific", measure="m1", target=80, by_day=by)
    for number, value in enumerate(VALUES):
        day = today - timedelta(weeks=len(VALUES) - number)
        life.tell(MeasurementRecorded, measure="m1", value=value, day=day)
    tested = today - timedelta(weeks=len(VALUES) - 13)
    life.tell(PdsaPlanned, cycle=1, from_day=tested, until_day=tested + timedelta(days=7))
    life.tell(PdsaStudied, cycle=1, as_predicted="yes", decision="adopt")
    for months, team, faculty in ((9, 1.5, 1.0), (6, 2.0, 2.0), (3, 3.0, 2.5), (1, 3.5, 3.0)):
        for scorer, score in (("team", team), ("faculty", faculty)):
            life.tell(ProgressScored, now() - timedelta(days=30 * months), score=score, scorer=scorer)
    return life


async def begun(site: Site) -> None:
    """An Introduction course between its days: a wish, a certificate that was opened, and a booking held back."""
    course = Intro(-1, name="sheffield.intro-begun").booked(1, 2)
    course.told[0] = course.told[0].model_copy(update={"day_2": course.day_1 + timedelta(weeks=3)})
    await course.tell(CoachingWished, booking=course.key()).put(site.pool)
    async with site.pool.acquire() as conn:
        await certificates.issue(conn, course.name, course.key(), OTHER, now())
    await site.pool.execute(
        """
        INSERT INTO held_bookings (held, course, name, address, organisation, delegate, over, asked_at, mailbox, client)
        VALUES ('h1', $1, 'Hal Held', 'hal@example.org', 'Example Trust', 'external', 'mailbox', $2, '', '')
        """,
        course.name, now(),
    )  # fmt: skip


async def lived_in(site: Site) -> None:
    """Teams in every state, a cohort that is taught and one to come, Introduction courses before, between and after."""
    for life in (
        measured(), Life(1).agreed(), Life().aimed(), Life().adopted(), Life().flat(), Life().stalled(),
        Life().paused(), Life().vacant(), Life().away(), Life().interim(), Life().without_sponsor(), Life().signed(),
        Life().handed_off(), Life().relapsed(),
    ):  # fmt: skip
        await life.put(site.pool)
    taught = Course(30, name="sheffield.2025-spring").taught()
    await taught.tell(EnrolmentCompleted, enrolment=taught.key(2), completed=True).put(site.pool)
    async with site.pool.acquire() as conn:
        await certificates.issue(conn, taught.name, taught.key(2), OTHER, now())
    await Course(30, name=COHORT).put(site.pool)
    await Course(-8, name="sheffield.2027-spring").put(site.pool)
    await begun(site)
    await Intro(6, name="sheffield.intro-soon").booked(1, 2).put(site.pool)
    await Intro(-3, name="sheffield.intro-held").attended(1, 2).put(site.pool)
    await site.pool.execute(
        """
        INSERT INTO held_bookings
            (held, course, name, address, organisation, delegate, over, asked_at, mailbox, client)
        VALUES ('held_1', 'sheffield.intro-soon', 'Hana Held', 'hana@example.org', 'Trust', 'external', 'mailbox', $1,
                'a', 'b')
        """,
        now(),
    )
