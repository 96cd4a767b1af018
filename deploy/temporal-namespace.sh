#!/bin/sh
# The namespace of the engine. Closed runs of a workflow stay readable for the retention; the database is the record.
set -eu
temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 ||
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 90d
