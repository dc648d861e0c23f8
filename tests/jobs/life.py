"""A worker of many short lives, as `tests.faults.life`, whose leases run out in a second and a half."""

import sys
from pathlib import Path

from taleforge.jobs.runner import Runner
from tests.faults.life import run

DEFAULTS = Runner.__init__.__kwdefaults__
assert DEFAULTS is not None
DEFAULTS["lease"] = 1_500

if __name__ == "__main__":
    run(Path(sys.argv[1]))
