"""How far a process stands back: for others of its session, and with its whole session."""

import subprocess
import sys
from pathlib import Path

import pytest

SESSION = Path("/proc/self/autogroup")
STAND_BACK = f"""
import os
from pathlib import Path
from taleforge.cages.limits import stand_back
for niceness in (7, 5):
    stand_back(niceness)
file = Path("{SESSION}")
print(os.nice(0), file.read_text().split()[-1] if file.exists() else "")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")
@pytest.mark.parametrize("leads", [True, False])
def test_who_leads_a_session_stands_back_with_all_of_it(leads: bool) -> None:
    """On Linux `nice` means nothing to other sessions; another's session is left alone. Nobody comes back."""
    said = subprocess.run(
        [sys.executable, "-c", STAND_BACK], capture_output=True, text=True, check=True, start_new_session=leads
    ).stdout.split()
    before = SESSION.read_text("ascii").split()[-1] if SESSION.exists() else ""
    assert said == ["7", ("7" if leads else before)] if SESSION.exists() else ["7"]
