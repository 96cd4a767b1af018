"""The worker as a process that a test may kill. A lost attempt is given up after three seconds."""

from datetime import timedelta

from mca.main import main
from workflows.options import LEDGER, UNTIL_DONE

LEDGER["start_to_close_timeout"] = timedelta(seconds=3)
UNTIL_DONE["start_to_close_timeout"] = timedelta(seconds=3)

if __name__ == "__main__":
    main()
