"""The parties of a crowd, each in its place: which one acts next, and in whose place a fresh one is to be laid.

Lays no table, and sends nothing.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from taleforge.ops.load.party import Party

TRIES: Final = 16
"""Parties that are looked at for one that waits for a player."""


class Places:
    """Parties in their places; the first `active` of them play.

    Args:
        random: Decides which of those that wait acts.
    """

    def __init__(self, random: Random) -> None:
        self.parties: list[Party] = []
        self.left: list[Party] = []
        """Those that made room; they go on hearing what their last command leads to."""
        self.active = 0
        self._random = random
        self._dull: set[int] = set()
        self._making_room: set[int] = set()

    def waiting(self, patience: int) -> Party | None:
        """Return a party, by chance, that waits for a player.

        One that had nobody to strike for more deeds than `patience` goes back; where it cannot, it is to make room, and
        acts only if no other waits.
        """
        spare = None
        for _ in range(TRIES):
            place = self._random.randrange(self.active)
            party = self.parties[place]
            if party.actor() is None:
                continue
            if party.dull <= patience or party.host.undo:
                return party
            self._dull.add(place)
            spare = party
        return spare

    def ended(self) -> None:
        """Look for parties that nothing more will come of; to be done every now and then."""
        self._dull |= {place for place in range(self.active) if self.parties[place].over()}

    def to_lay(self) -> Iterator[int]:
        """Yield the places of those that are to make room, each once until `lay` or `keep` was told of it."""
        for place in self._dull - self._making_room:
            self._making_room.add(place)
            yield place
        self._dull.clear()

    def lay(self, place: int, fresh: Party) -> None:
        """Put a fresh party in the place of another."""
        old = self.parties[place]
        old.playing = False
        self.left.append(old)
        self.parties[place] = fresh
        self._making_room.discard(place)

    def keep(self, place: int) -> None:
        """Leave a party in its place, as no fresh one could be laid."""
        self._making_room.discard(place)
