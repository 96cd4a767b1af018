# Asks a database of known vulnerabilities about every package of the locks. Exit codes: 0 none is known; 1 some are;
# 3 the audit could not be made: nothing is known either way.
set -eu
tools=build/audit-tools
version=2.10.1
if [ ! -x "$tools/bin/pip-audit" ]; then
    python3 -m venv "$tools"
    if ! "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "pip-audit==$version" 2> /dev/null; then
        rm -rf "$tools"
        echo "No audit: pip-audit could not be installed, as no package index was reached. Nothing is known either way." >&2
        exit 3
    fi
fi
found=0
for lock in requirements.lock requirements-worker.lock requirements-assets.lock; do
    report="$tools/${lock%.lock}.json"
    rm -f "$report"
    "$tools/bin/pip-audit" --requirement "$lock" --disable-pip --require-hashes --progress-spinner off \
        --vulnerability-service "${SERVICE:-osv}" --timeout 20 --format json --output "$report" 2> "$tools/said" || true
    if [ ! -s "$report" ]; then
        echo "No audit of $lock: the database of vulnerabilities could not be reached. Nothing is known either way." >&2
        exit 3
    fi
    "$tools/bin/python" - "$lock" "$report" <<'PYTHON' || found=1
import json, sys

lock, report = sys.argv[1:]
with open(report, encoding="utf-8") as read:
    packages = json.load(read)["dependencies"]
bad = [package for package in packages if package.get("vulns")]
skipped = [package for package in packages if "skip_reason" in package]
for package in bad:
    for known in package["vulns"]:
        fixed = ", ".join(known["fix_versions"]) or "no version yet"
        print(f"{lock}: {package['name']} {package['version']}: {known['id']}; mended in {fixed}")
for package in skipped:
    print(f"{lock}: {package['name']} was not audited: {package['skip_reason']}")
print(f"{lock}: {len(packages)} packages, {len(bad)} with known vulnerabilities.")
sys.exit(1 if bad or skipped else 0)
PYTHON
done
exit "$found"
