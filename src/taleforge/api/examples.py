"""Examples in the OpenAPI document: the golden messages that server and clients are tested against, and problems.

`make docs` packs the golden messages into `examples.json`, so that they come from one place and are there at run time.
Does not describe any route: `spec` does.
"""

import json
from functools import cache
from importlib import resources
from typing import Any, Final

import msgspec

from taleforge.api.problems import CODES, problem
from taleforge.api.problems import MEDIA_TYPE as PROBLEM

FILE: Final = "examples.json"
MOST_CODES: Final = 5
"""Problems of a status that are shown."""
_TABLE: Final = "/api/v1/tables/{tbl}"
Plain = dict[str, Any]


@cache
def golden() -> Plain:
    """Return the golden messages: `commands` and `events` by name, `ack`, `ask` and a `view`."""
    return json.loads(resources.files("taleforge.api").joinpath(FILE).read_text(encoding="utf-8"))


def exemplify(document: Plain) -> Plain:
    """Put examples into an OpenAPI document, and return it."""
    known = golden()
    table = {path.removeprefix(_TABLE): routes for path, routes in document["paths"].items() if path.startswith(_TABLE)}
    _body(table["/actions"]["post"], {name: _asked(wish) for name, wish in known["commands"].items()})
    _answer(table["/actions"]["post"], "200", {"ack": known["ack"] | {"events": [known["event"]]}, "ask": known["ask"]})
    _answer(table["/view"]["get"], "200", {"view": known["view"]})
    _answer(table["/events"]["get"], "200", {"page": {"items": [known["event"]], "next": known["event"]["v"]}})
    shared = document["components"].setdefault("responses", {})
    for routes in document["paths"].values():
        for route in routes.values():
            _share_problems(route, shared)
    return msgspec.to_builtins(document)


def _asked(wish: Plain) -> Plain:
    """Return a golden command as REST takes it: the seat is the token's, and another request another command."""
    return {"name": wish["name"], "d": wish["d"]}


def _body(route: Plain, values: Plain) -> None:
    route["requestBody"]["content"]["application/json"]["examples"] = _named(values)


def _answer(route: Plain, status: str, values: Plain) -> None:
    route["responses"][status]["content"]["application/json"]["examples"] = _named(values)


def _share_problems(route: Plain, shared: Plain) -> None:
    """Let every route refer to one description of the problems of a status, with examples."""
    for status, answer in route["responses"].items():
        if PROBLEM not in answer.get("content", {}):
            continue
        codes = CODES.get(int(status), ())[:MOST_CODES]
        answer["content"][PROBLEM]["examples"] = _named({c: msgspec.to_builtins(problem(c)) for c in codes})
        shared[f"Problem{status}"] = answer
        route["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}


def _named(values: Plain) -> Plain:
    return {name: {"value": value} for name, value in values.items()}
