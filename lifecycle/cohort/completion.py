"""What completing a course takes of a participant."""

from __future__ import annotations

from lifecycle.cohort.life import Enrolment, Life
from schemas.sentences import say


def lacking_for_completion(life: Life, known: Enrolment) -> list[str]:
    """What a participant still lacks for completing the course, in words."""
    rules, coaching = life.completion, known.coaching
    lacking = []
    if coaching is None or not coaching.agreed:
        lacking.append("a signed agreement")
    if len(known.attended) < rules.learning_sessions_attended:
        lacking.append(
            say(
                "{needed} learning sessions attended (now {attended})",
                needed=rules.learning_sessions_attended,
                attended=len(known.attended),
            )
        )
    expected = coaching.sessions_expected if coaching else 0
    held = coaching.sessions_held if coaching else 0
    if (rules.sessions_held_percent and not expected) or 100 * held < rules.sessions_held_percent * expected:
        lacking.append(
            say(
                "{percent}% of team sessions held (now {held} of {expected})",
                percent=rules.sessions_held_percent,
                held=held,
                expected=expected,
            )
        )
    return lacking
