"""People and microsystems."""

from records.migrations.sql import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run(__file__)
