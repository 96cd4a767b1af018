"""The course, rehearsed: participants come and go, the office answers what a cohort asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from lifecycle.calendar import Calendar
from rehearsal.acts import Agenda, Asked, Desk, Telling, occurred
from rehearsal.behaviours import Dice
from rehearsal.script import Script
from rehearsal.team import DAYS_A_MONTH, Team
from schemas import cohort_facts
from schemas.cohort_facts import Team as TeamFound
from schemas.facts import Fact, Teller
from schemas.roster import RosterRow
from schemas.roster_cells import Behaviour
from schemas.words import EngagementId, EnrolmentId, Matter, Role

_SILENT_AFTER_WEEKS: Final = 20
_WITHDRAWS_IN_WEEK: Final = 10
_SECOND_TEAM_IN_MONTH: Final = 7
_MISS_ONE: Final = 0.3


@dataclass(slots=True)
class Participant:
    """One place on the course. ``gone_from`` is the day from which a participant is no longer there."""

    row: RosterRow
    enrolment: EnrolmentId
    dice: Dice
    gone_from: date | None = None
    found: TeamFound | None = None
    silent_from: date | None = None

    def there(self, day: date) -> bool:
        """Whether the participant is still on the course on a day, and answers."""
        return all(day < end for end in (self.gone_from, self.silent_from) if end is not None)


@dataclass(slots=True)
class Course:
    """What is told to a cohort, by whom and when."""

    script: Script
    calendar: Calendar
    participants: dict[EnrolmentId, Participant]
    agenda: Agenda = field(default_factory=Agenda)
    answered: set[tuple[str, ...]] = field(default_factory=set)
    attended: dict[int, set[EnrolmentId]] = field(default_factory=dict)
    teams: Mapping[EngagementId, Team] = field(default_factory=dict)
    _told: int = 0

    @property
    def desk(self) -> Desk:
        """When the office acts."""
        return Desk(self.calendar, Dice(self.script.seed, "office"))

    def tell(self, at: datetime, kind: type[Fact], when: datetime | None = None, **said: object) -> None:
        """Put a fact on the office's agenda."""
        self._told += 1
        chance = self.desk.dice.on("fact", self._told)
        happened = occurred(when or at - timedelta(minutes=chance.randint(5, 25)), chance)
        about = {
            "event_id": f"{self.script.cohort}:r{self._told}",
            "occurred_at": happened,
            "told_by": Teller(role=Role.OFFICE),
        }
        self.agenda.add(Telling(at, kind.model_validate(about | said)))

    def speaks_before(self, barrier: datetime) -> bool:
        """Whether the cohort is told something before the barrier: it may mean something for any engagement."""
        return self.agenda.first is not None and self.agenda.first < barrier

    def plan(self) -> None:
        """Put on the agenda what participants do of their own accord."""
        for participant in self.participants.values():
            decide = _DECISIONS.get(participant.row.behaviour)
            if decide is not None:
                decide(self, participant)

    def moment(self, day: date, participant: Participant, question: str) -> datetime:
        """A moment in office hours of a day, by the participant's chance."""
        return self.desk.on(day, participant.dice.on(question))

    def withdraws_at(self, participant: Participant) -> datetime | None:
        """When a participant leaves the course, if that is how they behave."""
        if participant.row.behaviour is not Behaviour.WITHDRAWS:
            return None
        return self.moment(self.script.course_start + timedelta(weeks=_WITHDRAWS_IN_WEEK - 1), participant, "withdraws")

    def coached(self, participant: Participant) -> tuple[int, int]:
        """How many meetings a participant's team had, as coach or co-coach, and how many were expected."""
        joined = self.script.plan.enrolment(participant.row.joins) if participant.row.joins else participant.enrolment
        team = self.teams.get(joined)
        meetings = team.meetings if team else []
        return sum(meeting.met for meeting in meetings), len(meetings)

    def answer(self, asked: Asked, not_before: datetime) -> None:
        """Put on the agenda what is answered to a question seen at ``not_before``."""
        react = _ANSWERS.get(asked.matter)
        if react is not None and asked.question not in self.answered:
            self.answered.add(asked.question)
            react(self, asked, not_before)

    def reply(self, asked: Asked, not_before: datetime, days: tuple[int, int]) -> datetime:
        """A moment some working days after the question."""
        return self.desk.reply(self.calendar.day(asked.issued_at), days, not_before, *asked.question)


def _defers(course: Course, participant: Participant) -> None:
    at = course.moment(course.script.course_start - timedelta(weeks=2), participant, "defers")
    participant.gone_from = course.calendar.day(at)
    course.tell(at, cohort_facts.EnrolmentDeferred, enrolment=participant.enrolment)


def _withdraws(course: Course, participant: Participant) -> None:
    at = course.withdraws_at(participant)
    if at is not None:
        participant.gone_from = course.calendar.day(at)
        course.tell(at, cohort_facts.EnrolmentWithdrawn, enrolment=participant.enrolment, reason="capacity")


def _finds_team(course: Course, participant: Participant) -> None:
    """In the third week of grace."""
    if participant.found is not None:
        at = course.moment(course.script.course_start + timedelta(days=16), participant, "finds a team")
        course.tell(at, cohort_facts.MicrosystemIdentified, enrolment=participant.enrolment, team=participant.found)


def _takes_second_team(course: Course, participant: Participant) -> None:
    if participant.found is not None:
        day = course.script.course_start + timedelta(days=round(_SECOND_TEAM_IN_MONTH * DAYS_A_MONTH))
        at = course.moment(day, participant, "second team")
        course.tell(at, cohort_facts.MicrosystemIdentified, enrolment=participant.enrolment, team=participant.found)


def _falls_silent(course: Course, participant: Participant) -> None:
    participant.silent_from = course.script.course_start + timedelta(weeks=_SILENT_AFTER_WEEKS)


def _confirmation(course: Course, asked: Asked, not_before: datetime) -> None:
    course.tell(course.reply(asked, not_before, (1, 3)), cohort_facts.CohortConfirmed)


def _attendance(course: Course, asked: Asked, not_before: datetime) -> None:
    """Who was there: nearly everybody, and nobody misses two."""
    number = _session_number(asked)
    at = course.reply(asked, not_before, (1, 2))
    day = course.calendar.day(asked.issued_at)
    present = {
        participant.enrolment
        for participant in course.participants.values()
        if participant.there(day) and _comes(participant, number)
    }
    course.attended[number] = present
    course.tell(at, cohort_facts.LearningSessionHeld, number=number, attended=tuple(sorted(present)))


def _comes(participant: Participant, number: int) -> bool:
    misses_one = participant.dice.on("course").random() < _MISS_ONE
    return not (misses_one and number == participant.dice.on("misses").randint(1, 6))


def _session_number(asked: Asked) -> int:
    return asked.number or int(asked.window)


def _make_up(course: Course, asked: Asked, not_before: datetime) -> None:
    enrolment = asked.detail or ""
    if enrolment in course.participants and course.participants[enrolment].there(course.calendar.day(not_before)):
        course.attended[_session_number(asked)].add(enrolment)
        at = course.reply(asked, not_before, (4, 9))
        course.tell(at, cohort_facts.LearningSessionMadeUp, number=_session_number(asked), enrolment=enrolment)


def _conditional_start(course: Course, asked: Asked, not_before: datetime) -> None:
    at = course.reply(asked, not_before, (2, 5))
    until = course.calendar.day(at) + timedelta(weeks=8)
    course.tell(at, cohort_facts.ConditionalStartDecided, enrolment=asked.detail, allowed=True, until=until)


def _completion(course: Course, asked: Asked, not_before: datetime) -> None:
    """The office confirms, of everybody still there, who completed the course and who did not."""
    at = course.reply(asked, not_before, (3, 8))
    for participant in course.participants.values():
        if participant.gone_from is None:
            course.tell(
                at,
                cohort_facts.EnrolmentCompleted,
                enrolment=participant.enrolment,
                completed=_has_completed(course, participant),
            )


def _has_completed(course: Course, participant: Participant) -> bool:
    rules = course.script.programme.completion
    enough = (
        sum(participant.enrolment in there for there in course.attended.values()) >= rules.learning_sessions_attended
    )
    met, expected = course.coached(participant)
    return enough and bool(expected) and 100 * met >= rules.sessions_held_percent * expected


def _lapse(course: Course, asked: Asked, not_before: datetime) -> None:
    participant = course.participants[asked.detail or ""]
    if asked.role is Role.COACH and participant.there(course.calendar.day(not_before)):
        course.tell(
            course.reply(asked, not_before, (8, 15)), cohort_facts.RefresherHeld, enrolment=participant.enrolment
        )


_DECISIONS: Final[dict[Behaviour, Callable[[Course, Participant], None]]] = {
    Behaviour.DEFERRED: _defers,
    Behaviour.WITHDRAWS: _withdraws,
    Behaviour.NO_TEAM_YET: _finds_team,
    Behaviour.TWO_TEAMS: _takes_second_team,
    Behaviour.SILENT_STOP: _falls_silent,
}

_ANSWERS: Final[dict[Matter, Callable[[Course, Asked, datetime], None]]] = {
    Matter.COHORT_CONFIRMATION: _confirmation,
    Matter.ATTENDANCE: _attendance,
    Matter.MAKE_UP: _make_up,
    Matter.CONDITIONAL_START: _conditional_start,
    Matter.COMPLETION: _completion,
    Matter.LAPSE: _lapse,
}
