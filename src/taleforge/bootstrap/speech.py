"""What speaks and hears, as the settings choose.

Starts no process yet: the first request does.
"""

from taleforge.accounts.values import DAY, Quota
from taleforge.settings import Settings
from taleforge.voice.cell import Cells
from taleforge.voice.ports import Speech
from taleforge.voice.studio import Studio

SECONDS = "seconds"
"""What speech costs, in the ledger: seconds that were said or heard."""


def speech_of(settings: Settings) -> Speech:
    """Return what speaks and hears."""
    chosen = settings.voice
    cells = Cells(chosen.at_once, chosen.timeout)
    return Studio(cells, speaks=chosen.synthesiser != "off", hears=chosen.recogniser != "off")


def quotas_of(settings: Settings) -> tuple[Quota, ...]:
    """Return how much somebody may say and have heard."""
    most = settings.voice.seconds_per_day
    return (Quota("person", SECONDS, most, DAY),) if most else ()
