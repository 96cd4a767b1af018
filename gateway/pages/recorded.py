"""What is recorded, in the words people read: one line a fact, without names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gateway.pages.asked import Recorded
from gateway.pages.shown import PageContext
from lifecycle.dates import Clock, clock_time, date_range, long_date
from lifecycle.matters import MATTERS
from schemas.corrections import Correction
from schemas.cover_facts import NoCoverReason
from schemas.facts import Fact
from schemas.improvement_facts import Help
from schemas.intro_course_facts import PlaceOffered
from schemas.subjects import cohort_name
from schemas.words import EndReason, Matter, NotHeldReason, RampStep, Role

ROLES: Final[dict[Role, str]] = {
    Role.COACH: "the coach",
    Role.CO_COACH: "the co-coach",
    Role.INTERIM_COACH: "the interim coach",
    Role.FACULTY: "faculty",
    Role.SPONSOR: "the sponsor",
    Role.TEAM_LEAD: "the team lead",
    Role.OFFICE: "the programme office",
    Role.DEPUTY: "the programme office's deputy",
    Role.PROCESS_OWNER: "the process owner",
    Role.MEASURE_OWNER: "the measure owner",
    Role.SERVICE: "another service",
    Role.DELEGATE: "the delegate",
}

STEPS: Final = {
    RampStep.ASSESSMENT: "5Ps assessment",
    RampStep.THEME: "Theme",
    RampStep.GLOBAL_AIM: "Global aim",
    RampStep.SPECIFIC_AIM: "Specific aim",
    RampStep.CHANGE_IDEAS: "Change ideas",
    RampStep.PDSA: "PDSA cycles",
    RampStep.SDSA: "SDSA: making it the standard",
}
"""The steps of the improvement ramp."""

REASONS: Final[dict[NotHeldReason, str]] = {
    NotHeldReason.CLINICAL_PRESSURE: "clinical pressure",
    NotHeldReason.STAFFING: "not enough staff",
    NotHeldReason.NO_QUORUM: "too few people could come",
    NotHeldReason.COACH_ABSENT: "the coach couldn't come",
    NotHeldReason.TEAM_ABSENT: "the team couldn't come",
    NotHeldReason.BANK_HOLIDAY: "bank holiday",
    NotHeldReason.LEAVE: "leave",
    NotHeldReason.OTHER: "another reason",
}

ENDS: Final[dict[EndReason, str]] = {
    EndReason.SUSTAINED: "the improvement is sustained",
    EndReason.TEAM_DISBANDED: "the team was disbanded",
    EndReason.TEAM_MERGED: "the team was merged into another",
    EndReason.TEAM_WITHDREW: "the team withdrew",
    EndReason.COACH_STOPPED: "the coach stopped",
    EndReason.NO_COACH_FOUND: "no coach was found",
    EndReason.PARTICIPANT_WITHDREW: "the participant withdrew",
    EndReason.PARTICIPANT_DEFERRED: "the participant moved to a later course",
    EndReason.COHORT_CANCELLED: "the course was cancelled",
    EndReason.STARTED_IN_ERROR: "it was started by mistake",
    EndReason.SILENT: "nobody was answering",
    EndReason.TIME_LIMIT: "the time limit was reached",
    EndReason.NEW_ENGAGEMENT: "new coaching follows",
    EndReason.OTHER: "another reason",
}

NO_COVER: Final[dict[NoCoverReason, str]] = {
    NoCoverReason.TEAM_LEADS: "the team leads its own meetings",
    NoCoverReason.QUIET_TIME: "it's a quiet time for the team",
    NoCoverReason.NOBODY_FREE: "nobody is free",
    NoCoverReason.OTHER: "another reason",
}

SCORES: Final[tuple[tuple[str, str], ...]] = (
    ("0.5", "intent to take part"),
    ("1.0", "charter and team"),
    ("1.5", "planning has begun"),
    ("2.0", "activity, but no changes"),
    ("2.5", "changes tested, but no improvement"),
    ("3.0", "modest improvement"),
    ("3.5", "improvement"),
    ("4.0", "significant improvement"),
    ("4.5", "sustainable improvement"),
    ("5.0", "outstanding, sustainable results"),
)
"""What each score means (IHI assessment scale)."""


HELP: Final[dict[Help, str]] = {
    Help.MORE_SUPPORT: "More support from faculty",
    Help.MORE_TIME: "More time for the team",
    Help.SMALLER_AIM: "A smaller or different aim",
    Help.ANOTHER_COACH: "Another coach, or a second one",
    Help.PAUSE: "A pause",
    Help.ENDING: "Ending the coaching",
    Help.NOTHING_NEEDED: "Nothing: the team is making progress",
    Help.OTHER: "Something else",
}
"""What would help a team that makes no progress."""

AS_PREDICTED: Final = {"yes": "As predicted", "partly": "Partly as predicted", "no": "Not as predicted"}
DECISIONS: Final = {"adopt": "Adopt the change", "adapt": "Adapt it, and test again", "abandon": "Abandon it"}
"""What a study showed, and what follows."""

_WENT: Final = {"yes": "went as predicted", "partly": "went partly as predicted", "no": "didn't go as predicted"}
_AGAIN: Final = "; we'll ask again on"
_PARTS: Final = {"main": "coach", "co": "co-coach", "interim": "interim coach"}


OFFER_ANSWERS: Final = {
    "team": "Would coach a team",
    "refresher": "Would like a refresher first",
    "later": "Perhaps later",
    "no": "Doesn't want to coach any more",
}
"""What comes of an offer to coach again."""


def called(role: Role) -> str:
    """Somebody who has a role, as in "a new sponsor"."""
    return "faculty member" if role is Role.FACULTY else ROLES[role].removeprefix("the ")


def _part(fact: Any) -> str:  # noqa: ANN401 - any fact that names a part
    return called(Role(fact.role))


def _until(day: Any, words: str) -> str:  # noqa: ANN401 - a date or nothing
    return f"{words} {long_date(day)}" if day else ""


def _held(fact: Any) -> str:  # noqa: ANN401 - the kind says which, as below
    came = f", and {fact.attendance} came" if fact.attendance is not None else ""
    return f"The session on {long_date(fact.day)} went ahead, led by the {fact.chaired_by}{came}"


def _moved(fact: Any) -> str:  # noqa: ANN401
    return f"The session of {long_date(fact.day)} moved to {long_date(fact.to_day)} at {clock_time(fact.to_time)}"


def _cancelled(fact: Any) -> str:  # noqa: ANN401
    return f"The session on {long_date(fact.day)} was cancelled beforehand: {REASONS[fact.reason]}"


def _about_mail(fact: Any) -> str:  # noqa: ANN401
    return MATTERS[Matter(fact.item.partition("/")[0])].label


def _slot(fact: Any) -> str:  # noqa: ANN401
    slot = fact.slot
    return f"Sessions are on {slot.day.capitalize()}s at {clock_time(slot.at)} from {long_date(fact.from_day)}"


def _refused(fact: Any) -> str:  # noqa: ANN401
    so_many = "one condition" if fact.conditions == 1 else f"{fact.conditions} conditions"
    return f"Not ready yet: {so_many}, to be reviewed on {long_date(fact.review_on)}"


def _learned(fact: Any) -> str:  # noqa: ANN401
    return f"Learning session {fact.number} took place: {_were_there(fact)}"


def _were_there(fact: Any) -> str:  # noqa: ANN401
    return "1 was there" if len(fact.attended) == 1 else f"{len(fact.attended)} were there"


def _conditional(fact: Any) -> str:  # noqa: ANN401
    if not fact.allowed:
        return "They can't start without a team"
    return f"A start without a team is allowed{_until(fact.until, ' until')}"


def _planned(fact: Any) -> str:  # noqa: ANN401
    return f"{'SDSA' if fact.standardise else 'PDSA'} cycle {fact.cycle} was planned for " + date_range(
        fact.from_day, fact.until_day
    )


def _studied(fact: Any) -> str:  # noqa: ANN401
    return f"Cycle {fact.cycle} {_WENT[fact.as_predicted]}, and the team decided to {DECISIONS[fact.decision].lower()}"


def _days(fact: Any, what: str) -> str:  # noqa: ANN401
    return f"{what}: {date_range(fact.first_day, fact.last_day)}"


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "engagement_proposed": lambda _: "Coaching was proposed",
    "agreement_signed": lambda fact: f"The agreement was signed by the {_part(fact)}",
    "coach_assigned": lambda fact: f"A new {_PARTS[fact.part]} was named",
    "interim_kept": lambda fact: f"The interim coach is staying{_until(fact.review_on, _AGAIN)}",
    "cover_waived": lambda fact: f"Nobody needs to stand in: {NO_COVER[fact.reason]}{_until(fact.review_on, _AGAIN)}",
    "coach_left": lambda _: "A coach left",
    "coach_stopped": lambda _: "A coach stopped coaching",
    "role_changed": lambda fact: f"There's {'a new' if fact.person else 'no longer a'} {_part(fact)}",
    "person_left": lambda _: "Somebody left, and their role is vacant",
    "person_merged": lambda _: "Two records turned out to be one person",
    "deputy_named": lambda fact: "A deputy was named" if fact.person else "There's no longer a deputy",
    "office_member_joined": lambda _: "Somebody joined the programme office",
    "office_member_left": lambda _: "Somebody left the programme office",
    "leave_agreed": lambda fact: _days(fact, "Leave"),
    "weekly_slot_changed": _slot,
    "session_held": _held,
    "session_not_held": lambda fact: f"The session on {long_date(fact.day)} didn't go ahead: {REASONS[fact.reason]}",
    "session_rescheduled": _moved,
    "session_cancelled_ahead": _cancelled,
    "ramp_step_reached": lambda fact: f"The team's work reached a new step: {STEPS[fact.step]}",
    "measure_defined": lambda _: "A measure was defined",
    "chart_rebased": lambda fact: f"The chart has a new baseline from {long_date(fact.from_day)}",
    "aim_closed": lambda fact: f"The aim was {fact.outcome}",
    "aim_set": lambda fact: f"A {fact.aim} aim was set{_until(fact.by_day, ', to be reached by')}",
    "change_idea_added": lambda fact: f"Change idea {fact.idea} was added",
    "pdsa_studied": _studied,
    "pdsa_planned": _planned,
    "help_agreed": lambda fact: f"What would help: {HELP[fact.help].lower()}",
    "measurement_recorded": lambda fact: f"A measurement of {long_date(fact.day)} was recorded",
    "progress_scored": lambda fact: (
        f"Progress was scored {fact.score} by {'the team' if fact.scorer == 'team' else 'faculty'}"
    ),
    "review_held": lambda fact: (
        f"The {fact.month}-month review was held{f'; what would help: {HELP[fact.help].lower()}' if fact.help else ''}"
    ),
    "pause_started": lambda fact: f"A pause began{_until(fact.review_on, ', to be reviewed on')}",
    "pause_reviewed": lambda fact: (
        f"The pause {'is confirmed' if fact.confirmed else 'goes on'}{_until(fact.review_on, ' until')}"
    ),
    "pause_ended": lambda _: "The pause ended",
    "academy_closed": lambda fact: _days(fact, "The academy is closed"),
    "transition_started": lambda _: "The coach started to step back",
    "readiness_assessed": lambda _: "The team was found ready for sign-off",
    "signed_off": lambda fact: f"Readiness was signed off by {ROLES[fact.role]}",
    "readiness_refused": _refused,
    "owner_named": lambda fact: f"A {_part(fact)} was named",
    "handed_off": lambda _: "The team was handed off and carries on alone",
    "aftercare_reported": lambda fact: (
        f"After {fact.month} months the improvement {'is' if fact.holding else 'is not'} holding"
    ),
    "relapsed": lambda _: "The improvement is no longer holding",
    "booster_held": lambda _: "A booster session was held",
    "extension_granted": lambda _: "The coaching was extended",
    "ended_early": lambda fact: f"The coaching ended: {ENDS[fact.reason]}",
    "sponsor_released": lambda _: "We may tell the sponsor",
    "mail_held": lambda fact: f"An email about {_about_mail(fact)} was held until {long_date(fact.until)}",
    "mail_skipped": lambda fact: f"An email about {_about_mail(fact)} was left out",
    "calendar_revised": lambda _: "The bank holidays were updated",
    "programme_adopted": lambda fact: f"Version {fact.programme.version} of the programme was adopted",
    "cohort_scheduled": lambda fact: f"The course was planned, to begin on {long_date(fact.course_start)}",
    "cohort_confirmed": lambda _: "The course was confirmed",
    "cohort_cancelled": lambda _: "The course was cancelled",
    "enrolment_accepted": lambda _: "A participant was accepted",
    "microsystem_identified": lambda fact: (
        f"A team was named, which meets on {fact.team.slot.day.capitalize()}s at {clock_time(fact.team.slot.at)}"
    ),
    "conditional_start_decided": _conditional,
    "team_help_asked": lambda _: "A participant asked for help to find a team",
    "no_team_found": lambda _: "No team was found for a participant",
    "learning_session_declined": lambda fact: (
        f"A participant can't come to learning session {fact.number} on {long_date(fact.day)}"
    ),
    "learning_session_moved": lambda fact: f"Learning session {fact.number} moved to {long_date(fact.to_day)}",
    "learning_session_held": _learned,
    "learning_session_made_up": lambda fact: f"Learning session {fact.number} was made up",
    "enrolment_deferred": lambda _: "A participant moved to a later course",
    "enrolment_withdrawn": lambda _: "A participant left the course",
    "enrolment_completed": lambda fact: f"The course was {'' if fact.completed else 'not '}completed",
    "refresher_held": lambda _: "A refresher was held",
    "coaching_offered": lambda fact: f"They were offered to coach again: {OFFER_ANSWERS[fact.answer].lower()}",
    "coaching_seen": lambda _: "The records were checked",
    "intro_course_scheduled": lambda fact: f"The course was planned, on {date_range(fact.day_1, fact.day_2)}",
    "academy_opened": lambda _: "The academy was opened",
    "person_known": lambda _: "A person's record was opened",
    "place_requested": lambda _: "A place was requested",
    "booking_cancelled": lambda _: "A booking was cancelled",
    "intro_places_changed": lambda fact: f"The course has {fact.places} places",
    "intro_course_moved": lambda fact: f"The course was moved to {date_range(fact.day_1, fact.day_2)}",
    "place_offered": lambda _: "A place that came free was offered",
    "offer_accepted": lambda _: "The place that came free was taken",
    "intro_attendance_taken": lambda fact: f"{_were_there(fact)} on day {fact.day}",
    "delegate_seen": lambda fact: f"Day {fact.day}: a delegate was {'' if fact.attended else 'not '}there",
    "missing_day_rebooked": lambda fact: (
        f"Day {fact.day} {'is' if fact.outcome == 'booked' else 'was'} {fact.outcome} on a later course"
    ),
    "feedback_given": lambda _: "Feedback was given",
    "coaching_wished": lambda _: "A delegate would like to become a coach",
    "handed_on_to_cohort": lambda fact: f"They are on the list of {cohort_name(fact.cohort)}",
    "intro_course_cancelled": lambda _: "The course was cancelled",
}


def going_on(words: str) -> str:
    """A sentence as it goes on after a colon: an abbreviation keeps its capitals."""
    return words if words[:2].isalpha() and words[:2].isupper() else f"{words[0].lower()}{words[1:]}"


def in_words(fact: Fact, clock: Clock) -> str:
    """A fact as a sentence without a full stop; a moment by the clock of its subject."""
    if isinstance(fact, Correction):
        if fact.replacement is None:
            return "An earlier report was withdrawn"
        return f"Corrected: {going_on(in_words(fact.replacement, clock))}"
    said = _WORDS[fact.kind](fact)
    return f"{said} until {clock.moment(fact.until)}" if isinstance(fact, PlaceOffered) else said


def recorded(page: PageContext, *facts: Fact) -> tuple[Recorded, ...]:
    """What is recorded, and who told it on which day."""
    return tuple(_recorded(page, fact) for fact in facts)


def _recorded(page: PageContext, fact: Fact) -> Recorded:
    told = next((known for known in page.facts if known.event_id == fact.event_id), fact)
    teller = told.told_by
    own = teller.person == page.person
    who = "you" if own else page.named(teller.person, ROLES[teller.role])
    if teller.on_behalf_of is not None:
        who = f"{who} on behalf of {page.named(teller.on_behalf_of)}"
    at = page.told_at.get(told.event_id, told.occurred_at)
    return Recorded(told.event_id, in_words(fact, page.clock), f"Recorded by {who} on {page.clock.moment(at)}", own)
