"""What a coach can tell at any time: I have stopped, we pause, another hour."""

from __future__ import annotations

from typing import Final

from gateway.pages import answers
from gateway.pages.answers import SLOT_FIELDS, UNNAMED, button, day_field, tells
from gateway.pages.asked import BACK, Answer, Given, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import Seen, has_role
from gateway.pages.weekly import marks
from lifecycle.dates import clock_time, long_date
from schemas import facts
from schemas.facts import Fact
from schemas.words import Stage

_SENT_TO_COACHES: Final = "faculty and the programme office look for somebody to go on with the team"


def _own_stop(seen: Seen) -> list[Fact]:
    """That the reader stopped, unless they were assigned again since."""
    found: list[Fact] = [
        fact for fact in seen.holding("coach_stopped", "coach_assigned") if getattr(fact, "person", "") == seen.person
    ]
    return found[-1:] if found and found[-1].kind == "coach_stopped" else []


def may_tell_of_stopping(seen: Seen) -> bool:
    """Who stopped may take it back."""
    return has_role(seen) or (seen.reader.name is not None and bool(_own_stop(seen)))


def stopped(seen: Seen) -> Question:
    """I have stopped coaching."""
    told_before = _own_stop(seen)

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(facts.CoachStopped(event_id=UNNAMED, occurred_at=given.at, person=seen.person))

    def back(_given: Given) -> tuple[Telling, ...]:
        return (Telling(None, told_before[-1].event_id),)

    stop = Answer(name="stop", buttons=button("I have stopped coaching"), tell=told, variant="warning")
    go_on = Answer(
        name=BACK,
        hint=f"Use this if you coach {seen.team} after all.",
        buttons=button("I have not stopped"),
        tell=back,
    )
    return Question(
        title=f"Have you stopped coaching {seen.team}?",
        lead=(f"Thank you for telling us: {_SENT_TO_COACHES}. You are asked nothing more about it.",)
        if told_before
        else (f"It is all right to stop. When you tell us, {_SENT_TO_COACHES}.",),
        topic=f"{seen.subject}/stopped/{seen.person}",
        mark=marks(*seen.holding("coach_stopped", "coach_assigned", "coach_left")),
        answers=(go_on,) if told_before else (stop,),
        recorded=recorded(seen, *told_before),
        settled=bool(told_before),
    )


def pause(seen: Seen) -> Question:
    """We pause, or we start again."""
    now_paused = seen.life.paused
    told_before = seen.holding("pause_started", "pause_ended", "pause_reviewed")
    since = f" since {long_date(seen.calendar.day(now_paused.since))}" if now_paused else ""
    active = seen.engagement.stage not in (Stage.AFTERCARE, Stage.RELAPSED, Stage.SUSTAINED, Stage.ENDED_EARLY)
    found = (answers.resume(seen), answers.pause_goes_on(seen)) if now_paused else (_opened(answers.pause(seen)),)
    return Question(
        title=f"Does {seen.team} start again?" if now_paused else f"Does {seen.team} need a pause?",
        lead=(f"The coaching of {seen.team} is {'paused' if now_paused else 'not paused'}{since}.",),
        topic=f"{seen.subject}/pause",
        mark=marks(*told_before),
        answers=found if active else (),
        recorded=recorded(seen, *told_before[-1:]),
        correctable=False,
    )


def _opened(answer: Answer) -> Answer:
    return Answer(
        name=answer.name, hint=answer.hint, fields=answer.fields, buttons=answer.buttons, tell=answer.tell,
    )  # fmt: skip


def slot(seen: Seen) -> Question:
    """Sessions are on another day or at another time."""
    told_before = seen.holding("weekly_slot_changed")
    now_on = seen.life.slots[-1][1]

    def told(given: Given) -> tuple[Telling, ...]:
        fact = facts.WeeklySlotChanged(
            event_id=UNNAMED, occurred_at=given.at, slot=answers.slot_of(given), from_day=given["from"]
        )
        return tells(fact)

    return Question(
        title=f"When does {seen.team} meet?",
        lead=(f"Sessions are on {now_on.day.capitalize()}s at {clock_time(now_on.at)}.",),
        topic=f"{seen.subject}/slot",
        mark=marks(*told_before),
        answers=(
            Answer(
                name="slot",
                fields=(*SLOT_FIELDS, day_field("from", "From which day?", seen)),
                buttons=button("Change the weekly hour"),
                tell=told,
            ),
        ),
        recorded=recorded(seen, *told_before[-1:]),
        correctable=False,
    )
