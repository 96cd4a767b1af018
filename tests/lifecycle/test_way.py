"""A team's way from proposal to independence: what was reached, and what is expected when."""

from __future__ import annotations

from datetime import date, timedelta

from lifecycle.engagement import fold
from lifecycle.engagement.way import Step, way
from schemas import engagement_facts as facts
from schemas.facts import Fact
from schemas.words import EndReason, Role
from tests.lifecycle.lives import local, proposed


def _told(*more: tuple[type[Fact], str, dict[str, object]]) -> list[Fact]:
    found: list[Fact] = [proposed()]
    for number, (kind, at, said) in enumerate(more):
        found.append(kind.model_validate({"event_id": f"e{number}", "occurred_at": local(at)} | said))
    return found


_AGREED = tuple(
    (facts.AgreementSigned, "2026-08-20", {"role": role}) for role in (Role.COACH, Role.SPONSOR, Role.TEAM_LEAD)
)


def test_a_proposed_team_sees_its_whole_way_ahead() -> None:
    """The agreement is expected four weeks on, the hand-off eighteen months after the course begins."""
    found = way(fold(_told(), local("2026-08-12")), {})  # type: ignore[arg-type] # its own facts
    assert [station.step for station in found if station.reached] == [Step.PROPOSED]
    assert found[1].at == local("2026-08-10") + timedelta(weeks=4)
    assert [station.month for station in found if station.step is Step.CHECKED] == [3, 6, 12]
    handed_off = next(station for station in found if station.step is Step.HANDED_OFF)
    assert handed_off.at.date() == date(2028, 3, 7)
    assert found[-1].step is Step.INDEPENDENT
    assert found[-1].at.date() == date(2029, 3, 7)


def test_what_was_reached_stands_before_what_is_expected() -> None:
    """Whatever the order in which it is planned; stations in the order of the way."""
    state = fold(_told(*_AGREED, (facts.TransitionStarted, "2027-06-01", {})), local("2027-06-02"))  # type: ignore[arg-type]
    found = way(state, {})
    reached = [station.reached for station in found]
    assert reached == sorted(reached, reverse=True)
    assert [station.step for station in found if station.reached][-1] is Step.STEPPING_BACK


def test_an_early_end_is_the_last_station() -> None:
    """Nothing is promised behind it."""
    ended = (facts.EndedEarly, "2026-12-01", {"reason": EndReason.TEAM_DISBANDED})
    found = way(fold(_told(*_AGREED, ended), local("2026-12-02")), {})  # type: ignore[arg-type]
    assert [station.step for station in found] == [Step.PROPOSED, Step.AGREED, Step.WEEKLY, Step.ENDED]
