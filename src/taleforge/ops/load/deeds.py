"""What a player of a crowd does next: chosen from the seat's own options, so that the whole crowd's mix is as wanted.

At least two in five deeds are to be attacks, three in twenty spells, one in ten typed. Whoever strikes and then ends
the turn has sent two commands, whoever says so in one sentence one: the mix is held by how much is typed, too. Sends
nothing.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from msgspec import Struct

from taleforge.ops.load.frames import Aim, Offer
from taleforge.ops.load.seat import Seat

WANTED: Final = {"attack": 0.43, "spell": 0.18}
"""Shares that are steered to; what is asked for is a little less."""
LEAST: Final = {"attack": 0.40, "spell": 0.15, "typed": 0.10}
"""Shares below which a run has not played what it was to play."""
TYPED: Final = 0.12
TYPED_IN_FIGHTS: Final = 0.35
"""Shares up to which deeds are typed; in a fight more of them are while attacks are too few."""
DULL: Final = 3
"""Deeds without anybody to strike after which a party goes back; the first one, while attacks are too few."""
_ATTACKS: Final = ("I attack {target} with my {name}", "I strike at {target} with my {name}")
_SPELLS: Final = ("I cast {name} at {target}", "I cast {name} on {target}")
_END: Final = " and end my turn"
_UNUSED: Final = "act:dodge"
"""An option that is there while a turn's action is not used yet."""
_SHUNNED: Final = frozenset({"exit", "rest", "turn"})
"""Kinds of options that end a scene sooner, or are for a fight only."""


class Wish(Struct, frozen=True):
    """A command that a seat is to send; `kind` is what the mix counts it as."""

    name: str
    d: dict[str, Any]
    kind: str
    typed: bool = False


class Mix:
    """What a crowd has done since it began to play, and what it does next.

    Args:
        random: Decides between what is as good.
    """

    def __init__(self, random: Random) -> None:
        self.kinds: Counter[str] = Counter()
        self.typed = 0
        self._random = random

    @property
    def short(self) -> bool:
        """Whether there were fewer attacks than are wanted."""
        return self._owed("attack") > 0

    @property
    def patience(self) -> int:
        """Return for how many deeds a party may have nobody to strike."""
        return 0 if self.short else DULL

    def back(self, host: Seat) -> Wish:
        """Return how a host goes back as far as it may, and count it."""
        self.kinds["undo"] += 1
        return Wish("undo", {"steps": host.undo}, "undo")

    def next(self, seat: Seat) -> Wish | None:
        """Return what a seat does now, and count it; None when it can do nothing."""
        wish = self._answer(seat) if seat.asked else self._deed(seat, seat.offers())
        if wish is not None:
            self.kinds[wish.kind] += 1
            self.typed += wish.typed
        return wish

    def _answer(self, seat: Seat) -> Wish | None:
        first = next(iter(seat.questions()), None)
        if first is None or not first.choices:
            return None
        choice = self._random.choice(first.choices).id
        return Wish("answer", {"decision": first.id, "choice": choice}, "answer")

    def _deed(self, seat: Seat, offers: Sequence[Offer]) -> Wish | None:
        if not offers:
            return None
        strikes = {kind: [o for o in offers if o.kind == kind and o.targets] for kind in WANTED}
        others = [offer for offer in offers if offer.kind not in WANTED and offer.kind not in _SHUNNED]
        kind = self._kind([name for name, found in strikes.items() if found], calm=not seat.fighting and bool(others))
        if kind is not None:
            seat.moved = False
            return self._use(self._random.choice(strikes[kind]), seat)
        if seat.fighting:
            return self._onwards(seat, offers)
        return self._use(self._random.choice(others or list(offers)), seat)

    def _kind(self, possible: Sequence[str], *, calm: bool) -> str | None:
        """Return the kind that is done too seldom so far, or None for something else."""
        if not possible:
            return None
        most = max(possible, key=self._owed)
        return None if calm and self._owed(most) < 0 else most

    def _owed(self, kind: str) -> float:
        return WANTED[kind] - self.kinds[kind] / max(1, self.kinds.total())

    def _onwards(self, seat: Seat, offers: Sequence[Offer]) -> Wish:
        """Return what is left to do in a turn: walk up to somebody once, else let the next one play."""
        walk = next((offer for offer in offers if offer.kind == "move"), None)
        unused = any(offer.id == _UNUSED for offer in offers)
        near = [aim for aim in walk.targets if aim.id in seat.foes] if walk is not None else []
        if walk is not None and unused and near and not seat.moved:
            seat.moved = True
            return self._chosen(walk, [self._random.choice(near)])
        seat.moved = False
        ending = next((offer for offer in offers if offer.kind == "turn"), None)
        return self._chosen(ending or self._random.choice(list(offers)), [])

    def _use(self, offer: Offer, seat: Seat) -> Wish:
        aims = self._random.sample(offer.targets, min(offer.pick, len(offer.targets)))
        said = self._said(offer, aims, seat)
        if said is not None and self._types(seat):
            return Wish("do", {"text": said}, _counted_as(offer), typed=True)
        return self._chosen(offer, aims)

    def _types(self, seat: Seat) -> bool:
        if seat.fighting and self.short:
            return True
        most = TYPED_IN_FIGHTS if seat.fighting else TYPED
        return self.typed < most * (self.kinds.total() + 1)

    def _said(self, offer: Offer, aims: Sequence[Aim], seat: Seat) -> str | None:
        """Return a sentence for an option; None when a player would rather choose it."""
        if offer.label:
            return offer.label
        patterns = {"attack": _ATTACKS, "spell": _SPELLS}.get(offer.kind)
        if patterns is None or len(aims) != 1 or not aims[0].name:
            return None
        said = self._random.choice(patterns).format(target=aims[0].name, name=offer.params.get("name", ""))
        return said + _END if seat.fighting else said

    def _chosen(self, offer: Offer, aims: Sequence[Aim]) -> Wish:
        given: dict[str, Any] = {"option": offer.id}
        if aims:
            given["targets"] = [aim.id for aim in aims]
        if offer.cost.slots:
            given["params"] = {"slot": offer.cost.slots[0]}
        return Wish("use_option", given, _counted_as(offer))


def _counted_as(offer: Offer) -> str:
    return "end_turn" if offer.kind == "turn" else offer.kind
