#!/bin/sh
# Brings both of Temporal's databases to the schema of this version of its tools; harmless when they are there already.
set -eu
for pair in temporal:temporal temporal_visibility:visibility; do
    database=${pair%%:*}
    directory=${pair#*:}
    set -- --plugin postgres12 --endpoint database --port 5432 --user temporal --database "$database"
    temporal-sql-tool "$@" setup-schema --version 0.0
    temporal-sql-tool "$@" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$directory/versioned"
done
