"""The database's schema, as numbered SQL."""
