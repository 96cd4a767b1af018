"""Who is in the demonstration's academy, and what becomes of each team. All of them are invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import time
from typing import Final, NamedTuple

from rehearsal.behaviours import Character
from schemas.bookings import Attends, BookingLine
from schemas.engagement_facts import Slot
from schemas.roster import Contact, Roster, RosterRow
from schemas.roster_cells import Behaviour
from schemas.words import Delegate, HolidayDivision, Matter, Weekday

WEEKS_A_MONTH: Final = 30.4375 / 7


class Place(NamedTuple):
    """One place on a course: who has it, their team, who leads that, when they meet, and how they behave.

    ``story`` is a life that no behaviour has; it goes first. ``team`` is empty where none was found.
    """

    coach: str
    team: str
    lead: str
    day: Weekday
    at: time
    behaviour: Behaviour = Behaviour.STEADY
    story: Character | None = None


DEPUTY: Final = "Sarah Idris"
FACULTY: Final = ("Ruth Ainsworth", "Tom Bradley")
SPONSORS: Final = ("Helen Marsh", "David Okafor", "Priya Nair")
_ORGANISATIONS: Final = ("Teaching Hospitals", "Children's Hospital", "Health and Social Care")
_DISCIPLINES: Final = ("nurse", "doctor", "physiotherapist", "manager", "pharmacist")

_MON, _TUE, _WED, _THU, _FRI = Weekday.MONDAY, Weekday.TUESDAY, Weekday.WEDNESDAY, Weekday.THURSDAY, Weekday.FRIDAY
_LATE: Final = Behaviour.LATE_LOGGER

TEACHING: Final = (
    Place("Amina Yusuf", "Respiratory ward", "Grace Holt", _MON, time(8, 30)),
    Place("Ben Carver", "Cystic fibrosis clinic", "Leah Quinn", _TUE, time(9)),
    Place("Chloe Dunn", "Frailty unit", "Marcus Webb", _WED, time(12, 30)),
    Place("Daniel Osei", "Day surgery", "Nina Patel", _THU, time(13)),
    Place("Esther Lund", "", "", _FRI, time(9)),
    Place("Fergus Boyle", "Stroke unit", "Olu Adeyemi", _MON, time(14), story=Character(silent_after_weeks=3.4)),
    Place("Georgia Ennis", "Renal dialysis", "Paula Stone", _TUE, time(15), _LATE),
    Place("Harun Malik", "Maternity triage", "Ros Finch", _WED, time(8, 30),
          story=Character(leaves_open=frozenset({Matter.AGREEMENT}))),
    Place("Isla Frost", "Children's outpatients", "Sam Tilley", _THU, time(9, 30)),
    Place("Jack Mercer", "Fracture clinic", "Tess Ibbotson", _FRI, time(12), Behaviour.DEFERRED),
)  # fmt: skip
"""The cohort that is taught now."""


def _weeks_before_today(weeks: float) -> float:
    return MONTHS_AT_WORK * WEEKS_A_MONTH - weeks


MONTHS_AT_WORK: Final = 14.0
_NEVER: Final = (99.0, 99.0)
_HAND_OFF_WAITS: Final = Character(
    ready=(10.6, 10.8), assessed_from=12.9, steps_back_from=(0.0, 0.0), leaves_open=frozenset({Matter.HAND_OFF})
)

COACHING: Final = (
    Place("Karen Whitley", "Endoscopy", "Una Devlin", _MON, time(9)),
    Place("Liam Sutton", "Memory service", "Vera Blake", _TUE, time(13)),
    Place("Moira Keane", "Pharmacy dispensary", "Will Hargreaves", _WED, time(14),
          story=Character(stops_meeting_after_weeks=_weeks_before_today(3.2), steps_back_from=_NEVER)),
    Place("Nathan Cole", "Ophthalmology clinic", "Yasmin Rahman", _THU, time(8, 30),
          story=Character(stops_meeting_after_weeks=_weeks_before_today(7.5))),
    Place("Orla Byrne", "Oncology day unit", "Zoe Lambert", _FRI, time(10),
          story=Character(pauses_in_months=(MONTHS_AT_WORK - 0.6, MONTHS_AT_WORK + 1.5))),
    Place("Peter Nkosi", "Rheumatology clinic", "Adam Fell", _MON, time(13),
          story=Character(coach_leaves_in_month=MONTHS_AT_WORK - 0.35)),
    Place("Rachel Dean", "Palliative care team", "Beth Morley", _TUE, time(8, 30), story=_HAND_OFF_WAITS),
    Place("Simon Archer", "Diabetes foot clinic", "Carl Jessop", _WED, time(10),
          story=Character(silent_after_weeks=_weeks_before_today(2.6), steps_back_from=_NEVER)),
    Place("Tara Singh", "Sterile services", "Dawn Pryce", _THU, time(14)),
    Place("Umar Farooq", "Hepatology ward", "Ewan Baird", _FRI, time(8, 30), _LATE),
    Place("Violet Hume", "Spinal injuries ward", "Faye Norton", _MON, time(15), Behaviour.TEAM_MERGES),
    Place("Wesley Grant", "Acute medical unit", "Gwen Parry", _TUE, time(10)),
)  # fmt: skip
"""The cohort in its fourteenth month."""

AFTERCARE: Final = (
    Place("Abigail Moss", "Stroke rehabilitation", "Hugh Carr", _MON, time(9), Behaviour.EARLY_GRADUATE),
    Place("Callum Reid", "Outpatient booking office", "Ines Walker", _TUE, time(9), Behaviour.EARLY_GRADUATE),
    Place("Diane Foster", "District nursing South", "Joel Barton", _WED, time(9)),
    Place("Edward Shaw", "Community mental health North", "Kit Lawson", _THU, time(9)),
    Place("Fiona Grey", "Emergency department minors", "Lucy Hobbs", _FRI, time(9), Behaviour.RELAPSES),
    Place("Gareth Lloyd", "Pre-operative assessment", "Mina Choi", _MON, time(13)),
    Place("Hannah Price", "Diabetes clinic", "Noel Fitch", _TUE, time(13), Behaviour.PAST_24_MONTHS),
    Place("Ivan Petrov", "Hospital at home", "Orla Kemp", _WED, time(13), Behaviour.SILENT_STOP),
)
"""The cohort whose teams carry on alone."""

_DELEGATES: Final = (
    "Alice Beck", "Brian Yates", "Cara Hood", "Dev Anand", "Ella Rowe", "Frank Hill", "Gita Rao", "Hope Abbott",
    "Ian Doyle", "Jess Naylor", "Kofi Mensah", "Lena Ross", "Mark Upton", "Nell Garside", "Omar Aziz", "Polly Fenn",
    "Quentin Ray", "Rosa Diaz", "Stan Lowe", "Thea Lyle", "Usha Desai", "Vic Barlow", "Wendy Clay", "Yann Peters",
    "Zara Khan", "Alan Birch",
)  # fmt: skip
_LATER_DELEGATES: Final = (
    "Bella Cross", "Carlos Vega", "Della Moon", "Eric Stubbs", "Farah Nazir", "George Pike", "Heidi Lang", "Imran Shah",
    "Joan Tait", "Karl Dawes", "Lorna Pugh", "Milo Grant", "Nadia Sharif", "Owen Flint", "Petra Novak", "Rhys Morgan",
    "Sonia Bell", "Trevor Knox", "Uma Iyer", "Victor Slade", "Wanda Coles", "Xanthe Rose", "Yusuf Demir", "Zoe Garner",
)  # fmt: skip
DELEGATE: Final = _LATER_DELEGATES[0]
_OUTCOMES: Final = {3: Attends.CANCELLED_EARLY, 8: Attends.CANCELLED_LATE, 11: Attends.NO_SHOW, 17: Attends.DAY_1_ONLY}


def address_of(name: str) -> str:
    """Where an invented person is written to: nothing leaves the machine."""
    return f"{name.lower().replace(' ', '.')}@example.org"


def contact(name: str) -> Contact:
    """An invented person."""
    return Contact(name, address_of(name))


def roster(places: Iterable[Place]) -> Roster:
    """The places of a course; faculty and sponsors look after every second and third of them."""
    return Roster(tuple(_row(number, place) for number, place in enumerate(places)))


def stories(places: Iterable[Place]) -> dict[str, Character]:
    """The lives that no behaviour has, by participant."""
    return {_code(number): place.story for number, place in enumerate(places) if place.story is not None}


def _code(number: int) -> str:
    return f"P{number + 1:02}"


def _row(number: int, place: Place) -> RosterRow:
    return RosterRow(
        line=number + 2,
        participant=_code(number),
        person=contact(place.coach),
        organisation=_ORGANISATIONS[number % 3],
        discipline=_DISCIPLINES[number % 5],
        microsystem=place.team or None,
        team_lead=contact(place.lead) if place.lead else None,
        sponsor=contact(SPONSORS[number % 3]) if place.team else None,
        faculty=contact(FACULTY[number % 2]),
        slot=Slot(day=place.day, at=place.at) if place.team else None,
        division=HolidayDivision.ENGLAND_AND_WALES,
        behaviour=place.behaviour,
    )


def delegates() -> tuple[tuple[BookingLine, ...], ...]:
    """Who books each of the two Introduction courses: more than there are places."""
    return _lines(_DELEGATES), _lines(_LATER_DELEGATES)


def _lines(names: Sequence[str]) -> tuple[BookingLine, ...]:
    return tuple(
        BookingLine(
            line=number + 2,
            code=f"B{number + 1:02}",
            name=name,
            email=address_of(name),
            organisation=_ORGANISATIONS[number % 3],
            delegate=Delegate.EXTERNAL if number % 4 == 3 else Delegate.INTERNAL,
            needs="large print" if number % 9 == 4 else "",
            outcome=_OUTCOMES.get(number, Attends.ATTENDED),
        )
        for number, name in enumerate(names)
    )
