"""A session is named by the day it was first planned for; two on one day are told apart, each with its own report."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from pydantic import ValidationError

from lifecycle import engagement
from lifecycle.account import account
from lifecycle.engagement import REDUCER, assess
from lifecycle.engagement.rows import rows
from lifecycle.gathering import Subject
from lifecycle.worklist import Asked, line, open_questions
from schemas import engagement_facts as facts
from schemas.corrections import Correction
from schemas.words import Matter, NotHeldReason, Outcome
from tests.lifecycle.lives import Lived, agreed, local, read

FIRST, SECOND = "2026-09-08", "2026-09-15"
ON_THE_SECOND: dict[str, Any] = {"day": date(2026, 9, 8), "to_day": date(2026, 9, 15), "to_time": time(14)}


def two_on_one_day() -> Lived:
    """The session of 8 September was moved to 15 September, beside that week's own."""
    lived = agreed()
    lived.tell(facts.SessionRescheduled, **ON_THE_SECOND)
    lived.go("2026-09-15 18:00")
    return lived


def outcomes(lived: Lived) -> dict[str, str]:
    """What is known of each session, by its name."""
    return {session.name: session.outcome for session in lived.state.sessions}


def test_one_report_never_counts_for_two_sessions_of_a_day() -> None:
    """The report is the named session's alone; the other stays open, and has its own."""
    lived = two_on_one_day()
    lived.tell(facts.SessionHeld, day=date(2026, 9, 15), session=FIRST)
    assert outcomes(lived) == {FIRST: Outcome.HELD, SECOND: Outcome.EXPECTED}
    lived.tell(facts.SessionNotHeld, day=date(2026, 9, 15), session=SECOND, reason=NotHeldReason.STAFFING)
    assert outcomes(lived) == {FIRST: Outcome.HELD, SECOND: Outcome.NOT_HELD}
    lived.go("2026-09-15 18:01")
    again = lived.refused(facts.SessionHeld, day=date(2026, 9, 15), session=SECOND)
    assert again.code == "told_already"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (facts.SessionHeld, {}),
        (facts.SessionNotHeld, {"reason": NotHeldReason.STAFFING}),
        (facts.SessionCancelledAhead, {"reason": NotHeldReason.STAFFING}),
        (facts.SessionRescheduled, {"to_day": date(2026, 9, 17), "to_time": time(9)}),
    ],
)
def test_a_day_alone_does_not_say_which_of_two_sessions_is_meant(
    kind: type[facts.OfSession], said: dict[str, Any]
) -> None:
    """The refusal names both, each with its hour."""
    refusal = two_on_one_day().refused(kind, day=date(2026, 9, 15), **said)
    assert (refusal.when, refusal.code) == ("never", "which_session")
    assert "at 9am (session 2026-09-15) and 2pm (session 2026-09-08)" in refusal.reason


def test_two_sessions_of_one_day_are_asked_about_by_their_hours() -> None:
    """Each question goes an hour after its own session, and says when that began."""
    lived = two_on_one_day()
    asked = [(at, notice) for at, notice in lived.sent if notice.matter is Matter.SESSION]
    assert [(read(at), notice.window) for at, notice in asked] == [
        ("2026-09-15 11:00", SECOND),
        ("2026-09-15 16:00", FIRST),
    ]
    assert [notice.starts_at for _, notice in asked] == [local("2026-09-15 09:00"), local("2026-09-15 14:00")]


def test_two_sessions_of_one_day_are_two_lines_of_the_worklist() -> None:
    """Each says its hour."""
    lived = two_on_one_day()
    lines = [
        line(Asked("e", question, "n", lived.now, 1, "Europe/London"))
        for question in open_questions(Subject(engagement, lived.state, lived.done))
        if question.matter is Matter.SESSION
    ]
    assert [each.evidence[1] for each in lines] == [
        "The session was on Tuesday 15 September 2026 at 9am.",
        "The session was on Tuesday 15 September 2026 at 2pm.",
    ]


def test_a_move_names_the_session_it_moves_and_may_be_told_again() -> None:
    """A moved session moves again by its name, and the other of its day stays where it was."""
    lived = two_on_one_day()
    lived.tell(
        facts.SessionRescheduled, day=date(2026, 9, 15), session=FIRST, to_day=date(2026, 9, 17), to_time=time(10)
    )
    lived.go("2026-09-15 23:00")
    assert [(s.name, read(s.starts_at)) for s in lived.state.sessions] == [(SECOND, "2026-09-15 09:00")]
    lived.meet("2026-09-15", "2026-09-15 23:00")
    lived.go("2026-09-17 12:00")
    lived.tell(facts.SessionHeld, day=date(2026, 9, 17))
    assert outcomes(lived) == {FIRST: Outcome.HELD, SECOND: Outcome.HELD}


def test_a_session_moves_eight_weeks_at_most_from_the_day_it_was_first_planned_for() -> None:
    """Two moves of six weeks are a move of twelve."""
    lived = agreed()
    lived.tell(facts.SessionRescheduled, day=date(2026, 9, 8), to_day=date(2026, 10, 20), to_time=time(14))
    again = lived.refused(
        facts.SessionRescheduled, day=date(2026, 10, 20), session=FIRST, to_day=date(2026, 12, 1), to_time=time(14)
    )
    assert again.code == "moved_too_far"


def test_a_move_of_another_day_of_its_week_moves_the_weeks_session() -> None:
    """Without a name it is the session that stands on the day, else that of the week."""
    lived = agreed()
    lived.tell(facts.SessionRescheduled, day=date(2026, 9, 9), to_day=date(2026, 9, 11), to_time=time(14))
    lived.go("2026-09-11 18:00")
    assert [(s.name, s.day) for s in lived.state.sessions] == [(FIRST, date(2026, 9, 11))]


def test_a_session_called_off_and_moved_after_all_is_asked_about_on_its_new_day() -> None:
    """The move puts it on again; so it does with one that was told as not held."""
    lived = agreed()
    lived.tell(facts.SessionCancelledAhead, day=date(2026, 9, 8), reason=NotHeldReason.STAFFING)
    lived.go("2026-09-07")
    lived.tell(facts.SessionRescheduled, day=date(2026, 9, 8), to_day=date(2026, 9, 10), to_time=time(9))
    lived.go("2026-09-10 12:00")
    assert lived.went(Matter.SESSION) == ["2026-09-10 11:00"]
    assert outcomes(lived) == {FIRST: Outcome.EXPECTED}
    lived.tell(facts.SessionHeld, day=date(2026, 9, 10))
    lived.go("2026-09-10 12:01")
    moved = lived.refused(facts.SessionRescheduled, day=date(2026, 9, 10), to_day=date(2026, 9, 11), to_time=time(9))
    assert moved.code == "told_already"
    called_off = lived.refused(facts.SessionCancelledAhead, day=date(2026, 9, 10), reason=NotHeldReason.STAFFING)
    assert called_off.code == "told_already"


def test_a_second_meeting_of_a_day_is_told_by_a_number_and_counts_as_extra() -> None:
    """It takes nobody's place: the session that was expected keeps its own report."""
    lived = agreed()
    lived.go("2026-09-08 18:00")
    lived.tell(facts.SessionHeld, day=date(2026, 9, 8), session=f"{FIRST}.2")
    assert outcomes(lived) == {FIRST: Outcome.EXPECTED}
    lived.meet(FIRST)
    assert (
        f"record the second meeting as session {FIRST}.2"
        in lived.refused(facts.SessionHeld, day=date(2026, 9, 8)).reason
    )
    told = {key[1]: row for key, row in rows("e", lived.state, []).items() if key[0] == "sessions"}
    assert {name: row.counted for name, row in told.items()} == {FIRST: True, f"{FIRST}.2": False}  # type: ignore[union-attr] # sessions


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (facts.SessionHeld, {"session": "2026-06-02"}),
        (facts.SessionHeld, {"session": "2026-09-01.2"}),
        (facts.SessionNotHeld, {"session": f"{FIRST}.2", "reason": NotHeldReason.STAFFING}),
    ],
)
def test_a_name_that_cannot_be_the_sessions_of_its_day_is_refused(
    kind: type[facts.OfSession], said: dict[str, Any]
) -> None:
    """Eight weeks from the day it was planned for at most; a number is for a further meeting that took place."""
    lived = agreed()
    lived.go("2026-09-08 18:00")
    assert lived.refused(kind, day=date(2026, 9, 8), **said).code == "no_such_session"


@pytest.mark.parametrize("name", ["2026-02-30", "2026-9-8", "2026-09-08.1", "2026-09-08.10", "tuesday"])
def test_a_session_is_named_by_a_day(name: str) -> None:
    """A day of the calendar, and a number from 2 for a further one."""
    with pytest.raises(ValidationError):
        facts.SessionHeld(event_id="e", occurred_at=local(FIRST), day=date(2026, 9, 8), session=name)


def test_a_move_told_late_makes_a_report_without_a_name_a_question_to_the_office() -> None:
    """By day alone nobody knows any more which of the two it was; in whatever order both are told."""
    lived = agreed()
    lived.go("2026-09-15 12:00")
    told = lived.meet(SECOND)
    lived.tell(facts.SessionRescheduled, "2026-09-07 12:00", **ON_THE_SECOND)
    assert set(lived.known.void) == {told}
    lived.go("2026-09-15 18:00")
    assert set(outcomes(lived).values()) == {Outcome.EXPECTED}
    assert lived.went(Matter.CONTRADICTION)
    right = facts.SessionHeld(
        event_id="right", occurred_at=local("2026-09-15 10:30"), day=date(2026, 9, 15), session=SECOND
    )
    lived.tell(Correction, corrects=told, replacement=right)
    assert outcomes(lived) == {FIRST: Outcome.EXPECTED, SECOND: Outcome.HELD}


def test_a_named_report_is_the_same_in_whatever_order_move_and_report_are_told() -> None:
    """The name says which session it is, wherever that stands."""
    lived = two_on_one_day()
    lived.tell(facts.SessionHeld, day=date(2026, 9, 15), session=FIRST)
    known = list(lived.known.facts.values())
    back = assess(account(REDUCER, reversed(known)), lived.now, None)
    assert back.sessions == lived.state.sessions
