"""Activities that carry out what is due and send what it says: the records first, the mail after them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from time import monotonic
from typing import Final

import structlog
from jinja2 import Environment
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.channels import Channels, shortly
from activities.invitations import Invitations, KeepAcademy, nobody
from activities.lateness import is_late
from activities.links import Links
from activities.mailer import ERASED, NO_DEPUTY, Mailer, Outcome, Posted
from activities.recording import lost_for_good
from activities.signatures import Activity, CarriedOut, CarryOut, Deliver
from activities.templating import SHIPPED
from activities.wording import write
from lifecycle.gathering import Because, Subject
from records import ledger, notices
from records.database import SECONDS_TO_ACQUIRE, Connection, Pool
from records.notices import Letter, Settled
from records.subjects import Subjects
from schemas.due import Notice
from schemas.words import Role

MAIL_WAITING: Final = "MailWaiting"

SECONDS_AFTER_A_HANG: Final = 30.0
"""For so long nothing is handed to a mail server that hangs: else what falls due would fill the slots facts need."""

_HANGS: Final = frozenset({"timed_out", "busy"})

_log = structlog.stdlib.get_logger("activities.notices")


@dataclass(slots=True)
class _Tally:
    waiting: dict[str, str]
    undeliverable: int = 0
    failure: str | None = None


class NoticeActivities:
    """Carries out due items. Postgres down fails an activity, to be tried again; the mail server never does."""

    def __init__(  # noqa: PLR0913 - one collaborator each
        self,
        pool: Pool,
        mailer: Mailer,
        links: Links | None = None,
        templates: Environment = SHIPPED,
        keep_academy: KeepAcademy = nobody,
        *,
        channels: Channels | None = None,
        invitations: Invitations | None = None,
        subjects: Subjects | None = None,
        operator: Address | None = None,
    ) -> None:
        self._pool = pool
        self._subjects = subjects or Subjects()
        self._mailer = mailer
        self._links = links
        self._templates = templates
        self._keep_academy = keep_academy
        self._channels = channels
        self._invitations = invitations
        self._operator = operator
        self._hangs_until = 0.0

    @activity.defn(name=Activity.CARRY_OUT)
    async def carry_out(self, asked: CarryOut) -> CarriedOut:
        """Note the items as done, issue their notices and write what changes in one transaction; then send.

        Repeating it notes and issues nothing twice, and sends only what has not been settled. A crash between the
        server's acceptance and the settling sends that one mail again, under the same Message-ID. Begun late it sends
        nothing: what it issued waits, and ``deliver`` judges it by the time it is then.
        """
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
            with lost_for_good():
                issued = await self._subjects.carry_out(connection, asked.subject, asked.at, asked.known, asked.items)
            recorded = self._subjects.recorded(asked.subject)
            at_once = [notice.item for notice in issued if not notice.gathered]
            waiting = await notices.waiting(connection, asked.subject, at_once) if at_once else []
            letters = await notices.letters(connection, waiting) if waiting else []
        if any(notice.gathered for notice in issued):
            await self._keep_academy(asked.subject.partition(".")[0])
        waits = is_late() or monotonic() < self._hangs_until
        tally = _all_waiting(letters) if waits else await self._send(asked.subject, asked.at, letters)
        if tally.failure in _HANGS:
            self._hangs_until = monotonic() + SECONDS_AFTER_A_HANG
        if self._invitations:
            self._invitations.look(asked.subject, asked.at)
        return CarriedOut(waiting=tally.waiting, undeliverable=tally.undeliverable, ledger=recorded)

    @activity.defn(name=Activity.DELIVER)
    async def deliver(self, asked: Deliver) -> CarriedOut:
        """Send what a temporary failure kept back, and settle as withdrawn what nobody needs any more, at every try.

        What is another person's by now, because somebody has left or is on leave, goes to them.
        Raises a retryable ``MailWaiting`` for as long as the failure lasts.
        """
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection, connection.transaction():
            for notice in await notices.of_the_same_items(connection, asked.withdrawn):
                await self._withdraw(connection, notice, asked)
            waiting = await notices.of_the_same_items(connection, asked.notices)
            letters = await self._still_due(connection, asked, await notices.letters(connection, waiting))
        tally = await self._send(asked.subject, asked.at, letters)
        if tally.waiting:
            raise ApplicationError(f"{_so_many(tally.waiting)} for the mail server: {tally.failure}", type=MAIL_WAITING)
        return CarriedOut(undeliverable=tally.undeliverable)

    async def _withdraw(self, connection: Connection, notice: str, asked: Deliver) -> None:
        """What the mail server took nothing of for days is a failure that somebody must see to."""
        if asked.given_up:
            await notices.settle(connection, notice, "failed", asked.at, failure=Because.GIVEN_UP)
        else:
            await notices.settle(connection, notice, "withdrawn", asked.at, because=Because.NO_LONGER_DUE)

    async def _still_due(self, connection: Connection, asked: Deliver, letters: list[Letter]) -> list[Letter]:
        """What is due by all that is recorded: the workflow asked hours ago, and people have answered since."""
        found = (await ledger.as_known(connection, {asked.subject})).get(asked.subject)
        if not (letters and found and found.facts):
            return letters
        subject = Subject.of(found.facts, found.done, asked.at)
        going: list[Letter] = []
        others: list[Notice] = []
        for letter in letters:
            now = subject.notices_of(letter.notice)
            if letter.notice.person in {notice.person for notice in now}:
                going.append(letter)
                continue
            others += now
            await notices.settle(connection, letter.id, "withdrawn", asked.at, because=Because.NO_LONGER_DUE)
        issued = await notices.issue(connection, asked.subject, asked.at, others) if others else []
        there = {letter.id for letter in going}
        return [*going, *await notices.letters(connection, [notice for notice in issued if notice not in there])]

    async def _send(self, subject: str, at: datetime, letters: Sequence[Letter]) -> _Tally:
        tally = _Tally(waiting={})
        if not letters:
            return tally
        async with self._mailer.connection() as smtp:
            for gathered in _by_person(self._above(letter) for letter in letters):
                posted = (
                    await smtp.send(write(gathered, at, self._links, self._templates))
                    if gathered[0].recipient_address
                    else NO_DEPUTY
                    if gathered[0].notice.role is Role.DEPUTY
                    else ERASED
                )
                await self._settle(at, gathered, posted)
                _count(tally, gathered, posted)
        _log.info(
            "notices.handed_in",
            subject=subject,
            notices=len(letters),
            waiting=len(tally.waiting),
            undeliverable=tally.undeliverable,
            failure=tally.failure,
        )
        return tally

    def _above(self, letter: Letter) -> Letter:
        """What is for a deputy whom nobody named goes to the operator."""
        operator = self._operator
        if letter.notice.role is not Role.DEPUTY or letter.recipient_address or operator is None:
            return letter
        notice = letter.notice.model_copy(update={"role": Role.OPERATOR})
        name = operator.display_name or "Operator"
        return replace(letter, notice=notice, recipient_name=name, recipient_address=operator.addr_spec)

    async def _settle(self, at: datetime, gathered: Sequence[Letter], posted: Posted) -> None:
        if posted.outcome is Outcome.TEMPORARY:
            return
        status: Settled = "sent" if posted.outcome is Outcome.SENT else "failed"
        begun = None
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection, connection.transaction():
            for letter in gathered:
                await notices.settle(
                    connection, letter.id, status, at, message_id=posted.message_id, failure=posted.failure
                )
            if self._channels:
                begun = await self._channels.begin(connection, [letter.id for letter in gathered], at)
        if self._channels and begun:
            told = [letter for letter in gathered if letter.id in begun.notices]
            self._channels.send(begun, shortly(told, at, self._links, self._templates), at)


def _all_waiting(letters: Iterable[Letter]) -> _Tally:
    return _Tally(waiting={letter.id: letter.notice.item for letter in letters})


def _by_person(letters: Iterable[Letter]) -> list[list[Letter]]:
    gathered: dict[str, list[Letter]] = {}
    for letter in letters:
        gathered.setdefault(letter.notice.person, []).append(letter)
    return list(gathered.values())


def _count(tally: _Tally, gathered: Sequence[Letter], posted: Posted) -> None:
    if posted.outcome is Outcome.TEMPORARY:
        tally.waiting |= {letter.id: letter.notice.item for letter in gathered}
    if posted.outcome is Outcome.PERMANENT:
        tally.undeliverable += len(gathered)
    tally.failure = posted.failure or tally.failure


def _so_many(waiting: Mapping[str, str]) -> str:
    return "1 notice waits" if len(waiting) == 1 else f"{len(waiting)} notices wait"
