#!/bin/sh
# Tells an engagement by HTTP that its agreement was signed, then asks where it stands.
#
#   COACHING_KEY=mca_... sh examples/curl/tell.sh sheffield.2026-autumn.P01 sponsor 2026-10-01T09:00:00Z
#
# The key needs tell:sheffield:decisions, as:sheffield:sponsor and read:sheffield:engagements (mca key make).
# COACHING_URL is the gateway, http://127.0.0.1:8080 if unset.
# Run it again as it is after any trouble: the event id names the signature, and a repeat gets the first answer.
set -eu

engagement=$1
role=$2
signed_at=${3:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
url=${COACHING_URL:-http://127.0.0.1:8080}/v1/engagements/$engagement

# The key goes in by standard input: a command line can be read by everybody on the machine. A gateway that is busy
# or away is asked again when it says so; a refusal is printed, and ends this with 22.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "$COACHING_KEY" |
        curl --config - --silent --show-error --fail-with-body --max-time 60 --retry 5 --retry-connrefused "$@"
    echo
}

call --json "{
  \"kind\": \"agreement_signed\",
  \"event_id\": \"signing:$engagement:$role\",
  \"occurred_at\": \"$signed_at\",
  \"role\": \"$role\"
}" "$url/facts"

call "$url"
