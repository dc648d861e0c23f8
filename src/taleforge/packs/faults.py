"""What is wrong with a pack, precise enough that its author can correct it: file, line, place in the document, rule.

Does not find faults; it only says them.
"""

from collections.abc import Sequence

from msgspec import Struct

from taleforge.errors import PackBroken


class Fault(Struct, frozen=True):
    """One broken rule. `line` counts from 1, 0 where the whole file is meant; `where` is a path as `$.spells[2].id`."""

    file: str
    line: int
    where: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Say it as one line, the way compilers do."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        inside = f" {self.where}:" if self.where not in {"", "$"} else ""
        return f"{place}:{inside} {self.problem} {self.remedy}"


def broken(faults: Sequence[Fault]) -> PackBroken:
    """Return the exception for a pack that cannot be used: its first fault, and how many more there are."""
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return PackBroken(first.file, first.line, f"{first.problem}{more}", first.remedy)
