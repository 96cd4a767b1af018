"""Mail that did not go at once: it waits beside the subject's life, which it never holds up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, CarriedOut, Deliver
    from lifecycle import timeline
    from lifecycle.calendar import Calendar
    from lifecycle.subject_rules import StateT, SubjectRules
    from workflows.options import GIVE_UP_MAIL_AFTER, MAIL, notices_queue
    from workflows.recording import Recording, clock


class Posting(Recording[StateT]):
    """What a run does about its subject's mail that waits."""

    def __init__(self, subject: str, book: SubjectRules[StateT]) -> None:
        super().__init__(subject, book)
        self._delivery: asyncio.Task[None] | None = None

    def _deliver_waiting(self) -> None:
        if self._delivery is not None and self._delivery.done():
            # A fault in it must not pass unseen.
            self._delivery.result()
            self._delivery = None
        if self._waiting and self._delivery is None:
            self._delivery = asyncio.create_task(self._deliver())

    def _nothing_under_way(self) -> bool:
        return self._delivery is None or self._delivery.done()

    def _keep_waiting(self) -> None:
        """Try no more in this run: the next one does."""
        if self._delivery is not None:
            self._delivery.cancel()

    async def _deliver(self) -> None:
        """Try again, within sending hours, until it went, nobody needs it any more, or five days are over."""
        began = workflow.now()
        while self._waiting:
            opens = self._known.life.calendar.sendable(workflow.now())
            if opens > workflow.now():
                await workflow.sleep(opens - workflow.now(), summary="until mail may go again")
            late = workflow.now() - began >= GIVE_UP_MAIL_AFTER
            needed = set() if late else self._needed()
            waiting = dict(self._waiting)
            asked = Deliver(
                subject=self._subject,
                at=clock(),
                notices=tuple(notice for notice, item in waiting.items() if item in needed),
                withdrawn=tuple(notice for notice, item in waiting.items() if item not in needed),
                given_up=late,
            )
            try:
                await workflow.execute_activity(
                    Activity.DELIVER,
                    asked,
                    result_type=CarriedOut,
                    task_queue=notices_queue(workflow.info().task_queue),
                    schedule_to_close_timeout=self._until_quiet(),
                    summary="mail that waits",
                    **MAIL,
                )
            except ActivityError:
                continue
            for notice in waiting:
                self._waiting.pop(notice, None)

    def _needed(self) -> set[str]:
        ahead = self.book.plan(self._state(), timeline.revived(self._waiting.values(), self._done))
        return {item.key for item in ahead}

    def _until_quiet(self) -> timedelta:
        calendar: Calendar = self._known.life.calendar
        now = workflow.now()
        return max(calendar.at(calendar.day(now), calendar.closes) - now, timedelta(minutes=2))
