"""The office holds mail before it goes, lets it go, leaves it out, or has it go after all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Final

from operations.callers import Caller
from operations.context import EngineContext
from operations.telling import tell
from schemas.corrections import AnyFact, Correction
from schemas.facts import Teller
from schemas.mail_facts import MailHeld, MailSkipped
from schemas.words import EventId

_SUBJECTS_AT_ONCE: Final = 8


@dataclass(frozen=True, slots=True)
class Item:
    """The mail of one due item, whoever hears of it: the day it would go, and until when it can wait."""

    subject: str
    item: str
    due_on: date
    latest: date
    skipped_by: EventId | None = None


@dataclass(frozen=True, slots=True)
class Saying:
    """Who says something of mail, when, and why."""

    caller: Caller
    teller: Teller
    at: datetime
    why: str

    def id(self, what: str, item: Item) -> EventId:
        """The same for the same press of a button."""
        said = f"{what}\n{item.subject}\n{item.item}\n{self.at.isoformat()}"
        return f"mail-{sha256(said.encode()).hexdigest()[:24]}"


async def hold(engine: EngineContext, saying: Saying, items: Iterable[Item], until: date) -> None:
    """They wait until the morning of a day, each as long as it may at most. What goes later anyway is left as it is."""

    async def one(item: Item) -> None:
        if item.due_on < until:
            await _hold(engine, saying, item, min(until, item.latest))

    await _each(items, one)


async def release(engine: EngineContext, saying: Saying, items: Iterable[Item], today: date) -> None:
    """What is held goes at once, or when it is due; what was left out goes after all."""

    async def one(item: Item) -> None:
        if item.skipped_by is None:
            await _hold(engine, saying, item, today)
        else:
            back = Correction(
                event_id=saying.id("back", item),
                occurred_at=saying.at,
                told_by=saying.teller,
                corrects=item.skipped_by,
            )
            await _tell(engine, saying, item, back)

    await _each(items, one)


async def skip(engine: EngineContext, saying: Saying, items: Iterable[Item]) -> None:
    """They are left out."""

    async def one(item: Item) -> None:
        fact = MailSkipped(
            event_id=saying.id("skip", item), occurred_at=saying.at, told_by=saying.teller, item=item.item
        )
        await _tell(engine, saying, item, fact)

    await _each(items, one)


async def _each(items: Iterable[Item], do: Callable[[Item], Awaitable[None]]) -> None:
    """Several subjects at once, and of each one after the other. Raises the first failure, when all have been tried."""
    room, of_each = asyncio.Semaphore(_SUBJECTS_AT_ONCE), dict[str, list[Item]]()
    for item in items:
        of_each.setdefault(item.subject, []).append(item)

    async def in_order(those: list[Item]) -> None:
        async with room:
            for item in those:
                await do(item)

    for failure in await asyncio.gather(*map(in_order, of_each.values()), return_exceptions=True):
        if isinstance(failure, BaseException):
            raise failure


async def _hold(engine: EngineContext, saying: Saying, item: Item, until: date) -> None:
    fact = MailHeld(
        event_id=saying.id("hold", item),
        occurred_at=saying.at,
        told_by=saying.teller,
        item=item.item,
        due_on=item.due_on,
        until=until,
    )
    await _tell(engine, saying, item, fact)


async def _tell(engine: EngineContext, saying: Saying, item: Item, fact: AnyFact) -> None:
    await tell(engine, saying.caller, item.subject, fact, note=saying.why)
