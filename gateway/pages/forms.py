"""From a form to facts: told once, however often the button is pressed, and never over what somebody else told."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any, Final

from itsdangerous import BadData, Signer, URLSafeSerializer
from starlette.datastructures import FormData

from coaching_client.handles import FactRefusedError
from gateway.context import AppContext, counting, now
from gateway.pages import fields, human, reading
from gateway.pages.asked import BACK, Answer, Given, Question, Telling
from gateway.pages.fields import Entered, NamedPerson, NamedTeam
from gateway.pages.human import Doubted, Step, Tap
from gateway.pages.shown import PageContext
from operations.callers import Caller
from operations.telling import tell
from operations.who_is_meant import WhoIsMeantError, person_meant
from records import admitting
from schemas.corrections import AnyFact, Correction
from schemas.facts import Fact, Teller
from schemas.roster import Contact

STATE: Final = "state"
"""The hidden input that says when the page was shown, and what was recorded then."""

BUTTON: Final = "answer"


@dataclass(frozen=True, slots=True)
class Shown:
    """When a page was shown, what it asked, and a digest of what was recorded of it then.

    ``day`` hides the day that a person is asked for first; it is empty where nobody is.
    """

    at: datetime
    topic: str
    mark: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """It is recorded."""


@dataclass(frozen=True, slots=True)
class Same:
    """The form came back as it was shown, with what is recorded: nothing was changed."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Something else was recorded since the page was shown: that is shown now, and nothing was changed."""


@dataclass(frozen=True, slots=True)
class Amiss:
    """Nothing was recorded: what is wrong, by the id of the input, or of the whole form under an empty id."""

    answer: Answer
    entered: Entered


Outcome = Told | Same | Stale | Amiss


class Forms:
    """Signs the hidden part of forms, and reads it."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._signer = URLSafeSerializer(
            list(keys), salt="form", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        )
        self._days = Signer(list(keys), salt="day", key_derivation="hmac", digest_method=hashlib.sha256)

    def state(self, question: Question, present: datetime) -> str:
        """The hidden part of a form that is shown now."""
        return self.written(_shown(question, present))

    def written(self, shown: Shown) -> str:
        """The hidden part of a form."""
        return str(self._signer.dumps([int(shown.at.timestamp()), shown.topic, shown.mark, shown.day]))

    def hide(self, day: str) -> str:
        """A day as a form may hold it: never twice the same, so that nobody learns one from another."""
        once = secrets.token_hex(8)
        return f"{once}.{self._days.get_signature(f'{once}.{day}').decode()}"

    def chance(self, day: date) -> Random:
        """What chooses the days beside one: the same each time, or what they have in common would give it away."""
        return Random(self._days.get_signature(day.isoformat()))  # noqa: S311 - seeded with a secret

    def is_day(self, hidden: str, day: object) -> bool:
        """Whether this is the day that was hidden."""
        once, _, signature = hidden.partition(".")
        return isinstance(day, str) and self._days.verify_signature(f"{once}.{day}", signature)

    def state_of(self, topic: str, present: datetime) -> str:
        """The hidden part of a form that tells nothing, and is only to be known as ours."""
        return self.written(Shown(present, _digest(topic), ""))

    def own(self, written: object, topic: str) -> Shown | None:
        """What the hidden part of one of our forms about this topic says; None for any other's, or another site's."""
        shown = self.read(written)
        return shown if shown is not None and shown.topic == _digest(topic) else None

    def read(self, written: object) -> Shown | None:
        """What the hidden part says; None for one we did not sign."""
        if not isinstance(written, str) or len(written) > 1000:
            return None
        try:
            at, topic, mark, day = self._signer.loads(written)
            return Shown(datetime.fromtimestamp(at, UTC), topic, mark, day)
        except (BadData, ValueError, TypeError, OverflowError):
            return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _shown(question: Question, present: datetime) -> Shown:
    return Shown(present, _digest(question.topic), _digest(*question.mark))


def event_id(shown: Shown, number: int = 0) -> str:
    """The event id of what is told from a page: the same for the same question in front of the same record."""
    return f"{_told_of(shown.topic)}{shown.mark[:16]}{f'-{number}' if number else ''}"


def _told_of(topic: str) -> str:
    """How the event ids of all that is told of one question begin."""
    return f"page-{topic[:16]}-"


def told_before(question: Question, facts: Iterable[Fact]) -> tuple[str, ...]:
    """The event ids of what was told of this question before, in front of whatever was recorded then."""
    begins = _told_of(_digest(question.topic))
    return tuple(fact.event_id for fact in facts if fact.event_id.startswith(begins))


async def pressed(context: AppContext, form: FormData, question: Question, press: Tap) -> Shown:
    """In front of what a button was pressed. Raises Doubted for what may be no person's, and has the day asked first.

    A form that is not the page's own is doubted too: no browser sends one.
    """
    made = Forms(context.settings.signing_keys)
    shown = made.own(form.get(STATE), question.topic)
    own = shown is not None and shown.at <= press.at
    shown = shown if shown is not None and own else _shown(question, press.at)
    asked_before = bool(shown.day)
    fault = await _amiss(context, made, shown, form.get(human.DAY)) if asked_before else ""
    if not fault and (asked_before or (own and not press.doubtful)):
        return shown
    raise Doubted(_step(made, form, question, press, shown, fault))


async def _amiss(context: AppContext, made: Forms, shown: Shown, day: object) -> str:
    """What is wrong with the day that was chosen; empty for the right one."""
    if not day:
        return "Select the day"
    right = made.is_day(shown.day, day)
    if (by := reading.by()) is not None and not await _tried(context, by, right=right):
        return "You've chosen a wrong day twice. Wait 5 minutes, then try again"
    return "" if right else "That isn't the day. Try again"


async def _tried(context: AppContext, by: str, *, right: bool) -> bool:
    async with counting(context) as counts:
        return await counts.tried(by, right=right)


def _step(made: Forms, form: FormData, question: Question, press: Tap, shown: Shown, fault: str) -> Step:
    name, _, choice = str(form.get(BUTTON) or "").partition(".")
    answer = question.answer(name)
    right = question.day or press.today
    return Step(
        day=human.day_of(question.day, press.today, made.chance(right)),
        said=next((button.label for button in answer.buttons if button.value == choice), "") if answer else "",
        state=made.written(replace(shown, day=made.hide(right.isoformat()))),
        kept=tuple(
            (name, value) for name, value in form.multi_items()
            if isinstance(value, str) and name not in (STATE, human.DAY)
        ),
        fault=fault,
    )  # fmt: skip


def out_of_date(context: AppContext, form: FormData, question: Question) -> bool:
    """Whether something else was recorded since the question was shown."""
    own = Forms(context.settings.signing_keys).own(form.get(STATE), question.topic)
    return own is not None and own.mark != _digest(*question.mark)


async def submit(context: AppContext, page: PageContext, question: Question, form: FormData, ask: Any) -> Outcome:  # noqa: ANN401
    """Tell what a form says. ``ask`` makes the question of what is seen, to know a repeat by. Raises Doubted."""
    made = Forms(context.settings.signing_keys)
    shown = made.read(form.get(STATE))
    known = shown is not None and any(fact.event_id == event_id(shown) for fact in page.facts)
    if shown is not None and known:
        page = page.before(event_id(shown))
        question = ask(page)
    name, _, choice = str(form.get(BUTTON) or "").partition(".")
    answer = question.answer(name)
    given_here = answer is not None and choice in {button.value for button in answer.buttons}
    if answer is None or not given_here or out_of_date(context, form, question):
        return Stale()
    entered = fields.read(answer, form)
    if entered.faults:
        # Who went back to a form that is answered may find no such form any more in which to mend it.
        return Stale() if known else Amiss(answer, entered)
    if not known and fields.unchanged(answer, entered):
        return Same()
    if shown is None or not known:
        shown = await pressed(context, form, question, _press(page, question, answer))
    try:
        given = Given(choice, await _resolved(context, page, entered.values), shown.at)
    except _UnclearError as unclear:
        fields.ask_who_is_meant(answer, entered, unclear.address)
        return Amiss(answer, entered)
    if answer.keep is not None:
        async with context.connection() as conn:
            await answer.keep(conn, given)
    try:
        return await _tell(context, page, answer, shown, given)
    except FactRefusedError as refused:
        if refused.refusal.code == "different_content":
            return Stale()
        return refused_answer(answer, entered, refused)


def _press(page: PageContext, question: Question, answer: Answer) -> Tap:
    """What speaks for and against its being a person's: programs that open the links of a mail are not signed in."""
    if reading.door(page.person) == "signed_in":
        return Tap(at=page.present, today=page.today)
    begins, alone = _told_of(_digest(question.topic)), question.settled or answer.name.startswith(BACK)
    earlier = (
        page.told_at[fact.event_id] for fact in page.facts
        if fact.event_id.startswith(begins) and fact.told_by.person == page.person and fact.event_id in page.told_at
    )  # fmt: skip
    contradicted = tuple(earlier) if alone or not question.together else ()
    return Tap(at=page.present, today=page.today, sent_at=page.sent_at, contradicted=contradicted)


_WRITTEN: Final = frozenset({"note", "lines", "values", "person", "team"})


def kept(question: Question, form: FormData) -> Amiss | None:
    """What somebody wrote on a page that was out of date, where the question still has such an answer."""
    answer = question.answer(str(form.get(BUTTON) or "").partition(".")[0])
    if answer is None or question.settled:
        return None
    entered = fields.read(answer, form)
    entered.faults.clear()
    written = any(field.kind in _WRITTEN and entered.values.get(field.name) for field in answer.all_fields)
    return Amiss(answer, entered) if written else None


def refused_answer(answer: Answer, entered: Entered, refused: FactRefusedError) -> Amiss:
    """What is wrong with an answer that was refused; a length to be confirmed is said where it can be."""
    confirms = refused.refusal.code == "not_confirmed" and any(field.name == "confirmed" for field in answer.fields)
    entered.faults[fields.input_id(answer, "confirmed") if confirms else ""] = refused.refusal.reason
    return Amiss(answer, entered)


def _note(answer: Answer, given: Given) -> str:
    """What was written, as the note beside the first fact; of several each under its name."""
    written = {
        field.name: given[field.name] for field in answer.all_fields
        if field.kind in ("note", "lines") and given[field.name]
    }  # fmt: skip
    if len(written) > 1:
        return "\n".join(f"{name.capitalize()}: {said}" for name, said in written.items())
    return "\n".join("\n".join(said) if isinstance(said, tuple) else said for said in written.values())


async def _tell(context: AppContext, page: PageContext, answer: Answer, shown: Shown, given: Given) -> Outcome:
    tellings = answer.tell(given)
    facts = [_fact(page, telling, event_id(shown, number), shown.at) for number, telling in enumerate(tellings)]
    note = _note(answer, given)
    caller = Caller.of(f"person:{page.person}", reading.door(page.person), page.subject.partition(".")[0])
    # Another subject is told first: where that fails, the answer is not known yet, and can be given again.
    order = sorted(range(len(tellings)), key=lambda number: not tellings[number].subject)
    for number in order:
        fact, telling = facts[number], tellings[number]
        subject = telling.subject or page.subject
        await tell(context.engine, caller, subject, fact, note=note if note and number == 0 else None, made_here=True)
    return Told()


def _fact(page: PageContext, telling: Telling, given_id: str, at: datetime) -> AnyFact:
    for_whom = telling.fact.told_by.on_behalf_of if telling.fact else None
    teller = Teller(role=page.role, person=page.person, on_behalf_of=for_whom)
    said: dict[str, Any] = {"event_id": given_id, "told_by": teller}
    fact = telling.fact.model_copy(update=said) if telling.fact else None
    if telling.replaces is None:
        assert fact is not None  # noqa: S101 - a telling without a fact withdraws one
        return fact  # type: ignore[return-value] # pages make facts of the union only
    return Correction(
        event_id=given_id,
        occurred_at=max(at, _occurred(page, telling.replaces)),
        told_by=teller,
        corrects=telling.replaces,
        replacement=fact,  # type: ignore[arg-type] # as above
    )


def _occurred(page: PageContext, told: str) -> datetime:
    """When a fact occurred: what corrects it is no older."""
    found: Fact = next(fact for fact in page.facts if fact.event_id == told)
    return found.occurred_at


async def _resolved(context: AppContext, page: PageContext, values: dict[str, Any]) -> dict[str, Any]:
    """The values, with ids in place of names: who is not known yet is admitted. Raises _UnclearError."""
    academy, found = page.reader.academy, dict(values)
    for name, value in values.items():
        if isinstance(value, NamedPerson):
            found[name] = await _person_id(context, academy, value)
        if isinstance(value, NamedTeam):
            async with context.connection() as conn:
                admitted = await admitting.admit(conn, academy, now(), admitting.Roster(microsystems=(value.name,)))
            found[name] = admitted.microsystems[value.name]
    return found


async def _person_id(context: AppContext, academy: str, named: NamedPerson) -> str:
    async with context.connection() as conn:
        try:
            return await person_meant(conn, academy, now(), Contact(named.name, named.address, named.meant))
        except WhoIsMeantError:
            raise _UnclearError(named.address) from None


class _UnclearError(Exception):
    """Somebody's address is known by another name."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
