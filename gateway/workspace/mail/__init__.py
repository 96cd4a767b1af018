"""The pages of the mail to come."""

from __future__ import annotations

from typing import Final

from gateway.workspace.mail import change, coming

MAIL: Final = (coming.pages, change.pages)
