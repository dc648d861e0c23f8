"""JSON merge patches (RFC 7396) between two views of a seat: how a client's view follows the table.

Objects are merged key by key, `null` removes a key, lists and everything else are replaced whole. Does not look inside
lists: what should be patched piecewise is keyed by id in `SeatView`.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, cast

import msgspec
from msgspec import NODEFAULT, UNSET, Struct, structs

from taleforge.messages.views import SeatView


def diff_views(old: SeatView, new: SeatView) -> dict[str, Any]:
    """Return the patch that turns the plain form of `old` into that of `new`; empty when they are equal.

    What is replaced whole stands in it as the value it is, to be encoded with the patch.
    """
    return cast("dict[str, Any]", diff(old, new))


def diff(old: Any, new: Any) -> Any:
    """Return the merge patch from one value to another of the same kind, which are not equal if they are no objects."""
    if type(old) is type(new):
        if isinstance(new, Struct):
            return _diff_structs(old, new)
        if isinstance(new, dict):
            return _diff_maps(old, cast("dict[str, Any]", new))
    return cast("object", new)


def _diff_maps(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    patch: dict[str, Any] = {} if old.keys() <= new.keys() else dict.fromkeys(old.keys() - new.keys())
    for key, after in new.items():
        before = old.get(key, UNSET)
        if before is UNSET:
            patch[key] = after
        elif before is not after and before != after:
            patch[key] = diff(before, after)
    return patch


def _diff_structs(old: Struct, new: Struct) -> dict[str, Any]:
    patch: dict[str, Any] = {}
    values, fields = _form(type(new))
    for (name, default), before, after in zip(fields, values(old), values(new), strict=True):
        if before is after:
            continue
        if _left_out(after, default):
            if not _left_out(before, default):
                patch[name] = None
        elif _left_out(before, default):
            patch[name] = after
        elif before != after:
            patch[name] = diff(before, after)
    return patch


def _left_out(value: object, default: object) -> bool:
    """Whether the encoder leaves a value out: it is the default itself, or as empty as the default is."""
    return value is default or (default is EMPTY and not value)


EMPTY = object()
"""Stands for a default that is a new empty container each time."""


@cache
def _form(kind: type[Struct]) -> tuple[Callable[[Struct], tuple[Any, ...]], tuple[tuple[str, Any], ...]]:
    """Return what takes a struct apart, and its fields, each with its default if that is left out on the wire."""
    omits = kind.__struct_config__.omit_defaults
    fields = tuple((field.name, _default(field) if omits else UNSET) for field in structs.fields(kind))
    return _taker(tuple(name for name, _ in fields)), fields


def _taker(names: tuple[str, ...]) -> Callable[[Struct], tuple[Any, ...]]:
    """Return a function that gives all of these fields; the library's own gives no tuple for fewer than two."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda struct: tuple(getattr(struct, name) for name in names)


def _default(field: structs.FieldInfo) -> Any:
    if field.default is not NODEFAULT:
        return field.default
    return UNSET if field.default_factory is NODEFAULT else EMPTY


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
