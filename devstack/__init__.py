"""The embedded servers: Temporal, Postgres and a mail sink on one machine, supervised together."""
