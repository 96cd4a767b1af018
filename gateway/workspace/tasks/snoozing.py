"""Putting a task off: until which day, and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

from starlette.datastructures import FormData

from gateway.pages import fields, forms, reading
from gateway.pages.asked import NO_PATIENTS, Answer, Choice, Field, Question
from gateway.pages.fields import Entered
from gateway.pages.human import Tap
from gateway.workspace.visit import NotTheirs, Visit
from lifecycle.dates import long_date
from operations.worklist import LONGEST_SNOOZE, NothingWaitsError, SnoozeError, Wanted, put_off
from schemas.sentences import say

QUESTION: Final = Question(title="Your tasks", topic="worklist", mark=())
PUT_OFF: Final = {
    "variant": "success",
    "title": "Snoozed",
    "text": "The task comes back on its day, or sooner if it becomes more urgent.",
}
_OFTEN: Final = timedelta(weeks=2)


def asked(today: date, why: str = "Why can it wait?") -> tuple[Field, ...]:
    """Until which day, and why."""
    example, latest = today + _OFTEN, long_date(today + LONGEST_SNOOZE)
    return (
        Field(
            name="until",
            kind="date",
            label="Snooze until which day?",
            hint=say(
                "For example, {day} {month} {year}. {latest} at the latest.",
                day=example.day,
                month=example.month,
                year=example.year,
                latest=latest,
            ),
        ),
        Field(
            name="why",
            kind="note",
            label=why,
            hint=say("One sentence. {no_patients}", no_patients=NO_PATIENTS),
            missing="Enter why it can wait",
        ),
    )


def off(number: int, today: date) -> Answer:
    """The form that puts the line of this number off; it tells no fact."""
    return Answer(name=f"off{number}", buttons=(Choice("yes", "Snooze"),), fields=asked(today), note=False)


def entered_before(today: date) -> tuple[str, Entered] | None:
    """What the reader had entered for a line before they had to show who they are."""
    form = reading.typed()
    item, number = (form.get("item"), form.get("number")) if form else (None, None)
    if form is None or not isinstance(item, str) or not isinstance(number, str) or not number.isdigit():
        return None
    entered = fields.read(off(int(number[:4]), today), form)
    entered.faults.clear()
    return item, entered


async def snooze(visit: Visit, form: FormData, wanted: Wanted, theirs: Collection[str]) -> tuple[str, Entered] | None:
    """Put one of their lines off. What is wrong with the form, if anything; one that has closed needs nothing more."""
    item, number = form.get("item"), form.get("number")
    if not isinstance(item, str) or not isinstance(number, str) or not number.isdigit():
        raise NotTheirs
    answer = off(int(number[:4]), visit.today)
    entered = fields.read(answer, form)
    if entered.faults:
        return item, entered
    await forms.pressed(visit.context, form, QUESTION, Tap(at=visit.present, today=visit.today))
    if item not in theirs:
        return None
    until, why = entered.values["until"], entered.values["why"]
    async with visit.context.connection() as conn:
        try:
            await put_off(
                conn, visit.academy, item,
                until=until, reason=why, by=f"person:{visit.person}", now=visit.present, wanted=wanted,
            )  # fmt: skip
        except SnoozeError as error:
            entered.faults[f"{answer.name}-until-day"] = str(error)
            return item, entered
        except NothingWaitsError:
            return None
    return None
