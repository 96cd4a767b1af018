"""Where alembic meets our connection: all missing revisions, and the note of what they made, are one transaction."""

from alembic import context

from records.migrations.made import note

connection = context.config.attributes["connection"]
context.configure(connection=connection)
with connection.begin():
    context.run_migrations()
    note(connection)
