"""On which days everybody who coaches a team is away, and which of these absences are long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from lifecycle.absence import Span, longer, together
from lifecycle.engagement.life import Life
from lifecycle.leave import Leaves
from schemas.cover_facts import CoverWaived, InterimKept
from schemas.engagement_facts import CoachPart


def team_away(life: Life) -> list[Span]:
    """The days, in order, on which all are away who coach the team now; none where nobody does."""
    return all_away(life.leaves, {a.person for a in life.assignments if a.until is None}) if life.leaves else []


def all_away(leaves: Leaves, people: Iterable[str]) -> list[Span]:
    """The days, in order, on which all of these are away."""
    common: list[Span] | None = None
    for person in sorted(people):
        theirs = together((leave.first, leave.last) for leave in leaves if leave.person == person)
        common = theirs if common is None else list(_in_both(common, theirs))
    return common or []


def _in_both(some: list[Span], others: list[Span]) -> Iterable[Span]:
    for first, last in some:
        for begins, ends in others:
            if max(first, begins) <= min(last, ends):
                yield max(first, begins), min(last, ends)


class Absence(NamedTuple):
    """Days on which nobody who coaches is there, and since when that is known as it stands."""

    first: date
    last: date
    known_at: datetime


def long_absences(life: Life, begins: date) -> list[Absence]:
    """The absences since weekly work ``begins`` for which somebody should stand in, in order.

    Known since they were so long, and since who coaches changed last: another coach there, or one fewer, asks anew.
    """
    weeks = life.programme.absence.cover_after_weeks
    found = [span for span in _since(team_away(life), begins) if longer(*span, weeks)]
    if not found:
        return []
    people = {a.person for a in life.assignments if a.until is None}
    changed = max(moment for a in life.assignments for moment in (a.since, a.until) if moment is not None)
    return [Absence(*span, max(changed, _told_at(life.leaves, people, span, begins, weeks))) for span in found]


def _told_at(leaves: Leaves, people: set[str], span: Span, begins: date, weeks: int) -> datetime:
    """When what was told by then made the absence this long."""
    for told_at in sorted({leave.told_at for leave in leaves}):
        known = all_away(tuple(leave for leave in leaves if leave.told_at <= told_at), people)
        if any(longer(*part, weeks) and span[0] <= part[1] and part[0] <= span[1] for part in _since(known, begins)):
            return told_at
    raise AssertionError(f"nobody told of {span}")


def _since(spans: list[Span], begins: date) -> list[Span]:
    return [(max(first, begins), last) for first, last in spans if last >= begins]


def away_on(life: Life, day: date) -> Span | None:
    """The absence of the team that a day lies in."""
    return next((span for span in team_away(life) if span[0] <= day <= span[1]), None)


def interim_kept(life: Life, fact: InterimKept) -> Life:
    """The interim coach stays; the next look is counted from here."""
    assignments = tuple(
        replace(a, looked_at=fact.occurred_at, review_on=fact.review_on)
        if a.until is None and a.part is CoachPart.INTERIM
        else a
        for a in life.assignments
    )
    return life._replace(assignments=assignments)


def cover_waived(life: Life, fact: CoverWaived) -> Life:
    """Nobody stands in; the last word holds."""
    return life._replace(cover_waived=(fact.occurred_at, fact.review_on))
