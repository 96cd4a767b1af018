"""How activities are tried: each way has a name and a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NotRequired, TypedDict

from temporalio.common import RetryPolicy


class Options(TypedDict):
    """The time-outs and retries of an activity."""

    heartbeat_timeout: NotRequired[timedelta]

    start_to_close_timeout: timedelta
    retry_policy: RetryPolicy


_UNTIL_IT_IS_BACK: Final = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30))

LEDGER: Final[Options] = {"start_to_close_timeout": timedelta(seconds=15), "retry_policy": _UNTIL_IT_IS_BACK}
"""One transaction, for which somebody waits: a worker that dies with it is found out soon."""

UNTIL_DONE: Final[Options] = {
    "start_to_close_timeout": timedelta(seconds=60),
    "retry_policy": _UNTIL_IT_IS_BACK,
}
"""Notices and peers: an outage of Postgres is waited for, however long. It shows in the UI and costs no history."""

PASSING_ON: Final[Options] = {
    "start_to_close_timeout": timedelta(minutes=10),
    "retry_policy": _UNTIL_IT_IS_BACK,
}
"""All of an academy, eight at a time, each for ten seconds at most."""

TELL_AGAIN_AFTER: Final = timedelta(minutes=1)
TELL_AGAIN_AT_MOST: Final = timedelta(days=1)
"""Whoever did not answer is told again after a minute, then after four times as long each time, at last every day."""

TAKING_OVER: Final[Options] = {
    "start_to_close_timeout": timedelta(minutes=5),
    "retry_policy": _UNTIL_IT_IS_BACK,
}
"""The past of a cohort, in one transaction, and its workflows after it."""

DIGESTS: Final[Options] = {
    "start_to_close_timeout": timedelta(minutes=30),
    "heartbeat_timeout": timedelta(minutes=2),
    "retry_policy": _UNTIL_IT_IS_BACK,
}
"""The weekly mails of a whole academy: a worker that dies with them is found out by its silence."""

RECONCILING: Final[Options] = {
    "start_to_close_timeout": timedelta(minutes=50),
    "heartbeat_timeout": timedelta(minutes=2),
    "retry_policy": _UNTIL_IT_IS_BACK,
}
"""All of an installation, which may have to be started anew: a worker that dies with it is found out by its silence."""

MAIL: Final[Options] = {
    "start_to_close_timeout": timedelta(minutes=2),
    "retry_policy": RetryPolicy(initial_interval=timedelta(minutes=1), maximum_interval=timedelta(minutes=30)),
}
"""Mail that a temporary failure kept back: gently, within the hours in which notices may go."""

TRY_MAIL_AGAIN_AFTER: Final = timedelta(minutes=30)
"""A weekly mail that the mail server could not take is judged and tried anew, within the hours in which mail may go."""

LATE: Final = timedelta(minutes=10)
"""A look at the weekly mails that comes so late comes after an outage: what fell due meanwhile belongs in them too."""

LOOK_AGAIN_AFTER: Final = timedelta(minutes=15)
"""After an outage academies and engagements wake together: by then all has been issued that was due."""

GIVE_UP_MAIL_AFTER: Final = timedelta(days=5)
"""As mail servers do: after five days a message that could not be handed over is set aside."""


def notices_queue(task_queue: str) -> str:
    """The task queue of deliveries that are tried again: apart, so that slow mail never holds up a record."""
    return f"{task_queue}-notices"
