"""The Introduction course: its days, its bookings, and what only the office may read."""

from records.migrations.sql import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run(__file__)
