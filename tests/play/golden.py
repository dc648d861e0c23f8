"""Write the golden evening anew, after a change that is meant to change it: `python -m tests.play.golden`.

It holds what was said beside the prose (dice, events, turns), so narrators may change without it. Does not judge the
change: whoever runs it reads the difference.
"""

import asyncio
import tempfile
from pathlib import Path

from taleforge.terminal.lobby import Wishes
from taleforge.terminal.session import Session
from tests.play.evening import Player, evening

FILE = Path(__file__).parents[1] / "golden" / "play" / "ashes.txt"
PLAN = (
    "Slip the boy a coin",
    "Climb down the hoist",
    "Rush them from the dark",
    "Search the casks",
    "dry cask",
    "let yourself out",
    "ledger into the fire",
    "that it is over",
)


async def fought(folder: Path) -> tuple[list[str], Session]:
    """Play the evening in a new folder; returns what was written, and the session."""
    return await evening(folder, "two", Wishes(character="marrick", companion="oswin"), Player(PLAN))


def told(session: Session) -> str:
    """Return what is said of the evening beside its prose."""
    lines = sorted(enumerate(session.story), key=lambda numbered: (numbered[1].v, numbered[0]))
    return "".join(f"{one.kind:<8} {one.text}\n" for _, one in lines if one.kind != "prose")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        FILE.write_text(told(asyncio.run(fought(Path(place)))[1]), encoding="utf-8")
