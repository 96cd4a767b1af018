#!/bin/sh
# Runs once, when the database server starts on an empty volume: an owner each for the engine's database and Temporal's.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
    --set engine_password="$MCA_DATABASE_PASSWORD" --set temporal_password="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE mca LOGIN PASSWORD :'engine_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE mca OWNER mca;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE mca, temporal, temporal_visibility FROM PUBLIC;
SQL
