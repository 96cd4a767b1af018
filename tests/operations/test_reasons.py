"""Why something was carried out, read from what was noted then."""

from __future__ import annotations

from datetime import timedelta

from lifecycle.why import setting
from operations.reasons import with_rules
from records import due
from records.database import Pool
from schemas.due import Due, Why
from schemas.words import Act, Matter, Role
from tests.lifecycle import lives
from tests.records.telling import record, told

NAME = "sheffield.2026-autumn.P01"


async def test_what_was_carried_out_has_its_rule_parameter_facts_calendar_and_step(pool: Pool) -> None:
    """A workflow remembers only when; what it does not speak of, and what is still to come, stays as it is."""
    opening = lives.proposed()
    at = opening.occurred_at + timedelta(weeks=2)
    item = Due(
        key="agreement/signatures/1", at=at, act=Act.REMIND, matter=Matter.AGREEMENT, turn=Role.COACH,
        rule="agreement_owed", parameter="decisions.agreement.within_weeks = 4", since=opening.occurred_at,
        facts=(opening.event_id,),
    )  # fmt: skip
    async with pool.acquire() as conn:
        await record(conn, told(opening, 0))
        await due.note_done(conn, NAME, at, [item])
    carried, ahead = Why(question=item.key, answer="Carried out.", done_at=at), Why(question="next", answer="Ahead.")
    found = await with_rules(pool, NAME, [carried, ahead])
    assert found[1] == ahead
    assert (found[0].due, found[0].done_at) == (item, at)
    assert found[0].facts == (f"2026-08-10 {opening.event_id}",)
    for said in (
        "Carried out on Monday 24 August 2026",
        setting(item.parameter),
        "Step 1 of agreement",
        "england-and-wales",
    ):
        assert said in found[0].answer
    assert await with_rules(pool, NAME, [ahead]) == (ahead,)
