"""The world that has the rules alone: it keeps time and tells everybody, as workflows, records and mail would."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from lifecycle import intro_course as course_rules
from lifecycle.effects import Owed
from operations.intro_courses import CoursePlan, Wanted, opening_of
from rehearsal.acts import Asked
from rehearsal.asking import in_order
from rehearsal.measure import Evidence
from rehearsal.pure.coaching import coaching
from rehearsal.pure.mail import Post
from rehearsal.pure.peers import meant, untold
from rehearsal.pure.subject import PureSubject
from rehearsal.register import Register
from rehearsal.report import IntroCourseReport
from rehearsal.script import Plot, Script, first_week
from rehearsal.world import Admitted, BookingLine, EngagementLine, words_beside
from schemas.cohort_facts import CoachingSeen
from schemas.due import DueItem, Refusal
from schemas.engagement_facts import EngagementProposed
from schemas.facts import Fact, Teller
from schemas.intro_course_facts import PlaceRequested
from schemas.rows import BookingRow, EngagementPersonRow, EnrolmentRow, IntroCourseRow, SessionRow
from schemas.subjects import COHORT, ENGAGEMENT, INTRO_COURSE, AnyKind, kind_of
from schemas.words import (
    BookingId,
    Code,
    CohortStage,
    EngagementId,
    EventId,
    IntroCourseId,
    IntroStage,
    Matter,
    PersonId,
    Role,
)

_BEFORE_THE_DAYS: Final = (IntroStage.SCHEDULED, IntroStage.OPEN, IntroStage.FULL, IntroStage.JOINING)
_OFFERED_AT_MOST: Final = 5

_A_MINUTE: Final = timedelta(minutes=1)
"""So long after it was scheduled something runs, so that it can be told what happened in between."""

RowT = TypeVar("RowT")


class PureWorld:
    """A rehearsal's world without servers. ``now`` is when cohorts and courses are started, as a wall clock's.

    ``at`` is how far all of it has come; ``words`` stand beside facts, by event id.
    """

    def __init__(self, plot: Plot, register: Register, now: datetime) -> None:
        self.subjects: dict[str, PureSubject] = {}
        self.post = Post(plot.scope, plot.first.programme.zone, now)
        self.words: list[tuple[EventId, str]] = []
        self.at = now
        self._plot = plot
        self._register = register
        self._now = now
        self._admitted: dict[str, Admitted] = {}
        self._seen: set[str] = set()

    async def admit(self, script: Script) -> Admitted:
        """By the register's ids."""
        admitted = self._admitted[script.cohort] = await self._register.admit(script, self._now)
        self._begin(script.cohort, admitted.openings.scheduled, self._now + _A_MINUTE)
        return admitted

    async def keep_weekly_mail(self) -> None:
        """It is kept from the start."""

    async def enrol(self, script: Script, at: datetime) -> None:
        """All at once: engagements are started when everybody is known."""
        cohort = self.subjects[script.cohort]
        for enrolment in self._admitted[script.cohort].openings.enrolments:
            refusal = cohort.tell(enrolment.model_copy(update={"occurred_at": at}))
            if refusal is not None:
                raise ValueError(refusal.reason)
        self._live(cohort)

    async def advance(self, kind: AnyKind, subject: str, to: datetime) -> datetime | None:
        """From one due moment to the next."""
        del kind
        known = self.subjects[subject]
        while known.next_at is not None and known.next_at <= to:
            known.now = max(known.now, known.next_at)
            self._live(known)
        if known.closed:
            return None
        known.now = max(known.now, to)
        return known.now

    async def advance_mail(self, to: datetime) -> None:
        """From one weekly mail to the next."""
        self.post.advance(to, self.subjects)
        self.at = to
        for subject in self.subjects.values():
            subject.forget(to)

    async def clock(self, kind: AnyKind, subject: str) -> datetime:
        """It stands where it was put."""
        del kind
        return self.subjects[subject].now

    async def tell(self, kind: AnyKind, subject: str, fact: Fact) -> Refusal | None:
        """And what follows at once."""
        del kind
        known = self.subjects[subject]
        refusal = known.tell(fact)
        if refusal is None:
            words = words_beside(fact)
            self.words += [(fact.event_id, words)] if words else []
            self._live(known)
        return refusal

    async def started(self, engagement: EngagementId) -> None:
        """Raises KeyError for one that no cohort has started."""
        self.subjects[engagement]

    async def opening(self, engagement: EngagementId) -> tuple[EngagementProposed, Mapping[Role, PersonId]] | None:
        """As the records would have it."""
        subject = self.subjects[engagement]
        opening = subject.told[0].fact
        around = {row.role: row.person for row in _rows(subject, EngagementPersonRow)}
        return (opening, around) if isinstance(opening, EngagementProposed) else None

    async def engagements(self) -> list[EngagementLine]:
        """As the records would have them."""
        return sorted(map(_line, self._of(ENGAGEMENT)))

    async def untold(self, academy: Code, suffix: str) -> list[tuple[AnyKind, str]]:
        """As the records would have it."""
        return sorted(
            (
                (subject.kind, subject.name)
                for subject in self.subjects.values()
                if subject.name.startswith(f"{academy}.")
                and _open(subject)
                and f"{subject.name}{suffix}" not in subject.known.facts
            ),
            key=lambda found: found[1],
        )

    async def asked(self) -> list[Asked]:
        """From the notices."""
        fresh = [notice for name, notice in self.post.notices.items() if name not in self._seen]
        self._seen.update(notice.id for notice in fresh)
        return in_order(fresh)

    async def schedule(self, plan: CoursePlan) -> None:
        """At the start of the rehearsal."""
        await self._register.describe(plan, self._now)
        self._begin(plan.course, opening_of(plan, self._now), self._now + _A_MINUTE)

    async def requested(self, course: IntroCourseId, wanted: Wanted, event_id: str) -> PlaceRequested:
        """By the register's ids."""
        return await self._register.requested(course, wanted, event_id, self._now)

    async def resting(self, until: datetime) -> set[IntroCourseId]:
        """As the records would have it."""
        return {
            course.name
            for course in self._of(INTRO_COURSE)
            if course.next_at is None or (course.state.stage in _BEFORE_THE_DAYS and course.next_at > until)
        }

    async def bookings(self, course: IntroCourseId) -> Sequence[BookingLine]:
        """As the records would have them."""
        rows = _rows(self.subjects[course], BookingRow)
        return sorted(BookingLine(row.booking, row.person, row.state, row.days) for row in rows)

    async def room(self, course: IntroCourseId, day: int) -> bool:
        """As the records would have it."""
        (row,) = _rows(self.subjects[course], IntroCourseRow)
        return (row.taken_1, row.taken_2)[day - 1] < row.places

    async def keep_feedback(
        self, course: IntroCourseId, booking: BookingId, at: datetime, marks: Mapping[str, int], comment: str
    ) -> None:
        """By the register."""
        await self._register.keep_feedback(course, booking, at, marks, comment)

    def evidence(self) -> Evidence:
        """What the report is made from."""
        enrolments = [row for cohort in self._of(COHORT) for row in _rows(cohort, EnrolmentRow)]
        return Evidence(
            engagements={engagement.name: _line(engagement) for engagement in self._of(ENGAGEMENT)},
            enrolments={row.enrolment: row.state for row in enrolments},
            courses=[_course(course) for course in sorted(self._of(INTRO_COURSE), key=lambda course: course.name)],
            sessions={engagement.name: _outcomes(engagement) for engagement in self._of(ENGAGEMENT)},
            notices=list(self.post.notices.values()),
            digests=sum(week >= first_week(self._plot) for _, week in self.post.digests),
        )

    def _of(self, kind: AnyKind) -> Iterable[PureSubject]:
        return [subject for subject in self.subjects.values() if subject.kind is kind]

    def _begin(self, name: str, opening: Fact, now: datetime) -> None:
        self.subjects[name] = subject = PureSubject(kind_of(opening.kind), name, opening, now)
        self._live(subject)

    def _live(self, subject: PureSubject) -> None:
        """All that follows of what was told, and of time, by its clock."""
        self._follow(subject, ())
        while subject.next_at is not None and subject.next_at <= subject.now:
            items, notices = subject.carry_out()
            self.post.issue(subject.name, subject.now, notices)
            self._follow(subject, items)

    def _follow(self, subject: PureSubject, items: Sequence[DueItem]) -> None:
        if subject.kind is INTRO_COURSE:
            _offer_places(subject)
        now_meant = meant(subject)
        if now_meant != subject.means:
            subject.means = now_meant
            for owed in untold(subject, self.subjects):
                self._pass_on(owed)
        if subject.kind is COHORT and any(item.matter is Matter.COACHING_CHECK for item in items):
            self._see_coaching(subject)

    def _pass_on(self, owed: Owed) -> None:
        if owed.begins:
            self._begin(owed.subject, owed.fact, owed.fact.occurred_at)
            return
        peer = self.subjects[owed.subject]
        if peer.tell(owed.fact) is None:
            self._live(peer)

    def _see_coaching(self, cohort: PureSubject) -> None:
        people = {row.enrolment: row.person for row in _rows(cohort, EnrolmentRow)}
        seen = CoachingSeen(
            event_id=f"{cohort.name}:coaching-seen:{cohort.now:%Y%m%dT%H%M%S}",
            occurred_at=cohort.now,
            told_by=Teller(role=Role.SERVICE),
            coaching=coaching(people, self._of(ENGAGEMENT)),
        )
        if cohort.tell(seen) is None:
            self._follow(cohort, ())


def _offer_places(course: PureSubject) -> None:
    """A place is offered to whoever is first in line; if somebody was quicker, a second later again."""
    refused = 0
    while (offer := course_rules.next_offer(course.look())) is not None and refused < _OFFERED_AT_MOST:
        if course.tell(offer) is not None:
            refused += 1
            course.now += timedelta(seconds=1)


def _rows(subject: PureSubject, model: type[RowT]) -> list[RowT]:
    return [row for row in subject.rows().values() if isinstance(row, model)]


def _line(engagement: PureSubject) -> EngagementLine:
    state: Any = engagement.state
    life = state.life
    return EngagementLine(
        engagement.name,
        life.opening.cohort,
        state.stage,
        state.phase,
        engagement.next_at,
        life.ended_at,
        life.end_reason,
    )


def _open(subject: PureSubject) -> bool:
    if subject.kind is ENGAGEMENT:
        return subject.state.life.ended_at is None
    return subject.state.stage is not CohortStage.CANCELLED if subject.kind is COHORT else bool(subject.ahead)


def _outcomes(engagement: PureSubject) -> Counter[str]:
    return Counter(row.outcome for row in _rows(engagement, SessionRow) if row.counted)


def _course(course: PureSubject) -> IntroCourseReport:
    (row,) = _rows(course, IntroCourseRow)
    told = Counter(told.fact.kind for told in course.told)
    return IntroCourseReport(
        course=course.name,
        stage=row.stage,
        places=row.places,
        bookings=Counter(row.state for row in _rows(course, BookingRow)),
        offered=told["place_offered"],
        certificates=sum(key.startswith(f"{Matter.CERTIFICATE}/") for key in course.done),
        feedback=told["feedback_given"],
        handed_on=told["handed_on_to_cohort"],
    )
