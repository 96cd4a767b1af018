"""Invitations that were sent, and who wants them."""

from records.migrations.sql import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    run(__file__)
