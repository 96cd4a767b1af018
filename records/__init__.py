"""All SQL: what is known, kept in Postgres."""
