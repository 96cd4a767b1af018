#!/bin/sh
# Makes .venv when it is missing or stale, from nothing but a Python. Each mark is written after the step it vouches
# for, so a step that was interrupted is done again.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        recent_enough "$PYTHON" || fail "PYTHON=$PYTHON is not Python 3.11 or later."
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if recent_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Python 3.11 or later is needed and was not found (python3 is $(python3 --version 2>/dev/null || echo missing))." \
        "Install one, or name it: make setup PYTHON=/path/to/python3.12"
}

python=$(find_python)
"$python" -c 'import venv, ensurepip' >/dev/null 2>&1 || fail \
    "$python cannot make a virtual environment: its venv module is not installed." \
    "On Debian and Ubuntu: apt-get install python3-venv (or the package of that very version, as python3.12-venv)."

# What an environment is made of: the interpreter, where it stands (its scripts hold that path), and the locked packages.
foundation="$("$python" -c 'import sys; print(sys.base_prefix, sys.version)' | tr '\n' ' ') $(pwd) $(cat requirements.lock requirements-assets.lock | cksum)"
project=$(cksum < pyproject.toml)

if [ "$(cat .venv/foundation 2>/dev/null)" != "$foundation" ] || ! .venv/bin/python -c '' 2>/dev/null; then
    echo "Making .venv with $("$python" --version) and the locked packages; this takes a minute or two."
    rm -f .venv/foundation .venv/project
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
        --no-compile --no-deps --require-hashes -r requirements.lock -r requirements-assets.lock
    # On all cores at once. Some packages bring templates that are no Python yet.
    .venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null || true
    printf '%s' "$foundation" > .venv/foundation
fi

if [ "$(cat .venv/project 2>/dev/null)" != "$project" ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation \
        --no-index -e .
    printf '%s' "$project" > .venv/project
fi
