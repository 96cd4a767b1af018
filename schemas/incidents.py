"""What the engine finds wrong with itself: a finding is said once, by whoever looks, and kept as an incident."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import Field

from schemas.words import Code, Said

ENGINE: Final = "engine"
"""What a finding is about that concerns the whole installation."""


class IncidentKind(StrEnum):
    """What may be found. ``lifecycle/incidents.py`` says each in words."""

    NOT_RUNNING = "not_running"
    MANY_NOT_RUNNING = "many_not_running"
    ID_TAKEN = "id_taken"
    PAUSED = "paused"
    BEHIND = "behind"
    STUCK = "stuck"
    OPENING_FAILED = "opening_failed"
    WORKFLOW_UNKNOWN = "workflow_unknown"
    SCHEDULE_MISSING = "schedule_missing"
    COURSES_NOT_OPENED = "courses_not_opened"
    WEEKLY_MAIL_MISSING = "weekly_mail_missing"
    RECORDS_RESTORED = "records_restored"
    RECORDS_LOST = "records_lost"
    ERASURE_UNDONE = "erasure_undone"
    OFFICE_UNREACHABLE = "office_unreachable"
    OFFICE_AWAY = "office_away"
    NO_DEPUTY = "no_deputy"
    HOLIDAYS_END = "holidays_end"
    KEY_ENDS = "key_ends"
    EFFECT_REFUSED = "effect_refused"
    EFFECT_UNREACHED = "effect_unreached"
    START_REFUSED = "start_refused"
    OFFER_REFUSED = "offer_refused"
    SIGNAL_UNKNOWN = "signal_unknown"
    LEAVER_STAYS = "leaver_stays"
    MAIL_REFUSED = "mail_refused"
    MAIL_UNCLEAR = "mail_unclear"
    MAIL_UNTRACED = "mail_untraced"
    KEPT_TOO_LONG = "kept_too_long"
    UNACCOUNTED = "unaccounted"


class Finding(Said):
    """Something that is wrong, or was until this was found.

    ``subject`` is what it is about: a subject, an academy, a schedule, or ``engine``. ``key`` tells two of one kind and
    subject apart. ``facts`` holds ids, codes, numbers and moments (ISO 8601) only. ``done`` is the code of what the
    engine did about it; ``mended`` says that nothing is left to do: it is kept, and closed at once.
    """

    kind: IncidentKind
    subject: Code
    key: str = Field(default="-", max_length=240)
    facts: dict[str, str] = Field(default_factory=dict)
    done: str | None = None
    mended: bool = False
