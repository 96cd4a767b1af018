"""What the office owes and does not answer: a matter of every kind of subject. When, says ``lifecycle/steps.py``."""

from __future__ import annotations

from typing import Final

from lifecycle.description import Description, Loss, Mail
from schemas.due import Notice
from schemas.words import Matter

OFFICE_OVERDUE: Final = Description(
    matter=Matter.OFFICE_OVERDUE,
    label="an overdue answer from the office",
    duties={},
    loss=Loss.DECISION,
    suggestion=None,
    rules={
        "office_overdue": "If the office still hasn't answered some working days after its answer was due, we "
        "email its deputy, once."
    },
    parameters=("deputy_after_working_days",),
    mail=Mail.AT_ONCE,
    page=None,
)


def owed(notice: Notice) -> Matter | None:
    """What the office owes, of a notice to its deputy: the matter in whose place that stands."""
    name = notice.window.partition(".")[0]
    return (
        next((matter for matter in Matter if matter == name), None) if notice.matter == OFFICE_OVERDUE.matter else None
    )
