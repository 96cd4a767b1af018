"""One academy: everybody's weekly mail over all their engagements and parts, and what their calendars wait for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.signatures import Activity, DigestsSent, InvitationsSent, SendDigests, SendInvitations
    from coaching_client.handles import weekly_mail_id
    from lifecycle.dates import clock_of
    from lifecycle.gathering import next_look, next_morning
    from schemas.calendars import LATEST_HOLIDAY_TABLE
    from schemas.inputs import WeeklyMailInput
    from workflows.options import DIGESTS, LATE, LOOK_AGAIN_AFTER, TRY_MAIL_AGAIN_AFTER
    from workflows.recording import clock
    from workflows.starting import NOTHING, belongs, read

_NOBODY: Final = WeeklyMailInput(academy="nobody")


@workflow.defn
class WeeklyMailWorkflow:
    """Keeps one academy's weekly mail and calendars, by ``lifecycle.gathering``. Its id: ``weekly-mail:<academy>``."""

    @workflow.init
    def __init__(self, raw: RawValue = NOTHING) -> None:
        read_as, self._malformed = read(raw, WeeklyMailInput, "a weekly mail")
        given = read_as or _NOBODY
        if read_as is not None:
            self._malformed = belongs(weekly_mail_id(given.academy), "a weekly mail")
        self._given = given
        self._again_at = given.again_at
        self._late = given.late
        self._looked_at = given.looked_at
        self._last = "none yet"

    @workflow.run
    async def run(self, _raw: RawValue = NOTHING) -> None:
        """Live as long as the academy: mails go once a week, and when something kept back may go."""
        if self._malformed is not None:
            raise self._malformed
        invites_at = self._next_morning()
        while True:
            mails_at = self._next()
            while invites_at < mails_at:
                await self._sleep(invites_at, "invitations")
                invites_at = await self._send_invitations()
            await self._sleep(mails_at, "weekly mails")
            await self._send_mails(late=clock() - mails_at > LATE)
            if self._full():
                # Only here may the table change: timers of a run must be the same whenever it is replayed.
                ahead = {"again_at": self._again_at, "late": self._late, "looked_at": self._looked_at}
                workflow.continue_as_new(self._given.model_copy(update=ahead | {"calendar": LATEST_HOLIDAY_TABLE}))

    @workflow.query(description="When weekly mails went last, if ever.")
    def looked_at(self) -> datetime | None:
        """All that waited then has gone, or was kept for a reason."""
        return self._looked_at

    async def _send_mails(self, *, late: bool) -> None:
        at = clock()
        sent: DigestsSent = await workflow.execute_activity(
            Activity.SEND_DIGESTS,
            SendDigests(academy=self._given.academy, at=at, late=late or self._late),
            result_type=DigestsSent,
            summary="weekly mails",
            **DIGESTS,
        )
        self._looked_at = at
        self._again_at = clock() + TRY_MAIL_AGAIN_AFTER if sent.waiting else sent.again_at
        self._late = late
        if late:
            soon = clock() + LOOK_AGAIN_AFTER
            self._again_at = min(self._again_at or soon, soon)
        self._last = f"{self._says(clock())}: {_counted(sent)}"

    async def _send_invitations(self) -> datetime:
        """What could not go at once; answers when to look again: on the next morning, or soon if a server is away."""
        sent: InvitationsSent = await workflow.execute_activity(
            Activity.SEND_INVITATIONS,
            SendInvitations(academy=self._given.academy, at=clock()),
            result_type=InvitationsSent,
            summary="invitations",
            **DIGESTS,
        )
        tomorrow = self._next_morning()
        return min(tomorrow, clock() + TRY_MAIL_AGAIN_AFTER) if sent.failed else tomorrow

    async def _sleep(self, at: datetime, what: str) -> None:
        self._show(self._next())
        pause = at - workflow.now()
        if pause > timedelta(0):
            await workflow.sleep(pause, summary=f"{what}, {self._says(at)}")

    def _next(self) -> datetime:
        given = self._given
        regular = next_look(given.attention, given.quiet_hours, given.zone, given.calendar, clock())
        return regular if self._again_at is None else min(regular, self._again_at)

    def _next_morning(self) -> datetime:
        return next_morning(self._given.quiet_hours, self._given.zone, clock())

    def _show(self, at: datetime) -> None:
        workflow.set_current_details(f"**Next look at the weekly mails:** {self._says(at)}\n\n**Last:** {self._last}")

    def _says(self, at: datetime) -> str:
        return clock_of(self._given.zone).moment(at)

    def _full(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= self._given.events_at_most


def _counted(sent: DigestsSent) -> str:
    said = {
        "mails sent": sent.mails,
        "undeliverable": sent.failed,
        "waiting for the mail server": sent.waiting,
        "notices withheld": sent.withheld,
        "withdrawn": sent.withdrawn,
        "kept": sent.kept,
    }
    return ", ".join(f"{number} {what}" for what, number in said.items() if number) or "nothing to say"
