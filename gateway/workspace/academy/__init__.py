"""The pages of an academy as a whole, and what lies ahead in it."""

from __future__ import annotations

from typing import Final

from gateway.workspace import ahead
from gateway.workspace.academy import dormant, forecast, now, office, programme, retention

ACADEMY: Final = (now.pages, dormant.pages, forecast.pages, office.pages, programme.pages, retention.pages, ahead.pages)
"""Each module's own."""
