"""The activity that sends the weekly mails: one a person a week, judged at the moment of sending."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import structlog
from jinja2 import Environment
from temporalio import activity

from activities.lateness import is_late
from activities.links import Links
from activities.mail import Mail
from activities.mailer import ERASED, MailConnection, Mailer, Outcome, Posted
from activities.signatures import Activity, DigestsSent, SendDigests
from activities.templating import SHIPPED
from activities.wording import most_urgent_first, write_digest, write_quiet_week
from lifecycle.gathering import Because, Gathered, Subject, Verdict, days_of, judge, lines_at_most, quiet_week
from records import digests, ledger, notices, offices
from records.database import SECONDS_TO_ACQUIRE, Connection, Pool
from records.notices import Letter
from records.offices import Mailbox
from records.zones import zone_of
from schemas.programme import Attention
from schemas.recording import Ledger
from schemas.words import office_of

_log = structlog.stdlib.get_logger("activities.digests")


@dataclass(frozen=True, slots=True)
class _Mail:
    """One person's mail of a week: what is in it, and what found no room."""

    person: str
    week: date
    letters: list[Letter]
    beyond: list[Letter]
    office: Mailbox | None = None
    """Of an office that has nothing to do."""


class DigestActivities:
    """Sends weekly mails. Postgres down fails the activity, to be tried again; the mail server never does."""

    def __init__(
        self, pool: Pool, mailer: Mailer, links: Links | None = None, templates: Environment = SHIPPED
    ) -> None:
        self._pool = pool
        self._mailer = mailer
        self._links = links
        self._templates = templates

    @activity.defn(name=Activity.SEND_DIGESTS)
    async def send_digests(self, asked: SendDigests) -> DigestsSent:
        """Judge what waits, withdraw what nobody needs any more, and send the rest, a mail a person.

        Repeating it sends only what was not settled. A crash between the server's acceptance and the settling sends
        that one mail again, under the same Message-ID. Begun late it does nothing, and is to be asked again at once,
        by the clock of then.
        """
        if is_late():
            return DigestsSent(again_at=asked.at)
        verdicts, subjects = await self._judged(asked)
        mails = await self._begun(asked, verdicts, subjects)
        posted = Counter[Outcome]()
        if mails:
            async with self._mailer.connection() as smtp:
                for mail in mails:
                    posted[await self._send(asked.at, mail, smtp)] += 1
                    activity.heartbeat()
        kept = [verdict.until for verdict in verdicts if verdict.until is not None]
        sent = DigestsSent(
            mails=posted[Outcome.SENT],
            failed=posted[Outcome.PERMANENT],
            waiting=posted[Outcome.TEMPORARY],
            withheld=sum(len(mail.beyond) for mail in mails),
            withdrawn=sum(verdict.withdrawn for verdict in verdicts),
            kept=len(kept),
            again_at=min(kept, default=None),
        )
        _log.info("digests.sent", academy=asked.academy, **sent.model_dump(exclude={"again_at"}))
        return sent

    async def _judged(self, asked: SendDigests) -> tuple[list[Verdict], dict[str, Subject]]:
        """A verdict on everything that waits, and what it is about."""
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection:
            waiting = await digests.gathered(connection, asked.academy, asked.at)
            known = await ledger.as_known(connection, {notice.subject for notice in waiting}, asked.at)
        return await asyncio.to_thread(_judge, waiting, known, asked)

    async def _begun(
        self, asked: SendDigests, verdicts: Sequence[Verdict], subjects: dict[str, Subject]
    ) -> list[_Mail]:
        """Settle what is withdrawn, and begin the mail of everybody who has none of this week yet."""
        mails: list[_Mail] = []
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection, connection.transaction():
            for verdict in verdicts:
                if verdict.withdrawn:
                    await notices.settle(
                        connection, verdict.gathered.id, "withdrawn", asked.at, because=verdict.because
                    )
            going = await self._wanted(
                connection, asked.at, [verdict for verdict in verdicts if verdict.week is not None]
            )
            week = max((verdict.week for verdict in going if verdict.week), default=asked.at.date())
            persons = sorted({verdict.gathered.notice.person for verdict in going})
            for person in sorted(await digests.begin(connection, asked.academy, week, asked.at, persons)):
                theirs = [verdict.gathered for verdict in going if verdict.gathered.notice.person == person]
                letters = most_urgent_first(await notices.letters(connection, [gathered.id for gathered in theirs]))
                at_most = lines_at_most(subjects[gathered.subject] for gathered in theirs)
                mails.append(_Mail(person, week, letters[:at_most], letters[at_most:]))
            mails += await self._quiet(connection, asked, {mail.person for mail in mails})
        return mails

    async def _quiet(self, connection: Connection, asked: SendDigests, going: set[str]) -> list[_Mail]:
        """The office's mail of a week in which nothing is due: it comes for as long as anything is open."""
        academy, office = asked.academy.partition(".")[0], office_of(asked.academy)
        known = (await ledger.as_known(connection, {academy}, asked.at)).get(academy)
        days = days_of(known, await zone_of(connection, academy), asked.at)
        week = quiet_week(Attention(), days, asked.at)
        mailbox = await offices.mailbox(connection, academy)
        if week is None or mailbox is None or office in going:
            return []
        if not await digests.anything_open(connection, asked.academy, asked.at):
            return []
        wanted = await digests.wanted(connection, {office})
        begun = await digests.begin(connection, asked.academy, week, asked.at, sorted(wanted), quiet=True)
        return [_Mail(person, week, [], [], mailbox) for person in begun]

    async def _wanted(self, connection: Connection, at: datetime, going: Sequence[Verdict]) -> list[Verdict]:
        """What goes to people who want the weekly mail; the rest is withheld."""
        wanted = await digests.wanted(connection, {verdict.gathered.notice.person for verdict in going})
        for verdict in going:
            if verdict.gathered.notice.person not in wanted:
                await notices.settle(connection, verdict.gathered.id, "withheld", at, because=Because.DECLINED)
        return [verdict for verdict in going if verdict.gathered.notice.person in wanted]

    async def _send(self, at: datetime, mail: _Mail, smtp: MailConnection) -> Outcome:
        key = f"digest/{mail.person}/{mail.week}"
        if mail.office is not None:
            words: Mail | None = write_quiet_week(
                f"quiet/{key}", mail.office, mail.person, at, self._links, self._templates
            )
        elif mail.letters[0].recipient_address:
            words = write_digest(key, mail.letters, len(mail.beyond), at, self._links, self._templates)
        else:
            words = None
        posted = await smtp.send(words) if words else ERASED
        if posted.outcome is not Outcome.TEMPORARY:
            await self._settle(at, mail, posted)
        return posted.outcome

    async def _settle(self, at: datetime, mail: _Mail, posted: Posted) -> None:
        status: Literal["sent", "failed"] = "sent" if posted.outcome is Outcome.SENT else "failed"
        said = {"message_id": posted.message_id, "failure": posted.failure}
        async with self._pool.acquire(timeout=SECONDS_TO_ACQUIRE) as connection, connection.transaction():
            for letter in mail.letters:
                await notices.settle(connection, letter.id, status, at, **said)
            for letter in mail.beyond:
                await notices.settle(connection, letter.id, "withheld", at, because=Because.BEYOND_LINES)
            await digests.settle(
                connection, mail.person, mail.week, at, status=status, **said,
                lines=len(mail.letters), withheld=len(mail.beyond),
            )  # fmt: skip


def _judge(
    waiting: Iterable[Gathered], known: dict[str, Ledger], asked: SendDigests
) -> tuple[list[Verdict], dict[str, Subject]]:
    subjects = {name: Subject.of(found.facts, found.done, asked.at) for name, found in known.items() if found.facts}
    there = [gathered for gathered in waiting if gathered.subject in subjects]
    return judge(there, subjects, asked.at, late=asked.late), subjects
