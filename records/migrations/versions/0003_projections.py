"""The projections: cohorts, enrolments, engagements and what belongs to them."""

from records.migrations.sql import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run(__file__)
