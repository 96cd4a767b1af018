"""The pages of the mail to come."""

from __future__ import annotations

from typing import Final

from gateway.workspace import upcoming_mail, upcoming_mail_change

MAIL: Final = (upcoming_mail.pages, upcoming_mail_change.pages)
