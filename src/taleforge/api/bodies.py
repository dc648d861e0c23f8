"""The bodies of requests, read so that no nesting of theirs can look like a fault of ours.

Reads JSON alone; what a body has to hold is for the routes to say.
"""

from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException


class Body(Request[Any, Any, Any]):
    """A request whose JSON may be nested deeper than anybody can read."""

    async def json(self) -> Any:
        """Return the body; raises SerializationException when it is no JSON, or nested too deeply."""
        try:
            return await super().json()
        except RecursionError as error:
            raise SerializationException("It is nested too deeply.") from error
