"""The client of the Temporal server. ``TEMPORAL_*`` variables and profiles say which; see Temporal's envconfig."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, PayloadConverter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from coaching_client.signing import Signing

HEARTBEAT: Final = timedelta(seconds=30)
"""How often a worker shows itself to the server, and so on the UI's list of workers."""
_PYDANTIC: Final = PydanticPayloadConverter()


_CORE_LOGS: Final = LoggingConfig(
    TelemetryFilter(core_level="WARN", other_level="ERROR"),
    LogForwardingConfig(
        logging.getLogger("temporalio.core"),
        append_target_to_name=False,
        prepend_target_on_message=False,
        append_log_fields_to_message=False,
    ),
)
"""What the SDK's core, which is not Python, has to say goes where all lines go, in their form."""


class SharedConverter(PayloadConverter):
    """The SDK's converter for pydantic, once a process.

    The SDK makes a converter for each workflow and each step of one. Each would build the validators of all facts
    again, which takes milliseconds and memory, and keep them for itself.
    """

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """What is said, written."""
        return _PYDANTIC.to_payloads(values)

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """What is written, read."""
        return _PYDANTIC.from_payloads(payloads, type_hints)


DATA_CONVERTER: Final = DataConverter(payload_converter_class=SharedConverter)
"""How everything said to and by workflows is written. Whoever replays a history needs the same."""


class NotConnectedError(Exception):
    """The Temporal server cannot be reached. The message names the address and the remedy."""


class RegistrationError(Exception):
    """The namespace has no such search attributes, and they cannot be added from here. The message says the remedy."""


def runtime(metrics: str = "off") -> Runtime:
    """Temporal's runtime; with ``metrics`` an address, Prometheus can read there. One for a process."""
    exporter = (
        None
        if metrics == "off"
        else PrometheusConfig(
            bind_address=metrics, durations_as_seconds=True, counters_total_suffix=True, unit_suffix=True
        )
    )
    telemetry = TelemetryConfig(metrics=exporter, logging=_CORE_LOGS)
    return Runtime(telemetry=telemetry, worker_heartbeat_interval=HEARTBEAT)


async def connect(
    *,
    address: str | None = None,
    namespace: str | None = None,
    profile: str | None = None,
    over: Runtime | None = None,
    telling_keys: Sequence[str] = (),
) -> Client:
    """Connect as the environment says; what is given here goes first. Raises NotConnectedError.

    With ``telling_keys`` all that is told is signed.
    """
    config: dict[str, Any] = dict(ClientConfig.load_client_connect_config(profile=profile))
    config |= {"target_host": address or config.get("target_host", "localhost:7233")}
    if namespace:
        config |= {"namespace": namespace}
    if over:
        config |= {"runtime": over}
    try:
        signing = [Signing(telling_keys)] if telling_keys else []
        return await Client.connect(**config, data_converter=DATA_CONVERTER, interceptors=signing)
    except RuntimeError as failed:
        where = config["target_host"]
        raise NotConnectedError(
            f"no Temporal server answers at {where}; start one, or set TEMPORAL_ADDRESS or TEMPORAL_PROFILE"
        ) from failed
