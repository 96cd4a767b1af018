"""Engagements, cohorts and courses in every state a page shows, written to the records: a workflow takes them up."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from benchmarks.made_up import known
from lifecycle import cohort, engagement, intro_course
from records.database import Pool
from records.subjects import Subjects
from schemas import cohort_facts, intro_course_facts
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import Coaching, CohortScheduled, EnrolmentAccepted, Team
from schemas.engagement_facts import CoachPart, PauseReason, Slot
from schemas.facts import Fact, LeaveAgreed
from schemas.words import NotHeldReason, RampStep, Role, Weekday
from tests.lifecycle.lives import full_cycle
from tests.workflows.subjects import (
    COACH,
    COHORT,
    FACULTY,
    LEAD,
    PROGRAMME,
    SIGNING,
    SPONSOR,
    now,
    one_more,
    opening_of,
)

OTHER = "per_other"
SLOT = Slot(day=Weekday.TUESDAY, at=time(9, 0))


class Life:
    """The facts of one engagement, as they are told one after the other."""

    def __init__(self, months: int = 20, watched_from: datetime | None = None) -> None:
        self.name = f"{COHORT}.{one_more('P')}"
        self.begun = now() - timedelta(days=30 * months)
        watched_from = watched_from or now() - timedelta(minutes=5)
        self.told: list[Fact] = [opening_of(self.name, self.begun, self.begun.date(), watched_from=watched_from)]

    def tell(self, kind: type[Fact], at: datetime | None = None, **said: Any) -> Life:
        """One more fact, a minute ago unless told otherwise."""
        number = len(self.told)
        given = {"event_id": f"{self.name}:{number}", "occurred_at": at or now() - timedelta(minutes=60 - number)}
        self.told.append(kind.model_validate(given | said))
        return self

    def agreed(self) -> Life:
        """The agreement is signed."""
        for role in SIGNING:
            self.tell(facts.AgreementSigned, self.begun + timedelta(hours=1), role=role)
        return self

    def testing(self) -> Life:
        """A PDSA cycle has come to its planned end."""
        begun, ends = (now().date() - timedelta(days=days) for days in (9, 1))
        return self.agreed().tell(improvement.PdsaPlanned, cycle=1, from_day=begun, until_day=ends)

    def adopted(self) -> Life:
        """A change was tested and adopted."""
        return self.testing().tell(improvement.PdsaStudied, cycle=1, as_predicted="yes", decision="adopt")

    def aimed(self) -> Life:
        """The date of the team's aim has passed."""
        self.agreed().tell(improvement.MeasureDefined, self.begun + timedelta(hours=2), measure="m1", better="higher")
        said = {"aim": "specific", "measure": "m1", "target": 80, "by_day": now().date() - timedelta(days=3)}
        return self.tell(improvement.AimSet, self.begun + timedelta(hours=3), **said)

    def flat(self) -> Life:
        """The scores have not risen for half a year."""
        self.watched(now() - timedelta(days=15)).agreed()
        for months in (6, 1):
            for scorer in ("team", "faculty"):
                self.tell(facts.ProgressScored, now() - timedelta(days=30 * months), score=2.5, scorer=scorer)
        return self

    def watched(self, since: datetime) -> Life:
        """The engine answers for what fell due from then on."""
        self.told[0] = self.told[0].model_copy(update={"watched_from": since})
        return self

    def worked(self, *, without_cycle: bool = False) -> Life:
        """The team's own part of the gate is met."""
        self.agreed()
        for weeks in (5, 4, 3, 2):
            at = now() - timedelta(weeks=weeks)
            self.tell(facts.SessionHeld, at, day=at.date(), chaired_by="team", attendance=6)
        self.tell(improvement.RampStepReached, step=RampStep.PDSA)
        for kind, said in () if without_cycle else full_cycle(now().date() - timedelta(days=120)):
            self.tell(kind, **said)
        self.tell(facts.ProgressScored, score=4.0, scorer="team")
        return self.tell(facts.ProgressScored, score=4.5, scorer="faculty")

    def assessed(self, *, without_cycle: bool = False) -> Life:
        """Found ready for sign-off."""
        return self.worked(without_cycle=without_cycle).tell(facts.TransitionStarted).tell(facts.ReadinessAssessed)

    def signed(self, *, without_cycle: bool = False) -> Life:
        """Everything for the hand-off is there."""
        self.assessed(without_cycle=without_cycle)
        for role in (Role.COACH, Role.TEAM_LEAD, Role.FACULTY):
            self.tell(facts.SignedOff, role=role)
        self.tell(facts.OwnerNamed, role="process_owner", person=LEAD)
        return self.tell(facts.OwnerNamed, role="measure_owner", person=OTHER)

    def handed_off(self) -> Life:
        """Handed off, three months ago."""
        self.signed()
        earlier = timedelta(days=95)
        moved = [fact.model_copy(update={"occurred_at": fact.occurred_at - earlier}) for fact in self.told[4:]]
        moved = [
            fact.model_copy(update={"day": fact.occurred_at.date()}) if isinstance(fact, facts.SessionHeld) else fact
            for fact in moved
        ]
        self.told[4:] = moved
        return self.tell(facts.HandedOff, now() - timedelta(days=94))

    def relapsed(self) -> Life:
        """It no longer holds."""
        return self.handed_off().tell(facts.Relapsed)

    def stalled(self) -> Life:
        """Four sessions in a row did not take place."""
        self.agreed()
        yesterday = now().date() - timedelta(days=1)
        last = yesterday - timedelta(days=(yesterday.weekday() - 1) % 7)
        for weeks in (3, 2, 1, 0):
            day = last - timedelta(weeks=weeks)
            at = datetime.combine(day, time(12), now().tzinfo)
            self.tell(facts.SessionNotHeld, at, day=day, reason=NotHeldReason.STAFFING)
        return self

    def paused(self) -> Life:
        """A pause is open."""
        return self.agreed().tell(facts.PauseStarted, reason=PauseReason.WINTER_PRESSURE)

    def vacant(self) -> Life:
        """The coach left."""
        return self.agreed().tell(facts.CoachLeft, person=COACH)

    def away(self) -> Life:
        """The coach has gone on leave for eight weeks."""
        first = now().date() - timedelta(days=1)
        return self.agreed().tell(LeaveAgreed, person=COACH, first_day=first, last_day=first + timedelta(weeks=8))

    def interim(self) -> Life:
        """Somebody stands in for the coach."""
        return self.away().tell(facts.CoachAssigned, person=OTHER, part=CoachPart.INTERIM)

    def without_sponsor(self) -> Life:
        """The sponsor left."""
        return self.agreed().tell(facts.RoleChanged, role=Role.SPONSOR)

    async def put(self, pool: Pool) -> str:
        """Write it into the records; answers its id."""
        at = now()
        state = engagement.fold(self.told, at)  # type: ignore[arg-type] # its own facts
        assert not state.account.void, state.account.void
        await _put(pool, self.name, self.told, at)
        return self.name


class Course:
    """The facts of one cohort with three participants: one with a team, two without."""

    def __init__(self, weeks: int = 8, name: str = "") -> None:
        self.name = name or one_more("sheffield.c")
        self.begun = now() - timedelta(weeks=weeks + 10)
        self.start: date = (now() - timedelta(weeks=weeks)).date()
        self.told: list[Fact] = [
            CohortScheduled(
                event_id=f"{self.name}:scheduled",
                occurred_at=self.begun,
                academy="sheffield",
                programme=PROGRAMME,
                course_start=self.start,
                calendar=LATEST_HOLIDAY_TABLE,
            )
        ]
        team = Team(microsystem="ms_1", team_lead=LEAD, slot=SLOT)
        for number, (person, found) in enumerate(((COACH, None), (OTHER, team), (SPONSOR, None)), 1):
            key = f"{self.name}.P{number:02}"
            self.told.append(
                EnrolmentAccepted(
                    event_id=f"{key}:accepted",
                    occurred_at=self.begun,
                    enrolment=key,
                    person=person,
                    faculty=FACULTY,
                    team=found,
                )
            )

    def key(self, number: int = 1) -> str:
        """A participant's enrolment."""
        return f"{self.name}.P{number:02}"

    def tell(self, kind: type[Fact], at: datetime | None = None, **said: Any) -> Course:
        """One more fact."""
        number = len(self.told)
        given = {"event_id": f"{self.name}:{number}", "occurred_at": at or now() - timedelta(minutes=60 - number)}
        self.told.append(kind.model_validate(given | said))
        return self

    def confirmed(self) -> Course:
        """The course takes place."""
        return self.tell(cohort_facts.CohortConfirmed, self.begun + timedelta(days=1))

    def missed(self) -> Course:
        """The first learning session was held without the first participant."""
        at = now() - timedelta(weeks=1)
        return self.confirmed().tell(
            cohort_facts.LearningSessionHeld, at, number=1, attended=(self.key(2), self.key(3))
        )

    def in_need(self) -> Course:
        """The first participant asked for help to find a team."""
        return self.tell(cohort_facts.TeamHelpAsked, enrolment=self.key(1))

    def taught(self) -> Course:
        """Everything that completing the course takes was seen."""
        self.confirmed()
        for number in range(1, 7):
            self.tell(cohort_facts.LearningSessionHeld, number=number, attended=(self.key(1), self.key(2)))
        seen = Coaching(enrolment=self.key(2), agreed=True, sessions_expected=20, sessions_held=19, running=True)
        return self.tell(cohort_facts.CoachingSeen, coaching=(seen,))

    async def put(self, pool: Pool) -> str:
        """Write it into the records; answers its id."""
        at = now()
        state = cohort.fold(self.told, at)  # type: ignore[arg-type] # its own facts
        assert not state.account.void, state.account.void
        await _put(pool, self.name, self.told, at)
        return self.name


class Intro:
    """The facts of one Introduction course with two bookings, whose day 1 is a Wednesday so many weeks ahead.

    ``beside`` are other lives that its pages show: they are written with it.
    """

    def __init__(self, weeks: int, places: int = 5, name: str = "") -> None:
        self.name = name or one_more("sheffield.intro-")
        ahead = now().date() + timedelta(weeks=weeks)
        self.day_1 = ahead - timedelta(days=(ahead.weekday() - 2) % 7)
        self.beside: list[Intro | Course] = []
        self.told: list[Fact] = [
            intro_course_facts.IntroCourseScheduled(
                event_id=f"{self.name}:scheduled",
                occurred_at=now() - timedelta(weeks=12),
                academy="sheffield",
                programme=PROGRAMME,
                day_1=self.day_1,
                day_2=self.day_1 + timedelta(days=1),
                places=places,
                calendar=LATEST_HOLIDAY_TABLE,
            )
        ]

    def key(self, number: int = 1) -> str:
        """A booking."""
        return f"{self.name}.B{number:02}"

    def tell(self, kind: type[Fact], at: datetime | None = None, **said: Any) -> Intro:
        """One more fact, some time after the one before."""
        number = len(self.told)
        given = {"event_id": f"{self.name}:{number}", "occurred_at": at or now() - timedelta(minutes=60 - number)}
        self.told.append(kind.model_validate(given | said))
        return self

    def booked(self, *numbers: int) -> Intro:
        """Places are asked for, eleven weeks ago, in this order: the first booking is Otto's, the second Sue's."""
        for number in numbers or (1, 2):
            at = now() - timedelta(weeks=11) + timedelta(minutes=len(self.told))
            who = {1: OTHER, 2: SPONSOR}[number]
            said = {"booking": self.key(number), "person": who, "delegate": "external"}
            self.tell(intro_course_facts.PlaceRequested, at, **said)
        return self

    def offered(self) -> Intro:
        """The only place came free again, and is offered to the first booking."""
        self.booked(2, 1).tell(intro_course_facts.BookingCancelled, booking=self.key(2))
        until = now() + timedelta(days=3)
        return self.tell(intro_course_facts.PlaceOffered, booking=self.key(), until=until)

    def attended(self, *on_day_2: int) -> Intro:
        """Both days were held; on the second only these were there."""
        self.booked()
        for day, numbers in ((1, (1, 2)), (2, on_day_2)):
            at = datetime.combine(self.day_1 + timedelta(days=day - 1), time(16), now().tzinfo)
            there = tuple(self.key(number) for number in numbers)
            self.tell(intro_course_facts.IntroAttendanceTaken, at, day=day, attended=there)
        return self

    def before(self, other: Intro | Course) -> Intro:
        """Something else that the course's pages show."""
        self.beside.append(other)
        return self

    async def put(self, pool: Pool) -> str:
        """Write it into the records; answers its id."""
        for other in self.beside:
            await other.put(pool)
        at = now()
        state = intro_course.fold(self.told, at)  # type: ignore[arg-type] # its own facts
        assert not state.account.void, state.account.void
        await _put(pool, self.name, self.told, at)
        return self.name


async def _put(pool: Pool, subject: str, told: list[Fact], at: datetime) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await known(connection, subject, *told)  # type: ignore[arg-type] # facts of the union
        await Subjects().take_in(connection, subject, told, at)  # type: ignore[arg-type] # facts of the union
