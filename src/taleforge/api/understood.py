"""What the OpenAPI document says of many routes alike: credentials, idempotency keys, entity tags, kinds of answers.

What they do is `repeats`'s and the routes' own.
"""

from copy import deepcopy
from http import HTTPStatus
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from taleforge.api.examples import handlers
from taleforge.api.repeats import LONGEST, UNGUESSED, UPLOADS

Plain = dict[str, Any]

KEY: Final = {
    "name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string", "maxLength": LONGEST},
    "description": "With the same key within a day the request is done once, and answered alike; a server without Redis"
    f" forgets keys when it ends. Whoever shows no credential needs one of {UNGUESSED} characters at least, made at"
    " random.",
}  # fmt: skip
TAG: Final = {
    "name": "If-None-Match", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The ETag of the last answer: nothing is sent while that holds.",
}  # fmt: skip
OPEN: Final = frozenset({"public", "studio"})
"""Kinds of access with which a route may be used without a credential, if only on one's own machine."""
CREDENTIALS: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"session": []}]


def understood(document: Plain, app: Litestar) -> Plain:
    """Name the headers that routes understand, and what may come of them; return the document.

    A route's option `also` names the kinds of its good answer beside the one that it has of itself.
    """
    for path, method, handler in handlers(app):
        route = document["paths"].get(path, {}).get(method)
        if route is not None:
            _as_its_handler(route, handler)
    for path, routes in document["paths"].items():
        for method, route in routes.items():
            if method == "post" and path not in UPLOADS:
                route["parameters"] = [*route.get("parameters", ()), KEY]
                _may_conflict(route["responses"])
            if str(HTTPStatus.NOT_MODIFIED.value) in route["responses"]:
                route["parameters"] = [*route.get("parameters", ()), TAG]
    return document


def _as_its_handler(route: Plain, handler: HTTPRouteHandler) -> None:
    """Say of a route whether it needs a credential, and the kinds of its answer."""
    if handler.opt.get("access") not in OPEN:
        route["security"] = CREDENTIALS
    for kind in handler.opt.get("also", ()):
        route["responses"][str(handler.status_code)]["content"].setdefault(kind, {"schema": {"type": "string"}})


def _may_conflict(answers: Plain) -> None:
    """Say that a key may have been used for something else."""
    status = HTTPStatus.CONFLICT
    answers.setdefault(str(status.value), {**deepcopy(answers["400"]), "description": status.phrase})
