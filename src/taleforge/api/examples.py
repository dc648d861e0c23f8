"""Examples in the OpenAPI document: of each body and each good answer by its type, and of the problems of a status.

A type's example is a golden message, or part of one, if there is any (`examples.json`, packed by `make docs`); else
it is made of the type's fields, with the words of `words.json` where a type alone says nothing. Describes no route.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from inspect import getdoc
from typing import Any, Final, cast, get_args

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from msgspec import Struct, inspect

from taleforge.api import wire
from taleforge.api.problems import CODES, problem
from taleforge.api.problems import MEDIA_TYPE as PROBLEM
from taleforge.messages.brief import Prose
from taleforge.messages.frames import SeatEvent
from taleforge.messages.views import SeatView
from taleforge.rules.definitions import CharacterChoice

JSON: Final = "application/json"
MOST_CODES: Final = 5
"""Problems of a status that are shown."""
_GOLDEN: Final = {"view": SeatView, "event": SeatEvent, "prose": Prose, "character": CharacterChoice}
"""What the golden messages are, that hold examples of other types as well."""
Plain = dict[str, Any]
Field = inspect.Field


def exemplify(document: Plain, app: Litestar) -> Plain:
    """Put examples into the OpenAPI document of some routes, and return it."""
    for path, method, handler in handlers(app):
        route = document["paths"].get(path, {}).get(method)
        if route is not None:
            _fill(route, handler)
    shared = document["components"].setdefault("responses", {})
    for routes in document["paths"].values():
        for route in routes.values():
            _share_problems(route, shared)
    return msgspec.to_builtins(document)


def handlers(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield the path, the method in small letters, and the handler of each route."""
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            for method in handler.http_methods:
                yield route.path_format, method.lower(), handler


def taken(handler: HTTPRouteHandler) -> type[Struct] | None:
    """Return the type of the body that a route takes."""
    data = handler.parsed_fn_signature.parameters.get("data")
    return None if data is None else _struct_in(data.annotation)


def given(handler: HTTPRouteHandler, status: int) -> type[Struct] | None:
    """Return the type of the JSON that a route answers with under a good status; None when there is none."""
    more: Any = (handler.responses or {}).get(status)
    return _struct_in(handler.parsed_fn_signature.return_type.annotation if more is None else more.data_container)


def _struct_in(annotation: Any) -> type[Struct] | None:
    """Return the struct that an annotation is, or the first that it holds: `Response[X]`, `X | bytes`."""
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return annotation
    return next((found for held in get_args(annotation) if (found := _struct_in(held))), None)


def _fill(route: Plain, handler: HTTPRouteHandler) -> None:
    """Put examples to the body and the good answers of a route, and say what these are."""
    body, wanted = route.get("requestBody", {}).get("content", {}), taken(handler)
    if JSON in body and wanted is not None:
        body[JSON]["examples"] = _named(examples_of(wanted))
    for status, answer in route["responses"].items():
        kind = given(handler, int(status)) if JSON in answer.get("content", {}) else None
        if kind is not None:
            answer["content"][JSON]["examples"] = _named(examples_of(kind))
            answer["description"] = getdoc(kind)


def examples_of(kind: type[Struct]) -> dict[str, Plain]:
    """Return the examples of a type as JSON has it, by name."""
    known = golden()
    if kind is wire.CommandIn:  # the seat is the token's, and another request another command
        return {name: {"name": wish["name"], "d": wish["d"]} for name, wish in known["commands"].items()}
    if kind is wire.Answered:
        return {"ack": known["ack"] | {"events": [known["event"]]}, "ask": known["ask"]}
    return {kind.__name__: example(kind)}


@cache
def golden() -> Plain:
    """Return the golden messages: `commands` by name, and one each of what else is packed."""
    return _read("examples.json")


@cache
def _words() -> Plain:
    """Return the words of fields, by `Type.field` or by the field alone; null leaves the field out."""
    return _read("words.json")


def _read(name: str) -> Plain:
    return json.loads(resources.files("taleforge.api").joinpath(name).read_text(encoding="utf-8"))


@cache
def _found() -> Mapping[type, Plain]:
    """Return the first value of each type that the golden messages hold."""
    found: dict[type, Plain] = {}
    for name, kind in _GOLDEN.items():
        _gather(msgspec.convert(golden()[name], kind), found)
    return found


def _gather(value: object, found: dict[type, Plain]) -> None:
    if isinstance(value, Struct):
        found.setdefault(type(value), _as_json(value))
        held = [getattr(value, field) for field in value.__struct_fields__]
    elif isinstance(value, dict):
        held = list(cast("dict[Any, object]", value).values())  # of what, a check at run time cannot say
    else:
        held = list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else []  # as above
    for part in held:
        _gather(part, found)


def example(kind: type[Struct], *, listed: bool = False) -> Plain:
    """Return an example of a type; of one among others in a list, with no more than each of them has.

    Raises LookupError where neither the type nor `words.json` says what a field may hold.
    """
    if kind in _found():
        return _found()[kind]
    fields = cast("inspect.StructType", inspect.type_info(kind)).fields  # as that of each struct is
    shown: Plain = {}
    for field in fields:
        if field.required or not listed:
            shown[field.encode_name] = _of_field(kind, field, shown)
    said = {name: value for name, value in shown.items() if value is not None}
    return {name: value for name, value in _as_json(msgspec.convert(said, kind)).items() if name in said}


def _as_json(value: Struct) -> Plain:
    return msgspec.json.decode(msgspec.json.encode(value))


def _of_field(kind: type[Struct], field: Field, before: Plain) -> Any:
    """Return what a field may hold, beside the fields before it; None to leave it out."""
    words, own = _words(), f"{kind.__name__}.{field.name}"
    of = _bare(field.type)
    if own in words:
        return words[own]
    if field.name == "next":  # most lists are gone through by id
        return before["items"][-1]["id"]
    if isinstance(of, inspect.StructType):
        return example(of.cls)
    if field.name in words:
        return words[field.name]
    try:
        return _of_type(of) if field.required or not _plain_default(field) else field.default
    except LookupError as error:
        raise LookupError(f"words.json says nothing of {own}.") from error


def _plain_default(field: Field) -> bool:
    """Whether a field's default says something: more than that there is none."""
    return field.default not in {None, msgspec.NODEFAULT, "", ()}


def _bare(of: inspect.Type) -> inspect.Type:
    """Return a type without what is said about it, and without that there may be none."""
    match of:
        case inspect.Metadata():
            return _bare(of.type)
        case inspect.UnionType():
            return _bare(next(one for one in of.types if not isinstance(one, inspect.NoneType)))
        case _:
            return of


def _of_type(of: inspect.Type) -> Any:
    match of:
        case inspect.LiteralType():
            return of.values[0]
        case inspect.VarTupleType() | inspect.ListType():
            held = _bare(of.item_type)
            return [example(held.cls, listed=True) if isinstance(held, inspect.StructType) else _of_type(held)]
        case inspect.BoolType():
            return True
        case _:
            raise LookupError(of)


def _share_problems(route: Plain, shared: Plain) -> None:
    """Let every route refer to one description of the problems of a status, with examples."""
    for status, answer in route["responses"].items():
        if PROBLEM not in answer.get("content", {}):
            continue
        codes = CODES.get(int(status), ())[:MOST_CODES]
        answer["content"][PROBLEM]["examples"] = _named({c: msgspec.to_builtins(problem(c)) for c in codes})
        shared[f"Problem{status}"] = answer
        route["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}


def _named(values: Mapping[str, Plain]) -> Plain:
    return {name: {"value": value} for name, value in values.items()}
