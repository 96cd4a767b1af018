"""What is recorded, in the words people read: one line a fact, without names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from gateway.pages.asked import Recorded
from gateway.pages.named import DECISIONS, ENDS, HELP, NO_COVER, OFFER_ANSWERS, REASONS, STEPS
from gateway.pages.shown import PageContext
from lifecycle.dates import Clock, clock_time, date_range, long_date
from lifecycle.matters import MATTERS
from lifecycle.roles import ROLES, called
from schemas.corrections import Correction
from schemas.facts import Fact, Teller
from schemas.intro_course_facts import PlaceOffered
from schemas.sentences import lowered, say, say_of
from schemas.subjects import cohort_name
from schemas.words import Matter, Role

_LED: Final = {
    "team": "The session on {day} went ahead, led by the team",
    "coach": "The session on {day} went ahead, led by the coach",
}
_LED_AND_CAME: Final = {
    "team": "The session on {day} went ahead, led by the team, and {attendance} came",
    "coach": "The session on {day} went ahead, led by the coach, and {attendance} came",
}
_STUDIED: Final = {
    "yes": "Cycle {cycle} went as predicted, and the team decided to {decision}",
    "partly": "Cycle {cycle} went partly as predicted, and the team decided to {decision}",
    "no": "Cycle {cycle} didn't go as predicted, and the team decided to {decision}",
}
_NEW_COACHES: Final = {
    "main": "A new coach was named",
    "co": "A new co-coach was named",
    "interim": "A new interim coach was named",
}
_OWNERS: Final = {"process_owner": "A process owner was named", "measure_owner": "A measure owner was named"}
_AIMS_SET: Final = {"global": "A global aim was set", "specific": "A specific aim was set"}
_DATED_AIMS: Final = {
    "global": "A global aim was set, to be reached by {day}",
    "specific": "A specific aim was set, to be reached by {day}",
}
_AIMS_CLOSED: Final = {"reached": "The aim was reached", "dropped": "The aim was dropped"}
_REBOOKED: Final = {
    "booked": "Day {day} is booked on a later course",
    "attended": "Day {day} was attended on a later course",
    "missed": "Day {day} was missed on a later course",
}
"""What is said of each, where a fact names which."""


def _dated(on: Any, without: str, dated: str, **given: object) -> str:  # noqa: ANN401 - a date or nothing
    return say(dated, day=long_date(on), **given) if on else say(without, **given)


def _part(fact: Any) -> str:  # noqa: ANN401 - any fact that names a part
    return called(Role(fact.role))


def _role_changed(fact: Any) -> str:  # noqa: ANN401 - the kind says which, as below
    part = _part(fact)
    return say("There's a new {part}", part=part) if fact.person else say("There's no longer a {part}", part=part)


def _cover_waived(fact: Any) -> str:  # noqa: ANN401
    return _dated(
        fact.review_on,
        "Nobody needs to stand in: {reason}",
        "Nobody needs to stand in: {reason}; we'll ask again on {day}",
        reason=NO_COVER[fact.reason],
    )


def _held(fact: Any) -> str:  # noqa: ANN401
    if fact.attendance is None:
        return say(_LED[fact.chaired_by], day=long_date(fact.day))
    return say(_LED_AND_CAME[fact.chaired_by], day=long_date(fact.day), attendance=fact.attendance)


def _moved(fact: Any) -> str:  # noqa: ANN401
    return say(
        "The session of {day} moved to {new_day} at {time}",
        day=long_date(fact.day),
        new_day=long_date(fact.to_day),
        time=clock_time(fact.to_time),
    )


def _cancelled(fact: Any) -> str:  # noqa: ANN401
    return say(
        "The session on {day} was cancelled beforehand: {reason}",
        day=long_date(fact.day),
        reason=REASONS[fact.reason],
    )


def _about_mail(fact: Any) -> str:  # noqa: ANN401
    return MATTERS[Matter(fact.item.partition("/")[0])].label


def _slot(fact: Any) -> str:  # noqa: ANN401
    slot = fact.slot
    return say(
        "Sessions are on {weekday}s at {time} from {day}",
        weekday=slot.day.capitalize(),
        time=clock_time(slot.at),
        day=long_date(fact.from_day),
    )


def _refused(fact: Any) -> str:  # noqa: ANN401
    day = long_date(fact.review_on)
    if fact.conditions == 1:
        return say("Not ready yet: one condition, to be reviewed on {day}", day=day)
    return say("Not ready yet: {conditions} conditions, to be reviewed on {day}", conditions=fact.conditions, day=day)


def _scored(fact: Any) -> str:  # noqa: ANN401
    if fact.scorer == "team":
        return say("Progress was scored {score} by the team", score=fact.score)
    return say("Progress was scored {score} by faculty", score=fact.score)


def _reviewed(fact: Any) -> str:  # noqa: ANN401
    if not fact.help:
        return say("The {month}-month review was held", month=fact.month)
    return say(
        "The {month}-month review was held; what would help: {help}", month=fact.month, help=lowered(HELP[fact.help])
    )


def _pause_goes_on(fact: Any) -> str:  # noqa: ANN401
    if fact.confirmed:
        return _dated(fact.review_on, "The pause is confirmed", "The pause is confirmed until {day}")
    return _dated(fact.review_on, "The pause goes on", "The pause goes on until {day}")


def _after_care(fact: Any) -> str:  # noqa: ANN401
    if fact.holding:
        return say("After {month} months the improvement is holding", month=fact.month)
    return say("After {month} months the improvement is not holding", month=fact.month)


def _learned(fact: Any) -> str:  # noqa: ANN401
    return say_of(
        len(fact.attended),
        "Learning session {session} took place: {number} was there",
        "Learning session {session} took place: {number} were there",
        session=fact.number,
    )


def _attended(fact: Any) -> str:  # noqa: ANN401
    return say_of(
        len(fact.attended), "{number} was there on day {day}", "{number} were there on day {day}", day=fact.day
    )


def _seen(fact: Any) -> str:  # noqa: ANN401
    if fact.attended:
        return say("Day {day}: a delegate was there", day=fact.day)
    return say("Day {day}: a delegate was not there", day=fact.day)


def _conditional(fact: Any) -> str:  # noqa: ANN401
    if not fact.allowed:
        return "They can't start without a team"
    return _dated(fact.until, "A start without a team is allowed", "A start without a team is allowed until {day}")


def _planned(fact: Any) -> str:  # noqa: ANN401
    days = date_range(fact.from_day, fact.until_day)
    if fact.standardise:
        return say("SDSA cycle {cycle} was planned for {days}", cycle=fact.cycle, days=days)
    return say("PDSA cycle {cycle} was planned for {days}", cycle=fact.cycle, days=days)


def _studied(fact: Any) -> str:  # noqa: ANN401
    return say(_STUDIED[fact.as_predicted], cycle=fact.cycle, decision=lowered(DECISIONS[fact.decision]))


def _days(fact: Any) -> str:  # noqa: ANN401
    return date_range(fact.first_day, fact.last_day)


_WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "engagement_proposed": lambda _: "Coaching was proposed",
    "agreement_signed": lambda fact: say("The agreement was signed by the {part}", part=_part(fact)),
    "coach_assigned": lambda fact: _NEW_COACHES[fact.part],
    "interim_kept": lambda fact: _dated(
        fact.review_on, "The interim coach is staying", "The interim coach is staying; we'll ask again on {day}"
    ),
    "cover_waived": _cover_waived,
    "coach_left": lambda _: "A coach left",
    "coach_stopped": lambda _: "A coach stopped coaching",
    "role_changed": _role_changed,
    "person_left": lambda _: "Somebody left, and their role is vacant",
    "person_merged": lambda _: "Two records turned out to be one person",
    "deputy_named": lambda fact: "A deputy was named" if fact.person else "There's no longer a deputy",
    "office_member_joined": lambda _: "Somebody joined the programme office",
    "office_member_left": lambda _: "Somebody left the programme office",
    "leave_agreed": lambda fact: say("Leave: {days}", days=_days(fact)),
    "weekly_slot_changed": _slot,
    "session_held": _held,
    "session_not_held": lambda fact: say(
        "The session on {day} didn't go ahead: {reason}", day=long_date(fact.day), reason=REASONS[fact.reason]
    ),
    "session_rescheduled": _moved,
    "session_cancelled_ahead": _cancelled,
    "ramp_step_reached": lambda fact: say("The team's work reached a new step: {step}", step=STEPS[fact.step]),
    "measure_defined": lambda _: "A measure was defined",
    "chart_rebased": lambda fact: say("The chart has a new baseline from {day}", day=long_date(fact.from_day)),
    "aim_closed": lambda fact: _AIMS_CLOSED[fact.outcome],
    "aim_set": lambda fact: _dated(fact.by_day, _AIMS_SET[fact.aim], _DATED_AIMS[fact.aim]),
    "change_idea_added": lambda fact: say("Change idea {idea} was added", idea=fact.idea),
    "pdsa_studied": _studied,
    "pdsa_planned": _planned,
    "help_agreed": lambda fact: say("What would help: {help}", help=lowered(HELP[fact.help])),
    "measurement_recorded": lambda fact: say("A measurement of {day} was recorded", day=long_date(fact.day)),
    "progress_scored": _scored,
    "review_held": _reviewed,
    "pause_started": lambda fact: _dated(fact.review_on, "A pause began", "A pause began, to be reviewed on {day}"),
    "pause_reviewed": _pause_goes_on,
    "pause_ended": lambda _: "The pause ended",
    "academy_closed": lambda fact: say("The academy is closed: {days}", days=_days(fact)),
    "transition_started": lambda _: "The coach started to step back",
    "readiness_assessed": lambda _: "The team was found ready for sign-off",
    "signed_off": lambda fact: say("Readiness was signed off by {role}", role=ROLES[fact.role]),
    "readiness_refused": _refused,
    "owner_named": lambda fact: _OWNERS[fact.role],
    "handed_off": lambda _: "The team was handed off and carries on alone",
    "aftercare_reported": _after_care,
    "relapsed": lambda _: "The improvement is no longer holding",
    "booster_held": lambda _: "A booster session was held",
    "extension_granted": lambda _: "The coaching was extended",
    "ended_early": lambda fact: say("The coaching ended: {reason}", reason=ENDS[fact.reason]),
    "sponsor_released": lambda _: "We may tell the sponsor",
    "mail_held": lambda fact: say(
        "An email about {about} was held until {day}", about=_about_mail(fact), day=long_date(fact.until)
    ),
    "mail_skipped": lambda fact: say("An email about {about} was left out", about=_about_mail(fact)),
    "calendar_revised": lambda _: "The bank holidays were updated",
    "programme_adopted": lambda fact: say(
        "Version {version} of the programme was adopted", version=fact.programme.version
    ),
    "cohort_scheduled": lambda fact: say("The course was planned, to begin on {day}", day=long_date(fact.course_start)),
    "cohort_confirmed": lambda _: "The course was confirmed",
    "cohort_cancelled": lambda _: "The course was cancelled",
    "enrolment_accepted": lambda _: "A participant was accepted",
    "microsystem_identified": lambda fact: say(
        "A team was named, which meets on {weekday}s at {time}",
        weekday=fact.team.slot.day.capitalize(),
        time=clock_time(fact.team.slot.at),
    ),
    "conditional_start_decided": _conditional,
    "team_help_asked": lambda _: "A participant asked for help to find a team",
    "no_team_found": lambda _: "No team was found for a participant",
    "learning_session_declined": lambda fact: say(
        "A participant can't come to learning session {number} on {day}", number=fact.number, day=long_date(fact.day)
    ),
    "learning_session_moved": lambda fact: say(
        "Learning session {number} moved to {day}", number=fact.number, day=long_date(fact.to_day)
    ),
    "learning_session_held": _learned,
    "learning_session_made_up": lambda fact: say("Learning session {number} was made up", number=fact.number),
    "enrolment_deferred": lambda _: "A participant moved to a later course",
    "enrolment_withdrawn": lambda _: "A participant left the course",
    "enrolment_completed": lambda fact: (
        "The course was completed" if fact.completed else "The course was not completed"
    ),
    "refresher_held": lambda _: "A refresher was held",
    "coaching_offered": lambda fact: say(
        "They were offered to coach again: {answer}", answer=lowered(OFFER_ANSWERS[fact.answer])
    ),
    "coaching_seen": lambda _: "The records were checked",
    "intro_course_scheduled": lambda fact: say(
        "The course was planned, on {days}", days=date_range(fact.day_1, fact.day_2)
    ),
    "academy_opened": lambda _: "The academy was opened",
    "person_known": lambda _: "A person's record was opened",
    "place_requested": lambda _: "A place was requested",
    "booking_cancelled": lambda _: "A booking was cancelled",
    "intro_places_changed": lambda fact: say("The course has {places} places", places=fact.places),
    "intro_course_moved": lambda fact: say("The course was moved to {days}", days=date_range(fact.day_1, fact.day_2)),
    "offer_accepted": lambda _: "The place that came free was taken",
    "intro_attendance_taken": _attended,
    "delegate_seen": _seen,
    "missing_day_rebooked": lambda fact: say(_REBOOKED[fact.outcome], day=fact.day),
    "feedback_given": lambda _: "Feedback was given",
    "coaching_wished": lambda _: "A delegate would like to become a coach",
    "handed_on_to_cohort": lambda fact: say("They are on the list of {cohort}", cohort=cohort_name(fact.cohort)),
    "intro_course_cancelled": lambda _: "The course was cancelled",
}


def going_on(words: str) -> str:
    """A sentence as it goes on after a colon: an abbreviation keeps its capitals."""
    return words if words[:2].isalpha() and words[:2].isupper() else lowered(words)


def in_words(fact: Fact, clock: Clock) -> str:
    """A fact as a sentence without a full stop; a moment by the clock of its subject."""
    if isinstance(fact, Correction):
        if fact.replacement is None:
            return "An earlier report was withdrawn"
        return say("Corrected: {replacement}", replacement=going_on(in_words(fact.replacement, clock)))
    if isinstance(fact, PlaceOffered):
        return say("A place that came free was offered until {moment}", moment=clock.moment(fact.until))
    return _WORDS[fact.kind](fact)


def recorded(page: PageContext, *facts: Fact) -> tuple[Recorded, ...]:
    """What is recorded, and who told it on which day."""
    return tuple(_recorded(page, fact) for fact in facts)


def _recorded(page: PageContext, fact: Fact) -> Recorded:
    told = next((known for known in page.facts if known.event_id == fact.event_id), fact)
    teller = told.told_by
    moment = page.clock.moment(page.told_at.get(told.event_id, told.occurred_at))
    own = teller.person == page.person
    return Recorded(told.event_id, in_words(fact, page.clock), _told_by(page, teller, moment, own=own), own)


def _told_by(page: PageContext, teller: Teller, moment: str, *, own: bool) -> str:
    who = page.named(teller.person, ROLES[teller.role])
    if teller.on_behalf_of is None:
        return (
            say("Recorded by you on {moment}", moment=moment)
            if own
            else say("Recorded by {who} on {moment}", who=who, moment=moment)
        )
    other = page.named(teller.on_behalf_of)
    if own:
        return say("Recorded by you on behalf of {other} on {moment}", other=other, moment=moment)
    return say("Recorded by {who} on behalf of {other} on {moment}", who=who, other=other, moment=moment)
