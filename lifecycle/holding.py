"""The office has a mail wait some days, or leaves it out.

What was carried out is past holding: a hold only puts off what is not. All that follows counts from when it really
went, as after a late fact or an outage, so a question that waits takes nobody's time to answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from lifecycle.calendar import Calendar
from schemas.due import Refusal
from schemas.mail_facts import MailHeld, MailSkipped
from schemas.words import EventId, Matter

AT_MOST: Final = 5
"""For so many working days a mail can be held, in all."""


class Hold(NamedTuple):
    """A mail that waits: since when it does, on which day it would have gone, and until when, as was said last."""

    since: datetime
    due_on: date
    until: date
    event_id: EventId


class Mailing(NamedTuple):
    """What the office said of a subject's mail, by due item."""

    held: Mapping[str, Hold] = MappingProxyType({})
    skipped: Mapping[str, EventId] = MappingProxyType({})

    def put_off(self, key: str, at: datetime, calendar: Calendar) -> datetime:
        """When an item goes that is due at a time. Whatever moved since, it is never held longer than it may be."""
        hold = self.held.get(key)
        if hold is None:
            return at
        until = calendar.sendable(calendar.at(hold.until, calendar.opens))
        due = calendar.day(calendar.sendable(max(at, hold.since)))
        within = calendar.working_days_between(due, calendar.day(until)) <= AT_MOST
        return max(at, until) if within else at

    def after(self, fact: MailHeld | MailSkipped) -> Mailing:
        """What is said once this is, too."""
        if isinstance(fact, MailSkipped):
            return self._replace(skipped={**self.skipped, fact.item: fact.event_id})
        first = self.held.get(fact.item)
        since, due_on = (first.since, first.due_on) if first else (fact.occurred_at, fact.due_on)
        return self._replace(held={**self.held, fact.item: Hold(since, due_on, fact.until, fact.event_id)})

    def waits(self, matter: Matter, today: date) -> bool:
        """Whether any mail of a matter waits until a day to come."""
        return any(hold.until > today for key, hold in self.held.items() if key.startswith(f"{matter}/"))


NOTHING_SAID: Final = Mailing()
"""Every mail goes when it is due."""


def refused(mailing: Mailing, calendar: Calendar, fact: MailHeld | MailSkipped) -> Refusal | None:
    """Why something may not be said of a mail; None if it may."""
    # The matters of a kind are made from its rules.
    from lifecycle.matters import MATTERS  # noqa: PLC0415

    matter, _, step = fact.item.split("/")
    described = next((found for known, found in MATTERS.items() if known == matter), None)
    if described is None:
        return _no("unknown_mail", "We can't find this mail. Look again at what is due.")
    if isinstance(fact, MailSkipped):
        if described.may_skip(int(step)):
            return None
        return _no("mail_must_go", "Alarms, and the first time we ask about something, can't be left out.")
    if not described.may_hold():
        return _no("mail_must_go", "Alarms can't be held, nor can what is of no use later.")
    first = mailing.held.get(fact.item)
    if calendar.working_days_between(first.due_on if first else fact.due_on, fact.until) > AT_MOST:
        return _no("held_too_long", f"A mail can be held for {AT_MOST} working days at most. Choose an earlier day.")
    return None


def _no(code: str, reason: str) -> Refusal:
    return Refusal(when="never", code=code, reason=reason)
