"""What a telling is called: ids chosen outside are scoped to who tells, so that no two tellers ever meet.

The full id is scope and id. Ids that the engine makes have no scope, and nobody outside can name one.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Final, TypeVar

from schemas.corrections import Correction
from schemas.due import Refusal
from schemas.facts import Fact
from schemas.words import SCOPE, EventId

F = TypeVar("F", bound=Fact)

CAUSED: Final = Refusal(when="never", code="caused_by", reason="Leave caused_by out: only the engine can set it.")
NO_ID: Final = Refusal(
    when="never",
    code="event_id",
    reason=f"An event id can have up to 120 characters, and no {SCOPE}. Choose another one.",
)
_LONGEST: Final = 120


def full(scope: str, event_id: EventId) -> EventId:
    """The id under which the ledger holds what a teller calls so. Their own full id is taken as it is."""
    return event_id if event_id.startswith(f"{scope}{SCOPE}") else f"{scope}{SCOPE}{event_id}"


def from_outside(fact: F, scope: str) -> F | Refusal:
    """The fact under its full id; a refusal where it takes a word or an id that is not its teller's."""
    if says_cause(fact):
        return CAUSED
    own = full(scope, fact.event_id).removeprefix(f"{scope}{SCOPE}")
    if SCOPE in own or len(own) > _LONGEST:
        return NO_ID
    return fact.model_copy(update={"event_id": full(scope, own)})


def says_cause(fact: Fact) -> bool:
    """Whether a fact says what it follows from."""
    replacement = fact.replacement if isinstance(fact, Correction) else None
    return fact.caused_by is not None or (replacement is not None and replacement.caused_by is not None)


def meant(corrects: EventId, scope: str) -> tuple[EventId, EventId]:
    """Which facts a correction may mean, the likeliest first: the teller's own of this id, or that of this full id."""
    return full(scope, corrects) if SCOPE not in corrects else corrects, corrects


def correcting(fact: F, scope: str, known: Container[EventId]) -> F:
    """The fact; a correction with the full id of what it corrects."""
    if not isinstance(fact, Correction):
        return fact
    own, other = meant(fact.corrects, scope)
    return fact.model_copy(update={"corrects": other if other in known and own not in known else own})
