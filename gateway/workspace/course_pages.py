"""The pages of Introduction courses: those with an address of their own before a course's."""

from __future__ import annotations

from typing import Final

from gateway.workspace import bookings, course_certificates, intro_course, intro_courses

COURSES: Final = (intro_courses.pages, bookings.pages, course_certificates.pages, intro_course.pages)
"""Each module's own."""
