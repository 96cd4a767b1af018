"""A programme's parameters in the words of those who run it, and a new version with one of them changed."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from lifecycle.dates import clock_time
from lifecycle.roles import ROLES
from operations.audited import RefusedError
from schemas.programme import HandOffAnchor, Language, Programme
from schemas.sentences import joined, listed, say
from schemas.words import Role, Weekday


class Setting(NamedTuple):
    """What an academy may change of a programme: where it stands, as a question, and what it counts."""

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
        if self.label.startswith("How often"):
            return (
                say("every {unit}", unit=self._counted(1))
                if value == 1
                else say("every {value} {unit}", value=value, unit=self.unit)
            )
        after = self.unit and "when " in self.label.lower()
        return say("after {length}", length=self._number_in_words(value)) if after else self._number_in_words(value)

    def _number_in_words(self, value: object) -> str:
        parts: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
        if 1 in parts:
            return listed([joined(" ", filter(None, (_word(part), self._counted(part)))) for part in parts])
        space = "" if self.unit == "%" else " "
        return joined(space, filter(None, (listed([_word(part) for part in parts]), self._counted(None))))

    @property
    def units(self) -> str:
        """In what it is counted, of several."""
        return self._counted(None)

    def _counted(self, value: object) -> str:
        return _UNITS.get(self.unit, (self.unit, self.unit))[value != 1]


_UNITS: Final = {
    "minutes": (say("minute"), say("minutes")),
    "hours": (say("hour"), say("hours")),
    "days": (say("day"), say("days")),
    "working days": ("working day", "working days"),
    "weeks": (say("week"), say("weeks")),
    "months": (say("month"), say("months")),
    "sessions": (say("session"), say("sessions")),
}
"""One, and several."""

ANCHORS: Final = {
    HandOffAnchor.COURSE_START_OR_AGREEMENT: "the start of the course or the agreement, whichever is later",
    HandOffAnchor.COURSE_START: "the start of the course",
    HandOffAnchor.FIRST_SESSION: "the first session",
    HandOffAnchor.COURSE_END: "the end of the course",
}
"""From when the time to hand-off counts, in words."""

LANGUAGES: Final = {Language.ENGLISH: "English", Language.WELSH: "Welsh"}
"""In what emails can be written."""


def _word(value: object) -> str:
    match value:
        case HandOffAnchor():
            return ANCHORS[value]
        case Language():
            return LANGUAGES[value]
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


SHIPPED: Final = Programme(name="any", version=1)
"""Of which kind each setting is."""

SECTIONS: Final[dict[str, tuple[Setting, ...]]] = {
    "The taught course": (
        Setting("course.length_months", "How long is the course?", "months"),
        Setting("course.learning_sessions", "How many learning sessions are there?", ""),
        Setting("course.learning_session_at", "When does a learning session start?", ""),
        Setting("course.learning_session_minutes", "How long is a learning session?", "minutes"),
        Setting("course.reminder_days_before", "How long before a learning session do we remind participants?", "days"),
        Setting("course.participants_at_least", "How many participants does a course need?", ""),
        Setting("course.participants_at_most", "How many participants can a course have?", ""),
        Setting(
            "completion.learning_sessions_attended",
            "How many learning sessions does it take to complete the course?",
            "",
        ),
        Setting("completion.sessions_held_percent", "How many of their team sessions must have gone ahead?", "%"),
    ),
    "Finding a team": (
        Setting(
            "microsystem.asked_weeks_before", "How long before the start do we ask which team they'll coach?", "weeks"
        ),
        Setting("microsystem.grace_weeks", "How long after the start may a participant have no team?", "weeks"),
        Setting("microsystem.help_within_weeks", "How long does the office have to help find a team?", "weeks"),
        Setting("decisions.agreement.within_weeks", "How soon must the agreement be signed?", "weeks"),
    ),
    "Weekly sessions": (
        Setting("sessions.every_weeks", "How often do a coach and team meet?", "weeks"),
        Setting("sessions.minutes", "How long is a session?", "minutes"),
        Setting("sessions.asked_after_minutes", "How long after a session do we ask whether it went ahead?", "minutes"),
        Setting("sessions.chased_after_working_days", "If nobody answers, when do we ask again?", "working days"),
        Setting("sessions.unknown_after_working_days", "When does a session count as not known?", "working days"),
    ),
    "When things go wrong": (
        Setting("health.at_risk_after", "After how many missed sessions is a team at risk?", "sessions"),
        Setting("health.stalled_after", "After how many missed sessions is a team stalled?", "sessions"),
        Setting("ladder.faculty_after_working_days", "When do we tell faculty of a team at risk?", "working days"),
        Setting("ladder.office_after_working_days", "When do we tell the office of a team at risk?", "working days"),
        Setting("deputy_after_working_days", "How late must the office be before we tell its deputy?", "working days"),
        Setting("decisions.stalled.within_weeks", "How soon must somebody decide about a stalled team?", "weeks"),
        Setting("decisions.vacancy.within_weeks", "How soon must a new coach be found?", "weeks"),
        Setting("pause.reviewed_every_weeks", "How often do we check on a pause?", "weeks"),
        Setting("pause.decided_after_weeks", "After how long must somebody decide about a pause?", "weeks"),
        Setting("lapsed_after_weeks", "How long without coaching before we offer a refresher?", "weeks"),
    ),
    "Progress": (
        Setting("progress.asked_every_months", "How often do we ask for scores?", "months"),
        Setting("progress.stale_after_weeks", "When is a score out of date?", "weeks"),
        Setting("progress.unscored_months", "How long without a score before we tell faculty?", "months"),
        Setting("progress.flat_months", "How long without a better score before we tell faculty?", "months"),
        Setting("reviews_after_months", "When are the reviews?", "months"),
    ),
    "Towards independence": (
        Setting("transition.proposed_after_months", "When do we suggest that the coach steps back?", "months"),
        Setting("hand_off.anchor", "From when does the time to hand-off count?", ""),
        Setting("hand_off.planned_after_months", "When is the hand-off planned?", "months"),
        Setting("hand_off.limit_after_months", "When must coaching be extended or end?", "months"),
        Setting("hand_off.extension_months", "How long is an extension?", "months"),
        Setting("hand_off.extensions_at_most", "How many extensions can a team have?", ""),
        Setting("gate.progress_at_least", "Which progress score does a hand-off need?", ""),
        Setting("gate.chaired_by_team", "How many sessions must the team have led?", ""),
        Setting("gate.of_last_sessions", "Out of how many of its last sessions?", "sessions"),
        Setting("gate.sign_offs", "Who signs off a hand-off?", ""),
        Setting("aftercare.asked_after_months", "When do we ask whether the improvement lasts?", "months"),
    ),
    "Emails": (
        Setting("language", "In which language are emails written?", ""),
        Setting("quiet_hours.opens", "From when do we send emails?", ""),
        Setting("quiet_hours.closes", "Until when do we send emails?", ""),
        Setting("attention.digest_on", "On which day is the weekly email sent?", ""),
        Setting("attention.lines_at_most", "How many items can a weekly email have?", ""),
    ),
    "Absence": (
        Setting("absence.cover_after_weeks", "How long must a coach be away before we ask who covers?", "weeks"),
        Setting(
            "absence.closed_weeks_confirmed_after",
            "After how many closed weeks in a row must they be confirmed?",
            "weeks",
        ),
        Setting("absence.confirmed_after_weeks", "From what length must leave or a pause be confirmed?", "weeks"),
    ),
    "Introduction courses": (
        Setting("intro_course.places", "How many places does a course have?", ""),
        Setting("intro_course.days_apart", "How many days after day 1 is day 2?", ""),
        Setting("intro_course.opens_weeks_before", "How long before day 1 does booking open?", "weeks"),
        Setting("intro_course.joining_days_before", "How long before day 1 do we send joining instructions?", "days"),
        Setting("intro_course.reminder_days_before", "How long before each day do we send a reminder?", "days"),
        Setting("intro_course.offer_stands_working_days", "How long do we keep a place for somebody?", "working days"),
        Setting("intro_course.feedback_shown_from", "How many answers must there be before we show feedback?", ""),
    ),
    "Targets in reports": (
        Setting("targets.sessions_held_percent", "Expected sessions that go ahead", "%"),
        Setting("targets.days_between_sessions", "From one session to the next, at most", "days"),
        Setting("targets.days_to_answer", "From a session nobody told us about to the answer, at most", "days"),
        Setting("targets.days_to_decide", "From a stalled team to a decision, at most", "days"),
        Setting("targets.still_coaching_percent", "Trained coaches who still coach", "%"),
        Setting("targets.sustained_percent", "Teams whose improvement lasts after the hand-off", "%"),
        Setting("targets.places_used_percent", "Places on an Introduction course used on both days", "%"),
    ),
}
"""The settings, as they are shown."""

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
        raise DoesNotFitError(joined(" ", _faults(wrong))) from None


def _faults(wrong: ValidationError) -> Iterator[str]:
    for error in wrong.errors():
        limits = error.get("ctx", {})
        if "ge" in limits:
            yield say("Enter a number that is {limit} or more", limit=limits["ge"])
        elif "le" in limits:
            yield say("Enter a number that is {limit} or less", limit=limits["le"])
        else:
            said = str(error["msg"]).removeprefix("Value error, ")
            for setting in SETTINGS.values():
                said = said.replace(setting.path, say('the answer to "{label}"', label=setting.label))
            yield say("This doesn't fit with the other settings: {said}", said=said)
