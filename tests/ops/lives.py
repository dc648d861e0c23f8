"""The life of a table as a crowd meets it: a tavern, a fight in which some may attack, and nobody left to strike.

Answers a party's commands at once, with the frames that a table would send; knows no rules.
"""

from collections.abc import Generator
from itertools import count
from random import Random
from typing import Any

import msgspec

from taleforge.ops.load.frames import Heard
from taleforge.ops.load.link import Wire
from taleforge.ops.load.party import Party
from taleforge.ops.load.seat import Seat
from taleforge.ops.load.tally import Tally

STRIKES = 12
"""In a fight, until nobody is left."""
Story = Generator[tuple[int, list[dict[str, Any]], bool], str, None]
"""Yields the seat that may act, its options, and whether there is a fight; is sent the option or the words used."""


def offer(name: str, kind: str, *targets: str, **more: Any) -> dict[str, Any]:
    """Return an option."""
    aims = [{"id": target, "kind": "creature", "name": f"the {target}"} for target in targets]
    return {"id": name, "kind": kind, "targets": aims, "pick": len(aims[:1]), "params": {"name": name}, **more}


SWORD, FLAME = offer("act:sword", "attack", "rat"), offer("act:flame", "spell", "rat", cost={"slots": [1, 2]})
WALK, DODGE, END = offer("go:", "move", "rat"), offer("act:dodge", "basic"), offer("turn:end", "turn")
TALK = [offer(f"do:{number}", "interaction", label=f"Ask about the tolling {number}") for number in range(3)]
ARMS = ([SWORD], [FLAME], [SWORD], [FLAME], [SWORD, FLAME])
"""With what one turn after the other can be used, as at the real table: three of five may attack."""


def frame(kind: str, n: int | None = None, **data: Any) -> bytes:
    """Return a frame of the table."""
    return msgspec.json.encode({"t": kind, "d": data} | ({} if n is None else {"n": n}))


def story() -> Story:
    """Tell one table's life: somebody strikes, a fight, and then there is nothing but talk."""
    used = ""
    while not used.startswith(("act:", "I ")):
        used = yield 0, [*TALK, SWORD], False
    for strike in range(STRIKES):
        seat, arms = strike % 4, ARMS[strike % len(ARMS)]
        if strike % 8 == 5:
            yield seat, [WALK, DODGE, END], True
        used = yield seat, [*arms, DODGE, END], True
        if "end my turn" not in used:
            yield seat, [END], True
    while True:
        yield 0, TALK, False


def life(tally: Tally, random: Random) -> Party:
    """Return a party of four at such a table."""
    party = Party(tally, Wire("http://nowhere", tally), lambda _: None, random)
    numbers, told = count(1), story()

    def hear(seat: Seat, heard: Heard) -> None:
        tally.hear(seat, heard)

    def show(state: tuple[int, list[dict[str, Any]], bool]) -> None:
        acting, options, fighting = state
        for place, seat in enumerate(party.seats):
            patch = {"options": options if place == acting else None, "fight": {"round": 1} if fighting else None}
            seat.take(frame("event", next(numbers), v=next(numbers), name="told", patch=patch))

    def answer(data: bytes) -> None:
        wish = msgspec.json.decode(data)["d"]
        show(told.send(wish["d"].get("text") or wish["d"]["option"]))
        party.seats[0].take(frame("ack", re=wish["id"], v=1))

    party.seats = [Seat("tbl_1", f"seat_{place}", "token", hear) for place in range(4)]
    for seat in party.seats:
        seat.send = answer
        seat.foes = {"rat"}
    show(next(told))
    party.playing = True
    return party
