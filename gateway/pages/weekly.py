"""Pages about the weekly work: did the session happen, what a team at risk needs, scores, reviews and pauses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from activities.links import ANSWERABLE_FOR, Purpose
from gateway.pages import answers
from gateway.pages.answers import ABOUT_A_SESSION, UNNAMED, button, day_field, on_day, tells
from gateway.pages.asked import Answer, Choice, Field, Given, Onward, Question, Telling
from gateway.pages.recorded import ENDS, SCORES, recorded
from gateway.pages.shown import ZONE, Nobody, Seen
from lifecycle.dates import clock_time, long_date
from lifecycle.engagement.sessions import Session
from schemas import facts
from schemas.words import EndReason, Health, Matter, NotHeldReason, Outcome, Role

DECISIVE: Final = (
    "coach_assigned", "coach_left", "coach_stopped", "pause_started", "pause_reviewed", "pause_ended",
    "transition_started", "readiness_assessed", "readiness_refused", "signed_off", "handed_off", "relapsed",
    "booster_held", "extension_granted", "ended_early", "sponsor_released", "owner_named", "aftercare_reported",
)  # fmt: skip
"""The facts after which a decision is another one."""


def asked(seen: Seen) -> tuple[str, str]:
    """The matter and window of a notice. Raises Nobody where there is none."""
    if seen.notice is None:
        raise Nobody
    return seen.notice.matter.value, seen.notice.window


def topic_of(seen: Seen, own: str = "") -> str:
    """Names what a notice asks, whoever is asked and however often."""
    matter, window = asked(seen)
    return "/".join((seen.subject, matter, window, *([own] if own else [])))


def marks(*told: facts.Fact) -> tuple[str, ...]:
    """What is recorded, by event id."""
    return tuple(fact.event_id for fact in told)


def as_decided(seen: Seen) -> tuple[str, ...]:
    """The mark of a decision: everything after which it is another one."""
    return marks(*seen.holding(*DECISIVE))


def decided_since(seen: Seen) -> tuple[facts.Fact, ...]:
    """What was decided after the question was put."""
    since = _put_at(seen)
    return tuple(fact for fact in seen.holding(*DECISIVE) if fact.occurred_at >= since)


def _put_at(seen: Seen) -> datetime:
    carried = [at for key, at in seen.done.items() if key.startswith("/".join(asked(seen)) + "/")]
    return min(carried, default=seen.present)


def _met_since(seen: Seen) -> tuple[facts.Fact, ...]:
    """The sessions that were told after the question was put."""
    since = _put_at(seen)
    held = seen.holding("session_held")
    return tuple(fact for fact in held if seen.told_at.get(fact.event_id, fact.occurred_at) >= since)


def session_of_notice(seen: Seen) -> Question:
    """Did your session happen?"""
    return session(seen, asked(seen)[1])


def session_of_link(seen: Seen) -> Question:
    """The same, asked from another page."""
    return session(seen, seen.link.about)


def session(seen: Seen, window: str) -> Question:
    """Whether the session first planned on a day took place."""
    try:
        planned = date.fromisoformat(window)
    except ValueError:
        raise Nobody from None
    found = next((one for one in seen.engagement.sessions if one.planned_on == planned), None)
    move = seen.life.moves.get(planned)
    day = found.day if found else planned
    report = (found.report if found else None) or seen.life.reports.get(day)
    stands: facts.Fact | None = report or (move if move and found is None else None)
    when = _when(seen, found, day)
    whose = "your session" if seen.own else f"the session of {seen.team}"
    return Question(
        title=f"Did {whose} {when} happen?",
        lead=(
            f"This is about your weekly session with {seen.team}."
            if seen.own
            else f"This is about the weekly session of {seen.team} with {seen.coach}.",
        ),
        topic=f"{seen.subject}/{Matter.SESSION}/{window}",
        mark=marks(*(fact for fact in (report, move) if fact)),
        answers=_about_session(seen, day, stands),
        recorded=recorded(seen, *([stands] if stands else [])),
        settled=stands is not None,
        also="If it did not take place then",
    )


def _when(seen: Seen, found: Session | None, day: date) -> str:
    notice = seen.notice
    starts_at = found.starts_at if found else notice.starts_at if notice and notice.about == day else None
    hour = f" at {clock_time(starts_at.astimezone(ZONE).time())}" if starts_at else ""
    return f"on {long_date(day)}{hour}"


def _about_session(seen: Seen, day: date, stands: facts.Fact | None) -> tuple[Answer, ...]:
    instead = stands.event_id if stands else None

    def held(given: Given) -> tuple[Telling, ...]:
        return tells(answers.session_held(seen, given, day), instead)

    def not_held(given: Given) -> tuple[Telling, ...]:
        reason, at = NotHeldReason(given["reason"]), seen.end_of(day, given.at)
        return tells(facts.SessionNotHeld(event_id=UNNAMED, occurred_at=at, day=day, reason=reason), instead)

    def moved(given: Given) -> tuple[Telling, ...]:
        fact = facts.SessionRescheduled(
            event_id=UNNAMED,
            occurred_at=seen.end_of(day, given.at),
            day=day,
            to_day=given["to"],
            to_time=given["time"],
        )
        return tells(fact, instead)

    to = (
        day_field("to", "Which day was it moved to?", seen, given=False),
        Field(
            name="time", kind="time", label="At what time?", hint="For example 9:30am or 14:00",
            missing="Enter the time it was moved to",
        ),
    )  # fmt: skip
    return (
        Answer(name="held", buttons=answers.held_buttons(seen), fields=ABOUT_A_SESSION, tell=held),
        Answer(
            name="not-held",
            opener="No, it did not take place",
            fields=(answers.WHY_NOT,),
            buttons=button("No, it did not take place"),
            tell=not_held,
            variant="secondary",
        ),
        Answer(
            name="moved",
            opener="It was moved to another day",
            fields=to,
            buttons=button("It was moved"),
            tell=moved,
            variant="secondary",
        ),
    )


def open_sessions(seen: Seen) -> tuple[Onward, ...]:
    """The sessions of which nothing is known, each with its own page."""
    found = [one for one in seen.engagement.sessions if one.report is None and one.outcome is not Outcome.EXCUSED]
    return tuple(
        Onward(
            f"Did the session on {long_date(one.day)} happen?",
            seen.url(Purpose.SESSION, one.planned_on.isoformat(), ANSWERABLE_FOR),
        )
        for one in found[-8:]
    )


def escalation(seen: Seen) -> Question:
    """A team at risk: which sessions took place, and what would help."""
    well = seen.engagement.health is Health.ON_TRACK
    found: tuple[Answer, ...] = ()
    if seen.role is Role.FACULTY and seen.life.person(Role.SPONSOR):
        found = (answers.met_again(seen), _release(), *_ways_out(seen))
    elif seen.role in (Role.FACULTY, Role.OFFICE):
        found = (answers.met_again(seen), *_ways_out(seen))
    elif seen.own:
        found = (answers.met_again(seen), answers.pause(seen))
    since = [fact for fact in decided_since(seen) if fact.kind in ("pause_started", "sponsor_released", "ended_early")]
    lead = (
        f"We are not worried about {seen.team} any more: what was told since puts that right."
        if well
        else f"As far as we know, the latest sessions of {seen.team} did not take place."
    )
    return Question(
        title=f"How is {seen.team} doing?",
        lead=(lead, "If you need help, reply to the mail: the programme office reads it."),
        topic=topic_of(seen, seen.role.value),
        mark=(*as_decided(seen), *marks(*seen.life.reports.values())),
        answers=() if well or seen.role is Role.SPONSOR else found,
        recorded=recorded(seen, *_met_since(seen), *since),
        correctable=False,
        onward=open_sessions(seen) if seen.role is not Role.SPONSOR else (),
    )


def _release() -> Answer:
    def told(given: Given) -> tuple[Telling, ...]:
        return tells(facts.SponsorReleased(event_id=UNNAMED, occurred_at=given.at))

    return Answer(
        name="release",
        opener="Let the sponsor be told",
        hint="The sponsor hears of it only if you allow it, and only after the programme office.",
        buttons=button("Let the sponsor be told"),
        tell=told,
        variant="secondary",
    )


def _ways_out(seen: Seen) -> tuple[Answer, ...]:
    rest = () if seen.life.paused else (answers.pause(seen),)
    return (*rest, answers.new_coach(seen), answers.end_early(seen))


def stall(seen: Seen) -> Question:
    """A stalled team: meet again, pause, another coach, or an end."""
    stalled = seen.engagement.health is Health.STALLED
    since = (*_met_since(seen), *decided_since(seen))
    return Question(
        title=f"How does {seen.team} go on?",
        lead=(
            f"The latest sessions of {seen.team} with {seen.coach} did not take place, or we were not told. Please "
            "decide with the coach and faculty."
            if stalled
            else f"{seen.team} meets again: nothing needs to be decided.",
        ),
        topic=topic_of(seen),
        mark=(*as_decided(seen), *marks(*seen.life.reports.values())),
        answers=(answers.met_again(seen), *_ways_out(seen)) if stalled and not seen.engagement.ended else (),
        recorded=recorded(seen, *since),
        correctable=False,
        onward=open_sessions(seen) if stalled else (),
    )


def vacancy(seen: Seen) -> Question:
    """A team without a coach: who coaches it, or an end."""
    vacant = seen.life.vacant_since is not None
    deciding = vacant and seen.role in (Role.OFFICE, Role.FACULTY)
    lead = f"{seen.team} has no coach." if vacant else f"{seen.team} is not without a coach: {seen.coach} coaches it."
    if seen.engagement.ended:
        lead = f"The coaching of {seen.team} has ended: {ENDS[seen.life.end_reason or EndReason.OTHER]}."
    return Question(
        title=f"Who will coach {seen.team}?",
        lead=(lead,),
        topic=topic_of(seen),
        mark=as_decided(seen),
        answers=(
            answers.new_coach(seen),
            answers.end_early(seen, EndReason.NO_COACH_FOUND, EndReason.TEAM_WITHDREW, opener="Nobody can be found"),
        )
        if deciding
        else (),
        recorded=recorded(seen, *decided_since(seen)),
        correctable=False,
    )


def progress_team(seen: Seen) -> Question:
    """The team's score of the month."""
    return _progress(seen, "team")


def progress_faculty(seen: Seen) -> Question:
    """Faculty's score of the month."""
    return _progress(seen, "faculty")


def _progress(seen: Seen, scorer: str) -> Question:
    asked_at = min((at for key, at in seen.done.items() if key.startswith("/".join(asked(seen)))), default=seen.present)
    scored = [
        fact
        for fact in seen.holding("progress_scored")
        if isinstance(fact, facts.ProgressScored) and fact.scorer == scorer and fact.occurred_at >= asked_at
    ]

    def told(given: Given) -> tuple[Telling, ...]:
        fact = facts.ProgressScored.model_validate(
            {
                "event_id": UNNAMED,
                "occurred_at": scored[-1].occurred_at if scored else given.at,
                "score": float(given["score"]),
                "scorer": scorer,
            }
        )
        return tells(fact, scored[-1].event_id if scored else None)

    score = Field(
        name="score",
        kind="radios",
        label="The score",
        missing="Select a score",
        choices=tuple(Choice(value, f"{value}: {words}") for value, words in SCORES),
    )
    who = "the team" if scorer == "team" else "faculty"
    return Question(
        title=f"How far has {seen.team} got?",
        lead=(f"This is the monthly score of {who}. It is kept beside the other one, and never averaged with it.",),
        topic=topic_of(seen),
        mark=marks(*scored),
        answers=(Answer(name="score", fields=(score,), buttons=button("Send the score"), tell=told),),
        recorded=recorded(seen, *scored[-1:]),
        settled=bool(scored),
    )


def review(seen: Seen) -> Question:
    """The review of a month: held, on which day."""
    month = int(asked(seen)[1].removeprefix("month-"))
    held = [
        fact
        for fact in seen.holding("review_held")
        if isinstance(fact, facts.ReviewHeld) and fact.month == month
    ]  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        fact = facts.ReviewHeld(event_id=UNNAMED, occurred_at=on_day(seen, given), month=month)
        return tells(fact, held[-1].event_id if held else None)

    return Question(
        title=f"Was the {month}-month review of {seen.team} held?",
        lead=("Faculty, the coach and the team look back together and plan what comes next.",),
        topic=topic_of(seen),
        mark=marks(*held),
        answers=(
            Answer(
                name="held",
                fields=(day_field("on", "When was it held?", seen),),
                buttons=button("Yes, it was held"),
                tell=told,
            ),
        ),
        recorded=recorded(seen, *held[-1:]),
        settled=bool(held),
    )


def pause_review(seen: Seen) -> Question:
    """Is the pause still right?"""
    return _paused(seen, f"Is {seen.team} ready to meet again?", answers.resume(seen), answers.pause_goes_on(seen))


def pause_decision(seen: Seen) -> Question:
    """A long pause: somebody decides."""
    title = f"How does {seen.team} go on after its long pause?"
    return _paused(
        seen, title, answers.resume(seen), answers.pause_goes_on(seen), answers.end_early(seen)
    )  # fmt: skip


def _paused(seen: Seen, title: str, *found: Answer) -> Question:
    pause = seen.life.paused
    since = f"The coaching of {seen.team} has been paused since {_day(seen)}." if pause else ""
    return Question(
        title=title,
        lead=(since or f"The coaching of {seen.team} is not paused now.",),
        topic=topic_of(seen),
        mark=as_decided(seen),
        answers=found if pause else (),
        recorded=recorded(seen, *decided_since(seen)),
        correctable=False,
    )


def _day(seen: Seen) -> str:
    pause = seen.life.paused
    return long_date(seen.calendar.day(pause.since)) if pause else ""
