"""What an academy can be told, one model a kind."""

from __future__ import annotations

from typing import Literal

from schemas.facts import AcademyClosed, CalendarRevised, Fact
from schemas.programme import Zone
from schemas.words import Code, HolidayDivision


class AcademyOpened(Fact):
    """The first fact of every academy: where it is, and whose bank holidays it keeps."""

    kind: Literal["academy_opened"] = "academy_opened"
    zone: Zone = "Europe/London"
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code


AcademyHappening = CalendarRevised | AcademyClosed
"""What may follow the first fact of an academy, in the order that settles ties of ``occurred_at``."""
