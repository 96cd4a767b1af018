"""Answers that more than one page offers: each a button, what goes with it, and the fact it means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from gateway.pages.asked import A_DAY, NO_PATIENTS, Answer, Choice, Field, Given, Question, Telling
from gateway.pages.named import ENDS, HELP, REASONS
from gateway.pages.shown import PageContext
from lifecycle.dates import long_date
from lifecycle.engagement.weekly import to_come
from schemas import engagement_facts as facts
from schemas.engagement_facts import ChairedBy, CoachPart, PauseReason, Slot
from schemas.facts import Fact
from schemas.moments import SessionId
from schemas.sentences import raised, say
from schemas.words import EndReason, NotHeldReason, Weekday

Ask: TypeAlias = Callable[[PageContext], Question]
"""Makes the question of a page."""

UNNAMED: Final = "page"
"""The event id of a fact whose telling is not named yet."""

_HELD: Final = (
    Choice("team", "Yes, the team led it"),
    Choice("coach", "Yes, the coach led it"),
)

_LED: Final = {"team": "The team led it", "coach": "The coach led it"}

PAUSES: Final = {
    PauseReason.WINTER_PRESSURE: "Winter pressure",
    PauseReason.STAFFING: "Not enough staff",
    PauseReason.SERVICE_CHANGE: "The service is changing",
    PauseReason.OTHER: "Another reason",
}
"""Why coaching rests, in words."""

EARLY_ENDS: Final = (
    EndReason.TEAM_DISBANDED,
    EndReason.TEAM_WITHDREW,
    EndReason.TEAM_MERGED,
    EndReason.COACH_STOPPED,
    EndReason.NO_COACH_FOUND,
    EndReason.TIME_LIMIT,
    EndReason.SILENT,
    EndReason.OTHER,
)

WHY_NOT: Final = Field(
    name="reason",
    kind="radios",
    label="Why not?",
    missing="Select why it didn't go ahead",
    choices=tuple(Choice(reason, raised(REASONS[reason])) for reason in NotHeldReason),
)

SLOT_FIELDS: Final = (
    Field(
        name="day",
        kind="radios",
        label="Which day of the week?",
        missing="Select a day of the week",
        choices=tuple(Choice(day, day.capitalize()) for day in Weekday),
    ),
    Field(
        name="time",
        kind="time",
        label="At what time?",
        hint="For example, 9:30am or 14:00",
        missing="Enter the time the team meets",
    ),
)


CONFIRMED: Final = Field(
    name="confirmed",
    kind="checkboxes",
    label="Is it unusually long? (optional)",
    hint="It's easy to type the wrong year, so please check the dates.",
    optional=True,
    choices=(Choice("yes", "I've checked the dates and they're right"),),
)
"""Says that an unusual length is meant. The refusal of one that was not ticked stands beside it, with the length."""


def tells(given: Given, kind: type[Fact], replaces: str | None = None, **said: object) -> tuple[Telling, ...]:
    """One fact, told anew or in place of another; it occurred when the page was shown, unless ``said`` otherwise."""
    return (Telling(kind.model_validate({"event_id": UNNAMED, "occurred_at": given.at} | said), replaces),)


def button(label: str, value: str = "yes") -> tuple[Choice, ...]:
    """The one button of an answer."""
    return (Choice(value, label),)


def day_field(name: str, label: str, page: PageContext, *, optional: bool = False, given: bool = True) -> Field:
    """A date, filled in with today."""
    return Field(
        name=name,
        kind="date",
        label=label,
        hint=A_DAY,
        optional=optional,
        missing=say('Enter a date for "{label}"', label=label),
        value=page.today if given else "",
    )


def on_day(page: PageContext, given: Given, name: str = "on") -> datetime:
    """When something happened that was told with its day: a day to come is left for the rules to refuse."""
    day = given[name]
    if day is None:
        return given.at
    if day > page.calendar.day(given.at):
        return page.calendar.at(day, page.calendar.opens)
    return page.end_of(day, given.at)


def help_field(label: str) -> Field:
    """What would help a team that makes no progress."""
    choices = tuple(Choice(code, words) for code, words in HELP.items())
    return Field(name="help", kind="radios", label=label, missing="Select what would help", choices=choices)


def held_buttons(page: PageContext) -> tuple[Choice, ...]:
    """Yes, and who led."""
    if page.own:
        return (_HELD[0], Choice("coach", "Yes, I led it"))
    return _HELD


def session_held(page: PageContext, given: Given, day: object, session: SessionId | None = None) -> facts.SessionHeld:
    """A session of a day, as the form tells it."""
    return facts.SessionHeld.model_validate(
        {
            "event_id": UNNAMED,
            "occurred_at": page.end_of(day, given.at),  # type: ignore[arg-type] # a date, from a date field
            "day": day,
            "session": session,
            "attendance": given["attendance"],
            "evaluation": given["evaluation"],
            "chaired_by": ChairedBy(given.choice),
        }
    )


ABOUT_A_SESSION: Final = (
    Field(
        name="attendance", kind="number", label="How many came? (optional)", hint="Not counting the coach",
        optional=True, most=200,
    ),
    Field(
        name="evaluation", kind="number", label="How did the team rate the meeting? (optional)",
        hint="From 0 to 10, as in the last step of the agenda", optional=True, most=10,
    ),
)  # fmt: skip


def met_again(page: PageContext) -> Answer:
    """They met after all: on which day."""

    def told(given: Given) -> tuple[Telling, ...]:
        day = given["on"]
        if day > page.calendar.day(given.at):
            fact = session_held(page, given, page.calendar.day(given.at))
            return (Telling(fact.model_copy(update={"day": day})),)
        open_on_it = [s.name for s in page.engagement.sessions if s.day == day and s.report is None]
        return (Telling(session_held(page, given, day, open_on_it[0] if len(open_on_it) == 1 else None)),)

    fields = (day_field("on", "When did they meet?", page, given=False), ABOUT_A_SESSION[0])
    buttons = tuple(Choice(choice.value, _LED[choice.value]) for choice in _HELD)
    return Answer(name="met", opener="The team has met", fields=fields, buttons=buttons, tell=told)


def meets_next(page: PageContext) -> tuple[Answer, ...]:
    """The next session is on another day, or at another time; nothing where none is to come."""
    following = next(iter(to_come(page.engagement)), None)
    if following is None or page.life.paused:
        return ()
    fields = (
        day_field("day", "When will the team meet next?", page, given=False),
        Field(
            name="time", kind="time", label="At what time?", hint="For example, 9:30am or 14:00",
            missing="Enter the time the team will meet",
        ),
    )  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        said = {"day": following.day, "session": following.name, "to_day": given["day"], "to_time": given["time"]}
        return tells(given, facts.SessionRescheduled, **said)

    return (
        Answer(
            name="next",
            opener="We've agreed when to meet next" if page.own else "They've agreed when to meet next",
            hint=say(
                "The next session is planned for {day} at {time}. If that's still right, you don't need to record "
                "anything.",
                day=long_date(following.day),
                time=page.clock.time(following.starts_at),
            ),
            fields=fields,
            buttons=button("Record the next session"),
            tell=told,
            variant="secondary",
        ),
    )


def pause(page: PageContext) -> Answer:
    """Coaching rests, for a reason and perhaps until a date."""
    reasons = tuple(Choice(reason, words) for reason, words in PAUSES.items())
    fields = (
        Field(
            name="reason", kind="radios", label="Why is the team pausing?", missing="Select why the team is pausing",
            choices=reasons,
        ),
        day_field("until", "When should we ask again? (optional)", page, optional=True, given=False),
        CONFIRMED,
    )  # fmt: skip
    hint = "We don't ask for anything during a pause. We only check from time to time whether it should go on."
    return Answer(
        name="pause",
        opener="Pause the coaching",
        hint=hint,
        fields=fields,
        buttons=button("Pause the coaching"),
        tell=lambda given: tells(
            given,
            facts.PauseStarted,
            reason=PauseReason(given["reason"]),
            review_on=given["until"],
            confirmed=bool(given["confirmed"]),
        ),
        variant="secondary",
    )


def resume(page: PageContext) -> Answer:
    """The pause ended on a day; one that is to end on a day to come goes on until then, and is asked about again."""

    def told(given: Given) -> tuple[Telling, ...]:
        if given["on"] > page.calendar.day(given.at):
            return tells(given, facts.PauseReviewed, review_on=given["on"], confirmed=True)
        return tells(given, facts.PauseEnded, occurred_at=on_day(page, given))

    return Answer(
        name="resume",
        hint="If that's in the future, we won't ask for anything until then. On that day we'll ask if you've "
        "restarted.",
        fields=(day_field("on", "When does the team restart?", page),),
        buttons=button("Restart on this day"),
        tell=told,
    )


def pause_goes_on(page: PageContext) -> Answer:
    """The pause was looked at, and goes on."""
    until = day_field("until", "When should we ask again? (optional)", page, optional=True, given=False)
    return Answer(
        name="longer",
        fields=(until, CONFIRMED),
        buttons=button("Stay paused"),
        tell=lambda given: tells(
            given, facts.PauseReviewed, review_on=given["until"], confirmed=bool(given["confirmed"])
        ),
        variant="secondary",
        opener="Stay paused",
    )


_BOTH_PARTS: Final = (Choice("main", "Name them as the new coach"), Choice("interim", "Name them as interim coach"))


def new_coach(page: PageContext, parts: tuple[Choice, ...] = _BOTH_PARTS) -> Answer:
    """Somebody coaches the team from now on, perhaps for the time being."""
    who = Field(
        name="coach",
        kind="person",
        label="Who will coach the team?",
        hint="If we know them already, we'll recognise the email address.",
        missing="Enter who will coach the team",
    )
    label = "If it's only for now, when should we ask whether they're staying? (optional)"
    until = day_field("until", label, page, optional=True, given=False)

    def told(given: Given) -> tuple[Telling, ...]:
        part = CoachPart(given.choice)
        review_on = given["until"] if part is CoachPart.INTERIM else None
        return tells(given, facts.CoachAssigned, person=given["coach"], part=part, review_on=review_on)

    return Answer(
        name="coach",
        opener="Somebody else will coach the team"
        if page.life.vacant_since is None
        else "Somebody will coach the team",
        hint=say("They'll coach {team} from now on.", team=page.team),
        fields=(who, until) if any(part.value == CoachPart.INTERIM for part in parts) else (who,),
        buttons=parts,
        tell=told,
        variant="secondary",
    )


def end_early(page: PageContext, *reasons: EndReason, opener: str = "End the coaching") -> Answer:
    """The coaching ends without a hand-off, for a reason."""
    offered = reasons or EARLY_ENDS
    choices = tuple(Choice(reason, raised(ENDS[reason])) for reason in offered)
    why = Field(
        name="reason", kind="radios", label="Why is it ending?", missing="Select why it's ending", choices=choices
    )
    into = Field(name="into", kind="team", label="Which team was it merged into? (only if merged)", optional=True)
    return Answer(
        name="end",
        opener=opener,
        hint=say("This ends the coaching of {team}. We won't ask for anything more.", team=page.team),
        fields=(why, into) if EndReason.TEAM_MERGED in offered else (why,),
        buttons=button("End the coaching"),
        tell=lambda given: tells(
            given,
            facts.EndedEarly,
            reason=EndReason(given["reason"]),
            successor=given["into"] if given["reason"] == EndReason.TEAM_MERGED else None,
        ),
        variant="warning",
        weighty=True,
    )


def _until_ready(page: PageContext) -> tuple[Field, ...]:
    in_ten_weeks = page.today + timedelta(weeks=10)
    return (
        Field(
            name="conditions",
            kind="lines",
            label="What must happen first?",
            hint=say("Put each condition on a new line. {no_patients}", no_patients=NO_PATIENTS),
            missing="Enter what must happen first",
        ),
        Field(
            name="review_on",
            kind="date",
            label="When should we look again?",
            hint=A_DAY,
            missing="Enter when we should look again",
            value=in_ten_weeks,
        ),
        Field(
            name="back_to",
            kind="radios",
            label="How will the coach work until then?",
            missing="Select how",
            choices=(
                Choice("transition", "Stepping back", "Sessions stay fortnightly or monthly"),
                Choice("action", "Weekly again"),
            ),
        ),
    )


def not_ready(page: PageContext, opener: str = "Not ready yet") -> Answer:
    """Back to work, with conditions and a date. Their words are kept as the note."""
    return Answer(
        name="not-ready",
        opener=opener,
        fields=_until_ready(page),
        buttons=button("Not ready yet"),
        tell=lambda given: tells(
            given,
            facts.ReadinessRefused,
            back_to="transition" if given["back_to"] == "transition" else "action",
            conditions=len(given["conditions"]),
            review_on=given["review_on"],
        ),
        variant="secondary",
        note=False,
    )


def hand_off(page: PageContext) -> Answer:
    """The decision that the team carries on alone, from a day on."""
    return Answer(
        name="hand-off",
        fields=(day_field("on", "When did the team take over?", page),),
        buttons=button("Hand off: the team carries on alone"),
        tell=lambda given: tells(given, facts.HandedOff, occurred_at=on_day(page, given)),
        weighty=True,
    )


def slot_of(given: Given) -> Slot:
    """The weekly hour a form names."""
    return Slot(day=Weekday(given["day"]), at=given["time"])
