"""What a subject's shell asks of its records: to record, to carry out, and to agree again where they came apart."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from datetime import datetime
from typing import Final, Generic, cast

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, CarriedOut, CarryOut, Report
    from coaching_client.nexus import refused
    from lifecycle import account, identity
    from lifecycle.panel import words
    from lifecycle.subject_rules import Known, StateT, SubjectRules
    from schemas.corrections import AnyFact
    from schemas.due import Refusal
    from schemas.incidents import Finding, IncidentKind
    from schemas.inputs import Carried
    from schemas.recording import Ledger, Load, Recorded, RecordFact, Restore, Restored
    from workflows.options import LEDGER, UNTIL_DONE

DIFFERENT_CONTENT: Final = "DifferentContent"
"""What the records call an event id that was told before, of another subject perhaps, with other content."""

LEDGER_LOST: Final = "LedgerLost"
"""What the records answer whoever knows more than they do: they were restored to an older state."""


class Recording(Generic[StateT]):
    """What a run knows of its subject: facts in the order they were recorded, what was carried out, what waits."""

    def __init__(self, subject: str, book: SubjectRules[StateT]) -> None:
        self.book = book
        self._subject = subject
        self._known: Known
        self._begun = False
        self._unknown = False
        self._stirred = False
        self._done: dict[str, datetime] = {}
        self._carrying: frozenset[str] = frozenset()
        self._waiting: dict[str, str] = {}
        self._changing = asyncio.Lock()

    def _stand(self, known: Known, now: datetime) -> None:
        """Take up what is known."""
        raise NotImplementedError

    def _state(self) -> StateT:
        if not self._begun:
            raise not_begun()
        return self.book.assess(self._known, clock(), self._done)

    def _from_outside(self, fact: AnyFact) -> AnyFact:
        """A fact of a bare client: it has named it for this subject alone. Raises the refusal of one that cannot be."""
        named = identity.from_outside(fact, self._subject)
        if isinstance(named, Refusal):
            raise refused(named)
        return identity.correcting(named, self._subject, self._known.facts if self._begun else ())

    async def _record(self, asked: RecordFact) -> Recorded:
        label = asked.fact.kind.replace("_", " ")
        while True:
            try:
                recorded: Recorded = await workflow.execute_activity(
                    Activity.RECORD, asked, result_type=Recorded, summary=label, **LEDGER
                )
            except ActivityError as failed:
                if _says(failed, DIFFERENT_CONTENT):
                    raise refused(account.DIFFERENT) from failed
                if not _says(failed, LEDGER_LOST):
                    raise
                await self._restore()
            else:
                if recorded.refusal is not None:
                    raise refused(recorded.refusal)
                return recorded

    async def _carried_out(self, asked: CarryOut, label: str) -> CarriedOut:
        while True:
            try:
                carried_out: CarriedOut = await workflow.execute_activity(
                    Activity.CARRY_OUT, asked, result_type=CarriedOut, summary=label, **UNTIL_DONE
                )
            except ActivityError as failed:
                if not _says(failed, LEDGER_LOST):
                    raise
                async with self._changing:
                    await self._restore()
            else:
                return carried_out

    async def _up_to(self, ledger: int) -> None:
        """Catch up, if the ledger held more facts than are known here: this run was reset to before them."""
        if ledger > len(self._known.facts):
            # Or somebody tells one just now.
            async with self._changing:
                if ledger > len(self._known.facts):
                    await self._catch_up()

    async def _restore(self) -> None:
        """Have recorded again what is known here and the records have lost: they are older than this run."""
        known = self._carried(self._carrying)
        waiting = tuple(sorted(set(self._waiting.values())))
        asked = Restore(subject=self._subject, at=clock(), facts=known.facts, done=known.done, waiting=waiting)
        await workflow.execute_activity(
            Activity.RESTORE, asked, result_type=Restored, summary="record again what the records lost", **UNTIL_DONE
        )

    async def _catch_up(self) -> None:
        """Take up from the ledger what was recorded and is not known here; have recorded again what it has lost."""
        ledger = await self._load()
        if self._begun and self._lost(ledger):
            await self._restore()
            ledger = await self._load()
        if not ledger.facts:
            self._unknown = True
            return
        # What is being carried out is not waited for twice; what was recorded again waits under another id.
        new = ledger.done.keys() - self._done
        known = {notice: item for notice, item in self._waiting.items() if notice in ledger.waiting}
        gone = {item for notice, item in self._waiting.items() if notice not in ledger.waiting}
        self._waiting = known | {notice: item for notice, item in ledger.waiting.items() if item in new | gone}
        self._done = self._done | ledger.done
        self._stand(account.account(self.book.REDUCER, ledger.facts), clock())
        self._stirred = True

    async def _load(self) -> Ledger:
        asked = Load(subject=self._subject, at=clock())
        ledger: Ledger = await workflow.execute_activity(
            Activity.LOAD, asked, result_type=Ledger, summary="catch up", **LEDGER
        )
        return ledger

    def _lost(self, ledger: Ledger) -> bool:
        """Whether the ledger lacks what was recorded."""
        facts = {fact.event_id for fact in ledger.facts}
        done = self._done.keys() - ledger.done - self._carrying
        return not facts >= self._known.facts.keys() or any(key.rpartition("/")[2].isdigit() for key in done)

    async def _report_refused(self, kind: IncidentKind, fact: AnyFact, key: str, no: ApplicationError) -> None:
        """People hear of what the engine was to tell and could not."""
        await self._report(kind, key, {"fact": words(fact.kind), "refusal": words(no.message)})

    async def _report(self, kind: IncidentKind, key: str, facts: dict[str, str]) -> None:
        finding = Finding(kind=kind, subject=self._subject, key=key, facts=facts)
        asked = Report(finding=finding, at=clock())
        await workflow.execute_activity(Activity.REPORT, asked, summary=f"report: {words(kind)}", **UNTIL_DONE)

    def _carried(self, but: Container[str] = ()) -> Carried:
        return Carried(
            facts=cast("tuple[AnyFact, ...]", tuple(self._known.facts.values())),
            done={key: at for key, at in self._done.items() if key not in but},
            waiting=self._waiting,
        )


def clock() -> datetime:
    """The workflow's clock, in whole seconds: what is recorded, and what deadlines are held against."""
    return workflow.now().replace(microsecond=0)


def not_begun() -> ApplicationError:
    """What is answered while nothing is recorded yet."""
    return ApplicationError("This has not begun yet; ask again in a moment.", type="NotBegun")


def _says(failed: ActivityError, type_: str) -> bool:
    return isinstance(failed.cause, ApplicationError) and failed.cause.type == type_
