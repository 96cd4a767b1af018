"""What each step of an alarm says of itself, what it counts from, and a stall that faculty has to decide."""

from __future__ import annotations

from schemas import engagement_facts as facts
from schemas.words import Act, Matter, Role
from tests.lifecycle.lives import PROGRAMME, Lived, agreed, local, read

FIRST_FOUR = ("2026-09-08", "2026-09-15", "2026-09-22", "2026-09-29")


def missed(*days: str, **fields: object) -> tuple[Lived, list[str]]:
    """A team that missed its sessions of these days, and the event ids of what was told."""
    lived = agreed(**fields)
    told = []
    for day in days:
        lived.go(f"{day} 10:30")
        told.append(lived.miss(day))
    return lived, told


def test_each_step_names_its_rule_its_parameter_its_first_missed_day_and_the_reports() -> None:
    """So that whoever hears can see why, and the order is coach, faculty, office."""
    lived, told = missed(*FIRST_FOUR[:2])
    lived.go("2026-10-20")
    steps = [item for _, item in lived.carried if item.matter is Matter.ESCALATION]
    assert [(item.turn, item.to, item.parameter) for item in steps] == [
        (Role.COACH, (Role.COACH,), "health.at_risk_after = 2"),
        (Role.FACULTY, (Role.FACULTY,), "ladder.faculty_after_working_days = 5"),
        (Role.OFFICE, (Role.OFFICE,), "ladder.office_after_working_days = 10"),
    ]
    assert {item.rule for item in steps} == {"team_at_risk"}
    assert {item.about for item in steps} == {local(FIRST_FOUR[0]).date()}
    assert {item.facts for item in steps} == {tuple(told)}
    assert {item.act for item in steps} == {Act.ESCALATE}


def test_days_between_the_steps_count_from_when_the_one_before_was_really_told() -> None:
    """The engine was off as the coach should have heard: faculty has its five working days from then."""
    lived, _ = missed(*FIRST_FOUR[:2])
    lived.away("2026-10-05 09:00")
    lived.go("2026-11-20")
    assert lived.went(Matter.ESCALATION)[:3] == ["2026-10-05 09:00", "2026-10-12 09:00", "2026-10-19 09:00"]


def test_the_sponsor_hears_after_the_office_and_only_of_what_was_released_for_this_alarm() -> None:
    """Released while the alarm stands, it goes once the office has heard; the rule is named."""
    lived, _ = missed(*FIRST_FOUR[:2])
    lived.go("2026-09-17")
    lived.tell(facts.SponsorReleased)
    lived.go("2026-10-20")
    heard = [(at, item) for at, item in lived.carried if item.to == (Role.SPONSOR,)]
    office = [at for at, item in lived.carried if item.to == (Role.OFFICE,) and item.matter is Matter.ESCALATION]
    assert [(item.turn, item.parameter) for _, item in heard] == [(Role.OFFICE, "sponsor_released")]
    assert heard[0][0] >= office[0]


def owed_by_faculty() -> Lived:
    """A stalled team of a programme in which faculty decides what happens next."""
    decided = PROGRAMME.decisions.model_copy(
        update={"stalled": PROGRAMME.decisions.stalled.model_copy(update={"by": Role.FACULTY})}
    )
    lived, _ = missed(*FIRST_FOUR, programme=PROGRAMME.model_copy(update={"decisions": decided}))
    return lived


def test_a_stall_that_faculty_owes_is_asked_of_faculty_and_then_of_the_office() -> None:
    """Each four weeks within the eight that faculty has; five working days after that it is the office's."""
    lived = owed_by_faculty()
    lived.go("2027-03-01")
    steps = [(read(at), item) for at, item in lived.carried if item.matter is Matter.STALL]
    turns = [item.turn for _, item in steps]
    assert turns == sorted(turns, key=lambda turn: turn is Role.OFFICE)
    faculty = [(at[:10], item.parameter) for at, item in steps if item.turn is Role.FACULTY]
    office = [(at[:10], item.parameter) for at, item in steps if item.turn is Role.OFFICE]
    assert faculty == [
        (day, "health.stalled_asked_every_weeks = 4") for day in ("2026-09-29", "2026-10-27", "2026-11-24")
    ]
    assert office[0] == ("2026-12-01", "decisions.stalled.office_after_working_days = 5")
    assert len(office) > 2
    assert {parameter for _, parameter in office[1:]} == {"decisions.stalled.office_again_every_weeks = 4"}
    assert {item.rule for _, item in steps} == {"stalled_decision_owed"}
    assert {item.about for _, item in steps} == {local(FIRST_FOUR[0]).date()}
