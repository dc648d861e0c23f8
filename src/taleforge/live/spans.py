"""The steps of a command when nobody measures or traces them.

Costs next to nothing, and keeps nothing.
"""

from contextlib import AbstractContextManager, nullcontext

_block = nullcontext()


class NoSpans:
    """Spans that are not kept."""

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:  # noqa: ARG002  # not kept
        """Return a block."""
        return _block

    def carrier(self) -> str:
        """Return that nothing is traced."""
        return ""

    def under(self, carrier: str) -> AbstractContextManager[object]:  # noqa: ARG002  # not kept
        """Return a block."""
        return _block
