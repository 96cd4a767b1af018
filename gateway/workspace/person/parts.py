"""Somebody's roles in a form: who takes each of them over, or that it is empty until somebody is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.pages import fields
from gateway.pages.asked import Answer, Choice, Field, Given
from gateway.pages.fields import SOMEBODY, Entered, Taker
from gateway.pages.forms import Amiss
from gateway.workspace.operating import InFieldsError
from gateway.workspace.person.frame import Seen
from gateway.workspace.visit import Visit
from lifecycle.roles import called
from operations.audited import RefusedError
from operations.people import NobodyError, SeveralError, whom
from operations.roles import Became, Takers
from records.database import Connection
from records.parts import Key, Part
from records.people import Known
from schemas.sentences import raised, say
from schemas.subjects import cohort_name
from schemas.words import PersonId, Role, office_of


class NotMeantError(RefusedError):
    """Whoever was written down cannot be meant. Nothing was changed."""

    code = "invalid"


STAYS: Final = "stays"
NOBODY: Final = "nobody"

_ASKED: Final = "We'll ask faculty who takes over."
_EMPTY: Final[Mapping[Role, str]] = {
    Role.COACH: "We'll ask faculty what should happen. No sessions are expected until the team has a coach.",
    Role.CO_COACH: "The team goes on with its other coach.",
    Role.INTERIM_COACH: "If the team has no other coach, we'll ask faculty what should happen.",
    Role.FACULTY: "We'll ask the programme office who takes over.",
    Role.OFFICE: "They won't see or run the academy any more.",
    Role.DEPUTY: "Until somebody is named, whoever runs the service hears what the office doesn't answer.",
}
"""What follows when nobody has a role."""

_UNKNOWN: Final = (
    "We don't know anybody by this name or address. Check how it's written, or name them on the team's page"
)
_SEVERAL: Final = (
    "More than one person matches. Enter what only one of them has: their full name or their email address"
)
_SAME: Final = "This is the same person. Enter somebody else"
_MAILBOX: Final = "This is the programme office's mailbox. Enter a person"


def in_words(part: Part) -> str:
    """What somebody is where."""
    match part.role:
        case Role.OFFICE:
            return "Member of the programme office"
        case Role.DEPUTY:
            return "Deputy of the programme office"
    where = part.name or (
        say("the cohort {cohort}", cohort=cohort_name(part.subject)) if part.subject.count(".") == 1 else "a team"
    )
    return say("{role} of {where}", role=raised(called(part.role)), where=where)


def field_name(key: Key) -> str:
    """What the field of a role is called: the same while it is theirs."""
    subject, role = key
    return f"{role}-{subject}"


def taking_over(parts: Iterable[Part], *, may_stay: bool) -> tuple[Field, ...]:
    """A field for each role."""
    return tuple(
        Field(
            name=field_name(part.key),
            kind="taker",
            label=in_words(part),
            missing="Say who takes over, or that it's nobody yet",
            choices=(
                *((Choice(STAYS, "Stays theirs"),) if may_stay else ()),
                Choice(SOMEBODY, "Somebody else"),
                Choice(NOBODY, "Nobody yet", _EMPTY.get(part.role, _ASKED)),
            ),
            value=STAYS if may_stay else NOBODY,
        )
        for part in parts
    )


async def takers_of(visit: Visit, who: Seen, parts: Sequence[Part], answer: Answer, given: Given) -> Takers:
    """Who takes what over. Raises InFieldsError for whoever cannot be found, or cannot be meant."""
    found: dict[Key, PersonId | None] = {}
    faults: dict[str, str] = {}
    async with visit.context.connection() as conn:
        for part in parts:
            taker = given[field_name(part.key)] or Taker(STAYS)
            if taker.choice == NOBODY:
                found[part.key] = None
            elif taker.choice == SOMEBODY:
                try:
                    found[part.key] = (await somebody(conn, who, taker.said)).person
                except NotMeantError as wrong:
                    faults[f"{fields.input_id(answer, field_name(part.key))}-who"] = str(wrong)
    if faults:
        raise InFieldsError(faults)
    return found


async def somebody(conn: Connection, who: Seen, said: str) -> Known:
    """Another person of the academy, by what was written down. Raises NotMeantError."""
    try:
        found = await whom(conn, said, (who.known.academy,))
    except NobodyError:
        raise NotMeantError(_UNKNOWN) from None
    except SeveralError:
        raise NotMeantError(_SEVERAL) from None
    if found.person in (who.person, office_of(who.known.academy)):
        raise NotMeantError(_SAME if found.person == who.person else _MAILBOX)
    return found


def not_changed(parts: Iterable[Part], answer: Answer, became: Iterable[Became]) -> Amiss:
    """The same form again after some roles were refused, each with why."""
    still = {part.key for part in parts}
    entered = Entered(raw=fields.shown_before(answer))
    for one in became:
        if not one.told:
            key = one.subject, one.role
            where = fields.input_id(answer, field_name(key)) if key in still else ""
            entered.faults[where] = say("This role wasn't changed: {reason}", reason=one.reason)
    return Amiss(answer, entered)
