"""Every socket of a crowd against the logs of its tables, as the server's export has them.

The sockets stay open meanwhile: exporting a table commits it to new dice, which everybody there has to hear of, so that
nothing can be lost unnoticed at the end of a stream. Changes nothing else.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from taleforge.client.server import Limited, Server
from taleforge.errors import Unavailable
from taleforge.ops.load.judge import MOST_NAMED, Finding, Log, counted, judge, judge_commands, read_export
from taleforge.ops.load.party import Party
from taleforge.ops.load.tally import Tally

AT_ONCE: Final = 3
PATIENCE: Final = 15.0
"""Seconds in which every seat has to hear the end of its table's log."""
LOOK_EVERY: Final = 0.1


class Examined(Struct, frozen=True):
    """What an examination found; `findings` names no more than some, `counts` has all."""

    tables: int
    streams: int
    events: int
    heard: int
    commands: int
    counts: dict[str, int] = {}
    findings: tuple[Finding, ...] = ()

    def __add__(self, other: "Examined") -> "Examined":
        """Return both together."""
        counts = {kind: self.counts.get(kind, 0) + other.counts.get(kind, 0) for kind in self.counts | other.counts}
        named = (*self.findings, *other.findings)[:MOST_NAMED]
        return Examined(
            self.tables + other.tables, self.streams + other.streams, self.events + other.events,
            self.heard + other.heard, self.commands + other.commands, counts, named,
        )  # fmt: skip


NOTHING: Final = Examined(0, 0, 0, 0, 0)


async def examine(server: Server, parties: Sequence[Party], tally: Tally) -> Examined:
    """Compare every stream of some tables with their logs.

    Raises:
        Unavailable: a table cannot be exported.
    """
    doors = asyncio.Semaphore(AT_ONCE)

    async def one(party: Party) -> Examined:
        async with doors:
            log = read_export(await _exported(server, party.table))
        return await _examined(party, log, tally)

    found = NOTHING
    for part in await asyncio.gather(*(one(party) for party in parties)):
        found += part
    return found


async def _exported(server: Server, table: str) -> bytes:
    """Return a table's export, waiting where exports are counted."""
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        try:
            return await server.export(table)
        except Limited as error:
            if asyncio.get_running_loop().time() > until:
                raise Unavailable(
                    "The server lets its tables be exported too seldom.", "Set limits.generation=off there."
                ) from error
            await asyncio.sleep(0.5)


async def _examined(party: Party, log: Log, tally: Tally) -> Examined:
    acknowledged = tally.acknowledged(party.table)
    until = tally.now() + PATIENCE
    while True:
        findings = [finding for seat in party.seats for finding in judge(seat.stream, log)]
        late = any(finding.kind in {"lost", "lost_prose"} for finding in findings)
        if not late or tally.now() > until:
            break
        await asyncio.sleep(LOOK_EVERY)
    findings += judge_commands(party.table, acknowledged, log)
    heard = sum(len(seat.stream.trail) for seat in party.seats)
    return Examined(
        1, len(party.seats), len(log.events), heard, len(acknowledged), counted(findings), tuple(findings[:MOST_NAMED])
    )
