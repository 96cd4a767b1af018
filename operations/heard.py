"""One thing that is told to many: each by itself, so that a refusal of one holds up nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from temporalio.client import Client

from coaching_client import handles
from schemas.recording import AnyFact


@dataclass(frozen=True, slots=True)
class Heard:
    """Who was told, and who refused it, with the reason."""

    told: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


async def tell_each(client: Client, telling: Iterable[tuple[str, AnyFact]], task_queue: str) -> Heard:
    """Tell each subject its fact."""
    told, refused = [], []
    for subject, fact in telling:
        try:
            await handles.tell_any(client, subject, fact, task_queue=task_queue)
        except handles.FactRefusedError as no:
            refused.append((subject, no.refusal.reason))
        else:
            told.append(subject)
    return Heard(tuple(told), tuple(refused))
