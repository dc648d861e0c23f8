"""New ids for a client's commands, by its own clock and chance.

Does not make ids of anything else.
"""

import secrets
from datetime import UTC, datetime

from taleforge.messages.ids import IdKind, make_id


class NewIds:
    """Ids that nobody else makes."""

    def __call__(self, kind: IdKind) -> str:
        """Return a new id of a kind."""
        return make_id(kind, int(datetime.now(UTC).timestamp() * 1000), secrets.randbits(74))
