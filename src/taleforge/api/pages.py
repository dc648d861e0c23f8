"""Lists in pages, moments as text, and the parameters of both, entity tags: what the route modules share.

Reads nothing from anywhere.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, TypeVar

from litestar import Request
from litestar.params import QueryParameter

from taleforge.api.problems import Trouble
from taleforge.messages.ids import IdKind, is_id

T = TypeVar("T")

MOST: Final = 100

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many, at most.")]
Cursor = Annotated[
    str | None,
    QueryParameter(pattern="^[a-z]{3}_[0-9a-z]{26}$", description="What `next` said: the id to go on after."),
]
Mark = Annotated[
    str | None,
    QueryParameter(pattern="^[1-9][0-9]{0,8}~[0-9a-f]{8}$", description="What `next` said: a place in the list."),
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


def paged_in_order(
    found: Sequence[T], limit: int, after: str | None, key_of: Callable[[T], str | bytes]
) -> tuple[Sequence[T], str | None]:
    """Return a page of a list that is there as a whole, in an order of its own, and where the next page begins.

    It goes on behind what ended the page before, wherever that is by now; if it is gone, where it was.
    """
    marks = [sha256(key.encode() if isinstance(key := key_of(one), str) else key).hexdigest()[:8] for one in found]
    first = 0 if after is None else _behind(after, marks)
    last = first + limit
    return found[first:last], f"{last}~{marks[last - 1]}" if last < len(found) else None


def _behind(after: str, marks: Sequence[str]) -> int:
    number, _, mark = after.partition("~")
    same = [place for place, known in enumerate(marks, 1) if known == mark]
    return min(same, key=lambda place: abs(place - int(number)), default=int(number) - 1)


def unchanged(request: Request[Any, Any, Any], tag: str) -> bool:
    """Whether whoever asks has what a tag stands for: the tag, a proxy's weak one, one of several, or any."""
    given = request.headers.get("if-none-match", "")
    if given in {"", tag}:
        return given == tag
    return tag in {one.strip().removeprefix("W/") for one in given.split(",")} or given.strip() == "*"


def known_id(text: str, kind: IdKind, unknown: str) -> str:
    """Return an id of a path; raises Trouble with the code `unknown` when it cannot be one."""
    if not is_id(text, kind):
        raise Trouble(unknown)
    return text
