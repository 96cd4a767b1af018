"""The doors: events, subscriptions, arrivals, keys and the audit."""

from records.migrations.sql import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run(__file__)
