"""What is sent to schedule an Introduction course, and to book a place on it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from gateway.api.rosters import OFFICE_EMAIL, Label, MeantPerson, OfficeEmail, within_calendar
from schemas.programme_file import SHIPPED_PROGRAMMES
from schemas.roster import OFFICE_NAME
from schemas.texts import Name, Words
from schemas.words import Code, Delegate, Said

CourseDay = Annotated[date, AfterValidator(within_calendar)]


Needs = Annotated[Words, StringConstraints(max_length=300)]


class CourseOffered(Said):
    """An Introduction course to be scheduled."""

    academy: Annotated[Label, Field(description="The academy's code.")]
    course: Annotated[
        Label | None, Field(description="The course's code within the academy; without it intro- and the month.")
    ] = None
    day_1: CourseDay
    day_2: CourseDay
    places: Annotated[int | None, Field(ge=1, le=500, description="Without it the programme's.")] = None
    venue: Annotated[Words, Field(description="Where it is; delegates read it.")] = ""
    joining: Annotated[Words, Field(description="What delegates should know before they come.")] = ""
    office_email: Annotated[OfficeEmail | None, Field(description=OFFICE_EMAIL)] = None
    office_name: Name = OFFICE_NAME
    programme: Annotated[Code, Field(description="A name of `GET /v1/programmes`.")] = SHIPPED_PROGRAMMES[0]


class BookingOffered(Said):
    """A place somebody wants. What they need is kept for the office that prepares the room, and shown nowhere else."""

    name: Name
    email: OfficeEmail
    organisation: Name
    delegate: Annotated[Delegate, Field(description="Whether they work in one of the academy's own organisations.")]
    needs: Needs = ""
    person: MeantPerson = ""
