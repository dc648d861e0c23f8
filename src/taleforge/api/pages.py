"""Lists in pages, moments as text, and the parameters of both: what the route modules share.

Reads nothing from anywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

from litestar.params import QueryParameter

from taleforge.api.problems import Trouble
from taleforge.messages.ids import IdKind, is_id

T = TypeVar("T")

MOST: Final = 100

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many, at most.")]
After = Annotated[str | None, QueryParameter(max_length=200, description="What `next` said.")]
Cursor = Annotated[
    str | None,
    QueryParameter(pattern="^[a-z]{3}_[0-9a-z]{26}$", description="What `next` said: the id to go on after."),
]


def rfc3339(ms: int | None) -> str | None:
    """Return a moment as the protocol writes it."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(ms: int) -> str:
    """Return a moment that is there as the protocol writes it."""
    return rfc3339(ms) or ""


def paged(found: Sequence[T], limit: int, id_of: Callable[[T], str]) -> tuple[Sequence[T], str | None]:
    """Return a page of what was found, one more than it holds if there is more, and where the next page begins."""
    return found[:limit], id_of(found[limit - 1]) if len(found) > limit else None


def paged_by_id(
    found: Iterable[T], limit: int, after: str | None, id_of: Callable[[T], str]
) -> tuple[Sequence[T], str | None]:
    """Return a page of all there is, oldest first, and where the next one begins: of a list that is read as a whole."""
    ranked = sorted((one for one in found if after is None or id_of(one) > after), key=id_of)
    return paged(ranked, limit, id_of)


def known_id(text: str, kind: IdKind, unknown: str) -> str:
    """Return an id of a path; raises Trouble with the code `unknown` when it cannot be one."""
    if not is_id(text, kind):
        raise Trouble(unknown)
    return text
