"""All pages of cohorts."""

from __future__ import annotations

from typing import Final

from gateway.workspace.cohort import certificates, changes, listing, log, new, now, people, teaching

COHORT: Final = (
    listing.pages, new.pages, now.pages, people.pages, teaching.pages,
    certificates.pages, changes.pages, log.pages,
)  # fmt: skip
