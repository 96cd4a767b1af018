"""Pages about the weekly work: did the session happen, and what a team at risk or without a coach needs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from activities.links import Purpose
from gateway.pages import answers
from gateway.pages.answers import ABOUT_A_SESSION, Ask, button, day_field, tells
from gateway.pages.asked import Answer, Field, Given, Onward, Question, Telling
from gateway.pages.named import ENDS, REASONS
from gateway.pages.recorded import recorded
from gateway.pages.shown import Nobody, PageContext
from lifecycle.dates import long_date
from lifecycle.engagement.sessions import Session
from schemas import engagement_facts as facts
from schemas.facts import Fact
from schemas.moments import SessionId
from schemas.sentences import say
from schemas.words import EndReason, Health, Matter, NotHeldReason, Outcome, Role

DECISIVE: Final = (
    "coach_assigned", "coach_left", "coach_stopped", "interim_kept", "cover_waived",
    "pause_started", "pause_reviewed", "pause_ended",
    "transition_started", "readiness_assessed", "readiness_refused", "signed_off", "handed_off", "relapsed",
    "booster_held", "extension_granted", "ended_early", "sponsor_released", "owner_named", "aftercare_reported",
)  # fmt: skip
"""The facts after which a decision is another one."""


def asked(page: PageContext) -> tuple[str, str]:
    """The matter and window of a notice. Raises Nobody where there is none."""
    if page.notice is None:
        raise Nobody
    return page.notice.matter.value, page.notice.window


def topic_of(page: PageContext, own: str = "") -> str:
    """Names what a notice asks, whoever is asked and however often."""
    matter, window = asked(page)
    return "/".join((page.subject, matter, window, *([own] if own else [])))


def marks(*told: Fact) -> tuple[str, ...]:
    """What is recorded, by event id."""
    return tuple(fact.event_id for fact in told)


def as_decided(page: PageContext) -> tuple[str, ...]:
    """The mark of a decision: everything after which it is another one."""
    return marks(*page.holding(*DECISIVE))


def decided_since(page: PageContext) -> tuple[Fact, ...]:
    """What was decided after the question was put."""
    since = put_at(page)
    return tuple(fact for fact in page.holding(*DECISIVE) if fact.occurred_at >= since)


def put_at(page: PageContext) -> datetime:
    """When the question was put."""
    carried = [at for key, at in page.done.items() if key.startswith("/".join(asked(page)) + "/")]
    return min(carried, default=page.present)


def _met_since(page: PageContext) -> tuple[Fact, ...]:
    """The sessions that were told, or moved, after the question was put."""
    since = put_at(page)
    told = page.holding("session_held", "session_rescheduled")
    return tuple(fact for fact in told if page.told_at.get(fact.event_id, fact.occurred_at) >= since)


def session_of_notice(page: PageContext) -> Question:
    """Did your session happen?"""
    return session(page, asked(page)[1])


def session_of_link(page: PageContext) -> Question:
    """The same, asked from another page."""
    return session(page, page.link.about)


def session(page: PageContext, window: str) -> Question:
    """Whether a session, named by the day it was first planned for, took place."""
    try:
        planned = date.fromisoformat(window)
    except ValueError:
        raise Nobody from None
    found = next((meeting for meeting in page.engagement.sessions if meeting.name == window), None)
    move = page.life.moves.get(window)
    day = found.day if found else planned
    report = (found.report if found else None) or page.life.reports.get(window)
    stands: Fact | None = report or (move if move and found is None else None)
    when = _when(page, found, day)
    return Question(
        title=say("Did your session {when} go ahead?", when=when)
        if page.own
        else say("Did the session of {team} {when} go ahead?", team=page.team, when=when),
        lead=(
            say("This is about your weekly session with {team}.", team=page.team)
            if page.own
            else say("This is about the weekly session of {team} with {coach}.", team=page.team, coach=page.coach),
        ),
        topic=f"{page.subject}/{Matter.SESSION}/{window}",
        mark=marks(*(fact for fact in (report, move) if fact)),
        answers=_about_session(page, window, day, stands),
        recorded=recorded(page, *([stands] if stands else [])),
        settled=stands is not None,
        also="If it didn't go ahead as planned",
        day=day,
    )


def _when(page: PageContext, found: Session | None, day: date) -> str:
    notice = page.notice
    starts_at = found.starts_at if found else notice.starts_at if notice and notice.about == day else None
    if starts_at:
        return say("on {day} at {time}", day=long_date(day), time=page.clock.time(starts_at))
    return say("on {day}", day=long_date(day))


def _about_session(page: PageContext, name: SessionId, day: date, stands: Fact | None) -> tuple[Answer, ...]:
    instead = stands.event_id if stands else None

    def held(given: Given) -> tuple[Telling, ...]:
        return (Telling(answers.session_held(page, given, day, name), instead),)

    def not_held(given: Given) -> tuple[Telling, ...]:
        reason, at = NotHeldReason(given["reason"]), page.end_of(day, given.at)
        return tells(given, facts.SessionNotHeld, instead, occurred_at=at, day=day, session=name, reason=reason)

    return (
        Answer(name="held", buttons=answers.held_buttons(page), fields=ABOUT_A_SESSION, tell=held),
        Answer(
            name="not-held",
            opener="No, it didn't go ahead",
            fields=(answers.WHY_NOT,),
            buttons=button("No, it didn't go ahead"),
            tell=not_held,
            variant="secondary",
        ),
        _moved(page, name, day, instead),
    )


def _moved(page: PageContext, name: SessionId, day: date, instead: str | None) -> Answer:
    to = (
        day_field("to", "Which day was it moved to?", page, given=False),
        Field(
            name="time", kind="time", label="At what time?", hint="For example, 9:30am or 14:00",
            missing="Enter the time it was moved to",
        ),
    )  # fmt: skip

    def told(given: Given) -> tuple[Telling, ...]:
        at, to_day, to_time = page.end_of(day, given.at), given["to"], given["time"]
        return tells(
            given, facts.SessionRescheduled, instead,
            occurred_at=at, day=day, session=name, to_day=to_day, to_time=to_time,
        )  # fmt: skip

    return Answer(
        name="moved",
        opener="It was moved to another day",
        fields=to,
        buttons=button("It was moved"),
        tell=told,
        variant="secondary",
    )


def open_sessions(page: PageContext) -> tuple[Onward, ...]:
    """The sessions of which nothing is known, each with its own page."""
    return tuple(
        Onward(
            say("Did the session {when} go ahead?", when=_when(page, meeting, meeting.day)),
            page.part_url(Purpose.SESSION, meeting.name),
        )
        for meeting in _unheard(page)[-8:]
    )


def _unheard(page: PageContext) -> list[Session]:
    sessions = page.engagement.sessions
    return [one for one in sessions if one.report is None and one.outcome is not Outcome.EXCUSED]


def escalation(page: PageContext) -> Question:
    """A team at risk: which sessions took place, and what would help."""
    well = page.engagement.by_sessions is Health.ON_TRACK
    found: tuple[Answer, ...] = ()
    if page.role is Role.FACULTY and page.life.person(Role.SPONSOR) and page.life.sponsor_released_at is None:
        found = (answers.met_again(page), *answers.meets_next(page), _release(), *_ways_out(page))
    elif page.role in (Role.FACULTY, Role.OFFICE):
        found = (answers.met_again(page), *answers.meets_next(page), *_ways_out(page))
    elif page.own:
        found = (answers.met_again(page), *answers.meets_next(page), answers.pause(page))
    since = [fact for fact in decided_since(page) if fact.kind in ("pause_started", "sponsor_released", "ended_early")]
    lead = (
        say("This is no longer a concern: we've heard from {team} since.", team=page.team)
        if well
        else say("The last sessions of {team} didn't go ahead, or we haven't heard about them.", team=page.team)
    )
    help_ = "If you need help, reply to the email: it goes to the programme office."
    return Question(
        title=say("How is {team} doing?", team=page.team),
        lead=(lead,) if page.role is Role.OFFICE else (lead, help_),
        context=_missed(page) if page.role is not Role.SPONSOR else (),
        topic=topic_of(page, page.role.value),
        mark=(*as_decided(page), *marks(*page.life.reports.values(), *page.life.moves.values())),
        answers=() if well or page.role is Role.SPONSOR else found,
        recorded=recorded(page, *_met_since(page), *since),
        correctable=False,
        onward=(*open_sessions(page), *_stopping(page)) if page.role is not Role.SPONSOR else (),
    )


def _stopping(page: PageContext) -> tuple[Onward, ...]:
    return (Onward("I've stopped coaching this team", page.part_url(Purpose.STOPPED, "")),) if page.own else ()


def _missed(page: PageContext) -> tuple[tuple[str, str], ...]:
    """The sessions in a row that make the concern, and those since that nobody told of, with what is known of each."""
    misses = page.engagement.run.misses
    since = [one for one in _unheard(page) if misses and one not in misses and one.day > misses[-1].day]
    return tuple((long_date(session.day), _known_of(session)) for session in (*misses, *since)[-8:])


def _known_of(session: Session) -> str:
    report = session.report
    if isinstance(report, facts.SessionNotHeld | facts.SessionCancelledAhead):
        return say("Didn't go ahead: {reason}", reason=REASONS[report.reason])
    return "We haven't heard"


def _release() -> Answer:
    return Answer(
        name="release",
        opener="Allow us to tell the sponsor",
        hint="We only tell the sponsor if you allow it, and only after the programme office.",
        buttons=button("Allow us to tell the sponsor"),
        tell=lambda given: tells(given, facts.SponsorReleased),
        variant="secondary",
    )


def _ways_out(page: PageContext) -> tuple[Answer, ...]:
    rest = () if page.life.paused else (answers.pause(page),)
    return (*rest, answers.new_coach(page), answers.end_early(page))


def stall(page: PageContext) -> Question:
    """A stalled team: meet again, pause, another coach, or an end."""
    stalled = page.engagement.by_sessions is Health.STALLED
    since = (*_met_since(page), *decided_since(page))
    return Question(
        title=say("What should happen next with {team}?", team=page.team),
        lead=(
            say(
                "The last sessions of {team} with {coach} didn't go ahead, or we haven't heard about "
                "them. Please decide with the coach and faculty.",
                team=page.team,
                coach=page.coach,
            )
            if stalled
            else say("{team} is meeting again: there's nothing to decide.", team=page.team),
        ),
        context=_missed(page) if stalled else (),
        topic=topic_of(page),
        mark=(*as_decided(page), *marks(*page.life.reports.values(), *page.life.moves.values())),
        answers=(answers.met_again(page), *answers.meets_next(page), *_ways_out(page))
        if stalled and not page.engagement.ended
        else (),
        recorded=recorded(page, *since),
        correctable=False,
        onward=open_sessions(page) if stalled else (),
    )


def vacancy(page: PageContext) -> Question:
    """A team without a coach: who coaches it, or an end."""
    vacant = page.life.vacant_since is not None
    deciding = vacant and page.role in (Role.OFFICE, Role.FACULTY)
    lead = (
        say("{team} has no coach.", team=page.team)
        if vacant
        else say("{team} has a coach: {coach}.", team=page.team, coach=page.coach)
    )
    if page.engagement.ended:
        lead = say(
            "The coaching of {team} has ended: {reason}.",
            team=page.team,
            reason=ENDS[page.life.end_reason or EndReason.OTHER],
        )
    return Question(
        title=say("Who will coach {team}?", team=page.team),
        lead=(lead,),
        topic=topic_of(page),
        mark=as_decided(page),
        answers=(
            answers.new_coach(page),
            answers.end_early(page, EndReason.NO_COACH_FOUND, EndReason.TEAM_WITHDREW, opener="I can't find anyone"),
        )
        if deciding
        else (),
        recorded=recorded(page, *decided_since(page)),
        correctable=False,
    )


PAGES: Final[dict[str, Ask]] = {
    "session": session_of_notice,
    "escalation": escalation,
    "stall": stall,
    "vacancy": vacancy,
}
"""By the name that a matter gives as its page."""
