"""JSON merge patches (RFC 7396) between two views of a seat: how a client's view follows the table.

Objects are merged key by key, `null` removes a key, lists and everything else are replaced whole. Does not look inside
lists: what should be patched piecewise is keyed by id in `SeatView`.
"""

from typing import Any, cast

import msgspec
from msgspec import structs

from taleforge.messages.views import SeatView


def _defaults() -> dict[str, Any]:
    """Return the sections that are left out on the wire when they are like this."""
    found: dict[str, Any] = {}
    for field in structs.fields(SeatView):
        if not field.required:
            found[field.name] = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return found


_DEFAULTS = _defaults()


def diff_views(old: SeatView, new: SeatView) -> dict[str, Any]:
    """Return the patch that turns the plain form of `old` into that of `new`; empty when they are equal."""
    patch: dict[str, Any] = {}
    for field in SeatView.__struct_fields__:
        before, after = getattr(old, field), getattr(new, field)
        if before is after or before == after:
            continue
        left_out = field in _DEFAULTS and after == _DEFAULTS[field]
        patch[field] = None if left_out else diff(msgspec.to_builtins(before), msgspec.to_builtins(after))
    return patch


def diff(old: Any, new: Any) -> Any:
    """Return the merge patch from one plain value to another."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
    patch: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif before[key] != value:
            patch[key] = diff(before[key], value)
    return patch


def merge(value: Any, patch: Any) -> Any:
    """Return a plain value with a merge patch applied; neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    result: dict[str, Any] = dict(cast("dict[str, Any]", value)) if isinstance(value, dict) else {}
    for key, change in cast("dict[str, Any]", patch).items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), change)
    return result


def plain(view: SeatView) -> dict[str, Any]:
    """Return a view as plain data as it comes off the wire, the form that patches work on."""
    return cast("dict[str, Any]", msgspec.json.decode(msgspec.json.encode(view)))


def typed(view: dict[str, Any]) -> SeatView:
    """Return plain data as a view.

    Raises:
        msgspec.ValidationError: the data is no view.
    """
    return msgspec.convert(view, SeatView)
