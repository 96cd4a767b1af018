"""Which servers to start, where they listen and where their state lives, as the environment says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from devstack.errors import StackError

Port = Annotated[int, Field(ge=0, le=65535)]

STATE_DIRECTORY = Path(".mca")


class Ports(BaseModel):
    """Ports on 127.0.0.1; 0 takes any free one. Postgres listens on a Unix socket only."""

    model_config = ConfigDict(frozen=True)

    temporal: Port = 7233
    ui: Port = 8233
    smtp: Port = 1025


class External(BaseModel):
    """Real servers that are used instead of embedded ones."""

    model_config = ConfigDict(frozen=True)

    database_url: str | None = None
    temporal: bool = False
    """The connection then comes from Temporal's own variables and profiles."""
    smtp_url: str | None = None


class StackSettings(BaseModel):
    """Everything a stack is made from."""

    model_config = ConfigDict(frozen=True)

    directory: Path = STATE_DIRECTORY
    ports: Ports = Ports()
    external: External = External()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """From MCA_STATE, MCA_TEMPORAL_PORT, MCA_UI_PORT, MCA_SMTP_PORT, MCA_DATABASE_URL, MCA_SMTP_URL and
        TEMPORAL_ADDRESS or TEMPORAL_PROFILE. An empty variable counts as unset.

        Raises StackError for a port that is none.
        """
        names = {"temporal": "MCA_TEMPORAL_PORT", "ui": "MCA_UI_PORT", "smtp": "MCA_SMTP_PORT"}
        chosen = {part: _port(name, text) for part, name in names.items() if (text := environment.get(name))}
        return cls(
            directory=Path(environment.get("MCA_STATE") or STATE_DIRECTORY),
            ports=Ports(**chosen),
            external=External(
                database_url=environment.get("MCA_DATABASE_URL") or None,
                temporal=bool(environment.get("TEMPORAL_ADDRESS") or environment.get("TEMPORAL_PROFILE")),
                smtp_url=environment.get("MCA_SMTP_URL") or None,
            ),
        )


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise StackError(f"{name} must be a port number from 0 to 65535, not {text!r}.")
    return int(text)
