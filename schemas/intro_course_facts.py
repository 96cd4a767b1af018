"""What an Introduction course can be told: facts about its two days and about bookings.

No fact holds a name, an access need or a word of feedback: these stand beside it, in the database.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from schemas.facts import AcademyClosed, CalendarRevised, Fact, LeaveAgreed, PersonLeft, PersonMerged, ProgrammeAdopted
from schemas.mail_facts import MailTold
from schemas.moments import Moment
from schemas.programme import SharedProgramme, Zone, zone_of_programme
from schemas.words import (
    AcademyId,
    BookingId,
    Code,
    CohortToJoin,
    Delegate,
    EventId,
    Group,
    HolidayDivision,
    IntroCourseId,
    NewBookingId,
    PersonId,
    Said,
    office_of,
)

DayNumber = Annotated[int, Field(ge=1, le=2)]
Places = Annotated[int, Field(ge=1, le=500)]


def _rising(days: tuple[int, ...]) -> tuple[int, ...]:
    if list(days) != sorted(set(days)):
        raise ValueError("must name each day once, the first day first")
    return days


Rebooking = Literal["booked", "attended", "missed"]
Days = Annotated[tuple[DayNumber, ...], Field(min_length=1, max_length=2), AfterValidator(_rising)]


class IntroCourseScheduled(Fact, group=Group.COURSES):
    """The first fact of every Introduction course: its two days, at the programme's hours, and its places."""

    kept: ClassVar[tuple[str, ...]] = ("occurred_at", "academy", "programme", "day_1", "day_2", "places")

    kind: Literal["intro_course_scheduled"] = "intro_course_scheduled"
    academy: AcademyId
    programme: SharedProgramme
    day_1: date
    day_2: date
    places: Places
    zone: Zone = Field(default_factory=zone_of_programme)
    division: HolidayDivision = HolidayDivision.ENGLAND_AND_WALES
    calendar: Code

    @property
    def office(self) -> PersonId:
        """The mailbox of its academy."""
        return office_of(self.academy)


class BookedBefore(Said):
    """A booking of an earlier course, one of whose days was missed."""

    course: IntroCourseId
    booking: BookingId


class PlaceRequested(Fact, group=Group.BOOKINGS):
    """Somebody wants a place: they have it, or are on the waiting list. ``rebooks`` names whose missing day it is.

    Places go in the order in which the course takes the requests: it gives each its ``number``, and a moment no earlier
    than those before. What a teller says of ``number`` and ``waits`` is not heard.
    """

    kind: Literal["place_requested"] = "place_requested"
    booking: NewBookingId
    person: PersonId
    delegate: Delegate
    days: Days = (1, 2)
    rebooks: BookedBefore | None = None
    number: Annotated[int, Field(ge=0)] = 0
    waits: bool = False
    """Told late: the place that was free when it occurred was given away before it was taken."""

    @property
    def tie(self) -> int:
        """The order in which the course took them."""
        return self.number

    def repeats(self, told: Fact) -> bool:
        """A booking is known by its id: asked for again by the same person for the same days, it is the same one."""
        named = ("event_id", "booking", "person", "days", "rebooks")
        return isinstance(told, PlaceRequested) and all(getattr(self, name) == getattr(told, name) for name in named)

    def replaced_by(self, replacement: Fact, event_id: EventId) -> Fact:
        """Whoever is put right keeps their turn."""
        turn = {"occurred_at": self.occurred_at, "number": self.number, "waits": self.waits}
        kept = turn if isinstance(replacement, PlaceRequested) else {}
        return replacement.model_copy(update={"event_id": event_id, **kept})


class BookingCancelled(Fact, group=Group.BOOKINGS):
    """Somebody gives up a place, an offer, or waiting for one."""

    kind: Literal["booking_cancelled"] = "booking_cancelled"
    booking: BookingId


class IntroPlacesChanged(Fact, group=Group.COURSES):
    """The course has more places, or fewer. Nobody loses a place by it."""

    kind: Literal["intro_places_changed"] = "intro_places_changed"
    places: Places


class IntroCourseMoved(Fact, group=Group.COURSES):
    """The course is on other days; once day 1 has begun, day 2 alone is. Places are kept."""

    kind: Literal["intro_course_moved"] = "intro_course_moved"
    day_1: date
    day_2: date


class PlaceOffered(Fact, group=Group.BOOKINGS):
    """A freed place was offered to the first who waits; it is theirs until then. The engine tells it."""

    kind: Literal["place_offered"] = "place_offered"
    booking: BookingId
    until: Moment


class OfferAccepted(Fact, group=Group.BOOKINGS):
    """Somebody takes the place they were offered."""

    kind: Literal["offer_accepted"] = "offer_accepted"
    booking: BookingId


class IntroAttendanceTaken(Fact, group=Group.COURSES):
    """Who was there on a day: the whole list."""

    kind: Literal["intro_attendance_taken"] = "intro_attendance_taken"
    day: DayNumber
    attended: tuple[BookingId, ...]


class DelegateSeen(Fact, group=Group.COURSES):
    """One delegate was there on a day, or was not: a tap at the door."""

    kind: Literal["delegate_seen"] = "delegate_seen"
    booking: BookingId
    day: DayNumber
    attended: bool = True


class MissingDayRebooked(Fact, group=Group.BOOKINGS):
    """A later course tells what became of a missing day there: booked, attended, or missed again."""

    kind: Literal["missing_day_rebooked"] = "missing_day_rebooked"
    booking: BookingId
    day: DayNumber
    course: IntroCourseId
    outcome: Rebooking = "booked"


class FeedbackGiven(Fact, group=Group.FEEDBACK):
    """A delegate answered what was asked after day 2. The answers stand beside it."""

    kind: Literal["feedback_given"] = "feedback_given"
    booking: BookingId


class CoachingWished(Fact, group=Group.FEEDBACK):
    """A delegate wants to become a coach."""

    kind: Literal["coaching_wished"] = "coaching_wished"
    booking: BookingId


class HandedOnToCohort(Fact, group=Group.ENROLMENTS):
    """Somebody who wants to become a coach stands on the list of a cohort's office."""

    kind: Literal["handed_on_to_cohort"] = "handed_on_to_cohort"
    booking: BookingId
    cohort: CohortToJoin


class IntroCourseCancelled(Fact, group=Group.ENDINGS):
    """The course will not take place; once day 1 has begun, day 2 will not. Of one moment, it comes after all else."""

    kind: Literal["intro_course_cancelled"] = "intro_course_cancelled"
    reason: Literal["too_few_delegates", "no_faculty", "no_room", "other"]


IntroCourseHappening = (
    PlaceRequested
    | BookingCancelled
    | PersonLeft
    | PersonMerged
    | IntroPlacesChanged
    | IntroCourseMoved
    | PlaceOffered
    | OfferAccepted
    | MissingDayRebooked
    | FeedbackGiven
    | CoachingWished
    | HandedOnToCohort
    | IntroAttendanceTaken
    | DelegateSeen
    | IntroCourseCancelled
    | CalendarRevised
    | ProgrammeAdopted
    | AcademyClosed
    | LeaveAgreed
    | MailTold
)
"""What may follow the first fact of a course, in the order that settles ties of ``occurred_at``.

What became of a day counts after whatever rests on what was known of it before.
"""
