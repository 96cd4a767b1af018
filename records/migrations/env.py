"""Where alembic meets our connection: all missing revisions are one transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection)
with connection.begin():
    context.run_migrations()
