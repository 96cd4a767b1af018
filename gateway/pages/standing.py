"""What a coach can tell at any time: I have stopped, we pause, another hour."""

from __future__ import annotations

from typing import Final

from gateway.pages import answers
from gateway.pages.answers import SLOT_FIELDS, button, day_field, tells
from gateway.pages.asked import BACK, Answer, Given, Question, Telling
from gateway.pages.recorded import recorded
from gateway.pages.shown import PageContext, has_role
from gateway.pages.weekly import marks
from lifecycle.dates import clock_time, long_date
from lifecycle.engagement.weeks import slot_on
from schemas import engagement_facts as facts
from schemas.facts import Fact
from schemas.sentences import say
from schemas.words import Stage

_ALL_RIGHT: Final = (
    "It's all right to stop. Once you tell us, faculty and the programme office will find someone to take over."
)
_THANKS: Final = (
    "Thank you for telling us: faculty and the programme office will find someone to take over. We won't ask you again."
)


def _own_stop(page: PageContext) -> list[Fact]:
    """That the reader stopped, unless they were assigned again since."""
    found: list[Fact] = [
        fact for fact in page.holding("coach_stopped", "coach_assigned") if getattr(fact, "person", "") == page.person
    ]
    return found[-1:] if found and found[-1].kind == "coach_stopped" else []


def may_tell_of_stopping(page: PageContext) -> bool:
    """Who stopped may take it back."""
    return has_role(page) or (page.reader.name is not None and bool(_own_stop(page)))


def stopped(page: PageContext) -> Question:
    """I've stopped coaching."""
    told_before = _own_stop(page)

    def told(given: Given) -> tuple[Telling, ...]:
        return tells(given, facts.CoachStopped, person=page.person)

    stop = Answer(name="stop", buttons=button("I've stopped coaching"), tell=told, variant="warning")
    go_on = Answer(
        name=BACK,
        hint=say("Use this if you coach {team} after all.", team=page.team),
        buttons=button("I haven't stopped"),
        tell=lambda _: (Telling(None, told_before[-1].event_id),),
    )
    return Question(
        title=say("Have you stopped coaching {team}?", team=page.team),
        lead=(_THANKS if told_before else _ALL_RIGHT,),
        topic=f"{page.subject}/stopped/{page.person}",
        mark=marks(*page.holding("coach_stopped", "coach_assigned", "coach_left")),
        answers=(go_on,) if told_before else (stop,),
        recorded=recorded(page, *told_before),
        settled=bool(told_before),
    )


def pause(page: PageContext) -> Question:
    """We pause, or we start again."""
    now_paused = page.life.paused
    told_before = page.holding("pause_started", "pause_ended", "pause_reviewed")
    active = page.engagement.stage not in (Stage.AFTERCARE, Stage.RELAPSED, Stage.SUSTAINED, Stage.ENDED_EARLY)
    found = (answers.resume(page), answers.pause_goes_on(page)) if now_paused else (_opened(answers.pause(page)),)
    return Question(
        title=say("Is {team} ready to restart?", team=page.team)
        if now_paused
        else say("Does {team} need a pause?", team=page.team),
        lead=(
            say(
                "The coaching of {team} has been paused since {day}.",
                team=page.team,
                day=long_date(page.calendar.day(now_paused.since)),
            )
            if now_paused
            else say("The coaching of {team} is not paused.", team=page.team),
        ),
        topic=f"{page.subject}/pause",
        mark=marks(*told_before),
        answers=found if active else (),
        recorded=recorded(page, *told_before[-1:]),
        correctable=False,
    )


def _opened(answer: Answer) -> Answer:
    return Answer(
        name=answer.name, hint=answer.hint, fields=answer.fields, buttons=answer.buttons, tell=answer.tell,
    )  # fmt: skip


def slot(page: PageContext) -> Question:
    """Sessions are on another day or at another time."""
    told_before = page.holding("weekly_slot_changed")
    now_on = slot_on(page.life, page.today)
    return Question(
        title=say("When does {team} meet?", team=page.team),
        lead=(
            say("Sessions are on {weekday}s at {time}.", weekday=now_on.day.capitalize(), time=clock_time(now_on.at)),
        ),
        topic=f"{page.subject}/slot",
        mark=marks(*told_before),
        answers=(
            Answer(
                name="slot",
                fields=(*SLOT_FIELDS, day_field("from", "From which day?", page)),
                buttons=button("Change the weekly hour"),
                tell=lambda given: tells(
                    given, facts.WeeklySlotChanged, slot=answers.slot_of(given), from_day=given["from"]
                ),
            ),
        ),
        recorded=recorded(page, *told_before[-1:]),
        correctable=False,
    )
