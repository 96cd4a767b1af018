"""What the engine is told by its environment. Temporal's own ``TEMPORAL_*`` variables and profiles name the server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.headerregistry import Address
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError

from activities.channels import NOTIFY_URL, ChannelAddressError, read_services
from activities.mail import MailAddressError, read_address
from activities.mailer import Server
from activities.proofreading import WordingError, proofread
from schemas import retention
from schemas.grants import BadGrantError, Grant, by_caller
from schemas.words import Code

TASK_QUEUE: Final = "coaching"

_UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NOTIFY_KEY: Final = re.compile(rf"\S+-{_UUID}-{_UUID}")
"""The key's name, the service, and the secret."""
_PAGE: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")


class SettingsError(Exception):
    """A setting is missing or cannot be used. The message names the variable and the remedy, never a secret."""


def _database(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return url


def _mail_server(url: SecretStr) -> SecretStr:
    Server.from_url(url.get_secret_value())
    return url


def _link_keys(written: SecretStr) -> SecretStr:
    if any(len(key.strip()) < 32 for key in written.get_secret_value().split(",")):
        raise ValueError("has a key of less than 32 characters")
    return written


def read_keys(written: SecretStr | None) -> tuple[str, ...]:
    """The keys of a setting, the one that signs last."""
    return tuple(key.strip() for key in written.get_secret_value().split(",") if key) if written else ()


def _sender(written: str) -> str:
    try:
        read_address(written)
    except MailAddressError:
        raise ValueError("is not a mail address") from None
    return written


def _address_of_page(url: SecretStr) -> SecretStr:
    if not _PAGE.fullmatch(url.get_secret_value()):
        raise ValueError("is not an address of the web")
    return url


def _wording(folder: Path) -> Path:
    try:
        proofread(folder)
    except WordingError as wrong:
        raise ValueError(f"cannot be used:\n{wrong}\n") from None
    return folder


def _grants(written: str) -> str:
    try:
        by_caller(written)
    except BadGrantError as wrong:
        raise ValueError(f"{wrong}") from None
    return written


def _retention(written: str) -> str:
    retention.periods(written)
    return written


def _notify_key(key: SecretStr) -> SecretStr:
    if not _NOTIFY_KEY.fullmatch(key.get_secret_value()):
        raise ValueError("is not a key of GOV.UK Notify")
    return key


def _chat_services(written: str) -> str:
    try:
        read_services(written)
    except ChannelAddressError as wrong:
        raise ValueError(f"{wrong}") from None
    return written


class Settings(BaseModel):
    """The engine's settings: read once, never changed. Each field is the variable ``MCA_<FIELD>``."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    remedies: ClassVar[Mapping[str, str]]
    """What to do about a setting that is wrong."""

    together: ClassVar[tuple[tuple[str, str], ...]] = (
        ("notify_api_key", "notify_template"),
        ("notify_template", "notify_api_key"),
    )
    """What is nothing without the other."""

    database_url: Annotated[SecretStr, AfterValidator(_database)]
    """Postgres, e.g. ``postgresql://user:password@host:5432/coaching``; as the owner, unless the next two say more."""

    worker_database_url: Annotated[SecretStr, AfterValidator(_database)] | None = None
    """The same database for the worker, with the rights of the role ``mca_worker``."""

    gateway_database_url: Annotated[SecretStr, AfterValidator(_database)] | None = None
    """The same database for the gateway, with the rights of the role ``mca_gateway``."""

    database_connections: Annotated[int, Field(ge=2, le=200)] = 10
    """At most this many connections to Postgres."""

    smtp_url: Annotated[SecretStr, AfterValidator(_mail_server)]
    """The mail server, e.g. ``smtp://user:password@host:587?starttls=required``. For a private authority's
    certificate set OpenSSL's own SSL_CERT_FILE."""

    mail_from: Annotated[str, AfterValidator(_sender)] = "Coaching programme <coaching@example.org>"
    """The sender of every mail; its domain names the Message-IDs. Answers go to the office of the academy."""

    bounces_to: Annotated[str, AfterValidator(_sender)] | None = None
    """A mailbox that takes addresses with a plus, e.g. ``bounces@your-trust.nhs.uk``: each mail comes back to its own
    address there, so that nobody has to return its headers. Without it mail comes back to ``mail_from``."""

    operator: Annotated[str, AfterValidator(_sender)] | None = None
    """Who looks after this installation, e.g. ``Service desk <desk@your-trust.nhs.uk>``: hears of incidents, and in
    place of a deputy whom an academy has not named."""

    heartbeat_url: Annotated[SecretStr, AfterValidator(_address_of_page)] | None = None
    """What watches over the engine from outside, as healthchecks.io does, e.g. ``https://hc-ping.com/<its id>``: called
    after each comparison of records and workflows, with ``/fail`` behind it while something is wrong."""

    smtp_connections: Annotated[int, Field(ge=1, le=50)] = 4
    """At most this many connections to the mail server at a time."""

    task_queue: Code = TASK_QUEUE
    """The Temporal task queue of workflows and records; notices tried again wait on ``<task_queue>-notices``."""

    nexus_grants: Annotated[str, AfterValidator(_grants)] | None = None
    """What other workflows may do through Nexus, by the namespace they call from, e.g.
    ``payroll=tell:sheffield:leave; *=read:*:cohorts``: ``*`` is every other. Without it nobody may do anything."""

    retention: Annotated[str, AfterValidator(_retention)] = retention.WRITTEN
    """For how many months what is personal is kept after its last use, by kind, e.g. ``notes=12 audit=24``; a kind that
    is left out keeps its own."""

    metrics: Annotated[str, StringConstraints(pattern=r"^(off|[^\s:]+:\d{1,5})$")] = "off"
    """Where Prometheus reads metrics, e.g. ``127.0.0.1:9464``, or ``off``."""

    health: Annotated[str, StringConstraints(pattern=r"^(off|[^\s:]+:\d{1,5})$")] = "off"
    """Where a worker says whether it lives and is ready, e.g. ``127.0.0.1:9466``, or ``off``. A gateway says so where
    it listens."""

    log: Literal["json", "console"] = "json"
    """How log lines are written: for machines or for people."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe log line that is written."""

    cached_workflows: Annotated[int, Field(ge=10, le=20_000)] = 2000
    """Workflows kept in memory between their events; about 0.1 MB each."""

    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$")] | None = None
    """Where people reach the gateway's pages, e.g. ``https://coaching.your-trust.nhs.uk``. Without it mails hold no
    links."""

    link_keys: Annotated[SecretStr, AfterValidator(_link_keys)] | None = None
    """The keys that sign the links in mails, separated by commas: the last one signs, all are accepted."""

    telling_keys: Annotated[SecretStr, AfterValidator(_link_keys)] | None = None
    """The keys that sign what is told through Temporal, separated by commas: the last one signs, all are accepted. With
    them a program that has none tells nothing by Temporal itself."""

    wording: Annotated[Path, AfterValidator(_wording)] | None = None
    """A folder with the programme's own words in place of shipped ones, as ``matters/session.txt``."""

    notify_api_key: Annotated[SecretStr, AfterValidator(_notify_key)] | None = None
    """The key of a GOV.UK Notify service. With ``notify_template`` it switches text messages on."""

    notify_template: Annotated[str, StringConstraints(pattern=rf"^{_UUID}$")] | None = None
    """The Notify template of text messages, with the placeholders ``subject`` and ``message``."""

    notify_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+/?$")] = NOTIFY_URL
    """Where Notify is."""

    chat_services: Annotated[str, AfterValidator(_chat_services)] | None = None
    """The chat services that people may choose, as apprise's addresses begin, e.g. ``workflows,slack``."""

    build_id: Code | None = None
    """With a build id the worker takes part in worker versioning as deployment ``coaching``; without, it does not."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read every ``MCA_…`` variable that is a setting; an empty one counts as unset. Raises SettingsError."""
        given: dict[str, Any] = {
            name: value for name in cls.model_fields if (value := environment.get(_variable(name), "").strip())
        }
        try:
            settings = cls.model_validate(given)
        except ValidationError as wrong:
            faults = [cls._fault(str(error["loc"][0]), error["type"], error["msg"]) for error in wrong.errors()]
            raise SettingsError("\n".join(faults)) from None
        for name, other in cls.together:
            if getattr(settings, name) is None and getattr(settings, other) is not None:
                raise SettingsError(cls._fault(name, "missing", ""))
        return settings

    def shareable(self) -> dict[str, str]:
        """Every setting for a report that others may read: of most only whether they are set."""
        written = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            _variable(name): f"{value}" if name in _SHAREABLE else "set"
            for name, value in written.items()
            if value is not None
        }

    @classmethod
    def _fault(cls, name: str, kind: str, message: str) -> str:
        said = "is not set" if kind == "missing" else message.removeprefix("Value error, ")
        return f"{_variable(name)}: {said}; {cls.remedies[name]}"

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The keys that ``link_keys`` names, the one that signs last."""
        return read_keys(self.link_keys)

    @property
    def keys_to_tell_with(self) -> tuple[str, ...]:
        """The keys that ``telling_keys`` names, the one that signs last."""
        return read_keys(self.telling_keys)

    @property
    def granted_to_namespaces(self) -> dict[str, tuple[Grant, ...]]:
        """What ``nexus_grants`` says, by namespace."""
        return by_caller(self.nexus_grants) if self.nexus_grants else {}

    @property
    def allowed_chat_services(self) -> frozenset[str]:
        """The services that ``chat_services`` names."""
        return read_services(self.chat_services or "")

    @property
    def mail_server(self) -> Server:
        """The mail server that ``smtp_url`` names."""
        return Server.from_url(self.smtp_url.get_secret_value())

    @property
    def sender(self) -> Address:
        """The address that ``mail_from`` names."""
        return read_address(self.mail_from)

    @property
    def bounces_address(self) -> Address | None:
        """The address that ``bounces_to`` names."""
        return read_address(self.bounces_to) if self.bounces_to else None

    @property
    def operator_address(self) -> Address | None:
        """The address that ``operator`` names."""
        return read_address(self.operator) if self.operator else None


_SHAREABLE: Final = frozenset(
    {"database_connections", "smtp_connections", "task_queue", "log", "log_level", "cached_workflows", "build_id"}
)
"""What says nothing of a secret, a person or a place."""

Settings.remedies = {
    "notify_api_key": "set it to a key of your GOV.UK Notify service, and MCA_NOTIFY_TEMPLATE to a template's id",
    "notify_template": "set it to the id of a template with ((subject)) and ((message)), beside MCA_NOTIFY_API_KEY",
    "notify_url": f"set it to {NOTIFY_URL}, or leave it out",
    "chat_services": "set it to services as apprise's addresses begin, such as workflows,slack",
    "public_url": "set it to https://coaching.your-trust.nhs.uk",
    "telling_keys": "set it to a random string of 32 characters or more; separate several by commas, the newest last",
    "link_keys": "set it to a random string of 32 characters or more; separate several by commas, the newest last",
    "database_url": "set it to postgresql://user:password@host:5432/database",
    "worker_database_url": "set it to postgresql://mca_worker:password@host:5432/database, or leave it out",
    "gateway_database_url": "set it to postgresql://mca_gateway:password@host:5432/database, or leave it out",
    "database_connections": "set it to a number from 2 to 200",
    "smtp_url": "set it to smtp://user:password@host:587?starttls=required (or if-offered, never) or smtps://host:465",
    "mail_from": "set it to an address such as 'Coaching programme <coaching@your-trust.nhs.uk>'",
    "bounces_to": "set it to an address such as bounces@your-trust.nhs.uk, or leave it out",
    "operator": "set it to an address such as 'Service desk <desk@your-trust.nhs.uk>', or leave it out",
    "heartbeat_url": "set it to the ping address of your check, such as https://hc-ping.com/…, or leave it out",
    "smtp_connections": "set it to a number from 1 to 50",
    "task_queue": "use letters, digits and . _ : @ + -",
    "nexus_grants": "set it to grants by namespace, such as 'payroll=tell:sheffield:leave', or leave it out",
    "retention": "set it to months by kind, such as 'notes=36 audit=72', or leave it out",
    "metrics": "set it to an address such as 127.0.0.1:9464, or to off",
    "health": "set it to an address such as 127.0.0.1:9466, or to off",
    "log": "set it to json or console",
    "log_level": "set it to debug, info, warning or error",
    "cached_workflows": "set it to a number from 10 to 20000",
    "wording": "mend it, and look at it with mca wording check",
    "build_id": "use letters, digits and . _ : @ + -",
}


def _variable(name: str) -> str:
    return f"MCA_{name.upper()}"
