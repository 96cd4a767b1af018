"""The ledger of facts, the due items carried out, and notes."""

from records.migrations.sql import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run(__file__)
