"""One team now: how it is and why, what comes next and whose turn that is, and its way to independence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from activities.links import Purpose
from activities.phrases import Phrases
from gateway.pages import reading
from gateway.pages.named import ENDS
from gateway.pages.shown import PageContext
from gateway.workspace.states import ENDED, STAGES, STATES, reason
from gateway.workspace.tasks.words import suggested
from gateway.workspace.team.acts import act_of, label_of
from gateway.workspace.team.frame import RUN, SEEN, WHOLE, show_team, team_of
from gateway.workspace.team.way import drawing
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle import engagement
from lifecycle.dates import clock_time, long_month
from lifecycle.engagement.concern import concern
from lifecycle.engagement.weeks import slot_on
from lifecycle.gathering import Subject
from lifecycle.matters import MATTERS
from lifecycle.projection import turn
from lifecycle.roles import ROLES, beside_name
from lifecycle.subjects import RULES
from lifecycle.worklist import open_questions
from records import team as records
from records.caseload import NO_CONCERN
from records.team import Put
from schemas.rows import QuestionRow
from schemas.sentences import joined, lowered, raised, say
from schemas.subjects import ENGAGEMENT, cohort_name, workflow_id
from schemas.words import COACHING, Role, Stage

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that was asked and is not answered: of whom, why, and where this reader answers it."""

    title: str
    suggestion: str
    whose: str
    when: str
    late: bool
    why: str
    button: str
    url: str


@pages.api_route("/teams/{engagement}", methods=["GET", "HEAD"])
async def now_and_why(visit: Visiting, engagement: str) -> Response:
    """Where the team is, what is open, and the way it goes."""
    page = await team_of(visit, engagement, SEEN)
    rows = sorted(_open(page), key=lambda row: (row.loss, row.owed_by or row.since))
    async with visit.context.connection() as conn:
        put = await records.put(conn, page.subject, {f"{row.matter}/{row.window}" for row in rows})
    yours, others = tasks_of(visit, page, rows, put)
    whole = page.role in WHOLE
    released = whole or page.life.sponsor_released_at is not None
    return show_team(
        "team_now.html",
        visit,
        page,
        "",
        state=state_of(page) if released else None,
        why=_health(page) if released else "",
        facts=_facts(page),
        following=_following(page) if whole else "",
        yours=yours,
        others=others if whole else [],
        way=drawing(page) if whole else None,
        paused=page.life.paused is not None,
        engine=_engine(visit, page),
    )


def _open(page: PageContext) -> list[QuestionRow]:
    return open_questions(Subject(RULES[ENGAGEMENT.name], page.engagement, page.done))


def state_of(page: PageContext) -> tuple[str, str, str, str]:
    """What is most wrong: its name and colour, the reason, and since when; empty where nothing is."""
    state, life = page.engagement, page.life
    if state.ended and life.ended_at:
        why = STAGES[state.stage] if state.stage is Stage.SUSTAINED else _ended(page)
        return *ENDED, why, page.clock.date(life.ended_at)
    worst = concern(state)
    pause = life.paused.reason if life.paused else None
    misses = state.run.misses
    why = reason(worst.what if worst else None, state.stage, len(misses), {str(one.outcome) for one in misses}, pause)
    return *STATES[worst.what if worst else NO_CONCERN], why, page.clock.date(worst.since) if worst else ""


def _ended(page: PageContext) -> str:
    found = page.life.end_reason
    return say("The coaching ended: {reason}", reason=ENDS[found]) if found else STAGES[Stage.ENDED_EARLY]


def _health(page: PageContext) -> str:
    """The rules' own reason."""
    return engagement.why(page.engagement, page.done, "health")[0].answer


def _facts(page: PageContext) -> list[dict[str, dict[str, str]]]:
    life, state = page.life, page.engagement
    found = [("Coach", page.named(life.acting_coach, "Nobody"))]
    if page.role in WHOLE:
        found += [("Stage", STAGES[state.stage]), ("Cohort", cohort_name(life.opening.cohort))]
    if page.role in WHOLE and not state.ended and life.handed_off_at is None:
        slot = slot_on(life, page.today)
        found.append(
            ("Weekly session", say("{weekday}s at {time}", weekday=slot.day.capitalize(), time=clock_time(slot.at)))
        )
        found.append(("Hand-off planned for", long_month(page.clock.today(state.hand_off_planned()))))
    return [{"key": {"text": key}, "value": {"text": value}} for key, value in found]


def _following(page: PageContext) -> str:
    """What comes next, when, and whose turn it is, in a sentence."""
    ahead = engagement.upcoming(page.engagement, page.done)
    if not ahead:
        return "Nothing more is due."
    whose = turn(ahead)
    first = ahead[0]
    weekly = MATTERS[first.matter].gathered(first, page.life.programme.attention)
    act = act_of(first.act, first.rule, first.to, weekly=weekly)
    said = say(
        "Next, on {day}, {act}: {matter}.",
        day=page.clock.date(first.at),
        act=lowered(act),
        matter=label_of(first.matter, first.about),
    )
    return joined(" ", (said, say("It's up to {role} now.", role=ROLES[whose]))) if whose else said


def tasks_of(
    visit: Visit, page: PageContext, rows: Iterable[QuestionRow], put: Sequence[Put]
) -> tuple[list[Task], list[Task]]:
    """What the reader has to do, and what waits for somebody else."""
    yours: list[Task] = []
    others: list[Task] = []
    for row in rows:
        if not row.stands_at(page.present):
            continue
        own = _is_own(visit, page, row)
        (yours if own else others).append(_task(visit, page, row, put))
    return yours, others


def _is_own(visit: Visit, page: PageContext, row: QuestionRow) -> bool:
    if row.turn in (Role.OFFICE, Role.DEPUTY):
        return page.role is Role.OFFICE
    return row.person == visit.person


def _task(visit: Visit, page: PageContext, row: QuestionRow, put: Sequence[Put]) -> Task:
    matter = MATTERS[row.matter]
    owed = say("answer by {day}", day=page.clock.date(row.owed_by)) if row.owed_by else ""
    asked = next((one for one in put if _is_of(one, row) and _is_for(visit, page, one)), None)
    theirs = next((one for one in put if _is_of(one, row) and (one.person == row.person or one.role == row.turn)), None)
    since = say("last asked on {day}", day=page.clock.date(theirs.issued_at)) if theirs else ""
    return Task(
        title=raised(label_of(row.matter, row.about)),
        suggestion=suggested(row.matter, page.role),
        whose=_whose(page, row),
        when=raised(joined(", ", (part for part in (since, owed) if part))),
        late=row.owed_by is not None and row.owed_by < page.present,
        why=matter.rules.get(row.rule, ""),
        button=Phrases(language=reading.language()).say("button", matter=row.matter.value),
        url=visit.url(Purpose.NOTICE, page.subject, asked.notice) if asked and matter.page else "",
    )


def _is_of(put: Put, row: QuestionRow) -> bool:
    return (put.matter, put.window) == (row.matter, row.window)


def _is_for(visit: Visit, page: PageContext, put: Put) -> bool:
    """Whether somebody can answer through a notice: it went to them, or to the part in which they act."""
    if page.role is Role.OFFICE:
        return put.role is Role.OFFICE
    return put.person == visit.person or (page.role in COACHING and put.role in COACHING)


def _whose(page: PageContext, row: QuestionRow) -> str:
    name = page.names.get(row.person or "")
    return (
        say("{name} ({role})", name=name, role=beside_name(row.turn))
        if name and row.turn is not Role.OFFICE
        else raised(ROLES[row.turn])
    )


def _engine(visit: Visit, page: PageContext) -> str:
    """The team's workflow in the Temporal UI, for who may look there."""
    address = visit.context.settings.temporal_ui_url
    if address is None or not (page.role in RUN or visit.operates):
        return ""
    place = f"namespaces/{visit.context.client.namespace}/workflows/{workflow_id(ENGAGEMENT, page.subject)}"
    return f"{address.rstrip('/')}/{place}"
