"""What must hold between the parameters of a programme, so that whatever is accepted can be lived."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Final

from schemas.words import Matter, Role

if TYPE_CHECKING:
    from schemas.programme import Programme

_FARTHEST_MONTHS: Final = 120
"""Nobody knows the bank holidays of later days."""

_A_WEEKLY_MAIL: Final = 7
"""Working days within which a weekly mail goes, be its day a holiday and the next one too."""

SILENT: Final = frozenset({Matter.START, Matter.LEAVE, Matter.TEACHING, Matter.COACHING_CHECK, Matter.INTRO_COURSE})
"""What happens by itself: nobody is told."""


def broken_rules(programme: Programme) -> list[str]:
    """What does not hold, each in words that name the parameters."""
    rules = _coaching_fits(programme) | _looks_fit(programme) | _courses_fit(programme)
    return [rule for rule, holds in rules.items() if not holds]


def _coaching_fits(programme: Programme) -> dict[str, bool]:
    """What must hold between the numbers of an engagement, and whether it does."""
    chases = programme.sessions.chased_after_working_days
    return {
        "sessions.chased_after_working_days must be in rising order": list(chases) == sorted(set(chases)),
        "sessions.unknown_after_working_days must lie after the last chase": not chases
        or programme.sessions.unknown_after_working_days > chases[-1],
        "health.stalled_after must be more than health.at_risk_after": programme.health.stalled_after
        > programme.health.at_risk_after,
        "ladder.office_after_working_days must be more than ladder.faculty_after_working_days": (
            programme.ladder.office_after_working_days > programme.ladder.faculty_after_working_days
        ),
        "hand_off.limit_after_months must be more than hand_off.planned_after_months": (
            programme.hand_off.limit_after_months > programme.hand_off.planned_after_months
        ),
        "progress.flat_months must be more than progress.asked_every_months": (
            programme.progress.flat_months > programme.progress.asked_every_months
        ),
        f"hand_off.limit_after_months and hand_off.extensions_at_most of hand_off.extension_months cannot be more "
        f"than {_FARTHEST_MONTHS} months together": (
            programme.hand_off.limit_after_months
            + programme.hand_off.extensions_at_most * programme.hand_off.extension_months
            <= _FARTHEST_MONTHS
        ),
        "gate.chaired_by_team cannot be more than gate.of_last_sessions": programme.gate.chaired_by_team
        <= programme.gate.of_last_sessions,
        "pause.decided_after_weeks cannot be less than pause.reviewed_every_weeks": (
            programme.pause.decided_after_weeks >= programme.pause.reviewed_every_weeks
        ),
        "transition.monthly_after_weeks must be more than transition.fortnightly_after_weeks": (
            programme.transition.monthly_after_weeks > programme.transition.fortnightly_after_weeks
        ),
        "aftercare.office_after_working_days must be more than aftercare.chased_after_working_days": (
            programme.aftercare.office_after_working_days > programme.aftercare.chased_after_working_days
        ),
        "aftercare.asked_after_months must name at least one month, in rising order": _rising(
            programme.aftercare.asked_after_months
        ),
        "gate.sign_offs must name at least one role, each once": _each_once(programme.gate.sign_offs),
    }


def _looks_fit(programme: Programme) -> dict[str, bool]:
    """The same of what is asked or said several times, and of what goes straight away."""
    reviews, before = programme.reviews_after_months, programme.course.reminder_days_before
    asked = programme.microsystem.asked_weeks_before
    silent = [matter for matter in programme.attention.at_once if matter in SILENT]
    return {
        "reviews_after_months must be in rising order": not reviews or _rising(reviews),
        "course.reminder_days_before must be in falling order": not before or _rising(before[::-1]),
        "microsystem.asked_weeks_before must be in falling order": not asked or _rising(asked[::-1]),
        f"attention.at_once can't name {', '.join(silent)}, because nobody is told about it": not silent,
        "attention.at_once must name learning_session, because its reminders can't wait": (
            Matter.LEARNING_SESSION in programme.attention.at_once
        ),
        "sessions.unknown_after_working_days must be more than 7 unless attention.at_once names session": (
            Matter.SESSION in programme.attention.at_once
            or programme.sessions.unknown_after_working_days > _A_WEEKLY_MAIL
        ),
    }


def _courses_fit(programme: Programme) -> dict[str, bool]:
    """The same of courses, and of the hours for mail."""
    opens, closes = programme.quiet_hours.opens, programme.quiet_hours.closes
    return {
        "quiet_hours.closes must be after quiet_hours.opens": closes > opens,
        "attention.digest_after_minutes must end before quiet_hours.closes": (
            _minutes(opens) + programme.attention.digest_after_minutes < _minutes(closes)
        ),
        "course.learning_sessions must all begin within course.length_months, course.learning_session_every_months "
        "apart": (
            (programme.course.learning_sessions - 1) * programme.course.learning_session_every_months
            <= programme.course.length_months
        ),
        "completion.learning_sessions_attended cannot be more than course.learning_sessions": (
            programme.completion.learning_sessions_attended <= programme.course.learning_sessions
        ),
        "intro_course.reminder_days_before must be less than intro_course.joining_days_before": (
            programme.intro_course.reminder_days_before < programme.intro_course.joining_days_before
        ),
        "intro_course.months must name at least one month, in rising order": _rising(programme.intro_course.months),
        "course.participants_at_most cannot be less than course.participants_at_least": (
            programme.course.participants_at_most >= programme.course.participants_at_least
        ),
    }


def _each_once(roles: tuple[Role, ...]) -> bool:
    return bool(roles) and len(set(roles)) == len(roles)


def _rising(months: tuple[int, ...]) -> bool:
    return bool(months) and list(months) == sorted(set(months))


def _minutes(at: time) -> int:
    return 60 * at.hour + at.minute
