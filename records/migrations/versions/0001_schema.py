"""The schema, a file for each subject of the house, in the order in which they need one another."""

from records.migrations.sql import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    for part in (
        "made",
        "ledger",
        "effects",
        "people",
        "links",
        "projections",
        "intro_courses",
        "lifecycles",
        "notices",
        "worklist",
        "certificates",
        "events",
        "doors",
        "sign_in",
        "open_forms",
        "backups",
        "incidents",
        "accounts",
        "reporting",
    ):
        run(f"0001_{part}")
