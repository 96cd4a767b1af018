"""Asking an engagement: its workflow, or, when Temporal keeps it no more, its ledger by the same rules.

Cohorts and Introduction courses are asked through their ledgers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

from temporalio.client import WorkflowQueryFailedError

from coaching_client.client import CoachingClient, UnknownSubjectError
from gateway.context import AppContext, now
from gateway.problems import KINDS, RETRY_AFTER_SECONDS, Problem
from lifecycle import engagement as rules
from lifecycle.calendar import Calendar
from lifecycle.gathering import Because, Subject
from lifecycle.projection import shown
from lifecycle.taught import TaughtDay
from lifecycle.taught import taught as days_taught
from lifecycle.why import in_words
from operations.reasons import with_rules
from records import ledger, notices
from records.notices import Issued
from schemas.due import Due, Standing, Why
from schemas.engagement_facts import EngagementProposed
from schemas.recording import Ledger
from schemas.subjects import ENGAGEMENT, AnyKind
from schemas.words import Act, Code, EngagementId

T = TypeVar("T")

NOTICE: Final = "ntc_"
"""How the id of a notice begins."""


async def standing(context: AppContext, engagement: EngagementId) -> Standing:
    """Where the engagement stands. Raises what :mod:`gateway.problems` takes for an engine that is away."""

    def folded(state: rules.State, done: dict[str, datetime]) -> Standing:
        return rules.standing(state, rules.upcoming(state, done))

    return await _asked(context, engagement, lambda client: client.state(ENGAGEMENT, engagement), folded)


async def timeline(context: AppContext, kind: AnyKind, subject: Code) -> tuple[Due, ...]:
    """Everything that will fall due of a subject. Raises as :func:`standing`."""
    if kind is not ENGAGEMENT:
        async with context.connection() as conn:
            kept = await ledger.load(conn, subject)
        return await _of_its_ledger(kept, lambda of: tuple(shown(item) for item in of.book.plan(of.state, of.done)))

    def folded(state: rules.State, done: dict[str, datetime]) -> list[Due]:
        return [shown(item) for item in rules.plan(state, done)]

    return tuple(await _asked(context, subject, lambda client: client.timeline(ENGAGEMENT, subject), folded))


async def taught(context: AppContext, subject: Code) -> tuple[TaughtDay, ...]:
    """The days on which a cohort or an Introduction course is taught."""
    async with context.connection() as conn:
        kept = await ledger.load(conn, subject)
    return await _of_its_ledger(kept, lambda of: days_taught(of.state))


async def why(context: AppContext, subject: Code, about: str) -> tuple[Why, ...]:
    """The reasons of a due item, a matter, a notice, ``next``, or of an engagement's ``health``.

    Raises as :func:`standing`, and Problem("unknown") for a subject that is not there.
    """
    async with context.connection() as conn:
        kept = await ledger.load(conn, subject)
        issued = await notices.issued_about(conn, subject, about)
    if not kept.facts:
        raise Problem("unknown", f"Nothing is recorded under {subject}. Check the id.")
    calendar = Subject.of(kept.facts[:1], {}, kept.facts[0].occurred_at).state.life.calendar
    if about.startswith(NOTICE):
        if not issued:
            return (Why(question=about, answer="No notice of this id was issued here."),)
        ruled = await _rule(context, subject, kept, issued[0].notice.item)
        return (_notice(issued[0], calendar), *await with_rules(context.pool, subject, ruled))
    found = await with_rules(context.pool, subject, await _rule(context, subject, kept, about))
    return (*found, *(_notice(notice, calendar) for notice in issued), *_none_issued(about, found, issued))


def unknown(kind: AnyKind, subject: Code) -> Problem:
    """Nothing of this kind is recorded under this id."""
    return Problem("unknown", f"There is no {kind.words} {subject}. Check the id.")


async def _rule(context: AppContext, subject: Code, kept: Ledger, about: str) -> tuple[Why, ...]:
    if isinstance(kept.facts[0], EngagementProposed):

        def folded(state: rules.State, done: dict[str, datetime]) -> list[Why]:
            return list(rules.why(state, done, about))

        return tuple(await _asked(context, subject, lambda client: client.why(ENGAGEMENT, subject, about), folded))
    return await _of_its_ledger(kept, lambda known: known.book.why(known.state, known.done, about))


async def _of_its_ledger(kept: Ledger, asked: Callable[[Subject], T]) -> T:
    """What is asked of a subject. To plan takes as long as to fold: both in a thread, other calls go on meanwhile."""
    present = max((now(), *(fact.occurred_at for fact in kept.facts), *kept.done.values()))
    return await asyncio.to_thread(lambda: asked(Subject.of(kept.facts, kept.done, present)))


async def _asked(
    context: AppContext,
    engagement: EngagementId,
    ask: Callable[[CoachingClient], Awaitable[T]],
    folded: Callable[[rules.State, dict[str, datetime]], T],
) -> T:
    try:
        async with asyncio.timeout(context.settings.tell_seconds):
            return await ask(CoachingClient(context.client, task_queue=context.settings.task_queue))
    except UnknownSubjectError:
        pass
    except WorkflowQueryFailedError:
        # It has only just begun, or its worker is older than the question.
        raise Problem("away", KINDS["away"][2], headers={"Retry-After": str(RETRY_AFTER_SECONDS)}) from None
    async with context.connection() as conn:
        found = await ledger.load(conn, engagement)
    if not found.facts or not isinstance(found.facts[0], EngagementProposed):
        raise unknown(ENGAGEMENT, engagement)
    return await _of_its_ledger(found, lambda known: folded(known.state, found.done))


_BECAUSE: Final[dict[str, str]] = {
    Because.NO_LONGER_DUE: "nobody needed it any more, for what was told since answers it, or the part is another's",
    Because.SUPERSEDED: "a later step of the same matter went in the same mail",
    Because.BEYOND_LINES: "more urgent ones filled the weekly mail (attention.lines_at_most); it stands on their page",
    Because.DECLINED: "its reader had stopped the weekly mail; it stands on their page",
    Because.SKIPPED: "the programme office had it left out",
    Because.GIVEN_UP: "the mail server had taken nothing for five days",
}


def _notice(issued: Issued, calendar: Calendar) -> Why:
    role = issued.notice.role.replace("_", " ")
    on = in_words(calendar, issued.issued_at)
    begun = f"Issued to the {role} on {on}, because {issued.notice.item} was carried out then"
    settled = in_words(calendar, issued.settled_at) if issued.settled_at else ""
    match issued.status:
        case "sent":
            became = f"Sent on {settled}"
        case "failed":
            became = f"It could not be sent: given up on {settled}"
        case "withdrawn" | "withheld":
            became = f"Not sent: on {settled} {_BECAUSE[issued.because or Because.NO_LONGER_DUE]}"
        case "waiting" if issued.notice.gathered:
            became = "Not sent yet: it can wait for the weekly mail (attention.at_once, attention.digest_on)"
        case "waiting":
            became = "Not sent yet: it waits for the mail server"
    return Why(question=issued.id, answer=f"{begun}. {became}.", done_at=issued.issued_at)


def _none_issued(about: str, found: tuple[Why, ...], issued: list[Issued]) -> tuple[Why, ...]:
    carried = next((reason for reason in found if reason.question == about and reason.done_at), None)
    if issued or carried is None:
        return ()
    moved_on = carried.due is not None and carried.due.act is Act.MOVE_ON
    because = "it only moves the engagement on" if moved_on else "nobody had to be told"
    return (Why(question=about, answer=f"No notice was issued for it: {because}.", done_at=carried.done_at),)
