"""What pictures are made of: the pages, and people who sign in."""

from __future__ import annotations

from tests.gateway.conftest import temporal, unheard, walled
from tests.gateway.pages.conftest import app, links, mail, settings, site

__all__ = ["app", "links", "mail", "settings", "site", "temporal", "unheard", "walled"]
