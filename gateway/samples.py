"""An example of every body and answer that has to do with events, beside those of :mod:`gateway.api.samples`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from gateway.api import samples as of_the_api
from gateway.api.answers import Worklist
from gateway.api.bounces import BounceTaken
from gateway.api.certificates import Revocation, shown
from gateway.api.leave import LeaveDays, LeaveHeard
from gateway.api.worklists import PutOff
from gateway.events.arriving import Became, BecameOfAll
from gateway.events.catalogue import EventType, EventTypes, catalogue
from gateway.events.kept import Arrivals, ArrivalShown, Mended
from gateway.examples import example_of
from gateway.webhooks.answers import (
    Deliveries,
    DeliveryShown,
    Replayed,
    Span,
    Subscriptions,
    SubscriptionShown,
    SubscriptionWithSecret,
)
from lifecycle.certificate import Award, Earned
from lifecycle.description import Loss
from lifecycle.matters import MATTERS
from lifecycle.worklist import Kind, Waiting
from operations.bounces import Outcome, Taken
from operations.certificates import Standing
from operations.event_types import type_of
from operations.subscriptions import Wanted
from records.certificates import Certificate, RevokedBecause
from schemas.words import Matter, Role

_ENGAGEMENT: Final = "sheffield.2027-autumn.P01"
_AT: Final = datetime(2027, 10, 4, 16, 12, 9, tzinfo=UTC)
_SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - an example of one
_CALLER: Final = "key_5b1f0c93aa"


@cache
def samples() -> dict[str, dict[str, Any]]:
    """By operation id and status, or ``body``, as JSON."""
    found: dict[str, dict[str, BaseModel]] = {
        **_of_events_in(),
        **_of_subscriptions(),
        **_of_the_worklist(),
        **_of_mail(),
        **_of_leave(),
        **_of_certificates(),
    }
    return of_the_api.samples() | {
        operation: {
            part: said.model_dump(mode="json", by_alias=True, exclude_none=part == "body")
            for part, said in parts.items()
        }
        for operation, parts in found.items()
    }


def _of_events_in() -> dict[str, dict[str, BaseModel]]:
    reason = "This has not happened yet: its date is in the future."
    became = Became(
        source="urn:example:diary",
        id="8841",
        event_id="ce-5f0c1b6a7d2e4f8091a2b3c4d5e6f708",
        status="waiting",
        code=None,
        reason=None,
    )
    shown = ArrivalShown(
        event_id=became.event_id,
        source=became.source,
        source_id=became.id,
        type=type_of("session_held"),
        subject=_ENGAGEMENT,
        status="waiting",
        attempts=1,
        arrived_at=_AT,
        next_at=_AT + timedelta(seconds=5),
        settled_at=None,
        caller=_CALLER,
        code="in_the_future",
        reason=reason,
        received=next(one.example for one in catalogue() if one.type == type_of("session_held")),
    )
    mended = Mended(subject=_ENGAGEMENT, fact=example_of("session_held"))
    return {
        "take_events": {"202": BecameOfAll(events=[became])},
        "list_arrivals": {"200": Arrivals(arrivals=[shown])},
        "show_arrival": {"200": shown},
        "replay_arrival": {"202": shown, "body": mended},
        "list_event_types": {"200": EventTypes(types=[_one_type()])},
    }


def _one_type() -> EventType:
    """One of the catalogue; of its schema only the head, for a schema within a document would be taken for its own."""
    one = next(one for one in catalogue() if one.type == type_of("session_held"))
    head = {name: said for name, said in one.data_schema.items() if isinstance(said, str)}
    return one.model_copy(update={"data_schema": head})


def _of_subscriptions() -> dict[str, dict[str, BaseModel]]:
    wanted = {
        "url": "https://dashboard.example.org/hook",
        "types": (type_of("session_held"), "org.coaching-lifecycle.changed.health"),
        "within": "sheffield",
    }
    said: dict[str, Any] = {
        **wanted,
        "subscription": "dashboard",
        "created_at": _AT,
        "created_by": _CALLER,
        "previous_until": None,
        "ended_at": None,
        "waiting": 0,
        "set_aside": 0,
        "failing_since": None,
    }
    shown = SubscriptionShown(**said)
    fresh = SubscriptionWithSecret(**said, secret=_SECRET)
    changed = SubscriptionWithSecret(**said, secret=None)
    rotated = fresh.model_copy(update={"previous_until": _AT + timedelta(days=1)})
    delivered = DeliveryShown(
        id="diary-8841",
        type=type_of("session_held"),
        subject=_ENGAGEMENT,
        recorded_at=_AT,
        status="delivered",
        attempts=1,
        next_at=None,
        settled_at=_AT + timedelta(seconds=1),
        failure=None,
    )
    tested = delivered.model_copy(
        update={"id": "test-1", "type": "org.coaching-lifecycle.test", "subject": "dashboard"}
    )
    span = Span.model_validate({"from": _AT - timedelta(days=2), "to": _AT})
    return {
        "put_subscription": {"200": changed, "201": fresh, "body": Wanted.model_validate(wanted)},
        "show_subscription": {"200": shown},
        "list_subscriptions": {"200": Subscriptions(items=(shown,))},
        "rotate_secret": {"200": rotated},
        "test_subscription": {"200": tested},
        "replay_events": {"202": Replayed(events=12), "body": span},
        "list_deliveries": {"200": Deliveries(items=(delivered,))},
    }


def _of_the_worklist() -> dict[str, dict[str, BaseModel]]:
    waiting = Waiting(
        item=f"{_ENGAGEMENT}/escalation/2027-10-04",
        kind=Kind.QUESTION,
        loss=Loss.TEAM,
        subject=_ENGAGEMENT,
        matter=Matter.ESCALATION,
        turn=Role.OFFICE,
        person="per_0a11",
        notice="ntc_5f0c1b6a7d2e",
        since=_AT - timedelta(days=14),
        owed_by=None,
        rule="team_at_risk",
        parameter="ladder.office_after_working_days = 10",
        facts=("diary-8841",),
        evidence=("Raised 3 times, most recently on Monday 18 October 2027.",),
        suggestion=MATTERS[Matter.ESCALATION].suggestion or "",
        seen="escalation/2027-10-04/2",
    )
    until = (_AT + timedelta(days=14)).date()
    asked = PutOff(academy="sheffield", item=waiting.item, until=until, reason="Faculty meets the team that day.")
    return {
        "show_worklist": {"200": Worklist(items=(waiting,))},
        "put_off": {"200": waiting.model_copy(update={"snoozed_until": until}), "body": asked},
    }


def _of_mail() -> dict[str, dict[str, BaseModel]]:
    taken = Taken(Outcome.CAME_BACK, "5.1.1", 1)
    shown = BounceTaken(outcome=taken.outcome, status=taken.status, notices=taken.notices, detail=taken.sentence)
    return {"take_bounce": {"200": shown}}


def _of_leave() -> dict[str, dict[str, BaseModel]]:
    days = LeaveDays(first_day=date(2027, 8, 2), last_day=date(2027, 8, 13))
    heard = LeaveHeard(told=(_ENGAGEMENT,))
    return {"agree_leave": {"200": heard, "body": days}, "take_leave_back": {"200": heard}}


def _of_certificates() -> dict[str, dict[str, BaseModel]]:
    issued = Certificate("7KQ2-9XWB-M4TR", "sheffield.2027-autumn", _ENGAGEMENT, "per_3f2a", _AT + timedelta(days=200))
    earned = Earned(Award.COACHING_COURSE, issued.person, "sheffield", date(2027, 10, 4), date(2028, 4, 4))
    because = RevokedBecause.ISSUED_IN_ERROR
    revoked = replace(issued, revoked_at=issued.issued_at + timedelta(days=1), revoked_because=because)
    return {
        "show_certificate": {"200": shown(Standing(issued, earned, "Anna Example"))},
        "revoke_certificate": {
            "200": shown(Standing(revoked, earned, "Anna Example")),
            "body": Revocation(because=because),
        },
    }
