"""What can be recorded of a team at any time: each kind with its question, and who is asked it where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from gateway.pages import agreement, cover, ending, improving, monthly, standing, stuck, weekly
from gateway.pages.answers import Ask
from gateway.pages.shown import Nobody, PageContext
from gateway.workspace.team import answers as team_answers
from gateway.workspace.team.frame import RUN
from lifecycle.dates import long_date
from lifecycle.engagement.changes import ACTIVE, COACHED
from lifecycle.engagement.life import AGREEING
from schemas.due import Notice
from schemas.sentences import say
from schemas.words import COACHING, Act, Matter, Role, Stage

_TEAM: Final = RUN | COACHING | {Role.TEAM_LEAD}
_LEADING: Final = RUN | COACHING
_OFFICE: Final = frozenset({Role.OFFICE})
_SESSIONS_BACK: Final = 12

Stages = frozenset[Stage]
Asking = Callable[[PageContext, str], Ask]
Which = Callable[[PageContext], Iterator[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: under which heading, in which words, for whom and in which stages.

    ``each`` names what there is several of, as sessions, and the words of each.
    """

    group: str
    label: str
    asking: Asking
    roles: frozenset[Role]
    stages: Stages
    when: Callable[[PageContext], bool] = lambda _: True
    each: Which | None = None

    def offered(self, page: PageContext) -> Iterator[tuple[str, str]]:
        """What is offered to this reader now: its name behind the kind's, and its words."""
        if page.role in self.roles and page.engagement.stage in self.stages and self.when(page):
            yield from self.each(page) if self.each else (("", self.label),)


def put(matter: Matter, ask: Ask, window: str = "any-time") -> Asking:
    """A question that otherwise a notice puts, put by whoever opens its page."""

    def asking(page: PageContext, about: str) -> Ask:
        notice = Notice(
            person=page.person,
            role=page.role,
            act=Act.ASK,
            matter=matter,
            window=about or window,
            turn=page.role,
            reason="recorded_at_any_time",
        )
        return lambda at: ask(replace(at, notice=notice))

    return asking


def _plainly(ask: Ask) -> Asking:
    return lambda _page, _about: ask


def _session(_page: PageContext, about: str) -> Ask:
    return lambda at: weekly.session(at, about)


def _sessions(page: PageContext) -> Iterator[tuple[str, str]]:
    for session in reversed(page.engagement.sessions[-_SESSIONS_BACK:]):
        yield (
            session.name,
            say(
                "The session on {day} (recorded)" if session.report else "The session on {day}",
                day=long_date(session.day),
            ),
        )


def _reviews(page: PageContext) -> Iterator[tuple[str, str]]:
    for month in page.life.reviewed_after():
        if page.calendar.add_months(page.life.course_opens(), month - 1) > page.present:
            return
        yield f"month-{month}", say("The {month}-month review", month=month)


def _checks(page: PageContext) -> Iterator[tuple[str, str]]:
    for month in page.life.checked_after():
        if month not in page.life.aftercare:
            yield f"month-{month}", say("Whether the improvement has lasted after {month} months", month=month)


def _paused(page: PageContext) -> bool:
    return page.life.paused is not None


def _running(page: PageContext) -> bool:
    return page.life.paused is None


_PROPOSED: Final = frozenset({Stage.PROPOSED})
_BEFORE_READY: Final = frozenset({Stage.ACTION, Stage.TRANSITION})
_READY: Final = frozenset({Stage.READINESS_REVIEW})
_AFTERCARE: Final = frozenset({Stage.AFTERCARE})
_RELAPSED: Final = frozenset({Stage.RELAPSED})
_OPEN: Final = ACTIVE | _AFTERCARE | _RELAPSED

_S, _W, _C, _E, _R = "Sessions", "Improvement work", "The coaching", "The end of the coaching", "Putting records right"

KINDS: Final[dict[str, Kind]] = {
    "session": Kind(_S, "A session", _session, _TEAM, ACTIVE, each=_sessions),
    "met": Kind(_S, "A session on another day", _plainly(team_answers.met), _TEAM, ACTIVE),
    "cancelled": Kind(_S, "A session that won't go ahead", _plainly(team_answers.cancelled), _TEAM, ACTIVE),
    "slot": Kind(_S, "A different weekly time", _plainly(standing.slot), _TEAM, ACTIVE),
    "work": Kind(_W, "Aims, change ideas and PDSA cycles", _plainly(improving.work), _TEAM, ACTIVE),
    "step": Kind(_W, "Where the work has got to", _plainly(team_answers.step), _TEAM, ACTIVE),
    "score-team": Kind(
        _W, "The team's progress score", put(Matter.PROGRESS_TEAM, monthly.progress_team), _TEAM, ACTIVE
    ),
    "score-faculty": Kind(
        _W, "Faculty's progress score", put(Matter.PROGRESS_FACULTY, monthly.progress_faculty), RUN, ACTIVE
    ),
    "help": Kind(
        _W, "What would help the team make progress", put(Matter.NO_PROGRESS, stuck.no_progress), RUN, COACHED,
        when=lambda page: page.engagement.no_progress is not None,
    ),
    "review": Kind(_W, "A review", put(Matter.REVIEW, monthly.review), RUN, ACTIVE, each=_reviews),
    "agreement": Kind(
        _C, "The coaching agreement", put(Matter.AGREEMENT, agreement.agreement),
        frozenset(AGREEING) | _OFFICE | COACHING, _PROPOSED,
    ),
    "pause": Kind(_C, "A pause", _plainly(standing.pause), _LEADING, ACTIVE, when=_running),
    "restart": Kind(_C, "The end of the pause, or a longer one", _plainly(standing.pause), _LEADING, ACTIVE, _paused),
    "cover": Kind(_C, "Cover for a coach who is away", put(Matter.COVER, cover.cover), _LEADING, ACTIVE),
    "interim": Kind(
        _C, "Whether the interim coach stays", put(Matter.INTERIM, cover.interim), RUN, ACTIVE,
        when=lambda page: page.life.person(Role.INTERIM_COACH) is not None,
    ),
    "stopped": Kind(_C, "I've stopped coaching", _plainly(standing.stopped), COACHING, ACTIVE),
    "sponsor": Kind(
        _C, "Tell the sponsor about a concern", _plainly(team_answers.release), RUN, ACTIVE,
        when=lambda page: page.life.person(Role.SPONSOR) is not None and page.life.sponsor_released_at is None,
    ),
    "transition": Kind(
        _E, "The coach begins to step back", put(Matter.TRANSITION, ending.transition), _LEADING,
        frozenset({Stage.AGREED, Stage.ACTION, Stage.TRANSITION}),
    ),
    "readiness": Kind(
        _E, "Faculty's view on whether the team can carry on alone", put(Matter.READINESS, ending.readiness), RUN,
        _BEFORE_READY,
    ),
    "sign-off": Kind(_E, "A sign-off", put(Matter.SIGN_OFF, ending.sign_off), _TEAM, _READY),
    "hand-off": Kind(_E, "The hand-off", put(Matter.HAND_OFF, ending.hand_off), RUN, _READY),
    "limit": Kind(_E, "More time for the coaching", put(Matter.LIMIT, ending.limit), RUN, COACHED),
    "aftercare": Kind(
        _E, "How it goes after the hand-off", put(Matter.AFTERCARE, ending.aftercare), RUN | {Role.TEAM_LEAD},
        _AFTERCARE, each=_checks,
    ),
    "relapsed": Kind(
        _E, "The improvement hasn't lasted", _plainly(team_answers.relapsed), _TEAM, _AFTERCARE
    ),
    "relapse": Kind(
        _E, "A booster session, or new coaching", put(Matter.RELAPSE, ending.relapse), RUN, _RELAPSED
    ),
    "end": Kind(_E, "The coaching ends early", _plainly(team_answers.end), RUN, _OPEN),
    "place": Kind(
        _R, "Which bank holidays the team follows", _plainly(team_answers.place), _OFFICE, _OPEN,
        when=lambda page: page.life.opening.caused_by is None,
    ),
}  # fmt: skip
"""By the name that stands in its address; more of one kind stand behind a dot."""


def found(page: PageContext, name: str) -> tuple[Ask, str]:
    """The question of a kind, and its words. Raises Nobody for what is not offered to this reader."""
    key, _, about = name.partition(".")
    kind = KINDS.get(key)
    label = dict(kind.offered(page)).get(about) if kind else None
    if kind is None or label is None:
        raise Nobody
    return kind.asking(page, about), label
