"""The ledger under any mix of scans, corrections, kills and restored cards, against a plain model, to the piece."""

import sys

from soak_model import campaign

if __name__ == "__main__":
    sys.exit(campaign("tests/work/test_model.py", "soak.work_wrong", __doc__))
