"""Rehearses the example cohort for three seeds: are the aims kept? `make aims`, with `--real` on servers."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rehearsal.report import Report

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "examples" / "roster-2026-autumn.csv"
SEEDS: Final = (1, 2, 3)


def missed(report: Report) -> Iterator[str]:
    """Stops are noticed within 20 working days, and 15 in the median; few false alarms; one mail a person a week."""
    noticed, mails = report.working_days_to_notice, report.mails_per_person_week
    alarms = report.false_alarms_per_engagement_year
    if report.stalls_unnoticed:
        yield f"{report.stalls_unnoticed} stalls were never noticed"
    if (noticed.max or 0) > 20 or (noticed.median or 0) > 15:
        yield f"stalls were noticed after {noticed.median} working days in the median, {noticed.max} at most"
    if alarms > 1:
        yield f"{alarms} false alarms an engagement-year"
    if (mails.median or 0) > 1:
        yield f"{mails.median} mails a person a week in the median"
    if report.duplicate_notices or report.mails_outside_windows:
        yield f"{report.duplicate_notices} notices twice, {report.mails_outside_windows} outside the hours for mail"


def main() -> None:
    """Rehearse, print a line a seed, and exit with 1 where an aim was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="on real servers, which takes minutes a seed")
    parser.add_argument("--months", type=int, default=42)
    given = parser.parse_args()
    failed = False
    for seed in SEEDS:
        found = list(missed(_rehearsed(seed, given.months, real=given.real)))
        print(f"seed {seed}: {'; '.join(found) or 'every aim is kept'}")
        failed = failed or bool(found)
    sys.exit(failed)


def _rehearsed(seed: int, months: int, *, real: bool) -> Report:
    with tempfile.TemporaryDirectory() as directory:
        written = Path(directory) / "report.json"
        options = ["--seed", str(seed), "--months", str(months), "--report", str(written)]
        how = [] if real else ["--pure"]
        mca = [sys.executable, "-m", "mca.main", "rehearse", str(EXAMPLE), *options, *how]
        subprocess.run(mca, check=True, stdout=subprocess.DEVNULL)
        return Report.model_validate_json(written.read_bytes())


if __name__ == "__main__":
    main()
