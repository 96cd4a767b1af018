"""What the gateway is told by its environment, beside what the worker is told."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from process.settings import Settings

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
Network = IPv4Network | IPv6Network


def _networks(written: str) -> str:
    for part in written.split(","):
        ip_network(part.strip())
    return written


def _academies(written: str) -> str:
    if not all(academy and name for academy, name in _called(written).items()):
        raise ValueError("is not short names with what they are called")
    return written


def _called(written: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in written.split(";") if part.strip())
    return {academy.strip(): name.strip() for academy, _, name in pairs}


def _host_and_port(written: str) -> tuple[str, int]:
    host, _, port = written.rpartition(":")
    return host, int(port)


class GatewaySettings(Settings):
    """The gateway's settings. Each field is the variable ``MCA_<FIELD>``."""

    listen: Annotated[str, StringConstraints(pattern=r"^[^\s:]+:\d{1,5}$")] = "127.0.0.1:8080"
    """Where the gateway listens, for the load balancer in front of it that speaks TLS."""

    trusted_proxies: Annotated[str, AfterValidator(_networks)] = "127.0.0.1, ::1"
    """The load balancers whose ``X-Forwarded-For`` says where a call comes from, e.g. ``10.20.0.0/16``."""

    engine_metrics: Annotated[str, StringConstraints(pattern=r"^(off|[^\s:]+:\d{1,5})$")] = "off"
    """Where Prometheus reads the engine's own figures, e.g. ``127.0.0.1:9465``, or ``off``; ``metrics`` are Temporal's.
    Nobody is asked who they are, so no load balancer should lead there."""

    oidc_issuer: Url | None = None
    """Whose tokens are accepted, e.g. ``https://login.your-trust.nhs.uk``. Its keys are found by discovery. Without it
    only API keys are."""

    oidc_audience: str = "coaching-lifecycle"
    """What a token's ``aud`` must hold."""

    sign_in_issuer: Url | None = None
    """The identity provider with which people sign in, e.g. ``https://login.microsoftonline.com/<tenant>/v2.0``, beside
    the code by mail. Its return address is ``<MCA_PUBLIC_URL>/sign-in/returned``."""

    sign_in_client: str | None = None
    """The id under which the provider knows this installation."""

    sign_in_secret: SecretStr | None = None
    """The secret that belongs to it."""

    sign_in_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)] = (
        "your organisation"
    )
    """What people call the provider, e.g. ``NHSmail``."""

    sign_in_scopes: Annotated[str, StringConstraints(pattern=r"^openid( [!-~]+)*$")] = "openid email"
    """What the provider is asked for: some say who is in which group only for ``openid email groups``."""

    sign_in_operators: str | None = None
    """Who runs this installation and may see what is wrong anywhere: addresses, and groups or roles as the provider
    names them in ``groups`` and ``roles``, separated by commas."""

    temporal_ui_url: Url | None = None
    """Where staff open the Temporal UI, e.g. ``http://127.0.0.1:8233``: pages then lead to a team's workflow there."""

    calls_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """At most this many calls of one caller to one gateway process."""

    body_bytes: Annotated[int, Field(ge=10_000, le=100_000_000)] = 1_000_000
    """At most this many bytes in the body of a call."""

    tell_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    """How long a call waits for a fact to be recorded."""

    webhook_networks: Annotated[str, AfterValidator(_networks)] | None = None
    """Private networks that webhooks may reach, e.g. ``10.20.0.0/16,127.0.0.1/32``; without it none."""

    academy_names: Annotated[str, AfterValidator(_academies)] | None = None
    """What academies are called on certificates, as ``sheffield=Sheffield Microsystem Coaching Academy; leeds=…``."""

    remedies: ClassVar = {
        **Settings.remedies,
        "listen": "set it to an address such as 127.0.0.1:8080",
        "trusted_proxies": "set it to networks such as 10.20.0.0/16, separated by commas",
        "engine_metrics": "set it to an address such as 127.0.0.1:9465, or to off",
        "oidc_issuer": "set it to the issuer's URL, as its tokens name it in iss",
        "oidc_audience": "set it to what the issuer puts into aud",
        "sign_in_issuer": "set it to the provider's URL, as it names itself, beside MCA_SIGN_IN_CLIENT",
        "sign_in_client": "set it to the client id that the provider gave you, beside MCA_SIGN_IN_ISSUER",
        "sign_in_secret": "set it to the client secret that the provider gave you",
        "sign_in_name": "set it to a name such as NHSmail",
        "sign_in_scopes": "set it to scopes such as openid email groups, openid the first",
        "sign_in_operators": "set it to addresses or groups, separated by commas",
        "temporal_ui_url": "set it to the address at which a browser opens the Temporal UI",
        "calls_per_minute": "set it to a number from 1 to 1000000",
        "body_bytes": "set it to a number from 10000 to 100000000",
        "tell_seconds": "set it to a number from 1 to 300",
        "webhook_networks": "set it to networks such as 10.20.0.0/16, separated by commas",
        "academy_names": "set it to names such as sheffield=Sheffield Academy, separated by semicolons",
    }

    together: ClassVar = (
        *Settings.together,
        ("sign_in_issuer", "sign_in_client"),
        ("sign_in_client", "sign_in_issuer"),
        # Where people come back to is never what a request says its host is.
        ("public_url", "sign_in_issuer"),
    )

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that ``listen`` names."""
        return _host_and_port(self.listen)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """The host and port that ``engine_metrics`` names."""
        return None if self.engine_metrics == "off" else _host_and_port(self.engine_metrics)

    def academy_called(self, academy: str) -> str:
        """What an academy is called; by its short name unless ``academy_names`` has it."""
        return _called(self.academy_names or "").get(academy, academy.replace("_", " ").replace("-", " ").title())

    @property
    def operators(self) -> frozenset[str]:
        """The addresses, groups and roles that ``sign_in_operators`` names."""
        return frozenset(part.strip().lower() for part in (self.sign_in_operators or "").split(",") if part.strip())

    @property
    def reachable_networks(self) -> tuple[Network, ...]:
        """The networks that ``webhook_networks`` names."""
        return tuple(ip_network(part.strip()) for part in (self.webhook_networks or "").split(",") if part)


EVENT_SOURCE: Final = "urn:coaching-lifecycle"
"""The CloudEvents source of what we publish, unless ``public_url`` names one."""
