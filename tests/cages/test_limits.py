"""How far a process stands back: for others of its session, and with its whole session."""

import subprocess
import sys
from pathlib import Path

import pytest

SESSION = Path("/proc/self/autogroup")
STAND_BACK = """
import os, sys
from pathlib import Path
from taleforge.cages import limits
limits._SESSION = Path(sys.argv[1])
for niceness in (7, 5):
    limits.stand_back(niceness)
print(os.nice(0), limits._SESSION.read_text() if limits._SESSION.exists() else "")
"""
TURNS = """
import ctypes, platform, struct, sys
from taleforge.cages.limits import stand_back
def turn():
    told = ctypes.create_string_buffer(48)
    call = {"x86_64": 315, "aarch64": 275}.get(platform.machine())  # sched_getattr
    failed = call is None or ctypes.CDLL(None).syscall(call, 0, told, 48, 0)
    return 0 if failed else struct.unpack("=IIQiIQQQ", told.raw)[5]
before = turn()
stand_back(int(sys.argv[1]))
print(before, turn())
"""
GIVE_WAY = """
import signal, sys, time, zlib
from taleforge.cages.limits import giving_way
def comes(): return signal.getitimer(signal.ITIMER_REAL) != (0.0, 0.0)
with giving_way(int(sys.argv[1])):
    zlib.compress(bytes(5_000_000), 9)
    time.sleep(0.01)
    print(comes(), len(sys.stdin.read()))
print(comes())
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no niceness")


def _stood_back(session: Path, *, leads: bool) -> list[str]:
    """Let a process stand back twice; return its niceness and the last word of what its session's file says then."""
    told = subprocess.run(
        [sys.executable, "-c", STAND_BACK, str(session)],
        capture_output=True, text=True, check=True, start_new_session=leads,
    ).stdout.split()  # fmt: skip
    return [told[0], *told[-1:]] if len(told) > 1 else told


@pytest.mark.parametrize("leads", [True, False])
def test_who_leads_a_session_stands_back_with_all_of_it(tmp_path: Path, leads: bool) -> None:
    """On Linux `nice` means nothing to other sessions; another's session is left alone. Nobody comes back."""
    session = tmp_path / "autogroup"
    session.write_text("/autogroup-42 nice 0\n")
    assert _stood_back(session, leads=leads) == ["7", "7" if leads else "0"]


def test_linux_takes_the_word() -> None:
    """The file is the kernel's own; where it does not group sessions, it says nothing or is not there."""
    read = [sys.executable, "-c", f"print(open({str(SESSION)!r}).read())"]  # a new session's: ours may have no group
    grouped = subprocess.run(read, capture_output=True, text=True, check=False, start_new_session=True).stdout.strip()
    assert _stood_back(SESSION, leads=True) == (["7", "7"] if grouped else ["7"])


@pytest.mark.parametrize("there", [True, False])
def test_where_sessions_are_not_grouped_a_process_stands_back_alone(tmp_path: Path, there: bool) -> None:
    """Linux without autogroups shows an empty file; other systems have none."""
    session = tmp_path / "autogroup"
    if there:
        session.touch()
    assert _stood_back(session, leads=True) == ["7"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone shares processors by turns")
@pytest.mark.parametrize("niceness", [0, 7])
def test_who_stands_back_lets_everybody_in_who_wants_shorter_turns(niceness: int) -> None:
    """A kernel before 6.12 has no turns to speak of, and says 0."""
    told = subprocess.run([sys.executable, "-c", TURNS, str(niceness)], capture_output=True, text=True, check=True)
    before, after = map(int, told.stdout.split())
    assert after == (100_000_000 if niceness and before else before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone lets whoever runs go on so long")
@pytest.mark.parametrize("niceness", [0, 19])
def test_native_work_gives_way_and_is_not_harmed(niceness: int) -> None:
    """The signal that comes again and again ends nothing and interrupts no reading, and comes no more afterwards."""
    told = subprocess.run(
        [sys.executable, "-c", GIVE_WAY, str(niceness)], input="x" * 200_000, capture_output=True, text=True, check=True
    ).stdout.split()
    assert told == [str(niceness > 0), "200000", "False"]
