"""Mail that comes back: the mail a notification is about is found, and marked where it failed for good.

What cannot be judged changes no record, and stands on the worklist: of the academy whose mail it was, or, where nobody
can tell, of whoever looks after the installation, without a word of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from lifecycle.undeliverable import Fault, came_back_as
from operations import returned, ses_events
from operations.callers import Caller
from operations.returned import Became, Report
from records import audit, bounces, incidents
from records.bounces import SentMail
from records.database import Connection
from schemas.grants import Managing
from schemas.incidents import ENGINE, Finding, IncidentKind


class NotOursError(Exception):
    """A mail came back, but none that is recorded."""

    def __init__(self) -> None:
        super().__init__("No mail of ours: no notice and no weekly mail has this Message-ID. Nothing was changed.")


class Outcome(StrEnum):
    """What a notification came to."""

    CAME_BACK = "came_back"
    """The mail failed for good: its notices are marked so, and the worklist has a line for the person."""

    KNOWN = "known"
    """It had failed before. Nothing was changed."""

    OUR_SIDE = "our_side"
    """Refused for how it is sent (5.7), not for the address: its notices are marked so, and the worklist says why."""

    NOT_FOR_GOOD = "not_for_good"
    """Delayed, delivered or passed on. Nothing was changed."""

    UNCLEAR = "unclear"
    """It cannot be judged: somebody is asked to look."""


SENTENCES: Final = {
    Outcome.CAME_BACK: "The mail came back{status}. {notices} marked as failed; see the worklist.",
    Outcome.KNOWN: "The mail had failed before{status}. Nothing was changed.",
    Outcome.OUR_SIDE: "Refused for how it is sent{status}: look at how the sender is set up (SPF, DKIM, DMARC, a "
    "blocked address of the mail server), not at the recipient. {notices} marked as failed; see the worklist.",
    Outcome.NOT_FOR_GOOD: "The mail has not failed for good{status}. Nothing was changed.",
    Outcome.UNCLEAR: "It can't be told what became of which mail{status}. Nothing was changed; see the worklist.",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a notification came to, and how many notices were marked."""

    outcome: Outcome
    status: str
    notices: int = 0

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        notices = "1 notice is" if self.notices == 1 else f"{self.notices} notices are"
        status = f" ({self.status})" if self.status else ""
        return SENTENCES[self.outcome].format(status=status, notices=notices)


def read(written: bytes) -> Report:
    """Read a mail server's notification, or one of Amazon SES (JSON). Raises NoBounceError."""
    return ses_events.read(written) if written.lstrip()[:1] == b"{" else returned.read(written)


async def hand_in(conn: Connection, report: Report, caller: Caller, at: datetime) -> Taken:
    """Take a notification for somebody who may see to the mail's academy, and note that they did.

    Repeating it is harmless. Raises NotOursError, also for mail of others: nobody learns what was sent elsewhere.
    """
    mail = await bounces.sent_as(conn, report.message_ids, report.names)
    if mail is None and (report.traceable or report.became is Became.NOT_FOR_GOOD):
        raise NotOursError
    if mail is not None and not caller.may(Managing.BOUNCES, mail.subject):
        raise NotOursError
    said = f"bounce {report.status or report.became}"
    await audit.note(conn, at, caller.id, caller.door, said, mail.subject if mail else ENGINE)
    return await take(conn, mail, report, at)


async def take(conn: Connection, mail: SentMail | None, report: Report, at: datetime) -> Taken:
    """Mark a mail as failed, if the report says so for good. Repeating it changes nothing."""
    if report.became is Became.NOT_FOR_GOOD:
        return Taken(Outcome.NOT_FOR_GOOD, report.status)
    ours = report.fault is Fault.OURS
    async with conn.transaction():
        if mail is None or report.became is Became.UNCLEAR:
            await incidents.open_incidents(conn, [_unclear(mail, at)], at)
            return Taken(Outcome.UNCLEAR, report.status)
        failure = came_back_as(report.status, report.fault)
        marked = await bounces.came_back(conn, mail.message_id, at, failure)
        if marked and ours:
            await incidents.open_incidents(conn, [_refused(mail, report.status, at)], at)
    outcome = Outcome.OUR_SIDE if ours else Outcome.CAME_BACK
    return Taken(outcome if marked else Outcome.KNOWN, report.status, marked)


def _refused(mail: SentMail, status: str, at: datetime) -> Finding:
    academy = mail.subject.partition(".")[0]
    return Finding(kind=IncidentKind.MAIL_REFUSED, subject=academy, key=status or "-", facts={"latest": at.isoformat()})


def _unclear(mail: SentMail | None, at: datetime) -> Finding:
    if mail is None:
        return Finding(kind=IncidentKind.MAIL_UNTRACED, subject=ENGINE, facts={"latest": at.isoformat()})
    return Finding(kind=IncidentKind.MAIL_UNCLEAR, subject=mail.subject, facts={"latest": at.isoformat()})
