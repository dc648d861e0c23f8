"""Checks a whole log: that nothing is missing, that it replays, and that every face came from dice it committed to.

Needs nothing but the log (PROTOCOL §9). Reports the first thing that is wrong, in order. Does not read files.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.messages.events import (
    DecisionOpened,
    DiceCommitted,
    DiceEntropy,
    DiceRevealed,
    Event,
    Sealed,
    TableImported,
    rolls_of,
)
from taleforge.rules.dice import Roll, commitment, salt_for
from taleforge.rules.dice.verify import check_roll
from taleforge.table.evolve import evolve
from taleforge.table.state import State


class Problem(Struct, frozen=True):
    """What is wrong with event `v`: a code with parameters, as for a refusal.

    `log/gap` (wanted), `log/cannot_follow`, `dice/wrong_seed`, `dice/wrong_salt`, `dice/gap` (wanted, found: words of
    the stream), `dice/used_again`, and of one roll `dice/unreadable`, `dice/wrong_face`, `dice/wrong_fate`,
    `dice/wrong_total` (expr, place: the face counted from 1 or 0 for none, wanted, found).
    """

    v: int
    code: str
    params: dict[str, str | int] = {}


class Verdict(Struct, frozen=True):
    """What was checked, and the first problem if there is one.

    `unrevealed` rolls wait for their seed. Up to version `elsewhere` salts were taken as they stand. Up to version
    `unproven` all came in from a file, and nobody could say whether its words were changed. `sealed` is the file that
    was checked, if it was one.
    """

    events: int
    rolls: int
    faces: int
    unrevealed: int = 0
    problem: Problem | None = None
    elsewhere: int = 0
    unproven: int = 0
    sealed: Sealed = "nowhere"


def verify(table: str, log: Sequence[Event], elsewhere: int = 0) -> Verdict:
    """Check a log from its first event.

    Args:
        table: The id under which the table was played: part of the salt of its dice.
        log: All events, in order.
        elsewhere: Up to this version it was played under another id, so that salts are taken as they stand.
    """
    walk = _Walk(table, _seeds(log), elsewhere)
    for event in log:
        problem = walk.check(event)
        if problem is not None:
            return walk.verdict(problem)
    return walk.verdict(walk.check_end())


def _seeds(log: Sequence[Event]) -> dict[str, bytes]:
    """Return every seed that was revealed, by the commitment it fits."""
    revealed = (event.d.server_seed for event in log if isinstance(event.d, DiceRevealed))
    seeds = (bytes.fromhex(text) for text in revealed if _is_hexadecimal(text))
    return {commitment(seed).hex(): seed for seed in seeds}


class _Walk:
    """One pass over a log; knows the state before the next event."""

    def __init__(self, table: str, seeds: dict[str, bytes], elsewhere: int) -> None:
        self._table = table
        self._seeds = seeds
        self._elsewhere = elsewhere
        self._state = State(id=table)
        self._next = 0  # word of the stream at which the next roll has to begin
        self._shown: dict[int, Roll] = {}  # rolls made for decisions that are not carried out yet
        self._rolls = self._faces = self._unrevealed = self._unproven = 0

    def verdict(self, problem: Problem | None) -> Verdict:
        return Verdict(
            self._state.version, self._rolls, self._faces, self._unrevealed, problem, self._elsewhere, self._unproven
        )

    def check(self, event: Event) -> Problem | None:
        if event.v != self._state.version + 1:
            return Problem(event.v, "log/gap", {"wanted": self._state.version + 1})
        if isinstance(event.d, TableImported):
            self._unproven = event.v - 1
        return self._check_rolls(event) or self._check_dice(event) or self._replay(event)

    def check_end(self) -> Problem | None:
        """Every word that was used has to be in a roll; with a seed that nobody knows that cannot be told."""
        dice = self._state.dice
        return self._check_used(self._state.version, dice.nonce) if dice.commitment in self._seeds else None

    def _check_used(self, v: int, used: int) -> Problem | None:
        return None if used == self._next else Problem(v, "dice/gap", {"wanted": self._next, "found": used})

    def _replay(self, event: Event) -> Problem | None:
        try:
            self._state = evolve(self._state, event)
        except Exception as error:  # noqa: BLE001  # a forged event may break anything
            return Problem(event.v, "log/cannot_follow", {"name": event.name, "fault": type(error).__name__})
        return None

    def _check_rolls(self, event: Event) -> Problem | None:
        for record in rolls_of(event.d):
            problem = self._check_roll(event, record)
            if problem is not None:
                return problem
        return None

    def _check_roll(self, event: Event, record: Roll) -> Problem | None:
        if record.nonce < self._next:
            return self._check_again(event, record)
        seed = self._seeds.get(self._state.dice.commitment)
        if seed is None:
            self._unrevealed += 1
            return None
        if record.nonce != self._next:
            return Problem(event.v, "dice/gap", {"wanted": self._next, "found": record.nonce})
        check = check_roll(record, seed, bytes.fromhex(self._state.dice.salt))
        if check.mismatch is not None:
            wrong = check.mismatch
            place = {"expr": record.expr, "place": wrong.place + 1, "wanted": wrong.expected, "found": wrong.found}
            return Problem(event.v, wrong.code, place)
        self._next += check.words
        self._rolls += 1
        self._faces += len(record.faces)
        if isinstance(event.d, DecisionOpened):
            self._shown[record.nonce] = record
        return None

    def _check_again(self, event: Event, record: Roll) -> Problem | None:
        """A roll may be told twice only when it waited for a decision: once asked about, then carried out."""
        shown = self._shown.get(record.nonce)
        if shown is None or shown.faces != record.faces:
            return Problem(event.v, "dice/used_again", {"expr": record.expr, "found": record.nonce})
        if not isinstance(event.d, DecisionOpened):
            del self._shown[record.nonce]
        return None

    def _check_dice(self, event: Event) -> Problem | None:
        match event.d:
            case DiceRevealed(server_seed):
                known = self._seeds.get(self._state.dice.commitment)
                if known is None or known.hex() != server_seed:
                    return Problem(event.v, "dice/wrong_seed")
                return self._check_used(event.v, event.nonce)
            case DiceCommitted(_, salt):
                self._next = 0
                self._shown = {}
                return self._check_salt(event, salt, self._state.dice.entropies, self._state.dice.salt)
            case DiceEntropy(seat, given, salt):
                return self._check_salt(event, salt, self._state.dice.entropies | {seat: given})
            case _:
                return None

    def _check_salt(
        self, event: Event, salt: str, entropies: dict[str, str], unchanged: str | None = None
    ) -> Problem | None:
        """The salt is that of the table and all its seats, or still the one that was."""
        if not _is_hexadecimal(salt) or not all(map(_is_hexadecimal, entropies.values())):
            return Problem(event.v, "dice/wrong_salt")
        ordered = [bytes.fromhex(entropies[seat]) for seat in self._state.seats if seat in entropies]
        wanted = salt_for(self._table, ordered).hex()
        if salt in {wanted, unchanged} or event.v <= self._elsewhere:
            return None
        return Problem(event.v, "dice/wrong_salt")


def _is_hexadecimal(text: str) -> bool:
    return len(text) % 2 == 0 and all(letter in "0123456789abcdef" for letter in text)
