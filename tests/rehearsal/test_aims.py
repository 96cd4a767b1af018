"""The aims of a rehearsal hold for other seeds too; for the first, see the example's own test."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from rehearsal.driver import rehearse_purely
from rehearsal.script import Script, alone
from schemas.programme_file import shipped_programme
from schemas.roster import Contact
from schemas.roster_check import check_roster
from tools.aims import EXAMPLE, SEEDS, missed


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS[1:])
def test_stops_are_noticed_in_time_few_are_alarmed_for_nothing_and_mail_comes_once_a_week(seed: int) -> None:
    """Within 20 working days, 15 in the median; one false alarm an engagement-year; one mail a person a week."""
    roster = check_roster(EXAMPLE.read_bytes()).roster
    assert roster is not None
    office = Contact("Programme office", "office@example.org")
    named = ("sheffield", "sheffield.2023-spring")
    script = Script(*named, roster, date(2023, 3, 6), shipped_programme(), office, months=24, seed=seed)
    done = asyncio.run(rehearse_purely(alone(script)))
    assert list(missed(done.report)) == []
    assert not done.refused
    assert done.report.working_days_to_notice.max is not None
