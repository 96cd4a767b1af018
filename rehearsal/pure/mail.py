"""Notices without a mail server: which go at once, and which lines stand in whose weekly mail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from lifecycle.gathering import (
    Because,
    Gathered,
    Subject,
    Verdict,
    days_of,
    judge,
    lines_at_most,
    next_look,
    quiet_week,
    urgency,
)
from records.notices import Issued, Settled
from rehearsal.pure.subject import PureSubject
from schemas.calendars import LATEST_HOLIDAY_TABLE
from schemas.due import Notice
from schemas.inputs import WeeklyMailInput
from schemas.subjects import ENGAGEMENT
from schemas.words import Code, PersonId, Role, office_of


@dataclass(frozen=True, slots=True)
class Digest:
    """One person's weekly mail, when it went, its lines, and how many found no room."""

    at: datetime
    lines: int
    withheld: int
    message_id: str


@dataclass(slots=True)
class Post:
    """All notices by id, and the weekly mails of an academy, or of one cohort of it, by person and week.

    Every mail server takes every mail; only a deputy whom nobody named gets none.
    """

    scope: Code
    zone: str
    now: datetime
    notices: dict[str, Issued] = field(default_factory=dict)
    digests: dict[tuple[PersonId, date], Digest] = field(default_factory=dict)
    _gathered: dict[str, Gathered] = field(default_factory=dict)
    _again_at: datetime | None = None

    def issue(self, subject: str, at: datetime, notices: Sequence[Notice]) -> None:
        """Issue notices, each once; what cannot wait goes at once, in one mail a person."""
        at_once: dict[PersonId, list[str]] = {}
        for notice in notices:
            name = f"ntc_{_hash(subject, notice.item, notice.person)[:12]}"
            if name in self.notices:
                continue
            self.notices[name] = Issued(name, subject, at, notice, "waiting", None, None, None)
            if notice.gathered:
                self._gathered[name] = Gathered(name, subject, at, notice)
            elif notice.role is Role.DEPUTY:
                self._settle(name, "failed", at)
            else:
                at_once.setdefault(notice.person, []).append(name)
        for names in at_once.values():
            for name in names:
                self._settle(name, "sent", at, message_id=_message_id(*sorted(names)))

    def advance(self, to: datetime, subjects: Mapping[str, PureSubject]) -> None:
        """Send the weekly mails that go until then."""
        while (at := self._next()) <= to:
            self.now = max(self.now, at)
            self._send(self.now, subjects)

    def _next(self) -> datetime:
        rules = WeeklyMailInput(academy=self.scope, zone=self.zone)
        regular = next_look(rules.attention, rules.quiet_hours, rules.zone, LATEST_HOLIDAY_TABLE, self.now)
        return regular if self._again_at is None else min(regular, self._again_at)

    def _send(self, at: datetime, subjects: Mapping[str, PureSubject]) -> None:
        waiting = sorted(
            (gathered for gathered in self._gathered.values() if gathered.issued_at <= at),
            key=lambda gathered: (gathered.issued_at, gathered.id),
        )
        then = {name: found for name in {g.subject: None for g in waiting} if (found := subjects[name].at(at))}
        verdicts = judge([gathered for gathered in waiting if gathered.subject in then], then, at)
        for verdict in verdicts:
            if verdict.withdrawn:
                self._settle(verdict.gathered.id, "withdrawn", at, because=verdict.because)
        going = [verdict for verdict in verdicts if verdict.week is not None]
        self._post(at, going, then)
        self._quiet(at, {verdict.gathered.notice.person for verdict in going}, subjects)
        self._again_at = min((verdict.until for verdict in verdicts if verdict.until is not None), default=None)

    def _post(self, at: datetime, going: Sequence[Verdict], then: Mapping[str, Subject]) -> None:
        week = max((verdict.week for verdict in going if verdict.week), default=at.date())
        for person in sorted({verdict.gathered.notice.person for verdict in going}):
            before = self.digests.get((person, week))
            if before is not None and before.lines + before.withheld:
                continue
            theirs = [verdict.gathered for verdict in going if verdict.gathered.notice.person == person]
            theirs.sort(key=lambda gathered: (*urgency(gathered.notice), gathered.id))
            room = lines_at_most(then[gathered.subject] for gathered in theirs)
            message_id = _message_id("digest", person, str(week))
            for gathered in theirs[:room]:
                self._settle(gathered.id, "sent", at, message_id=message_id)
            for gathered in theirs[room:]:
                self._settle(gathered.id, "withheld", at, because=Because.BEYOND_LINES)
            self.digests[person, week] = Digest(at, len(theirs[:room]), len(theirs[room:]), message_id)

    def _quiet(self, at: datetime, going: set[PersonId], subjects: Mapping[str, PureSubject]) -> None:
        """The office's mail of a week in which nothing is due."""
        rules, office = WeeklyMailInput(academy=self.scope, zone=self.zone), office_of(self.scope)
        week = quiet_week(rules.attention, days_of(None, rules.zone, at), at)
        if (
            week is None
            or office in going
            or (office, week) in self.digests
            or not _anything_open(subjects.values(), at)
        ):
            return
        self.digests[office, week] = Digest(at, 0, 0, _message_id("quiet", office, str(week)))

    def _settle(
        self, name: str, status: Settled, at: datetime, *, message_id: str | None = None, because: str | None = None
    ) -> None:
        self._gathered.pop(name, None)
        self.notices[name] = replace(
            self.notices[name], status=status, settled_at=at, message_id=message_id, because=because
        )


def _anything_open(subjects: Iterable[PureSubject], at: datetime) -> bool:
    return any(_open(subject, at) for subject in subjects)


def _open(subject: PureSubject, at: datetime) -> bool:
    if subject.kind is not ENGAGEMENT:
        return bool(subject.ahead)
    ended_at: datetime | None = subject.state.life.ended_at
    return ended_at is None or ended_at > at


def _hash(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _message_id(*words: str) -> str:
    return f"<{_hash(*words)[:32]}@rehearsal.invalid>"
