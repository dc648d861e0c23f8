"""Decodes documents into structs strictly, and goes on after a fault so that an author sees all of them at once.

msgspec stops at the first wrong value and, for the structs shared with the event log, ignores unknown fields; a pack
must not. Does not know what the structs mean.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct, inspect

from taleforge.packs.faults import Fault
from taleforge.packs.locate import Path, line_of

T = TypeVar("T")

MOST_FAULTS = 50
"""After this many faults in one document the rest is not looked at."""

_WHERE = re.compile(r"^(?P<problem>.*?)(?: - at (?:`key` in )?`(?P<path>\$.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")


class Document(Struct, frozen=True):
    """A data file as read: its path inside the pack, its text, and what the text holds."""

    file: str
    text: str
    data: dict[str, Any]

    @property
    def toml(self) -> bool:
        """Whether it is TOML rather than JSON."""
        return self.file.endswith(".toml")

    def fault(self, path: Path, problem: str, remedy: str) -> Fault:
        """Return a fault at a place in this document."""
        return Fault(self.file, line_of(self.text, path, toml=self.toml), written(path), problem, remedy)


def written(path: Path) -> str:
    """Write a path the way messages show it: `$.spells[2].id`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def decode(document: Document, kind: type[T]) -> tuple[T | None, list[Fault]]:
    """Return the document as a struct and its faults; what is faulty is left out so that the rest can be looked at."""
    data = _copy(document.data)
    faults = [document.fault(path, problem, remedy) for path, problem, remedy in _unknown(data, _shape(kind), ())]
    struck = _Struck(data)
    while len(faults) < MOST_FAULTS:
        try:
            return msgspec.convert(data, kind), faults
        except msgspec.ValidationError as error:
            path, problem = _read(str(error))
            if not struck.explains(path, problem):
                remedy = _remedy(_shape_at(_shape(kind), data, path))
                faults.append(document.fault(struck.original(path), problem, remedy))
            if not struck.strike(path):
                break
    return None, faults


class _Struck:
    """Faulty values taken out of a document so far, and where things stood before."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._fields: set[Path] = set()
        self._items: dict[Path, list[int]] = {}

    def explains(self, path: Path, problem: str) -> bool:
        """Whether a required field is missing only because it was taken out."""
        before = self.original(path)
        return any(before == field[:-1] and f"`{field[-1]}`" in problem for field in self._fields)

    def original(self, path: Path) -> Path:
        """Return the path as the author counts, list items taken out included."""
        before: Path = ()
        for step in path:
            here = step
            for gone in sorted(self._items.get(before, ())):
                here = here + 1 if isinstance(here, int) and gone <= here else here
            before = (*before, here)
        return before

    def strike(self, path: Path) -> bool:
        """Take out the field, or the list item around it when the field is gone already; False: nothing is left."""
        while path:
            holder, before = _at(self._data, path[:-1]), self.original(path)
            if isinstance(holder, dict) and path[-1] in holder and before not in self._fields:
                self._fields.add(before)
                del holder[path[-1]]
                return True
            if isinstance(holder, list) and isinstance(path[-1], int):
                self._items.setdefault(before[:-1], []).append(cast("int", before[-1]))
                del holder[path[-1]]
                return True
            path = path[:-1]
        return False


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_copy(item) for item in cast("list[Any]", value)]
    return value


def _read(message: str) -> tuple[Path, str]:
    match = cast("re.Match[str]", _WHERE.match(message))
    return _steps(match["path"] or "$"), f"{match['problem']}."


def _steps(text: str) -> Path:
    path: list[str | int] = []
    for step in _STEP.finditer(text):
        if step[0] == "[...]":
            break
        path.append(step[1] if step[1] is not None else int(step[2]))
    return tuple(path)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


@lru_cache(maxsize=64)
def _shape(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


Found = tuple[Path, str, str]


def _unknown(data: Any, shape: inspect.Type, path: Path) -> Iterator[Found]:
    """Take out and tell fields that no struct has."""
    if isinstance(data, list):
        items = cast("list[Any]", data)
        for index, item in enumerate(items):
            inner = _item(shape, index)
            if inner is not None:
                yield from _unknown(item, inner, (*path, index))
    elif isinstance(data, dict):
        yield from _unknown_keys(cast("dict[str, Any]", data), shape, path)


def _unknown_keys(data: dict[str, Any], shape: inspect.Type, path: Path) -> Iterator[Found]:
    chosen = _chosen(shape, data)
    if isinstance(chosen, inspect.DictType):
        for key, value in data.items():
            yield from _unknown(value, chosen.value_type, (*path, key))
    if not isinstance(chosen, inspect.StructType):
        return
    fields = _fields(chosen.cls)
    for key in list(data):
        if key in fields:
            yield from _unknown(data[key], fields[key], (*path, key))
        elif key != chosen.tag_field:
            del data[key]
            yield (*path, key), f"There is no field `{key}` here.", _nearest(key, fields)


def _nearest(key: str, fields: dict[str, inspect.Type]) -> str:
    close = get_close_matches(key, fields, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known fields are {', '.join(sorted(fields))}."


@lru_cache(maxsize=512)
def _fields(struct: type) -> dict[str, inspect.Type]:
    info = cast("inspect.StructType", inspect.type_info(struct))
    return {field.encode_name: field.type for field in info.fields}


def _item(shape: inspect.Type, index: int) -> inspect.Type | None:
    if isinstance(shape, inspect.UnionType):
        return next((found for kind in shape.types if (found := _item(kind, index)) is not None), None)
    if isinstance(shape, inspect.VarTupleType | inspect.ListType):
        return shape.item_type
    if isinstance(shape, inspect.TupleType) and index < len(shape.item_types):
        return shape.item_types[index]
    return None


def _chosen(shape: inspect.Type, data: dict[str, Any]) -> inspect.Type | None:
    """The struct or dict a value is meant to be: of a union, the one its tag names."""
    if not isinstance(shape, inspect.UnionType):
        return shape
    for kind in shape.types:
        if isinstance(kind, inspect.StructType) and kind.tag_field:
            if data.get(kind.tag_field) == kind.tag:
                return kind
        elif isinstance(kind, inspect.StructType | inspect.DictType):
            return kind
    return None


def _shape_at(shape: inspect.Type | None, data: Any, path: Path) -> inspect.Type | None:
    for step in path:
        shape = (_item(shape, step) if shape else None) if isinstance(step, int) else _field(shape, data, step)
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
    return (_chosen(shape, cast("dict[str, Any]", data)) or shape) if shape and isinstance(data, dict) else shape


def _field(shape: inspect.Type | None, data: Any, key: str) -> inspect.Type | None:
    chosen = _chosen(shape, cast("dict[str, Any]", data)) if shape and isinstance(data, dict) else None
    if isinstance(chosen, inspect.StructType):
        return _fields(chosen.cls).get(key)
    return chosen.value_type if isinstance(chosen, inspect.DictType) else shape


def _remedy(shape: inspect.Type | None) -> str:
    """Say what may stand there."""
    if isinstance(shape, inspect.LiteralType):
        return f"Write one of: {', '.join(map(str, shape.values))}."
    if isinstance(shape, inspect.StructType):
        needed = [field.encode_name for field in shape.fields if field.required]
        return f"It needs {', '.join(needed)}." if needed else "Write a table."
    tags = [str(kind.tag) for kind in getattr(shape, "types", ()) if isinstance(kind, inspect.StructType) and kind.tag]
    return f"`{_tag_field(shape)}` is one of: {', '.join(tags)}." if tags else "Correct the value."


def _tag_field(shape: Any) -> str:
    return next(str(kind.tag_field) for kind in shape.types if getattr(kind, "tag_field", None))
