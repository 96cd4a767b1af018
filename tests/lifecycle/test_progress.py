"""No progress is a stall too: a flag beside health, and what faculty is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lifecycle.engagement import rows, standing, upcoming, why
from schemas import engagement_facts as facts
from schemas import improvement_facts as improvement
from schemas.improvement_facts import Help
from schemas.words import Health, Matter, Role
from tests.lifecycle.lives import Lived, agreed, read


def _meets(lived: Lived, months: int, *, team: float | None = None, faculty: float | None = None) -> None:
    """So many months in which every session takes place; scores are given each month, if at all."""
    until = lived.life.calendar.add_months(lived.now, months)
    while lived.now < until:
        for session in lived.state.sessions:
            if session.report is None and session.ends_at <= lived.now:
                lived.tell(facts.SessionHeld, day=session.day, chaired_by="team")
        for scorer, score in (("team", team), ("faculty", faculty)):
            if score is not None and lived.now.day < 8:
                lived.tell(facts.ProgressScored, scorer=scorer, score=score)
        lived.go(lived.now + timedelta(days=7))


def _since(lived: Lived) -> tuple[str, str] | None:
    found = lived.state.no_progress
    return (read(found.since)[:10], found.why) if found else None


def test_twenty_months_of_sessions_without_a_score_are_no_progress() -> None:
    """Asked and not given for three months; faculty is asked once, and the sessions are asked about as ever."""
    lived = agreed()
    _meets(lived, 20)
    assert _since(lived) == ("2027-01-18", "unscored")
    assert lived.state.health is Health.ON_TRACK
    assert lived.heard(Role.FACULTY, Matter.NO_PROGRESS) == ["2027-01-18 08:00"]
    ahead = upcoming(lived.state, lived.done)
    assert standing(lived.state, ahead).no_progress
    assert rows("e", lived.state, ahead)["engagements", ""].no_progress  # type: ignore[union-attr] # that table's row
    assert "No progress" in why(lived.state, lived.done, "health")[0].answer


@pytest.mark.parametrize("scorer", ["team", "faculty"])
def test_one_score_does_not_stand_for_the_other(scorer: str) -> None:
    """Both are asked for, and both are needed at the gate."""
    lived = agreed()
    for month in range(5):
        _meets(lived, 1, **{scorer: 1 + month / 2})
    assert _since(lived) == ("2027-01-18", "unscored")


def test_scores_that_do_not_rise_for_four_months_are_no_progress() -> None:
    """Counted from the last rise of either; at the gate they need not rise any more."""
    lived = agreed()
    _meets(lived, 3, team=2.0, faculty=2.0)
    _meets(lived, 2, team=2.5, faculty=2.0)
    assert _since(lived) is None
    _meets(lived, 4, team=2.5, faculty=2.0)
    found = _since(lived)
    assert found is not None
    assert found[1] == "flat"
    lived.tell(facts.ProgressScored, scorer="faculty", score=2.5)
    assert _since(lived) is None
    _meets(lived, 8, team=4.0, faculty=4.0)
    assert _since(lived) is None


def test_what_nobody_was_asked_for_is_not_missing() -> None:
    """After an outage of a year the scores are asked for first: asking comes before alarm."""
    lived = agreed()
    lived.away("2027-10-05")
    assert _since(lived) is None
    lived.go("2027-10-12")
    assert _since(lived) is None


def test_a_pause_does_not_make_it_worse() -> None:
    """What was asked before it stays as it was, and its length does not count."""
    lived = agreed()
    _meets(lived, 3, team=2.0, faculty=2.0)
    lived.tell(facts.PauseStarted, reason="winter_pressure")
    lived.go("2027-06-01")
    assert _since(lived) is None
    lived.tell(facts.PauseEnded)
    assert _since(lived) is None


def test_faculty_is_asked_once_and_answered_by_what_helps() -> None:
    """The flag stays until the scores move; nobody is asked again until the review."""
    lived = agreed()
    _meets(lived, 5)
    lived.tell(improvement.HelpAgreed, help=Help.MORE_SUPPORT)
    assert lived.state.no_progress is not None
    assert lived.ahead(Matter.NO_PROGRESS) == []


def test_a_review_that_does_not_say_what_helps_is_asked_about() -> None:
    """Once more, on the Monday after it; one that says it settles the matter."""
    lived = agreed()
    _meets(lived, 7)
    lived.tell(improvement.HelpAgreed, help=Help.MORE_TIME)
    lived.go(lived.now + timedelta(days=1))
    before = len(lived.heard(Role.FACULTY, Matter.NO_PROGRESS))
    lived.tell(facts.ReviewHeld, month=6)
    _meets(lived, 1)
    assert len(lived.heard(Role.FACULTY, Matter.NO_PROGRESS)) == before + 1
    assert next(n.detail for _, n in reversed(lived.sent) if n.matter is Matter.NO_PROGRESS) == "unscored"

    said = agreed()
    _meets(said, 7)
    said.tell(facts.ReviewHeld, month=6, help=Help.SMALLER_AIM)
    assert said.ahead(Matter.NO_PROGRESS) == []


def test_three_and_four_months_are_counted_to_the_day() -> None:
    """From the first question that was not answered, and from the last rise; raised on the Monday on or after it."""
    lived = agreed()
    lived.weekly("2026-12-10")
    silent = lived.state.lacking_progress
    assert silent is not None
    assert (read(silent.since), silent.why) == ("2027-02-15 08:00", "flat")
    lived.tell(facts.ProgressScored, scorer="team", score=3.0)
    rose = lived.state.lacking_progress
    assert rose is not None
    assert (read(rose.since), rose.why) == ("2027-04-12 08:00", "flat")


def test_a_score_told_late_answers_the_question_that_was_put() -> None:
    """Given the week before it was asked for: the months without a score count from the next question."""
    lived = agreed()
    for scorer in ("team", "faculty"):
        lived.tell(facts.ProgressScored, scorer=scorer, score=1.0)
    _meets(lived, 5)
    silent = _since(lived)
    for scorer in ("team", "faculty"):
        lived.tell(facts.ProgressScored, "2026-10-05 12:00", scorer=scorer, score=2.0)
    assert silent == ("2027-01-11", "flat")
    assert _since(lived) is None
    lived.go("2027-02-09")
    assert _since(lived) == ("2027-02-08", "flat")


def test_a_lower_score_is_no_rise_and_neither_is_the_same_again() -> None:
    """Four months after the best of each; a rise of either counts."""
    lived = agreed()
    for day, score in (("2026-09-07", 2.5), ("2026-10-05", 2.0), ("2026-11-02", 2.5)):
        lived.go(f"{day} 12:00")
        for scorer in ("team", "faculty"):
            lived.tell(facts.ProgressScored, scorer=scorer, score=score)
    found = lived.state.lacking_progress
    assert found is not None
    assert read(found.since)[:10] == "2027-01-11"
    lived.tell(facts.ProgressScored, "2026-10-19 12:00", scorer="faculty", score=3.0)
    later = lived.state.lacking_progress
    assert later is not None
    assert read(later.since)[:10] == "2027-02-22"
