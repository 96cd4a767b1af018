"""An unusually long absence is meant, or refused: leave, closed weeks, pauses."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from lifecycle import academy, person
from lifecycle.absence import in_weeks, together
from lifecycle.account import Account, account, advance
from schemas import engagement_facts as facts
from schemas.academy_facts import AcademyOpened
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.cohort_facts import EnrolmentAccepted
from schemas.due import Refusal
from schemas.engagement_facts import PauseReason
from schemas.facts import AcademyClosed, Cause, Fact, LeaveAgreed, ProgrammeAdopted
from schemas.person_facts import PersonKnown
from schemas.programme import Absence
from tests.lifecycle import cohorts, intro_courses
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, local

BEGUN = local("2026-08-10")
FIRST = date(2027, 1, 4)


def _days(weeks: int, more: int = 0) -> dict[str, date]:
    return {"first_day": FIRST, "last_day": FIRST + timedelta(weeks=weeks, days=more - 1)}


def _person() -> Account[person.Life]:
    return account(person.REDUCER, [PersonKnown(event_id="known", occurred_at=BEGUN, person="per_coach")])


def _academy() -> Account[academy.Life]:
    opened = AcademyOpened(event_id="opened", occurred_at=BEGUN, calendar=LATEST_HOLIDAY_TABLE)
    return account(academy.REDUCER, [opened])


def _leave(weeks: int, more: int = 0, **said: Any) -> LeaveAgreed:
    at = BEGUN + timedelta(hours=1)
    given = {"event_id": "leave", "occurred_at": at, "person": "per_coach", **_days(weeks, more)}
    return LeaveAgreed.model_validate(given | said)


def _closed(weeks: int, more: int = 0, **said: Any) -> AcademyClosed:
    given = {"event_id": "closed", "occurred_at": BEGUN + timedelta(hours=1), **_days(weeks, more)}
    return AcademyClosed.model_validate(given | said)


def _told(known: Account[Any], fact: Fact) -> str:
    """'told', or the code of the refusal."""
    after = advance(known, fact, BEGUN + timedelta(days=2))
    return after.code if isinstance(after, Refusal) else "told"


@pytest.mark.parametrize(
    ("fact", "outcome"),
    [
        (_leave(26), "told"),
        (_leave(26, 1), "not_confirmed"),
        (_leave(26, 1, confirmed=True), "told"),
        (_leave(26, 1, caused_by=Cause(subject="sheffield:per_coach", event_id="leave")), "told"),
    ],
)
def test_leave_of_more_than_26_weeks_must_be_confirmed(fact: LeaveAgreed, outcome: str) -> None:
    """By the person's own ledger, and by a team told of it alone; what was confirmed there holds here."""
    assert _told(_person(), fact) == outcome
    assert _told(agreed().known, fact) == outcome


@pytest.mark.parametrize(
    ("fact", "outcome"),
    [(_closed(6), "told"), (_closed(6, 1), "not_confirmed"), (_closed(50, confirmed=True), "told")],
)
def test_closed_weeks_of_more_than_6_in_a_row_must_be_confirmed(fact: AcademyClosed, outcome: str) -> None:
    """A typing error in the year of the last day is asked back, not taken."""
    assert _told(_academy(), fact) == outcome
    assert _told(agreed().known, fact) == outcome


def test_a_refused_length_is_said_in_words() -> None:
    """How long it would be, from when to when, and what to do."""
    refused = advance(_academy(), _closed(50, 3), BEGUN + timedelta(days=2))
    assert isinstance(refused, Refusal)
    assert refused.reason == (
        "The academy would be closed for 50 weeks and 3 days, Monday 4 January to Wednesday 22 December 2027. "
        "Anything over 6 weeks needs confirming: check the dates, and confirm them if they're right."
    )


def test_absences_with_no_more_than_a_weekend_between_are_one() -> None:
    """Twenty weeks of leave and ten more from the Monday on are thirty, however they were told."""
    known = advance(_person(), _leave(20), BEGUN + timedelta(days=2))
    assert isinstance(known, Account)
    last = known.life.leaves[0].last
    monday = last + timedelta(days=1)
    more: dict[str, Any] = {"event_id": "more", "first_day": monday, "last_day": monday + timedelta(weeks=10)}
    assert _told(known, _leave(1, **more)) == "not_confirmed"
    assert _told(known, _leave(1, **more, confirmed=True)) == "told"
    assert _told(known, _leave(1, **more | {"person": "per_other"})) == "another_person"
    friday, later = (FIRST, date(2027, 1, 8)), (date(2027, 1, 11), date(2027, 1, 12))
    assert together([later, friday]) == [(FIRST, later[1])]
    assert together([friday, (date(2027, 1, 12), date(2027, 1, 12))])[0] == friday
    assert together([(date.max, date.max), (date.max, date.max), friday])[1] == (date.max, date.max)


@pytest.mark.parametrize(("days", "said"), [(1, "1 day"), (7, "1 week"), (16, "2 weeks and 2 days")])
def test_a_length_is_said_in_weeks_and_days(days: int, said: str) -> None:
    """First and last day included."""
    assert in_weeks(FIRST, FIRST + timedelta(days=days - 1)) == said


def test_what_must_be_confirmed_is_a_parameter_of_the_programme() -> None:
    """Of a team, its own programme; of an academy, the strictest that it adopted."""
    strict = PROGRAMME.model_copy(
        update={"version": 2, "absence": Absence(confirmed_after_weeks=8, closed_weeks_confirmed_after=2)}
    )
    lived = agreed(programme=strict)
    adopted = ProgrammeAdopted(event_id="adopted", occurred_at=BEGUN + timedelta(minutes=1), programme=strict)
    known = advance(_academy(), adopted, BEGUN + timedelta(days=1))
    assert isinstance(known, Account)
    cases: list[tuple[Account[Any], Fact]] = [(lived.known, _leave(9)), (lived.known, _closed(3)), (known, _closed(3))]
    for told, fact in cases:
        assert _told(told, fact) == "not_confirmed"


def _paused(**said: Any) -> Lived:
    lived = agreed()
    lived.weekly("2026-12-02")
    lived.tell(facts.PauseStarted, reason=PauseReason.WINTER_PRESSURE, **said)
    return lived


def test_a_pause_to_be_looked_at_after_more_than_26_weeks_must_be_confirmed() -> None:
    """Begun so, or put off to such a day."""
    lived = agreed()
    lived.weekly("2026-12-02")
    long: dict[str, Any] = {"reason": PauseReason.OTHER, "review_on": date(2027, 6, 3)}
    assert lived.refused(facts.PauseStarted, **long).code == "not_confirmed"
    lived.tell(facts.PauseStarted, **long | {"review_on": date(2027, 6, 1)})
    assert lived.refused(facts.PauseReviewed, review_on=date(2027, 6, 3)).code == "not_confirmed"
    lived.tell(facts.PauseReviewed, review_on=date(2027, 6, 3), confirmed=True)


def test_a_pause_that_goes_on_past_26_weeks_must_be_confirmed() -> None:
    """Whoever says that it goes on says that its length is meant; ending it takes nothing."""
    lived = _paused()
    lived.go("2027-06-04")
    assert lived.refused(facts.PauseReviewed).code == "not_confirmed"
    lived.tell(facts.PauseReviewed, confirmed=True)
    lived.tell(facts.PauseEnded)


def test_pauses_with_less_than_two_weeks_between_are_confirmed_as_one() -> None:
    """Twenty weeks, a week of work, and a pause to be looked at in ten weeks: thirty-one."""
    lived = _paused()
    lived.go("2027-04-21")
    lived.tell(facts.PauseEnded)
    lived.go("2027-04-28")
    again: dict[str, Any] = {"reason": PauseReason.OTHER, "review_on": date(2027, 7, 7)}
    assert lived.refused(facts.PauseStarted, **again).code == "not_confirmed"
    lived.go("2027-05-06")
    lived.tell(facts.PauseStarted, **again)


def test_cohorts_and_courses_take_no_unconfirmed_length_either() -> None:
    """Told of one of them alone, it is judged there."""
    at = {"occurred_at": local("2027-01-02")}
    lived = cohorts.fresh()
    lived.accept(cohorts.P1)
    accepted = next(fact.person for fact in lived.known.facts.values() if isinstance(fact, EnrolmentAccepted))
    subjects: list[Account[Any]] = [lived.known, intro_courses.fresh().known]
    for known in subjects:
        for fact in (_leave(27), _closed(7)):
            after = advance(known, fact.model_copy(update=at | {"person": accepted}), local("2027-01-03"))
            assert isinstance(after, Refusal)
            assert after.code == "not_confirmed"
