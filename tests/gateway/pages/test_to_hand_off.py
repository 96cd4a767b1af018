"""What the work of a team is recorded on, on the way to its hand-off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from activities.links import Purpose
from schemas.words import Matter, Role
from tests.gateway.conftest import Town
from tests.gateway.pages.cases import on
from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Life
from tests.workflows.subjects import LEAD, now
from worker.main import Engine


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
        assert "We've recorded it." in after.words, after.words
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
    assert "We've recorded it." in after.words, after.words
    assert "study.yes" in after.buttons
