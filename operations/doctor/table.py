"""Every check, in the order in which it is made: what others need comes first."""

from __future__ import annotations

from typing import Final

from operations.doctor import around, records, temporal
from operations.doctor.agreement import agreement
from operations.doctor.checking import Check, Need

_RECORDS: Final = frozenset({Need.RECORDS})
_TEMPORAL: Final = frozenset({Need.TEMPORAL})
_BOTH: Final = _RECORDS | _TEMPORAL

CHECKS: Final = (
    Check("Settings", around.settings),
    Check("Database", records.schema, gives=Need.RECORDS),
    Check("Temporal", temporal.server, gives=Need.TEMPORAL),
    Check("Search attributes", temporal.attributes, _TEMPORAL),
    Check("Nexus endpoint", temporal.nexus, _TEMPORAL),
    Check("Workers", temporal.pollers, _TEMPORAL),
    Check("Builds", temporal.builds, _TEMPORAL),
    Check("Work gets done", records.round_trip, _RECORDS),
    Check("Schedules", temporal.schedules, _BOTH),
    Check("Mail", around.mail),
    Check("Operator", around.operator),
    Check("Links", around.links),
    Check("Clocks", around.clocks, _BOTH),
    Check("Bank holidays", records.holidays, _RECORDS),
    Check("API keys", records.api_keys, _RECORDS),
    Check("Backup", records.backup, _RECORDS),
    Check("Retention", records.kept_too_long, _RECORDS),
    Check("Incidents", records.open_incidents, _RECORDS),
    Check("Agreement", agreement, _BOTH, unhurried=True),
)
