"""For each purpose of a link: the question it shows, and who may answer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from activities.links import Purpose
from gateway.pages import course, ending, introduction, standing, weekly
from gateway.pages.asked import Question
from gateway.pages.mistakes import with_way_back
from gateway.pages.shown import Nobody, PageContext, has_role
from schemas.words import Matter

Ask = Callable[[PageContext], Question]

MATTERS: Final[dict[Matter, Ask]] = {
    Matter.AGREEMENT: ending.agreement,
    Matter.SESSION: weekly.session_of_notice,
    Matter.ESCALATION: weekly.escalation,
    Matter.STALL: weekly.stall,
    Matter.PROGRESS_TEAM: weekly.progress_team,
    Matter.PROGRESS_FACULTY: weekly.progress_faculty,
    Matter.REVIEW: weekly.review,
    Matter.TRANSITION: ending.transition,
    Matter.READINESS: ending.readiness,
    Matter.SIGN_OFF: ending.sign_off,
    Matter.HAND_OFF: ending.hand_off,
    Matter.LIMIT: ending.limit,
    Matter.PAUSE_REVIEW: weekly.pause_review,
    Matter.PAUSE_DECISION: weekly.pause_decision,
    Matter.VACANCY: weekly.vacancy,
    Matter.AFTERCARE: ending.aftercare,
    Matter.RELAPSE: ending.relapse,
    Matter.CONTRADICTION: course.contradiction,
    Matter.COHORT_CONFIRMATION: course.confirmation,
    Matter.ATTENDANCE: course.attendance,
    Matter.MAKE_UP: course.make_up,
    Matter.MICROSYSTEM: course.microsystem,
    Matter.CONDITIONAL_START: course.conditional_start,
    Matter.COMPLETION: course.completion,
    Matter.LAPSE: course.lapse,
    Matter.BOOKING: introduction.booking,
    Matter.JOINING: introduction.booking,
    Matter.COURSE_CHANGED: introduction.booking,
    Matter.OFFER: introduction.offer,
    Matter.MISSING_DAY: introduction.missing_day,
    Matter.FEEDBACK: introduction.feedback,
    Matter.INTRO_ATTENDANCE: introduction.attendance,
    Matter.COACHING_WISH: introduction.wish,
}
"""What each matter asks. Those that are not here inform only."""

_PURPOSES: Final[dict[Purpose, Ask]] = {
    Purpose.SESSION: weekly.session_of_link,
    Purpose.STOPPED: standing.stopped,
    Purpose.PAUSE: standing.pause,
    Purpose.SLOT: standing.slot,
    Purpose.TEAM: course.microsystem,
    Purpose.BOOKING: introduction.booking,
    Purpose.COURSE: introduction.course,
}


def asking(page: PageContext) -> Ask:
    """What a link asks. Raises Nobody for what asks nothing."""
    ask = _asking(page)
    return lambda at: with_way_back(at, ask(at))


def _asking(page: PageContext) -> Ask:
    purpose = page.link.purpose
    if purpose is Purpose.NOTICE and page.notice is not None and page.notice.matter in MATTERS:
        return MATTERS[page.notice.matter]
    if purpose in _PURPOSES:
        return _PURPOSES[purpose]
    raise Nobody


def may_answer(page: PageContext) -> bool:
    """Whether the reader has the part still in which the link was given."""
    if page.link.purpose is Purpose.STOPPED:
        return standing.may_tell_of_stopping(page)
    return has_role(page)
