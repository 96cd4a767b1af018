"""What a team needs before it carries on alone, as a checklist: what is missing, who is asked for it, since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from gateway.pages.shown import Nobody, PageContext
from gateway.workspace.team.frame import FROM, show_team, team_of, team_url
from gateway.workspace.team.kinds import found
from gateway.workspace.visit import Visit, Visiting, WorkspaceRoute
from lifecycle import engagement
from lifecycle.dates import long_month
from lifecycle.engagement.gate import CONDITIONS, Condition, fresh_score
from lifecycle.gathering import Subject
from lifecycle.roles import ROLES, beside_name
from lifecycle.subjects import RULES
from lifecycle.worklist import open_questions
from schemas.due import DueItem
from schemas.rows import QuestionRow
from schemas.sentences import joined, listed, raised, say
from schemas.subjects import ENGAGEMENT
from schemas.words import Matter, Role, Stage

pages: Final = APIRouter(route_class=WorkspaceRoute, include_in_schema=False)

_AFTER: Final = frozenset({Stage.AFTERCARE, Stage.RELAPSED, Stage.SUSTAINED})
_GIVEN: Final = {
    "team_score": "score-team",
    "faculty_score": "score-faculty",
    "cycle": "work",
    "chaired": "met",
    "record": "readiness",
    "process_owner": "sign-off",
    "measure_owner": "sign-off",
    "sign_offs": "sign-off",
}
"""What is recorded for each condition."""
_READY_FIRST: Final = "We'll ask once the team has been found ready for sign-off."
_LATER: Final = {
    "cycle": "We'll ask when the next cycle is due. It can be recorded at any time.",
    "record": "We'll ask faculty when the hand-off comes near, or once the team's own part is done.",
    "process_owner": _READY_FIRST,
    "measure_owner": _READY_FIRST,
    "sign_offs": _READY_FIRST,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the hand-off needs: whether it is there, who is asked for it, and where this reader gives it."""

    title: str
    met: bool
    detail: str
    asked: str = ""
    url: str = ""


@pages.api_route("/teams/{engagement}/hand-off", methods=["GET", "HEAD"])
async def hand_off(visit: Visiting, engagement: str) -> Response:
    """The checklist, and the decision once nothing is missing."""
    page = await team_of(visit, engagement)
    rows = [row for row in open_questions(_subject(page)) if row.stands_at(page.present)]
    checks = [] if page.engagement.stage in _AFTER else [_check(visit, page, each, rows) for each in CONDITIONS]
    decision = next((row for row in rows if row.matter is Matter.HAND_OFF), None)
    missing = sum(not check.met for check in checks)
    planned = page.engagement.hand_off_planned()
    return show_team(
        "team_hand_off.html",
        visit,
        page,
        "/hand-off",
        checks=checks,
        missing=missing,
        planned=long_month(page.clock.today(planned)),
        late=planned <= page.present,
        done=page.clock.date(page.life.handed_off_at) if page.life.handed_off_at else "",
        ended=page.engagement.stage is Stage.ENDED_EARLY,
        decision=_asked(page, decision) if decision else "",
        decide="" if missing else _page(visit, page, "hand-off"),
    )


def _subject(page: PageContext) -> Subject:
    return Subject(RULES[ENGAGEMENT.name], page.engagement, page.done)


def _check(visit: Visit, page: PageContext, condition: Condition, rows: Sequence[QuestionRow]) -> Check:
    title, lacking = _title(page, condition), list(condition.lacking(page.life, page.present))
    if not lacking:
        return Check(title, met=True, detail=_met(page, condition))
    row = next((row for row in rows if row.matter is condition.asked_by), None)
    detail = joined("; ", lacking)
    return Check(
        title,
        met=False,
        detail=detail if raised(detail) != title else "",
        asked=_asked(page, row, condition) if row else _to_ask(page, condition),
        url=_page(visit, page, _GIVEN[condition.name]),
    )


def _title(page: PageContext, condition: Condition) -> str:
    gate, weeks = page.life.programme.gate, page.life.programme.progress.stale_after_weeks
    least = f"{gate.progress_at_least:g}"
    return {
        "team_score": say(
            "A progress score of {least} or more from the team, from the last {weeks} weeks", least=least, weeks=weeks
        ),
        "faculty_score": say(
            "A progress score of {least} or more from faculty, from the last {weeks} weeks", least=least, weeks=weeks
        ),
        "cycle": "One full cycle from PDSA to SDSA",
        "chaired": say(
            "The team has led {led} of its last {sessions} sessions",
            led=gate.chaired_by_team,
            sessions=gate.of_last_sessions,
        ),
        "record": "Faculty has found the team ready for sign-off",
        "process_owner": "Somebody owns the process",
        "measure_owner": "Somebody owns the measure",
        "sign_offs": say("Signed off by {signers}", signers=listed([ROLES[role] for role in gate.sign_offs])),
    }[condition.name]


def _met(page: PageContext, condition: Condition) -> str:
    life = page.life
    match condition.name:
        case "team_score" | "faculty_score":
            score = fresh_score(life, condition.name.removesuffix("_score"), page.present)
            return say("The latest is {score}", score=f"{score:g}")
        case "process_owner" | "measure_owner":
            return page.named(life.people.get(Role(condition.name)), "Named")
        case "record":
            return say("On {day}", day=page.clock.date(life.assessed_at)) if life.assessed_at else ""
        case "sign_offs":
            return say("The last signature is from {day}", day=page.clock.date(max(life.signed_off.values())))
        case _:
            return ""


def _asked(page: PageContext, row: QuestionRow, condition: Condition | None = None) -> str:
    """Who was asked, and when."""
    who = listed([_person(page, role) for role in _roles(page, condition)]) or _person(page, row.turn)
    asked = page.clock.date(page.done.get(f"{row.matter}/{row.window}/0", row.since))
    said = say("We first asked {who} on {day}.", who=who, day=asked)
    if row.owed_by is None:
        return said
    due = "The answer was due by {day}." if row.owed_by < page.present else "The answer is due by {day}."
    return joined(" ", (said, say(due, day=page.clock.date(row.owed_by))))


def _to_ask(page: PageContext, condition: Condition) -> str:
    item = _next(page, condition.asked_by)
    if item is None:
        return _LATER.get(condition.name, "We aren't asking anybody for it at the moment.")
    who = listed([_person(page, role) for role in _roles(page, condition) or item.to])
    return say("We'll ask {who} on {day}.", who=who, day=page.clock.date(item.at))


def _next(page: PageContext, matter: Matter) -> DueItem | None:
    ahead = engagement.upcoming(page.engagement, page.done)
    return next((item for item in ahead if item.matter is matter), None)


def _roles(page: PageContext, condition: Condition | None) -> tuple[Role, ...]:
    """Who gives what several are asked for together: those who haven't signed; owners are named by the coach."""
    match condition.name if condition else "":
        case "sign_offs":
            return tuple(role for role in page.life.programme.gate.sign_offs if role not in page.life.signed_off)
        case "process_owner" | "measure_owner":
            return (Role.COACH,)
        case _:
            return ()


def _person(page: PageContext, role: Role) -> str:
    name = page.names.get(page.life.person(role) or "") if role is not Role.OFFICE else None
    return say("{name} ({role})", name=name, role=beside_name(role)) if name else ROLES[role]


def _page(visit: Visit, page: PageContext, kind: str) -> str:
    """Where this reader gives what is missing; empty for what is not theirs to give now."""
    try:
        found(page, kind)
    except Nobody:
        return ""
    return team_url(visit, page.subject, f"/record/{kind}?{FROM}=hand-off")
