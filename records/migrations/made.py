"""Notes what the migrations made, so that programs can tell a schema that was changed otherwise."""

from sqlalchemy import Connection, text

from records.database import migrations


def note(connection: Connection) -> None:
    """Note the schema as it is now."""
    connection.execute(text("DELETE FROM schema_made"))
    connection.execute(
        text("INSERT INTO schema_made SELECT :migrations, array_agg(part ORDER BY part) FROM schema_parts"),
        {"migrations": migrations()},
    )
