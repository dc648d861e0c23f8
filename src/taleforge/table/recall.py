"""What the views of one table were made of lately, part by part, so that a part is made anew only when it has to be.

A part is made by a function that is given nothing but its inputs, and is handed out again only while all of them are
equal to those it was made from: it is what would be made now, for whichever seat it was made first. Whoever keeps a
`Recall` of a table has its views share what did not change; whoever has none gets the same views, afresh.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, TypeVarTuple

from msgspec import Struct
from msgspec.structs import astuple

from taleforge.table.perception import Perception, come_from, perception_of
from taleforge.table.state import State

_OF_OPTIONS = frozenset(
    {"act", "blades", "chances", "deeds", "do", "go", "legal", "possible", "ready", "things", "zones"}
)
"""Of the parts that belong to one creature, those that its options alone are made of."""

Part = str | tuple[str | int, ...]
"""What a part is called: by its kind, and by the seat or creature it belongs to."""

Answer = TypeVar("Answer")
Pieces = TypeVar("Pieces", bound=Struct)
Inputs = TypeVarTuple("Inputs")


class _Made(Struct, frozen=True, gc=False):
    """A part, and what it was made of."""

    inputs: tuple[Any, ...]
    answer: Any


class Recall:
    """The parts of one table's views as they were made last, by what they are parts of."""

    __slots__ = ("_of", "_offered", "_parts", "_perception", "_seen_in", "_shown")

    def __init__(self) -> None:
        self._parts: dict[Part, _Made] = {}
        self._of: object = None
        self._offered: set[str] = set()
        self._perception: Perception | None = None
        self._seen_in: State | None = None
        self._shown: dict[Hashable, Any] = {}

    def shown(self, state: State) -> dict[Hashable, Any]:
        """Return where to put what is the same for whichever seat is shown it in a state; empty for another state."""
        if self._seen_in is not state:
            self._seen_in = state
            self._shown = {}
        return self._shown

    def look(self, state: State) -> None:
        """Have who perceives whom in a state worked out from what it was before."""
        known = self._perception
        if known is None or known.state is not state:
            if known is not None and perception_of.kept(state) is None:
                come_from(state, known)
            self._perception = perception_of(state)

    def about(self, whole: object) -> None:
        """Forget everything when what the parts belong to (the scene) is another one than before."""
        if whole is not self._of:
            self._parts.clear()
            self._of = whole

    def offer(self, crt: str) -> None:
        """Expect that options of a creature's are made."""
        self._offered.add(crt)

    def withdraw(self, crt: str) -> None:
        """Forget what the options of a creature were made of, which has none now: next time, much is another way."""
        if crt in self._offered:
            self._offered.remove(crt)
            kept = self._parts.items()
            self._parts = {part: made for part, made in kept if part[0] not in _OF_OPTIONS or part[1] != crt}

    def of(self, part: Part, make: Callable[[*Inputs], Answer], *inputs: *Inputs) -> Answer:
        """Return `make(*inputs)`; the very object that was returned for this part before, if it is equal to that.

        `make` may read nothing but its inputs.
        """
        known = self._parts.get(part)
        if known is not None and known.inputs == inputs:
            return known.answer
        answer = make(*inputs)
        if known is not None and known.answer == answer:
            answer = known.answer
        self._parts[part] = _Made(inputs, answer)
        return answer

    def mended(self, part: Part, make: Callable[[*Inputs], Pieces], *inputs: *Inputs) -> Pieces:
        """Return `make(*inputs)`, as `of` does; of its fields, those that are equal to what they were are just that."""
        known = self._parts.get(part)
        if known is not None and known.inputs == inputs:
            return known.answer
        answer = make(*inputs)
        if known is not None:
            pairs = zip(astuple(known.answer), astuple(answer), strict=True)
            answer = type(answer)(*[old if old == new else new for old, new in pairs])
        self._parts[part] = _Made(inputs, answer)
        return answer

    def same(self, part: Part, answer: Answer) -> Answer:
        """Return the very object that stood for this part before, if it is equal to this one."""
        known = self._parts.get(part)
        if known is not None and known.answer == answer:
            return known.answer
        self._parts[part] = _Made((), answer)
        return answer
