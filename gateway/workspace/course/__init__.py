"""The pages of Introduction courses: those with an address of their own before a course's."""

from __future__ import annotations

from typing import Final

from gateway.workspace.course import bookings, bookings_sheet, certificates, listing, now, venue

COURSES: Final = (listing.pages, bookings.pages, bookings_sheet.pages, certificates.pages, venue.pages, now.pages)
"""Each module's own."""
