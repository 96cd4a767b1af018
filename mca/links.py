"""What the mails of an embedded engine link to: kept beside its state, so that links go on working after a restart."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, ValidationError

OPERATOR_ADDRESS: Final = "operator@example.org"
"""Who runs what runs here, and can be chosen in a demonstration."""

OPERATOR: Final = f"The operator <{OPERATOR_ADDRESS}>"
"""Who is told of incidents where mail stays on this machine, and nobody else was named."""

_FILE: Final = "links.json"


class Links(BaseModel):
    """Where the pages are, and the key that signs what leads to them."""

    model_config = ConfigDict(frozen=True)

    public_url: str
    key: str

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """What is kept in a state directory; None where nothing is."""
        try:
            return cls.model_validate_json((directory / _FILE).read_bytes())
        except (FileNotFoundError, NotADirectoryError, ValidationError):
            return None

    @classmethod
    def kept_in(cls, directory: Path, port: int) -> Self:
        """The links of the gateway on this port of this machine; the key stays what it was."""
        before = cls.read(directory)
        links = cls(public_url=f"http://127.0.0.1:{port}", key=before.key if before else secrets.token_urlsafe(32))
        directory.mkdir(parents=True, exist_ok=True)
        draft = directory / f"{_FILE}.new"
        draft.touch(mode=0o600)
        draft.write_text(links.model_dump_json(), encoding="utf-8")
        draft.replace(directory / _FILE)
        return links

    @property
    def environment(self) -> dict[str, str]:
        """The settings that say so."""
        return {"MCA_PUBLIC_URL": self.public_url, "MCA_LINK_KEYS": self.key}
