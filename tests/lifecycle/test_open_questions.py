"""Open questions are written when something is told or falls due: in between, time alone changes none of them."""

from __future__ import annotations

from datetime import time, timedelta

from lifecycle import cohort, engagement
from lifecycle.engagement.weekly import to_come
from lifecycle.gathering import Subject
from lifecycle.worklist import open_questions
from schemas import engagement_facts as facts
from schemas.engagement_facts import PauseReason, Slot
from schemas.programme import Sessions
from schemas.rows import QuestionRow
from schemas.words import Matter, NotHeldReason, Outcome, Role, Weekday
from tests.lifecycle.asking import questions_stand_until_something_is_due
from tests.lifecycle.cohorts import P1, taught
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, local


def _asked(lived: Lived) -> dict[str, int]:
    """The last step of each open question, by its matter and window."""
    return {f"{question.matter}/{question.window}": question.step for question in _open(lived)}


def _open(lived: Lived) -> list[QuestionRow]:
    return open_questions(Subject(engagement, lived.state, lived.done))


def _stand(lived: Lived) -> None:
    questions_stand_until_something_is_due(engagement, lived.known, lived.done, lived.now)


def _silent(to: str) -> Lived:
    """A team of which nobody says anything from the start of the course on."""
    lived = agreed()
    lived.go(to)
    return lived


def _hears_of_a_pause(lived: Lived, since: str) -> None:
    """It is told late, and ends at once."""
    lived.tell(facts.PauseStarted, since, reason=PauseReason.OTHER)
    lived.carry_out()
    lived.tell(facts.PauseEnded)
    lived.carry_out()


def _outcome(lived: Lived) -> Outcome:
    """Of the session of 29 September."""
    return lived.state.sessions[3].outcome


def test_a_session_that_a_late_pause_puts_off_becomes_unknown_anew() -> None:
    """It is expected again, its question stands, and it becomes unknown when something falls due."""
    lived = _silent("2026-10-09 09:00")
    _hears_of_a_pause(lived, "2026-10-06 12:00")
    assert _outcome(lived) is Outcome.EXPECTED
    assert "session/2026-09-29" in _asked(lived)
    _stand(lived)
    lived.go("2026-10-12")
    assert _outcome(lived) is Outcome.UNKNOWN
    assert lived.went(Matter.SESSION)[-1] == "2026-10-11 08:00"
    _stand(lived)


def test_what_was_asked_stays_asked_when_a_late_pause_puts_off_its_time() -> None:
    """The office heard of the alarm on its day: it is not asked again, and its question does not come and go."""
    lived = _silent("2026-10-09 09:00")
    asked = _asked(lived)["escalation/2026-09-08"]
    _hears_of_a_pause(lived, "2026-10-06 12:00")
    assert _asked(lived)["escalation/2026-09-08"] == asked
    _stand(lived)


def test_a_question_stands_through_the_last_night_before_its_session_is_unknown() -> None:
    """Nobody could be asked before the morning any more: the question was put long before."""
    lived = agreed(slot=Slot(day=Weekday.SATURDAY, at=time(9)))
    lived.go("2026-09-22 20:00")
    assert "session/2026-09-12" in _asked(lived)
    _stand(lived)


def test_a_question_keeps_when_its_answer_was_due_once_that_is_over() -> None:
    """It is overdue from then on, and the worklist ranks it so; only a mail says no day that is over."""
    lived = taught(P1)
    seen = []
    for day in ("2027-03-20", "2027-04-10", "2027-05-01"):
        lived.go(day)
        subject = Subject(cohort, lived.state, lived.done)
        (asked,) = [question for question in open_questions(subject) if question.matter is Matter.COMPLETION]
        seen.append(asked.owed_by)
        questions_stand_until_something_is_due(cohort, lived.known, lived.done, lived.now)
    assert seen == [local("2027-04-04 08:00")] * 3


def test_each_session_of_a_stalled_team_counts_as_missed_when_something_falls_due() -> None:
    """Nobody is asked about it; the office's question says how many were missed, and is written anew with each."""
    fortnightly = PROGRAMME.model_copy(update={"sessions": Sessions(every_weeks=2)})
    lived = agreed(programme=fortnightly)
    lived.go("2026-10-29 12:00")
    missed = len(lived.state.run.misses)
    _stand(lived)
    lived.go("2026-11-30 12:00")
    assert len(lived.state.run.misses) == missed + 2
    assert lived.heard(Role.COACH, Matter.SESSION)[-1] < "2026-11"
    _stand(lived)


def test_a_question_says_when_time_alone_closes_it() -> None:
    """This month's score is owed until next month's is asked for, and nothing falls due with its end."""
    lived = agreed()
    lived.weekly("2026-10-09")
    lived.go("2026-10-14 09:00")
    (asked,) = [question for question in _open(lived) if question.matter is Matter.PROGRESS_TEAM]
    assert asked.closes_at is not None
    assert asked.stands_at(lived.now)
    assert asked.stands_at(asked.closes_at - timedelta(seconds=1))
    assert not asked.stands_at(asked.closes_at)
    _stand(lived)


def test_a_session_that_was_cancelled_ahead_counts_as_missed_when_something_falls_due() -> None:
    """Nobody is asked about it: at its start the rows are written anew, with one more miss."""
    lived = _silent("2026-09-22 12:00")
    for session in lived.state.sessions:
        lived.miss(session.day.isoformat())
    missed, session = len(lived.state.run.misses), next(to_come(lived.state))
    lived.tell(facts.SessionCancelledAhead, day=session.day, reason=NotHeldReason.STAFFING)
    lived.carry_out()
    _stand(lived)
    lived.go(session.starts_at)
    assert len(lived.state.run.misses) == missed + 1
    assert "session_told_ahead" in [item.rule for at, item in lived.carried if at == session.starts_at]
    _stand(lived)
