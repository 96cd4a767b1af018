"""The demonstration of ``make run``: an academy that lives on this machine, with a clock that can be put forward."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from lifecycle.calendar import calendar
from mca.tables import say
from operations import context
from records import emptied
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.programme_file import shipped_programme
from schemas.words import HolidayDivision

if TYPE_CHECKING:
    from devstack.settings import StackSettings
    from mca.engine import Engine

FILE: Final = "demonstration.json"


class Kept(BaseModel):
    """How far a demonstration's clock is ahead, beside its state: also for the commands that are typed there."""

    model_config = ConfigDict(frozen=True)

    ahead_seconds: float

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """What is kept in a state directory; None where there is no demonstration."""
        try:
            return cls.model_validate_json((directory / FILE).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    def keep(self, directory: Path) -> None:
        """Keep it there."""
        draft = directory / f"{FILE}.new"
        draft.write_text(self.model_dump_json(), encoding="utf-8")
        draft.replace(directory / FILE)


def possible(settings: StackSettings) -> bool:
    """Whether everything is embedded: nothing else may be put forward, emptied, or entered without a code."""
    external = settings.external
    return not (external.database_url or external.temporal or external.smtp_url)


def present() -> datetime | None:
    """What its clock reads, while that is ahead of the wall's."""
    return context.now() if context.ahead() else None


@dataclass(slots=True)
class Demonstration:
    """An academy whose past ends today. One change of its clock at a time."""

    engine: Engine
    directory: Path
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def outbox(self) -> Path:
        """Where its mails are."""
        assert self.engine.stack.outbox is not None  # noqa: S101 - everything is embedded
        return self.engine.stack.outbox

    async def open(self) -> bool:
        """Go on from before, or put the academy in; False where something else is recorded: that is left alone."""
        kept = Kept.read(self.directory)
        if kept is not None:
            context.go_ahead(timedelta(seconds=kept.ahead_seconds))
            await self.engine.work.begin()
            return True
        async with self.engine.pool.acquire() as conn:
            if await emptied.holds_anything(conn):
                await self.engine.work.begin()
                return False
        async with self._changing:
            await self._put_in()
        return True

    async def move(self, by: timedelta) -> None:
        """Put its clock forward: all that falls due on the way happens, in its order."""
        from rehearsal.demonstration import living  # noqa: PLC0415 - it imports much of the engine

        async with self._changing:
            await self._move_to(living.stop(context.now() + by))

    async def reset(self) -> None:
        """Forget everything, and put the academy in anew."""
        async with self._changing:
            await self.engine.work.end()
            await self._end_workflows()
            (self.directory / FILE).unlink(missing_ok=True)
            async with self.engine.pool.acquire() as conn:
                await emptied.empty(conn)
            for mail in self.outbox.glob("*.eml"):
                mail.unlink()
            context.go_ahead(timedelta(0))
            await self._put_in()

    async def _put_in(self) -> None:
        from rehearsal.demonstration import living  # noqa: PLC0415 - as above
        from worker.registration import register_search_attributes  # noqa: PLC0415 - as above

        engine, began = self.engine, context.now()
        await register_search_attributes(engine.client)
        await living.put_in(engine.pool, began)
        await living.begin(engine.client, engine.pool, engine.settings.task_queue)
        await engine.work.begin()
        await self._move_to(living.first_morning(began.date(), _days()))

    async def _move_to(self, moment: datetime) -> None:
        from rehearsal.demonstration import living  # noqa: PLC0415 - as above

        await living.move(self.engine.client, self.engine.settings.task_queue, context.now(), moment)
        ahead = moment - datetime.now(UTC)
        context.go_ahead(ahead)
        Kept(ahead_seconds=ahead.total_seconds()).keep(self.directory)

    async def _end_workflows(self) -> None:
        client = self.engine.client

        async def end(workflow: str) -> None:
            await client.get_workflow_handle(workflow).terminate(reason="The demonstration begins again.")

        running = client.list_workflows("ExecutionStatus = 'Running'", page_size=1000)
        await asyncio.gather(*[end(workflow.id) async for workflow in running], return_exceptions=True)


def _days():  # type: ignore[no-untyped-def]
    programme = shipped_programme()
    return calendar(
        LATEST_HOLIDAY_TABLE, HolidayDivision.ENGLAND_AND_WALES, programme.zone, programme.quiet_hours
    )
