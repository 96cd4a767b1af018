"""The projections of a cohort, its notices and its standing. Derived from the state alone."""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle.cohort.life import Enrolment
from lifecycle.cohort.plan import MATTERS
from lifecycle.cohort.state import FINAL, State
from lifecycle.leave import away_until
from lifecycle.projection import due_rows, shown, turn
from schemas import rows as r
from schemas.due import CohortStanding, DueItem, Notice
from schemas.words import Act, Matter, Role, deputy_of


def rows(cohort: str, state: State, upcoming: list[DueItem]) -> r.Rows:
    """Every row of the cohort, by table and key. ``upcoming`` is the next item of each matter."""
    found: tuple[r.Row, ...] = (
        _cohort(cohort, state, upcoming),
        *_enrolments(state),
        *_learning(state),
        *due_rows(upcoming),
    )
    return r.by_key(found)


def _cohort(cohort: str, state: State, upcoming: list[DueItem]) -> r.CohortRow:
    life = state.life
    following = upcoming[0] if upcoming else None
    return r.CohortRow(
        cohort=cohort,
        academy=life.opening.academy,
        stage=state.stage,
        course_start=life.opening.course_start,
        programme=life.programme.label,
        calendar=life.calendar.table,
        zone=life.calendar.zone,
        language=life.programme.language,
        office=life.opening.office,
        turn=turn(upcoming),
        next_due=following.at if following else None,
        next_matter=following.matter if following else None,
    )


def _enrolments(state: State) -> Iterator[r.EnrolmentRow]:
    for key, enrolment in state.life.enrolments.items():
        yield r.EnrolmentRow(
            enrolment=key,
            person=enrolment.accepted.person,
            state=state.enrolment(enrolment),
            faculty=None if enrolment.gone else enrolment.person(Role.FACULTY),
            attended=len(enrolment.attended),
            deferred_to=enrolment.deferred_to,
            offer_answer=enrolment.offered[0] if enrolment.offered else None,
            offered_at=enrolment.offered[1] if enrolment.offered else None,
        )


def _learning(state: State) -> Iterator[r.LearningSessionRow]:
    life = state.life
    for number in life.numbers:
        yield r.LearningSessionRow(
            number=number,
            starts_at=life.learning_session(number),
            held=number in life.held,
            attended=sum(number in enrolment.attended for enrolment in life.enrolments.values()),
        )


def standing(state: State, upcoming: list[DueItem]) -> CohortStanding:
    """Where the cohort stands."""
    everybody = state.life.enrolments.values()
    return CohortStanding(
        as_of=state.now,
        stage=state.stage,
        enrolments=len(everybody),
        running=sum(state.enrolment(enrolment) not in FINAL for enrolment in everybody),
        turn=turn(upcoming),
        next_due=shown(upcoming[0]) if upcoming else None,
    )


def notices(state: State, item: DueItem) -> tuple[Notice, ...]:
    """The notices of an item, each person once: to the participant it is about, or to everybody in the cohort."""
    people: dict[str, Role] = {}
    for role in item.to:
        for person in _persons(state, item, role):
            people.setdefault(person or state.life.opening.office, role if person else Role.OFFICE)
    return tuple(_notice(state, item, person, role) for person, role in people.items())


def _persons(state: State, item: DueItem, role: Role) -> list[str | None]:
    life = state.life
    if role is Role.OFFICE:
        return [life.opening.office]
    if role is Role.DEPUTY:
        return [deputy_of(life.opening.academy)]
    enrolment = life.enrolments.get(item.person) if item.person else None
    if enrolment is not None:
        person = enrolment.person(role)
        return [None if person in life.left else person]
    return [
        enrolment.accepted.person for enrolment in life.enrolments.values() if not _passed_over(state, item, enrolment)
    ]


def _passed_over(state: State, item: DueItem, enrolment: Enrolment) -> bool:
    """Who has left the course is told nothing of its days.

    Nor is who said that they cannot come reminded of one, or who is on leave: not if they are away on it too, or are
    back for another reminder.
    """
    if enrolment.gone or enrolment.completed is False:
        return True
    if item.act is Act.REMIND and state.life.declined(enrolment, int(item.window.split(".")[0])):
        return True
    last = away_until(state.life.leaves, enrolment.accepted.person, state.today)
    if last is None or item.act is not Act.REMIND:
        return False
    days = [state.life.calendar.day(at) for at in (*state.life.reminded_at(item.since), item.since)]
    return last >= days[-1] or any(last < day for day in days[:-1])


def _notice(state: State, item: DueItem, person: str, role: Role) -> Notice:
    """When an answer is due stands in it, unless that is over already."""
    head = item.window.split(".")[0]
    numbered = item.matter in (Matter.LEARNING_SESSION, Matter.ATTENDANCE, Matter.MAKE_UP, Matter.CANNOT_COME)
    return Notice.of(
        item,
        person,
        role,
        starts_at=item.since if item.matter is Matter.LEARNING_SESSION else None,
        answer_by=item.answer_by if item.answer_by and item.answer_by > state.now else None,
        number=int(head) if numbered else _count(state, item.matter),
        detail=item.person,
        gathered=MATTERS[item.matter].gathered(item, state.life.programme.attention),
    )


def _count(state: State, matter: Matter) -> int | None:
    """How many participants a question about the whole course concerns."""
    if matter not in (Matter.COHORT_CONFIRMATION, Matter.COHORT_SIZE, Matter.COMPLETION):
        return None
    return sum(not enrolment.gone and enrolment.completed is None for enrolment in state.life.enrolments.values())
