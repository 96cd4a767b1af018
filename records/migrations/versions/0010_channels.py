"""How people are reached beside mail, and mail that came back later."""

from records.migrations.sql import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run(__file__)
