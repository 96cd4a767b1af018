"""The pages of an academy as a whole, and what lies ahead in it."""

from __future__ import annotations

from typing import Final

from gateway.workspace import academy, academy_office, academy_programme, ahead

ACADEMY: Final = (academy.pages, academy_office.pages, academy_programme.pages, ahead.pages)
"""Each module's own."""
