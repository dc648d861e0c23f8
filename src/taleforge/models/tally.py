"""Counts what models did, by name: calls by outcome, tokens, cost, how long the first piece took.

Figures of this process since it began; the ledger keeps what has to be known longer. Shows nothing itself.
"""

from collections import Counter

from taleforge.models.values import Call


class Figures:
    """What is counted of one model."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.read = 0
        self.written = 0
        self.cost = 0
        """Millionths of a US dollar."""
        self.first_seconds = 0.0
        """All times to a first piece together, of `first_count` calls."""
        self.first_count = 0
        self.seconds = 0.0
        self.state = "closed"


class Tally:
    """Figures by model."""

    def __init__(self) -> None:
        self.models: dict[str, Figures] = {}
        self.tellings: Counter[tuple[str, str]] = Counter()
        """By whom (`model` or `grammar`), and why not by the model."""

    def told(self, by: str, why: str) -> None:
        """Count a telling."""
        self.tellings[by, why] += 1

    def called(self, call: Call) -> None:
        """Count a call that is over."""
        figures = self._of(call.model)
        figures.outcomes[call.outcome] += 1
        figures.read += call.usage.read
        figures.written += call.usage.written
        figures.cost += call.cost
        figures.seconds += call.seconds
        if call.first is not None:
            figures.first_seconds += call.first
            figures.first_count += 1

    def changed(self, model: str, state: str) -> None:
        """Note the state of a model's breaker."""
        self._of(model).state = state

    def calls(self) -> dict[tuple[str, ...], float]:
        """Return calls by model and outcome."""
        return {(name, what): n for name, f in self.models.items() for what, n in f.outcomes.items()}

    def tokens(self) -> dict[tuple[str, ...], float]:
        """Return tokens by model, `in` and `out`."""
        both = {name: {"in": f.read, "out": f.written} for name, f in self.models.items()}
        return {(name, way): n for name, ways in both.items() for way, n in ways.items()}

    def dollars(self) -> dict[tuple[str, ...], float]:
        """Return the cost by model, in US dollars."""
        return {(name,): f.cost / 1_000_000 for name, f in self.models.items()}

    def waits(self) -> dict[tuple[str, ...], float]:
        """Return the seconds that first pieces took, all together, by model."""
        return {(name,): f.first_seconds for name, f in self.models.items()}

    def answers(self) -> dict[tuple[str, ...], float]:
        """Return how many calls had a first piece, by model."""
        return {(name,): f.first_count for name, f in self.models.items()}

    def resting(self) -> dict[tuple[str, ...], float]:
        """Return whether a model is left alone for now, by model."""
        return {(name,): float(f.state != "closed") for name, f in self.models.items()}

    def _of(self, model: str) -> Figures:
        return self.models.setdefault(model.partition(" at ")[0], Figures())
