"""The report of a rehearsal: what became of every engagement, and whether silence was noticed in time.

Its JSON schema is made from these models (``mca rehearse --report-schema``).
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.roster_cells import Behaviour
from schemas.words import BookingState, EndReason, EngagementId, IntroCourseId, IntroStage, Matter, Phase

Count = Annotated[int, Field(ge=0)]
EndState = Literal["sustained", "ended_early", "deferred", "withdrawn", "not_completed"]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sessions(_Said):
    """Weekly sessions that were due up to the end of the rehearsal or of the coaching, by what is known of them."""

    expected: Annotated[Count, Field(description="All of them: the sum of the other four, and those still open.")]
    held: Count
    not_held: Count
    unknown: Count
    excused: Count


class StallSeen(_Said):
    """A stall by the truth of the rehearsed people, and what the engine made of it."""

    began: Annotated[date, Field(description="The first missed session of at least as many in a row as make a stall.")]
    noticed: Annotated[
        date | None,
        Field(description="The first notice above the coach that the team is at risk or stalled."),
    ]
    resolved: Annotated[date | None, Field(description="The next session held, or the end of the engagement.")]


class History(_Said):
    """A workflow's history over all its runs, without what only virtual time adds."""

    events: Count
    bytes: Annotated[
        Count,
        Field(description="What the events carry: the names of their types and the data of their payloads."),
    ]


class EngagementReport(_Said):
    """One engagement; or, without an ``engagement_id``, an enrolment that never had one of its own.

    A co-coach's phase and end are those of the engagement they joined.
    """

    engagement_id: EngagementId | None
    participant: str
    behaviour: Behaviour
    phase: Phase | None
    end_state: EndState | None
    end_reason: EndReason | None
    sessions: Sessions
    notices: Annotated[dict[Matter, Count], Field(description="Notices issued about this engagement, by matter.")]
    stalls: tuple[StallSeen, ...]
    history: History


class IntroCourseReport(_Said):
    """One Introduction course: what became of its bookings, and what followed."""

    course: IntroCourseId
    stage: IntroStage
    places: Count
    bookings: Annotated[dict[BookingState, Count], Field(description="Bookings by their state at the end.")]
    offered: Annotated[Count, Field(description="Places that came free and were offered to somebody who waited.")]
    certificates: Count
    feedback: Count
    handed_on: Annotated[Count, Field(description="Delegates handed on to a cohort's office, to become coaches.")]


class Spread(_Said):
    """The middle and the largest of some numbers; null where there were none."""

    median: float | None
    max: float | None


class Report(_Said):
    """What a rehearsal showed. The same seed and course start give the same report, ``wall_seconds`` aside."""

    engagements: tuple[EngagementReport, ...]
    introductions: Annotated[
        tuple[IntroCourseReport, ...], Field(description="The Introduction courses of a rehearsed year.")
    ] = ()
    mails_per_person_week: Annotated[
        Spread,
        Field(
            description="Mails to one person in a week (Monday to Sunday) beside own session asks, where there was one."
        ),
    ]
    digests: Annotated[
        Count, Field(description="Weekly mails that were sent from ten weeks before the first course on.")
    ]
    withheld: Annotated[Count, Field(description="Notices that found no room in a weekly mail.")]
    withdrawn: Annotated[Count, Field(description="Notices whose reason had gone before they were sent.")]
    escalations: Annotated[dict[str, Count], Field(description="Alarms that a team is at risk, by who heard.")]
    mails_outside_windows: Annotated[
        Count, Field(description="Notices sent outside the hours and working days of the team they are about.")
    ]
    working_days_to_notice: Annotated[
        Spread,
        Field(description="From the first missed session of a stall to the first notice about it above the coach."),
    ]
    stalls_unnoticed: Annotated[Count, Field(description="Stalls of which nobody above the coach ever heard.")] = 0
    false_alarms: Annotated[
        Count,
        Field(
            description="Notices to faculty, office or sponsor that a team is at risk or stalled, issued although the "
            "team had met in one of the last sessions (as many as make a team at risk) that were over by then."
        ),
    ]
    false_alarms_per_engagement_year: Annotated[
        float, Field(ge=0, description="False alarms to 52 weeks in which a team was expected to meet.")
    ] = 0
    duplicate_notices: Annotated[
        Count,
        Field(
            description="Notices to the same person about the same matter, window and step beyond the first, and mails "
            "in the outbox that say the same to the same person on the same day again."
        ),
    ]
    personal_data_outside_database: Annotated[
        Count,
        Field(description="Names, addresses, teams' names and notes found in histories, log lines or metrics."),
    ]
    wall_seconds: Annotated[float, Field(ge=0)]


def without_servers(report: Report) -> Report:
    """A report without what only servers leave behind: lengths of histories, what leaked, and how long it took."""
    nothing = History(events=0, bytes=0)
    engagements = tuple(line.model_copy(update={"history": nothing}) for line in report.engagements)
    said = {"engagements": engagements, "personal_data_outside_database": 0, "wall_seconds": 0}
    return report.model_copy(update=said)


def schema() -> str:
    """The JSON schema of the report."""
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema()}
    return json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def to_json(report: Report) -> str:
    """The report as it is written to a file: sorted, so that two can be compared line by line."""
    return json.dumps(report.model_dump(mode="json"), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
