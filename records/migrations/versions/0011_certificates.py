"""Certificates, and the codes by which they are checked."""

from records.migrations.sql import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run(__file__)
