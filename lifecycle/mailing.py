"""The mail to come of a subject, row by row: who would hear what, and when, as things stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from lifecycle import nothing_due
from lifecycle.gathering import Subject, weekly_after
from lifecycle.holding import AT_MOST, Mailing
from schemas.due import DueItem, Notice
from schemas.rows import MailRow
from schemas.words import Act

_AHEAD: Final = timedelta(weeks=4)
"""So far it is looked ahead: twice as far as it is shown, since a subject's rows are written only when it stirs."""


def mails(subject: Subject) -> Iterator[MailRow]:
    """What goes in the coming weeks, and the next of each matter whenever that is: one row for each who would hear."""
    if isinstance(subject.state, nothing_due.State):
        return
    state, calendar = subject.state, subject.state.life.calendar
    end = calendar.at(calendar.day(state.now) + _AHEAD, calendar.closes)
    for item in subject.book.coming(state, subject.done, end):
        if item.act is not Act.MOVE_ON:
            yield from (_row(subject, item, notice) for notice in subject.book.notices(state, item))
    yield from _lines(subject)


def _lines(subject: Subject) -> Iterator[MailRow]:
    """What was issued already, waits for a weekly mail, and of which the office has said something."""
    mailing: Mailing = subject.state.life.mailing
    said = {key for key in (*mailing.held, *mailing.skipped) if key in subject.done}
    for item in subject.book.open_still(subject.state, subject.done, said) if said else ():
        heard = subject.book.notices(subject.state, item)
        yield from (_row(subject, item, notice) for notice in heard if notice.gathered)


def _row(subject: Subject, item: DueItem, notice: Notice) -> MailRow:
    life = subject.state.life
    mailing: Mailing = life.mailing
    hold = mailing.held.get(item.key)
    attention = life.programme.attention
    return MailRow(
        item=item.key,
        matter=item.matter,
        step=item.step,
        act=item.act,
        person=notice.person,
        role=notice.role,
        rule=item.rule,
        due_at=item.at,
        goes_at=weekly_after(attention, life.calendar, item.at) if notice.gathered else item.at,
        gathered=notice.gathered,
        about=item.about,
        answer_by=item.answer_by,
        due_on=hold.due_on if hold else life.calendar.day(item.at),
        latest=life.calendar.add_working_days(hold.due_on if hold else life.calendar.day(item.at), AT_MOST),
        held_by=hold.event_id if hold and hold.until > life.calendar.day(subject.state.now) else None,
        held_until=hold.until if hold else None,
        skipped_by=mailing.skipped.get(item.key) if subject.skips(item) else None,
    )
