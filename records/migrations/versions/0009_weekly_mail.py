"""Whether somebody wants the weekly mail."""

from records.migrations.sql import run

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run(__file__)
