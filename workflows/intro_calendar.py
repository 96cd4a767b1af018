"""One look at an academy's calendar: the Introduction courses that can be booked from now on are started."""

from __future__ import annotations

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, StartIntroCourses
    from lifecycle.calendar import calendar
    from lifecycle.intro_course.series import openings
    from schemas.inputs import IntroCalendarInput
    from workflows.options import UNTIL_DONE
    from workflows.recording import clock
    from workflows.starting import NOTHING, read


@workflow.defn
class IntroCalendarWorkflow:
    """Run by a schedule on every working morning. Its rules are in ``lifecycle.intro_course.series``."""

    @workflow.run
    async def run(self, raw: RawValue = NOTHING) -> tuple[str, ...]:
        """The ids of the courses that are open for booking; those that run already are left as they are."""
        given, malformed = read(raw, IntroCalendarInput, "a look at the calendar")
        if malformed is not None:
            raise malformed
        assert given is not None  # noqa: S101 - what was read has no failure
        rules = given.programme
        days = calendar(given.calendar, given.division, rules.zone, rules.quiet_hours)
        due = openings(given, days, clock())
        if due:
            await workflow.execute_activity(
                Activity.START_INTRO_COURSES,
                StartIntroCourses(openings=due),
                summary=f"open {len(due)} courses",
                **UNTIL_DONE,
            )
        return tuple(course.course for course in due)
