"""The same answer for several tasks at once, where that is safe: each is told as by itself, and what failed is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import structlog
from fastapi import Response
from starlette.datastructures import FormData

from activities.links import Purpose
from gateway.pages import fields, forms
from gateway.pages.answers import button
from gateway.pages.asked import Answer, Choice, Field, Question
from gateway.pages.fields import Entered
from gateway.pages.forms import BUTTON, STATE, Amiss, Forms, Same, Stale, Told
from gateway.pages.human import Doubted, Tap
from gateway.pages.places import Crumb
from gateway.pages.purposes import asking, may_answer
from gateway.pages.shown import Nobody, see
from gateway.workspace.frame import ask
from gateway.workspace.tasks.known import Known, wanted_by
from gateway.workspace.tasks.snoozing import asked
from gateway.workspace.visit import Visit
from lifecycle.dates import long_date
from lifecycle.worklist import Waiting
from operations.worklist import SnoozeError, put_off_all
from schemas.sentences import joined, say
from schemas.words import Matter

SNOOZE: Final = "snooze"
_AT_MOST: Final = 50

_log = structlog.stdlib.get_logger("gateway.tasks")


@dataclass(frozen=True, slots=True)
class Safe:
    """An answer that may be given for several tasks of a matter: nothing is lost by it, and it can be taken back.

    ``answer`` is its name among those of the question; its ``choices`` are the question's buttons.
    """

    title: str
    label: str
    answer: str
    which: str
    asked: str
    choices: tuple[Choice, ...]


SAFE: Final[Mapping[Matter, Safe]] = {
    Matter.SESSION: Safe(
        title="Which sessions went ahead?",
        label="Record sessions that went ahead",
        answer="held",
        which="Select every session that went ahead",
        asked="Who led them?",
        choices=(Choice("team", "The team"), Choice("coach", "The coach")),
    ),
}
"""Nothing weighty is here, and nothing that needs more than a choice: each of these is asked by itself."""


KINDS: Final = frozenset({*SAFE, SNOOZE})
"""What an address may ask for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task; ``wrong`` is empty where it was recorded."""

    words: str
    wrong: str


def offered(known: Known, visit: Visit) -> list[tuple[str, str]]:
    """The ways to answer several of the reader's tasks at once, and where."""
    found = [(safe.label, matter.value) for matter, safe in SAFE.items() if len(_of(known, visit, matter)) > 1]
    if len(known.tasks["yours"]) > 1:
        found.append(("Snooze several tasks", SNOOZE))
    return [(label, f"?together={name}") for label, name in found]


def page(visit: Visit, known: Known, which: str, words: Mapping[str, str], amiss: Amiss | None = None) -> Response:
    """The tasks to be ticked, and the answer."""
    question = _question(visit, known, which, words)
    return ask(visit, question, crumbs=(Crumb("Your tasks", "?"),), amiss=amiss)


async def take(
    visit: Visit, known: Known, which: str, words: Mapping[str, str], form: FormData
) -> Response | list[Outcome]:
    """Give the answer for each that was ticked: what became of each, or the page with what is wrong."""
    question = _question(visit, known, which, words)
    answer = question.answers[0]
    ticked = [str(item) for item in form.getlist(fields.input_id(answer, "tasks"))][:_AT_MOST]
    entered = fields.read(answer, form)
    if entered.faults:
        return page(visit, known, which, words, Amiss(answer, entered))
    await forms.pressed(visit.context, form, question, Tap(at=visit.present, today=visit.today))
    if which == SNOOZE:
        return await _snoozed(visit, known, ticked, words, (answer, entered)) or page(
            visit, known, which, words, Amiss(answer, entered)
        )
    safe, waits = SAFE[Matter(which)], {waiting.item: waiting for waiting in _of(known, visit, Matter(which))}
    return [
        Outcome(words.get(item, "A task"), await _told(visit, known, waits.get(item), safe, entered.values["choice"]))
        for item in ticked
    ]


def _of(known: Known, visit: Visit, matter: Matter) -> list[Waiting]:
    return [waiting for waiting in known.tasks["yours"] if waiting.matter is matter and known.notice(visit, waiting)][
        :_AT_MOST
    ]


def _question(visit: Visit, known: Known, which: str, words: Mapping[str, str]) -> Question:
    if which == SNOOZE:
        choices = tuple(Choice(one.item, words[one.item]) for one in known.tasks["yours"][:_AT_MOST])
        answer = Answer(
            name="off",
            fields=(_ticks("Which tasks can wait?", choices), *asked(visit.today, "Why can they wait?")),
            buttons=button("Snooze them"),
            note=False,
        )
        lead = ("They come back on the day you choose, or sooner if more urgent. We'll show your reason with each.",)
        return Question(title="Snooze several tasks", topic="together/snooze", mark=(), answers=(answer,), lead=lead)
    safe = SAFE[Matter(which)]
    choices = tuple(Choice(one.item, words[one.item]) for one in _of(known, visit, Matter(which)))
    led = Field(
        name="choice",
        kind="radios",
        label=safe.asked,
        choices=safe.choices,
        missing=say("Select an answer: {asked}", asked=safe.asked),
    )
    return Question(
        title=safe.title,
        topic=f"together/{which}",
        mark=(),
        lead=("Each is recorded by itself, and can be taken back by itself. Leave out any that were different.",),
        answers=(
            Answer(name="all", fields=(_ticks(safe.which, choices), led), buttons=button("Record them"), note=False),
        ),
    )


def _ticks(label: str, choices: tuple[Choice, ...]) -> Field:
    return Field(name="tasks", kind="checkboxes", label=label, choices=choices, missing="Select at least one")


async def _told(visit: Visit, known: Known, waiting: Waiting | None, safe: Safe, choice: str) -> str:
    """Tell one, as from its own page; what is wrong, if anything."""
    notice = known.notice(visit, waiting) if waiting else None
    if waiting is None or waiting.subject is None or notice is None:
        return "This was answered in the meantime."
    try:
        found = await see(visit.context, visit.link(Purpose.NOTICE, waiting.subject, notice))
        asks = asking(found)
        question = asks(found)
        answer = question.answer(safe.answer)
        if question.settled or answer is None or not may_answer(found):
            return "This was answered in the meantime."
        if answer.weighty or any(not field.optional for field in answer.all_fields):
            return "Open this one to answer it."
        state = Forms(visit.context.settings.signing_keys).state(question, found.present)
        form = FormData({STATE: state, BUTTON: f"{safe.answer}.{choice}"})
        outcome = await forms.submit(visit.context, found, question, form, asks)
    except (Doubted, Nobody):
        return "Open this one to answer it."
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are told, and this one is said
        _log.warning("tasks.not_told", item=waiting.item, error=type(error).__name__)
        return "We couldn't record this just now. Try again in a few minutes."
    match outcome:
        case Told():
            return ""
        case Same() | Stale():
            return "This was answered in the meantime."
        case Amiss():
            return joined(". ", outcome.entered.faults.values()) or "Open this one to answer it."


async def _snoozed(
    visit: Visit, known: Known, ticked: Sequence[str], words: Mapping[str, str], said: tuple[Answer, Entered]
) -> list[Outcome]:
    """Put them off. None was where the day is wrong: that is said beside it."""
    answer, entered = said
    until: date = entered.values["until"]
    async with visit.context.connection() as conn:
        try:
            found = await put_off_all(
                conn, visit.academy, [item for item in ticked if item in known.theirs],
                until=until, reason=entered.values["why"], by=f"person:{visit.person}", now=visit.present,
                wanted=wanted_by(visit),
            )  # fmt: skip
        except SnoozeError as error:
            entered.faults[f"{answer.name}-until-day"] = str(error)
            return []
    _log.info("tasks.snoozed", tasks=len(found), until=long_date(until))
    return [
        Outcome(words.get(item, "A task"), "" if item in found else "This was answered in the meantime.")
        for item in ticked
    ]
