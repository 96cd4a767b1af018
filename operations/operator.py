"""The operator hears by mail what the engine finds wrong with itself: once of each, and once that it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import Final

import structlog

from activities.mail import Mail
from activities.mailer import Mailer, Outcome
from activities.phrases import ENGLISH, Phrases, block, said_in
from lifecycle.dates import clock_of
from lifecycle.incidents import INCIDENTS, in_words
from records import incidents
from records.database import SECONDS_TO_ACQUIRE, Pool
from records.incidents import Incident
from schemas.incidents import ENGINE

OVER_WITHIN: Final = timedelta(hours=1)
"""What is over waits so long for other news: it may come back, and nobody need act on it."""

_SAID_AT_MOST: Final = 20

_log = structlog.stdlib.get_logger("operator")


@dataclass(frozen=True, slots=True)
class _Line:
    label: str
    about: str
    said: str
    since: str
    until: str
    remedy: str
    command: str | None


async def tell_operator(pool: Pool, mailer: Mailer, operator: Address | None, at: datetime) -> bool:
    """Whether a mail went: one for all that is new. What did not go is tried again the next time."""
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        new, over, now_open = await incidents.untold(conn), await incidents.over(conn), await incidents.counted(conn)
    if not new and not any(incident.closed_at and incident.closed_at <= at - OVER_WITHIN for incident in over):
        return False
    if operator is None:
        _log.warning("operator.nobody", incidents=len(new), remedy="set MCA_OPERATOR")
        return False
    async with mailer.connection() as connection:
        posted = await connection.send(mail_to(operator, new, over, sum(now_open.values()), at, ENGLISH))
    _log.info("operator.told", incidents=len(new), over=len(over), outcome=posted.outcome, failure=posted.failure)
    if posted.outcome is not Outcome.SENT:
        return False
    async with pool.acquire(timeout=SECONDS_TO_ACQUIRE) as conn:
        await incidents.told(conn, [*new, *over], at)
    return True


def mail_to(
    operator: Address, new: Sequence[Incident], over: Sequence[Incident], still: int, at: datetime, phrases: Phrases
) -> Mail:
    """What an operator reads of what is new and what is over."""
    template = phrases.template("operator.txt")
    said: dict[str, object] = {
        "new": len(new),
        "over": len(over),
        "found": [_line(incident, phrases) for incident in new[:_SAID_AT_MOST]],
        "more": max(0, len(new) - _SAID_AT_MOST),
        "gone": [_line(incident, phrases) for incident in over[:_SAID_AT_MOST]],
        "still": still,
    }
    return Mail(
        # The same news tried again is recognised as such.
        key="/".join(["operator", *map(_id, new), "over", *map(_id, over)]),
        to_name=operator.display_name,
        to_address=operator.addr_spec,
        reply_name="",
        reply_address=None,
        subject=block(template, "subject", said),
        text=said_in(template, "text", said),
        html="",
        at=at,
    )


def _id(incident: Incident) -> str:
    """A restored database gives its numbers again."""
    return f"{incident.id}@{incident.since.isoformat()}"


def _line(incident: Incident, phrases: Phrases) -> _Line:
    finding, description = incident.finding, INCIDENTS[incident.finding.kind]
    local = clock_of(incident.zone).local
    return _Line(
        label=description.label,
        about="" if finding.subject == ENGINE else finding.subject,
        said=" ".join(in_words(finding, incident.zone)),
        since=phrases.moment(local(incident.since)),
        until=phrases.moment(local(incident.closed_at)) if incident.closed_at else "",
        remedy=description.remedy,
        command=description.typed(incident.id),
    )
