"""A programme's parameters in the words of those who run it, and a new version with one of them changed."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from gateway.pages.recorded import ROLES
from lifecycle.dates import clock_time
from operations.audited import RefusedError
from schemas.programme import HandOffAnchor, Programme
from schemas.words import Role, Weekday


class Setting(NamedTuple):
    """A number of a programme that an academy may change: where it stands, what it is called, what it counts."""

    path: str
    label: str
    unit: str

    @property
    def slug(self) -> str:
        """As an address has it."""
        return self.path.replace(".", "-")

    def of(self, programme: Programme) -> Any:  # noqa: ANN401 - numbers, times, words
        """What it is in a programme."""
        return functools.reduce(getattr, self.path.split("."), programme)

    def in_words(self, programme: Programme) -> str:
        """What it is in a programme, in words."""
        value = self.of(programme)
        said = ", ".join(_word(part) for part in value) if isinstance(value, tuple) else _word(value)
        return f"{said} {self._counted(value)}".strip()

    def _counted(self, value: object) -> str:
        return self.unit.removesuffix("s") if value == 1 and self.unit.endswith("s") else self.unit

    @property
    def is_number(self) -> bool:
        """Whether a form can change it."""
        return isinstance(self.of(_SHIPPED), int)


_ANCHORS: Final = {
    HandOffAnchor.COURSE_START_OR_AGREEMENT: "the start of the course or the agreement, whichever is later",
    HandOffAnchor.COURSE_START: "the start of the course",
    HandOffAnchor.FIRST_SESSION: "the first session",
    HandOffAnchor.COURSE_END: "the end of the course",
}


def _word(value: object) -> str:
    match value:
        case HandOffAnchor():
            return _ANCHORS[value]
        case Role():
            return ROLES[value]
        case Weekday():
            return value.capitalize()
        case StrEnum():
            return value.replace("_", " ")
        case time():
            return clock_time(value)
        case _:
            return str(value)


_SHIPPED: Final = Programme(name="any", version=1)

SECTIONS: Final[dict[str, tuple[Setting, ...]]] = {
    "The taught course": (
        Setting("course.length_months", "Length of the course", "months"),
        Setting("course.learning_sessions", "Learning sessions", ""),
        Setting("course.learning_session_at", "A learning session starts at", ""),
        Setting("course.learning_session_minutes", "A learning session lasts", "minutes"),
        Setting("course.reminder_days_before", "Reminders before a learning session", "days"),
        Setting("course.participants_at_least", "Minimum number of participants", ""),
        Setting("course.participants_at_most", "Maximum number of participants", ""),
        Setting("completion.learning_sessions_attended", "Learning sessions needed to complete the course", ""),
        Setting("completion.sessions_held_percent", "Team sessions needed to complete the course", "percent"),
    ),
    "Finding a team": (
        Setting("microsystem.asked_weeks_before", "We ask before the start", "weeks"),
        Setting("microsystem.grace_weeks", "Grace period after the start", "weeks"),
        Setting("decisions.agreement.within_weeks", "The agreement is signed within", "weeks"),
    ),
    "Weekly sessions": (
        Setting("sessions.every_weeks", "A session every", "weeks"),
        Setting("sessions.minutes", "A session lasts", "minutes"),
        Setting("sessions.asked_after_minutes", "We ask whether it went ahead, after", "minutes"),
        Setting("sessions.chased_after_working_days", "We ask again after", "working days"),
        Setting("sessions.unknown_after_working_days", "It counts as not known after", "working days"),
    ),
    "When things go wrong": (
        Setting("health.at_risk_after", "A team is at risk after missing", "sessions"),
        Setting("health.stalled_after", "A team is stalled after missing", "sessions"),
        Setting("ladder.faculty_after_working_days", "We tell faculty after", "working days"),
        Setting("ladder.office_after_working_days", "We tell the office after", "working days"),
        Setting("deputy_after_working_days", "We tell the deputy when the office is late by", "working days"),
        Setting("decisions.stalled.within_weeks", "Decision on a stalled team within", "weeks"),
        Setting("decisions.vacancy.within_weeks", "A new coach is found within", "weeks"),
        Setting("pause.reviewed_every_weeks", "We check on a pause every", "weeks"),
        Setting("pause.decided_after_weeks", "Decision on a pause after", "weeks"),
        Setting("lapsed_after_weeks", "A refresher is offered after not coaching for", "weeks"),
    ),
    "Progress": (
        Setting("progress.asked_every_months", "We ask for scores every", "months"),
        Setting("progress.stale_after_weeks", "A score is out of date after", "weeks"),
        Setting("progress.unscored_months", "We report no progress after no score for", "months"),
        Setting("progress.flat_months", "We report no progress after no rise for", "months"),
        Setting("reviews_after_months", "Reviews after", "months"),
    ),
    "Towards independence": (
        Setting("transition.proposed_after_months", "We suggest stepping back after", "months"),
        Setting("hand_off.anchor", "The time to hand-off counts from", ""),
        Setting("hand_off.planned_after_months", "Hand-off is planned after", "months"),
        Setting("hand_off.limit_after_months", "Extend or close after", "months"),
        Setting("hand_off.extension_months", "An extension lasts", "months"),
        Setting("hand_off.extensions_at_most", "Maximum number of extensions", ""),
        Setting("gate.progress_at_least", "Progress score needed", ""),
        Setting("gate.chaired_by_team", "Sessions the team must have led", ""),
        Setting("gate.of_last_sessions", "Out of its last", "sessions"),
        Setting("gate.sign_offs", "Signed off by", ""),
        Setting("aftercare.asked_after_months", "We ask whether it lasts, after", "months"),
    ),
    "Emails": (
        Setting("quiet_hours.opens", "Emails are sent from", ""),
        Setting("quiet_hours.closes", "Emails are sent until", ""),
        Setting("attention.digest_on", "The weekly email is sent on", ""),
        Setting("attention.lines_at_most", "Most items in a weekly email", ""),
    ),
    "Absence": (
        Setting("absence.cover_after_weeks", "We ask who covers when a coach is away for more than", "weeks"),
        Setting("absence.closed_weeks_confirmed_after", "Closed weeks must be confirmed if longer than", "weeks"),
        Setting("absence.confirmed_after_weeks", "Leave or a pause must be confirmed if longer than", "weeks"),
    ),
    "Introduction courses": (
        Setting("intro_course.places", "Places", ""),
        Setting("intro_course.days_apart", "Days between day 1 and day 2", ""),
        Setting("intro_course.opens_weeks_before", "Booking opens before day 1", "weeks"),
        Setting("intro_course.joining_days_before", "Joining instructions are sent before day 1", "days"),
        Setting("intro_course.reminder_days_before", "A reminder is sent before each day", "days"),
        Setting("intro_course.offer_stands_working_days", "A place is kept for", "working days"),
        Setting("intro_course.feedback_shown_from", "Feedback is shown from", "answers"),
    ),
}
"""The settings, as they are shown. Those that are no whole number are changed with the programme's file."""

SETTINGS: Final = {setting.slug: setting for section in SECTIONS.values() for setting in section}


class DoesNotFitError(RefusedError):
    """A number that a programme cannot have. Nothing was changed."""

    code = "invalid"


def changed(programme: Programme, changes: dict[str, Any]) -> Programme:
    """The next version of a programme, with these settings changed. Raises DoesNotFitError."""
    body = programme.model_dump()
    for path, value in changes.items():
        *above, last = path.split(".")
        functools.reduce(dict.__getitem__, above, body)[last] = value
    body["version"] = programme.version + 1
    try:
        return Programme.model_validate(body)
    except ValidationError as wrong:
        raise DoesNotFitError(" ".join(_faults(wrong))) from None


def _faults(wrong: ValidationError) -> Iterator[str]:
    for error in wrong.errors():
        limits = error.get("ctx", {})
        if "ge" in limits:
            yield f"Enter a number that is {limits['ge']} or more"
        elif "le" in limits:
            yield f"Enter a number that is {limits['le']} or less"
        else:
            said = str(error["msg"]).removeprefix("Value error, ")
            for setting in SETTINGS.values():
                said = said.replace(setting.path, f'"{setting.label}"')
            yield f"This doesn't fit with the other settings: {said}"
