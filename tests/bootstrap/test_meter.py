"""What jobs cost, in the ledger, and how much of it somebody may have."""

import itertools
from typing import Any, cast

from taleforge.accounts.memory import in_memory
from taleforge.accounts.values import DAY, Quota
from taleforge.bootstrap.meter import LedgerMeter, daily
from taleforge.bootstrap.pictures import picture_quotas
from taleforge.bootstrap.speech import quotas_of
from taleforge.jobs.values import Turned
from taleforge.settings import Art, Settings, Voice

BOB, CYD, DAN = ("usr_b", "spc_1"), ("usr_c", "spc_1"), ("usr_d", "spc_2")


async def test_a_person_a_space_and_all_together_have_their_share() -> None:
    """Whoever would exceed one is told which; what failed is theirs again."""
    numbers = itertools.count()
    ids = cast("Any", lambda kind: f"{kind}_{next(numbers)}")  # all that is asked of a source of ids
    meter = LedgerMeter(in_memory().ledger, ids, lambda: DAY, daily("pictures", person=2, space=3, server=4))

    async def wished(who: tuple[str, str]) -> str:
        entry = await meter.reserve(*who, "pictures", 1, "job_1")
        return str(entry.params["owner"]) if isinstance(entry, Turned) else entry

    assert [(await wished(BOB))[:4] for _ in range(3)] == ["job_", "job_", "pers"]
    last = await wished(CYD)
    assert await wished(CYD) == "space"
    await meter.release(last)
    await meter.settle(await wished(CYD))
    assert (await wished(DAN)).startswith("job_")
    assert await wished(DAN) == "server"


def test_settings_say_how_much() -> None:
    """For each of the three; nothing is limited where nothing is set."""
    art, voice = Art(pictures_per_day=1, pictures_in_all=9), Voice(seconds_per_space=60)
    assert picture_quotas(Settings(art=art)) == (
        Quota("person", "pictures", 1, DAY), Quota("server", "pictures", 9, DAY),
    )  # fmt: skip
    assert quotas_of(Settings(voice=voice)) == (Quota("space", "seconds", 60, DAY),)
    assert (*picture_quotas(Settings()), *quotas_of(Settings())) == ()
