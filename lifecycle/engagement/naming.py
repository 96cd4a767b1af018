"""Which session a fact is about: the one it names, else the one that stands on its day."""

from __future__ import annotations

from datetime import date, time

from lifecycle.dates import clock_time, long_date
from lifecycle.engagement.life import Life
from lifecycle.engagement.weeks import FARTHEST_MOVE, day_of, planned
from schemas.due import Refusal
from schemas.engagement_facts import OfSession, SessionHeld, SessionNotHeld
from schemas.moments import SessionId


def meant(life: Life, fact: OfSession) -> SessionId:
    """The session of a fact that is not `misnamed`.

    A report of a day without a session is named by its day: it is the week's where nothing else is told of that.
    """
    if fact.session is not None:
        return fact.session
    on_the_day = _standing(life, fact.day)
    if on_the_day:
        return on_the_day[0]
    of_the_week = None if isinstance(fact, SessionHeld | SessionNotHeld) else planned(life, fact.day)
    return (of_the_week[0] if of_the_week else fact.day).isoformat()


def misnamed(life: Life, fact: OfSession) -> Refusal | None:
    """Why a fact does not say which session it is about: two stand on its day, or its name is no session's."""
    if fact.session is None:
        standing = _standing(life, fact.day)
        return _which(life, fact.day, standing) if len(standing) > 1 else None
    named, numbered = day_of(fact.session), "." in fact.session
    if numbered and not isinstance(fact, SessionHeld):
        reason = "Only a meeting that went ahead can have a number. Give the day the session was first planned for."
        return Refusal(when="never", code="no_such_session", reason=reason)
    if abs(named - fact.day) > FARTHEST_MOVE or (numbered and named != fact.day):
        reason = f"{long_date(fact.day)} can't be the day of session {fact.session}. Check both."
        return Refusal(when="never", code="no_such_session", reason=reason)
    return None


def _which(life: Life, day: date, standing: list[SessionId]) -> Refusal:
    listed = " and ".join(f"{clock_time(_hour(life, name))} (session {name})" for name in standing)
    reason = f"{len(standing)} sessions were planned for {long_date(day)}: at {listed}. Say which one you mean."
    return Refusal(when="never", code="which_session", reason=reason)


def _standing(life: Life, day: date) -> list[SessionId]:
    """The sessions that stand on a day, by the hour."""
    regular = planned(life, day)
    own = [day.isoformat()] if regular and regular[0] == day and day.isoformat() not in life.moves else []
    if not life.moves:
        return own
    moved = [name for name, move in life.moves.items() if move.to_day == day]
    return sorted((*own, *moved), key=lambda name: (_hour(life, name), name))


def _hour(life: Life, name: SessionId) -> time:
    move, regular = life.moves.get(name), planned(life, day_of(name))
    return move.to_time if move else regular[1].at if regular else time.min
