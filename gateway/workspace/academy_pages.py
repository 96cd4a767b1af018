"""The pages of an academy as a whole."""

from __future__ import annotations

from typing import Final

from gateway.workspace import academy, academy_office, academy_programme

ACADEMY: Final = (academy.pages, academy_office.pages, academy_programme.pages)
"""Each module's own."""
