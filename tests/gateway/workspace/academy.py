"""An academy in which something of everything goes on, for whoever looks at all pages."""

from __future__ import annotations

from tests.gateway.pages.conftest import Site
from tests.gateway.pages.lives import Course, Intro, Life
from tests.workflows.subjects import COACH, FACULTY, LEAD, OFFICE, SPONSOR

PEOPLE = (OFFICE, FACULTY, COACH, LEAD, SPONSOR)
"""Whoever has pages of their own."""


async def lived_in(site: Site) -> None:
    """Teams in every state, a cohort that is taught and one to come, Introduction courses before, between and after."""
    for life in (
        Life(1).agreed(), Life().aimed(), Life().adopted(), Life().flat(), Life().stalled(), Life().paused(),
        Life().vacant(), Life().away(), Life().interim(), Life().without_sponsor(), Life().signed(),
        Life().handed_off(), Life().relapsed(),
    ):  # fmt: skip
        await life.put(site.pool)
    await Course(30, name="sheffield.2025-spring").taught().put(site.pool)
    await Course(-8, name="sheffield.2027-spring").put(site.pool)
    await Intro(6, name="sheffield.intro-soon").booked(1, 2).put(site.pool)
    await Intro(-3, name="sheffield.intro-held").attended(1, 2).put(site.pool)
