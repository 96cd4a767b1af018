"""The database's schema, as numbered SQL that is only ever added to."""
