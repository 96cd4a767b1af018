"""The templates of mails: those that come with the engine, and in place of any of them a programme's own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment


def templates(own: Path | None = None) -> Environment:
    """Templates that fail on an unknown name and can reach nothing but their words; those of ``own`` come first."""
    shipped = PackageLoader("activities")
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(own), shipped]) if own else shipped,
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


SHIPPED: Final = templates()
