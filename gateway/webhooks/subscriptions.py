"""Subscriptions: who is sent events. Whoever has them sent needs the grant to administer where they happen."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import asyncpg
from asyncpg.pool import PoolAcquireContext
from fastapi import APIRouter, Path, Query, Request, Response

from gateway.access.caller import holding
from gateway.api import paging
from gateway.api.answers import answered
from gateway.api.description import failing
from gateway.api.facts import Here
from gateway.api.paging import Asked
from gateway.context import AppContext, now
from gateway.problems import Problem, invalid
from gateway.webhooks.addresses import AddressRefusedError, Names, UnknownNameError, checked
from gateway.webhooks.answers import (
    Deliveries,
    DeliveryShown,
    Replayed,
    Span,
    Subscriptions,
    SubscriptionShown,
    SubscriptionWithSecret,
)
from operations.callers import Caller
from operations.subscriptions import BOTH_FOR, Wanted, new_secret, send_test
from records import audit, deliveries, events, subscriptions
from records.database import Connection
from records.deliveries import Status
from records.subscriptions import SubscriptionLine, Wish
from schemas.grants import Managing
from schemas.words import Code

router = APIRouter(prefix="/v1/subscriptions", tags=["Subscriptions"])

Administrator = Annotated[Caller, holding(Managing.SUBSCRIPTIONS)]
"""Somebody who may see to these somewhere; where, the operation asks."""

Name = Annotated[Code, Path(description="The subscription's name.", examples=["dashboard"])]

_LOOKED_UP_WITHIN_SECONDS: Final = 3.0
_MADE: Final[dict[str, Any]] = {
    "model": SubscriptionWithSecret,
    "description": "It begins; its secret is shown this once.",
    "headers": {
        "Location": {
            "schema": {"type": "string"},
            "description": "Where it is shown.",
            "example": "/v1/subscriptions/dashboard",
        }
    },
}


class DeliveriesAsked(Asked):
    """Which deliveries are asked for."""

    status: Annotated[Status | None, Query(description="Only of this status.")] = None


@router.put(
    "/{subscription}",
    operation_id="put_subscription",
    summary="Begin or change a subscription",
    responses={
        200: {"model": SubscriptionWithSecret, "description": "It was there before, and is as asked now."},
        201: _MADE,
        **failing("conflict"),
    },
)
async def put_subscription(
    subscription: Name, wanted: Wanted, response: Response, caller: Administrator, context: Here
) -> Response:
    """Have events sent to a URL, from now on; what was before comes by a replay.

    The secret is made here and answered once, when the subscription begins. An answer that was lost is made good by
    rotating. One that had ended begins anew, with another secret.
    """
    caller.require(Managing.SUBSCRIPTIONS, wanted.within or "")
    await _check_address(context, wanted.url)
    wish = Wish(subscription, wanted.url, wanted.types, wanted.within)
    async with _connection(context) as conn:
        known = await subscriptions.find(conn, subscription)
        if known and not caller.may(Managing.SUBSCRIPTIONS, known.within or ""):
            raise _taken(subscription)
        await _note(conn, caller, "begin or change", subscription, wanted.within)
        secret = None if known and known.ended_at is None else new_secret()
        if secret:
            done = await subscriptions.create(conn, wish, secret, now(), caller.id)
        else:
            done = await subscriptions.change(conn, wish, known.within if known else None)
        if not done:
            # Somebody else changed it in the same moment.
            raise _taken(subscription)
        said = SubscriptionWithSecret.of(await _known(conn, caller, subscription), secret=secret)
    if secret:
        return answered(response, said, 201, Location=f"/v1/subscriptions/{subscription}")
    return answered(response, said, 200)


@router.get(
    "",
    operation_id="list_subscriptions",
    summary="List subscriptions",
    responses={200: {"headers": paging.LINK, "description": "A page of those the caller may see to."}},
)
async def list_subscriptions(
    request: Request, response: Response, caller: Administrator, context: Here, asked: Annotated[Asked, Query()]
) -> Subscriptions:
    """Each with how many events wait or were set aside, and since when it fails. Those that ended too."""
    async with _connection(context) as conn:
        within = caller.within(Managing.SUBSCRIPTIONS)
        found = await subscriptions.listed(conn, within, paging.after(request, asked.cursor), asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: line.subscription)
    return Subscriptions(items=tuple(SubscriptionShown.of(line) for line in items), next=following)


@router.get(
    "/{subscription}",
    operation_id="show_subscription",
    summary="Show a subscription",
    responses=failing("unknown"),
)
async def show_subscription(subscription: Name, caller: Administrator, context: Here) -> SubscriptionShown:
    """Where it sends what, and how many events wait or were set aside. Its secret is not shown again."""
    async with _connection(context) as conn:
        return SubscriptionShown.of(await _known(conn, caller, subscription))


@router.delete(
    "/{subscription}",
    status_code=204,
    operation_id="end_subscription",
    summary="End a subscription",
    responses=failing("unknown"),
)
async def end_subscription(subscription: Name, caller: Administrator, context: Here) -> None:
    """Send nothing any more. What still waited is set aside. The same again is harmless."""
    async with _connection(context) as conn:
        known = await _known(conn, caller, subscription)
        await _note(conn, caller, "end", subscription, known.within)
        await subscriptions.end(conn, subscription, now())


@router.post(
    "/{subscription}/rotate",
    operation_id="rotate_secret",
    summary="Rotate the secret",
    responses=failing("unknown"),
)
async def rotate_secret(subscription: Name, caller: Administrator, context: Here) -> SubscriptionWithSecret:
    """Sign with a new secret, answered once. For a day the one before signs too; verify with either until then."""
    secret = new_secret()
    async with _connection(context) as conn:
        known = await _known(conn, caller, subscription, on=True)
        await _note(conn, caller, "rotate", subscription, known.within)
        if not await subscriptions.rotate(conn, subscription, secret, now() + BOTH_FOR):
            raise _unknown(subscription)
        return SubscriptionWithSecret.of(await _known(conn, caller, subscription), secret=secret)


@router.post(
    "/{subscription}/test",
    operation_id="test_subscription",
    summary="Send a test",
    responses=failing("unknown"),
)
async def test_subscription(subscription: Name, caller: Administrator, context: Here) -> DeliveryShown:
    """Send an event of the type `org.coaching-lifecycle.test` to this subscriber alone, and wait for what comes of it.

    It is tried once: `delivered`, or `set_aside` with the failure. `waiting` means that no gateway delivers just now.
    """
    async with _connection(context) as conn:
        known = await _known(conn, caller, subscription, on=True)
        await _note(conn, caller, "test", subscription, known.within)
    found = await send_test(context.pool, subscription, now(), timedelta(seconds=context.settings.tell_seconds))
    if found is None:
        raise _unknown(subscription)
    return DeliveryShown.of(found)


@router.post(
    "/{subscription}/replay",
    status_code=202,
    operation_id="replay_events",
    summary="Send events again",
    responses=failing("unknown"),
)
async def replay_events(subscription: Name, span: Span, caller: Administrator, context: Here) -> Replayed:
    """Send again what was recorded in a span of time, whatever became of it before, the oldest first.

    Also what was published before the subscription began. Only what the subscription is sent at all.
    """
    until = span.until or now()
    async with _connection(context) as conn:
        known = await _known(conn, caller, subscription, on=True)
        await _note(conn, caller, "replay", subscription, known.within)
        return Replayed(events=await events.replay(conn, subscription, span.since, until, span.types))


@router.get(
    "/{subscription}/deliveries",
    operation_id="list_deliveries",
    summary="List deliveries",
    responses={200: {"headers": paging.LINK, "description": "A page of them, the newest first."}, **failing("unknown")},
)
async def list_deliveries(
    subscription: Name,
    request: Request,
    response: Response,
    caller: Administrator,
    context: Here,
    asked: Annotated[DeliveriesAsked, Query()],
) -> Deliveries:
    """What was sent, waits, or was set aside, each with what went wrong last."""
    before = paging.after_number(request, asked.cursor) or None
    async with _connection(context) as conn:
        await _known(conn, caller, subscription)
        found = await deliveries.listed(conn, subscription, asked.status, before, asked.limit + 1)
    items, following = paging.page(request, response, found, asked.limit, lambda line: str(line.number))
    return Deliveries(items=tuple(DeliveryShown.of(line) for line in items), next=following)


def _connection(context: AppContext) -> PoolAcquireContext[asyncpg.Record]:
    return context.connection()


async def _known(conn: Connection, caller: Caller, subscription: str, *, on: bool = False) -> SubscriptionLine:
    """The subscription, if the caller may see to it. ``on``: it must not have ended. Raises Problem("unknown")."""
    found = await subscriptions.find(conn, subscription)
    if found is None or not caller.may(Managing.SUBSCRIPTIONS, found.within or "") or (on and found.ended_at):
        raise _unknown(subscription)
    return found


def _unknown(subscription: str) -> Problem:
    return Problem("unknown", f"There is no subscription {subscription} that goes on. Check the name.")


def _taken(subscription: str) -> Problem:
    return Problem("conflict", f"Somebody else has a subscription {subscription}. Choose another name.")


async def _note(conn: Connection, caller: Caller, action: str, subscription: str, within: str | None) -> None:
    await audit.note(conn, now(), caller.id, "http", f"{action} subscription {subscription}", within)


async def _check_address(context: AppContext, url: str) -> None:
    """Refuse at once what would never be called. A name that is not known yet may be known when events are sent."""
    parts, names = urlsplit(url), Names()
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_LOOKED_UP_WITHIN_SECONDS):
            await checked(
                parts.hostname or "",
                port,
                resolve=names,
                networks=context.settings.reachable_networks,
                encrypted=parts.scheme == "https",
            )
    except AddressRefusedError:
        said = "must not be called: send to a public address by https, or name its network in MCA_WEBHOOK_NETWORKS"
        raise invalid([{"loc": ("body", "url"), "msg": said}]) from None
    except (UnknownNameError, TimeoutError):
        pass
    finally:
        names.close()
