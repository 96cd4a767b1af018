"""One thing that is told to many: each by itself, so that a refusal of one holds up nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coaching_client.handles import FactRefusedError
from operations.callers import Caller
from operations.context import EngineContext
from operations.telling import tell
from schemas.recording import AnyFact


@dataclass(frozen=True, slots=True)
class Heard:
    """Who was told, and who refused it, with the reason."""

    told: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


async def tell_each(engine: EngineContext, caller: Caller, telling: Iterable[tuple[str, AnyFact]]) -> Heard:
    """Tell each subject its fact."""
    told, refused = [], []
    for subject, fact in telling:
        try:
            await tell(engine, caller, subject, fact)
        except FactRefusedError as no:
            refused.append((subject, no.refusal.reason))
        else:
            told.append(subject)
    return Heard(tuple(told), tuple(refused))
