"""From the proposal to the hand-off with nothing but what pages take, from the links of what people are asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activities.links import Purpose
from schemas.programme import Improvement
from schemas.words import Matter, Role
from tests.gateway.conftest import Town
from tests.gateway.pages.cases import named, on
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.gateway.pages.reading import Page
from tests.workflows.subjects import LEAD, PROGRAMME, Engagement, now
from worker.main import Engine

_PRESSED = (
    "sign.yes", "held.team", "score.yes", "study.yes", "plan.yes", "begin.yes", "ready.yes", "process-owner.yes",
    "measure-owner.yes", "hand-off.yes",
)  # fmt: skip
"""What people press, where a page offers it."""

_SOONER = PROGRAMME.model_copy(
    update={"improvement": Improvement(first_cycle_after_weeks=1, next_cycle_after_weeks=1, asked_again_every_weeks=1)}
)


class Team:
    """The people of one engagement, who answer what they are asked and tell nothing else."""

    def __init__(self, site: Site, life: Engagement) -> None:
        self.site, self.life = site, life
        self.asked: set[str] = set()
        self.seen: set[str] = set()
        self.handed_off = False

    async def answer(self) -> None:
        """Open every new link, and press what its page offers."""
        rows = await self.site.pool.fetch(
            "SELECT notice, matter, person FROM notices WHERE subject = $1 ORDER BY issued_at, notice", self.life.name
        )
        for row in rows:
            if row["notice"] in self.seen or self.handed_off:
                continue
            self.seen.add(row["notice"])
            self.asked.add(row["matter"])
            await self._answer(self.site.token(Purpose.NOTICE, row["person"], self.life.name, row["notice"]))

    async def _answer(self, token: str) -> None:
        for _ in range(4):
            page = await self.site.get(token)
            pressed = next((answer for answer in _PRESSED if answer in page.buttons), None)
            if pressed is None:
                return
            after = await self.site.post(token, page, pressed, **await self._filled(page))
            assert "It is recorded." in after.words, after.words
            self.handed_off = pressed == "hand-off.yes"

    async def _filled(self, page: Page) -> dict[str, str]:
        """What they fill in; a browser sends what stands in the other fields."""
        given = {one["name"]: one.get("value", "") for one in page.inputs if one.get("type") == "text"}
        today = (await self.life.clock()).date()
        return given | {
            "score-score": "4.0",
            "study-as_predicted": "yes",
            "study-decision": "adopt",
            "study-result": "Eight of ten clinics started on time",
            "plan-which": "sdsa",
            "plan-plan": "Set up the room the day before",
            "plan-prediction": "Eight of ten clinics start on time",
            **on("plan-until", today),
            **named("process-owner-owner"),
            **named("measure-owner-owner"),
        }


async def test_a_team_reaches_hand_off_by_pages_alone(site: Site, town: Town) -> None:
    """Nobody tells anything but by a button of a page that they were asked to open."""
    begun = now()
    life = await town.started(at=begun, course_start=(begun + timedelta(days=7)).date(), programme=_SOONER)
    team = Team(site, life)
    for _ in range(150):
        state = await life.state()
        if team.handed_off:
            break
        assert state.next_due is not None
        await life.advance(state.next_due.at + timedelta(minutes=5))
        await team.answer()
    rows = await site.pool.fetch("SELECT event_id, kind FROM facts WHERE subject = $1 ORDER BY seq", life.name)
    assert rows[-1]["kind"] == "handed_off"
    assert all(row["event_id"].startswith("page-") for row in rows[1:])
    assert team.asked >= {
        Matter.AGREEMENT, Matter.SESSION, Matter.PROGRESS_TEAM, Matter.PROGRESS_FACULTY, Matter.CYCLE,
        Matter.READINESS, Matter.SIGN_OFF, Matter.HAND_OFF,
    }  # fmt: skip


@pytest.mark.parametrize("role", [Role.COACH, Role.TEAM_LEAD])
async def test_the_work_can_be_recorded_at_any_time(site: Site, town: Town, running: Engine, role: Role) -> None:  # noqa: ARG001
    """From the page of the coach, and of the team lead: an aim, a new date, an idea, a cycle, its study, a baseline."""
    life = await town.started(at=now() - timedelta(weeks=3), course_start=(now() - timedelta(weeks=2)).date())
    home = site.token(Purpose.HOME, LEAD) if role is Role.TEAM_LEAD else site.token(Purpose.HOME)
    token = (await site.get(home)).link("Aims, change ideas and PDSA cycles").rpartition("/")[2]
    today = now().date()
    ahead = today + timedelta(days=60)
    told = [
        ("aim.yes", {"aim-words": "Clinics start on time, in percent", "aim-better": "higher", "aim-target": "82.5%",
                     **on("aim-by", ahead)}),
        ("later.yes", on("later-by", ahead + timedelta(days=9))),
        ("idea.yes", {"idea-words": "Set up the room the day before"}),
        ("plan.yes", {"plan-plan": "One room, one week", "plan-prediction": "Five of six on time", "plan-idea": "1",
                      **on("plan-from", today), **on("plan-until", today)}),
        ("study-1.yes", {"study-1-as_predicted": "partly", "study-1-decision": "adopt",
                         "study-1-result": "Four of six"}),
        ("rebase.yes", {"rebase-measure": "m1", "rebase-reason": "process_changed", **on("rebase-from", today)}),
        ("reached.yes", {}),
    ]  # fmt: skip
    for answer, form in told:
        after = await site.answer(token, answer, **form)
        assert "It is recorded." in after.words, after.words
    assert "Set up the room the day before (adopted)" in after.words
    kinds = await site.pool.fetch(
        "SELECT kind FROM facts WHERE subject = $1 AND told_by_role = $2 ORDER BY seq", life.name, role
    )
    assert [row["kind"] for row in kinds] == [
        "measure_defined", "aim_set", "aim_set", "change_idea_added", "pdsa_planned", "pdsa_studied", "chart_rebased",
        "aim_closed",
    ]  # fmt: skip
    note = "SELECT text FROM notes JOIN facts USING (event_id) WHERE kind = 'pdsa_planned'"
    assert await site.pool.fetchval(note) == "Plan: One room, one week\nPrediction: Five of six on time"


async def test_a_cycle_that_is_still_running_gets_a_later_end(site: Site, running: Engine) -> None:  # noqa: ARG001
    """From the question about its study, which shows what the team predicted; it is asked again after the new end."""
    life = Life().testing()
    await life.put(site.pool)
    token = await site.asked(life.name, Matter.CYCLE, "study-1")
    later = now().date() + timedelta(days=12)
    after = await site.answer(token, "longer.yes", **on("longer-until", later))
    assert "It is recorded." in after.words, after.words
    assert "study.yes" in after.buttons
