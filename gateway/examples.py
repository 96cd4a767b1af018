"""One example of every kind of fact, for descriptions; a test holds them against the models."""

from __future__ import annotations

from typing import Any, Final

from schemas.calendars import LATEST_HOLIDAY_TABLE

_ENROLMENT: Final = {"enrolment": "sheffield.2027-autumn.P01"}
_BOOKING: Final = {"booking": "sheffield.intro-2027-09.B01"}
_DAY: Final = {"day": "2027-10-04"}
_ABSENCE: Final = {"first_day": "2027-12-20", "last_day": "2027-12-31"}
_PROGRAMME: Final = {"programme": {"name": "sheffield-mca", "version": 1}}
_SLOT: Final = {"day": "monday", "at": "09:00"}
_TEAM: Final = {"microsystem": "ms_ward_7", "team_lead": "per_9c41", "slot": _SLOT}
_CALENDAR: Final = {"calendar": LATEST_HOLIDAY_TABLE}
_HELD: Final = {**_DAY, "attendance": 7, "chaired_by": "team", "evaluation": 8}

_FIELDS: Final[dict[str, dict[str, Any]]] = {
    "engagement_proposed": {
        **_PROGRAMME,
        **_ENROLMENT,
        **_CALENDAR,
        "cohort": "sheffield.2027-autumn",
        "microsystem": "ms_ward_7",
        "course_start": "2027-10-04",
        "slot": _SLOT,
        "people": {"coach": "per_3f2a", "office": "per_0a11"},
        "watched_from": "2027-08-02T09:00:00Z",
    },
    "agreement_signed": {"role": "sponsor"},
    "coach_assigned": {"person": "per_77b0", "part": "interim"},
    "coach_left": {"person": "per_3f2a"},
    "coach_stopped": {"person": "per_3f2a"},
    "role_changed": {"role": "sponsor", "person": "per_58d2"},
    "leave_agreed": {"person": "per_3f2a", **_ABSENCE},
    "weekly_slot_changed": {"slot": {"day": "thursday", "at": "14:30"}, "from_day": "2027-11-01"},
    "session_held": _HELD,
    "session_not_held": {**_DAY, "reason": "clinical_pressure"},
    "session_rescheduled": {**_DAY, "to_day": "2027-10-06", "to_time": "13:00"},
    "session_cancelled_ahead": {"day": "2027-10-11", "reason": "staffing"},
    "ramp_step_reached": {"step": "pdsa"},
    "aim_set": {"aim": "specific", "target": 90, "by_day": "2028-03-31", "measure": "on_time_starts"},
    "pdsa_recorded": {"cycle": 3, "decision": "adapt"},
    "measure_defined": {"measure": "on_time_starts", "better": "higher"},
    "measurement_recorded": {"measure": "on_time_starts", "value": 71.5, **_DAY},
    "progress_scored": {"score": 2.5, "scorer": "team"},
    "review_held": {"month": 6},
    "pause_started": {"reason": "winter_pressure", "review_on": "2028-01-31"},
    "pause_reviewed": {"review_on": "2028-02-28"},
    "pause_ended": {},
    "academy_closed": _ABSENCE,
    "transition_started": {},
    "readiness_assessed": {},
    "signed_off": {"role": "team_lead"},
    "readiness_refused": {"back_to": "transition", "conditions": 2, "review_on": "2029-03-01"},
    "owner_named": {"role": "process_owner", "person": "per_9c41"},
    "handed_off": {},
    "aftercare_reported": {"month": 3, "holding": True},
    "relapsed": {},
    "booster_held": {},
    "extension_granted": {},
    "ended_early": {"reason": "team_merged", "successor": "ms_ward_8"},
    "sponsor_released": {},
    "calendar_revised": _CALENDAR,
    "programme_adopted": _PROGRAMME,
    "correction": {
        "corrects": "diary-8840",
        "replacement": {
            "kind": "session_held",
            "event_id": "diary-8840-right",
            "occurred_at": "2027-10-04T10:00:00Z",
            **_HELD,
        },
    },
    "cohort_scheduled": {
        **_PROGRAMME,
        **_CALENDAR,
        "academy": "sheffield",
        "course_start": "2027-10-04",
        "office": "per_0a11",
    },
    "cohort_confirmed": {},
    "cohort_cancelled": {"reason": "too_few_participants"},
    "enrolment_accepted": {**_ENROLMENT, "person": "per_3f2a", "team": _TEAM},
    "microsystem_identified": {**_ENROLMENT, "team": _TEAM},
    "conditional_start_decided": {**_ENROLMENT, "allowed": True, "until": "2027-11-15"},
    "learning_session_moved": {"number": 2, "to_day": "2027-11-08", "to_time": "09:30"},
    "learning_session_held": {"number": 1, "attended": ["sheffield.2027-autumn.P01", "sheffield.2027-autumn.P02"]},
    "learning_session_made_up": {"number": 1, **_ENROLMENT},
    "enrolment_deferred": {**_ENROLMENT, "to_cohort": "sheffield.2028-spring"},
    "enrolment_withdrawn": {**_ENROLMENT, "reason": "capacity"},
    "enrolment_completed": {**_ENROLMENT, "completed": True},
    "refresher_held": _ENROLMENT,
    "coaching_seen": {"coaching": [{**_ENROLMENT, "agreed": True, "sessions_expected": 20, "sessions_held": 17}]},
    "intro_course_scheduled": {
        **_PROGRAMME,
        **_CALENDAR,
        "academy": "sheffield",
        "day_1": "2027-09-08",
        "day_2": "2027-09-09",
        "places": 20,
        "office": "per_0a11",
    },
    "academy_opened": _CALENDAR,
    "person_known": {"person": "per_3f2a"},
    "place_requested": {**_BOOKING, "person": "per_61fe", "delegate": "external"},
    "booking_cancelled": _BOOKING,
    "intro_places_changed": {"places": 24},
    "intro_course_moved": {"day_1": "2027-10-13", "day_2": "2027-10-14"},
    "place_offered": {**_BOOKING, "until": "2027-10-06T10:00:00Z"},
    "offer_accepted": _BOOKING,
    "intro_attendance_taken": {"day": 1, "attended": ["sheffield.intro-2027-09.B01"]},
    "delegate_seen": {**_BOOKING, "day": 1},
    "missing_day_rebooked": {**_BOOKING, "day": 2, "course": "sheffield.intro-2027-11"},
    "feedback_given": _BOOKING,
    "coaching_wished": _BOOKING,
    "handed_on_to_cohort": {**_BOOKING, "cohort": "sheffield.2027-autumn"},
    "intro_course_cancelled": {"reason": "too_few_delegates"},
}


def example_of(kind: str) -> dict[str, Any]:
    """A fact of this kind, as JSON. Raises KeyError for a kind without an example."""
    return {
        "kind": kind,
        "event_id": "diary-8841",
        "occurred_at": "2027-10-04T10:00:00Z",
        "told_by": {"role": "coach"},
        **_FIELDS[kind],
    }
