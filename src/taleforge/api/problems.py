"""What goes wrong, as HTTP says it: the one map from codes to statuses, and problem documents (RFC 9457).

A code means the same here as on the stream and on the command line; clients own the words. Does not log.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct, structs

from taleforge.accounts.service import Denied
from taleforge.errors import BadInput, Conflict, Damaged, TaleforgeError, Unavailable
from taleforge.messages.codec import MessageError
from taleforge.messages.commands import AnswerChoice, Refused

MEDIA_TYPE: Final = "application/problem+json"
Params = Mapping[str, str | int]
T = TypeVar("T")

_STATUSES: Final = {
    "auth/missing": 401, "auth/unknown": 401, "auth/expired": 401, "auth/revoked": 401, "auth/wrong": 401,
    "auth/forbidden": 403, "auth/csrf": 403, "auth/origin": 403, "auth/scope": 403, "person/closed": 403,
    "seat/unknown": 403, "seat/host_only": 403, "command/service_only": 403, "key/scope": 403,
    "host/unknown": 421, "request/malformed": 400, "request/method": 405, "request/too_large": 413,
    "request/media_type": 415, "request/repeated": 409, "command/malformed": 400, "command/unknown": 400,
    "route/unknown": 404, "table/unknown": 404, "invite/invalid": 404, "key/unknown": 404, "adventure/unknown": 404,
    "rate/limited": 429, "quota/exceeded": 429, "person/email_taken": 409, "store/conflict": 409,
    "store/unavailable": 503, "store/busy": 503, "store/full": 503, "engine/fault": 500, "internal/error": 500,
    "person/banned": 403, "ban/not_this_one": 409, "person/unknown": 404, "campaign/unknown": 404,
    "character/none_of_yours": 404, "character/not_here": 409, "character/not_there": 409, "character/dead": 409,
    "character/not_kept": 409, "character/too_many_kept": 409, "report/unknown": 404, "report/yourself": 422,
    "ban/unknown": 404, "seat/none": 404, "person/not_this_one": 409,
    "audio/unreadable": 422, "audio/too_long": 422, "audio/too_short": 422, "voice/unavailable": 503,
    "picture/unavailable": 503, "picture/crosses_a_line": 422,
    "picture/unknown": 404, "job/unknown": 404, "job/over": 409, "job/too_large": 413,
    "voice/unknown": 404, "voice/consent": 422, "voice/name": 422, "voice/too_many": 409,
    "input/invalid": 422, "pack/broken": 422, "store/damaged": 422, "store/too_new": 422,
}  # fmt: skip
CODES: Final = {
    status: tuple(code for code, its in _STATUSES.items() if its == status) for status in sorted({*_STATUSES.values()})
}
"""The codes of each status, the usual ones first."""
_OF_WHAT_IS_GIVEN: Final = {"person", "password", "key", "log", "character", "campaign", "space"}
"""The areas of codes whose others say that what was given cannot be taken."""
_FROM_STATUS: Final = {
    400: "request/malformed", 401: "auth/missing", 403: "auth/forbidden", 404: "route/unknown", 405: "request/method",
    413: "request/too_large", 415: "request/media_type", 429: "rate/limited",
}  # fmt: skip


class Complaint(Struct, frozen=True):
    """What clients of OpenAI read of a problem; `message` is what they show."""

    message: str
    type: str
    code: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """A problem document. `code` and `params` are for programs; `re` and `choices` answer a refused command.

    Under `/v1`, which clients of OpenAI know, `error` says it once more as they are used to.
    """

    status: int
    code: str
    type: str = "about:blank"
    title: str = ""
    params: dict[str, str | int] = {}
    re: str | None = None
    choices: tuple[AnswerChoice, ...] = ()
    error: Complaint | None = None


class Trouble(Exception):
    """A handler cannot do what was asked: the answer is the problem document of a code."""

    def __init__(self, code: str, params: Params | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})


def status_of(code: str) -> int:
    """Return the HTTP status of a code; what the table refuses by its rules conflicts with how things stand."""
    return _STATUSES.get(code) or (422 if code.partition("/")[0] in _OF_WHAT_IS_GIVEN else 409)


def problem(code: str, params: Params | None = None) -> Problem:
    """Return the problem document of a code."""
    status = status_of(code)
    return Problem(status, code, title=HTTPStatus(status).phrase, params=dict(params or {}))


def refusal(refused: Refused) -> Problem:
    """Return the problem document of a command that the table refused."""
    said = problem(refused.code, refused.params)
    return structs.replace(said, re=refused.re, choices=refused.choices)


def check(result: T | Denied) -> T:
    """Return a result of the accounts; raises Trouble when it is a denial."""
    if isinstance(result, Denied):
        raise Trouble(result.code, result.params)
    return result


def of_error(error: Exception) -> Problem:
    """Return the problem document of an exception; a bug says nothing of itself."""
    match error:
        case Trouble():
            return problem(error.code, error.params)
        case MessageError():
            return problem(error.refusal, error.params)
        case TaleforgeError():
            return _of_failure(error)
        case ValidationException():
            return problem("request/malformed", _reason(error))
        case HTTPException():
            said = {"reason": error.detail[:300]} if error.status_code == HTTPStatus.BAD_REQUEST else {}
            return problem(_FROM_STATUS.get(error.status_code, "internal/error"), said)
        case _:
            return problem("internal/error")


def _of_failure(error: TaleforgeError) -> Problem:
    known = isinstance(error, BadInput | Damaged | Conflict | Unavailable)
    return problem(error.code if known else "internal/error", {"reason": error.problem} if known else {})


def _reason(error: ValidationException) -> dict[str, str]:
    """Return what was wrong with a request, and the field if it was one."""
    found = cast("list[dict[str, Any]]", error.extra) if isinstance(error.extra, list) else []
    first = found[0] if found else {"message": error.detail}
    said = {"reason": str(first.get("message", ""))[:300], "field": str(first.get("key", ""))[:200]}
    if said["reason"] == repr(said["field"]):  # the router looked for it in vain
        said["reason"] = "It is missing."
    return {name: text for name, text in said.items() if text}


def spoken(said: Problem, path: str) -> Problem:
    """Return a problem as whoever asks under a path reads it."""
    if not path.startswith("/v1/"):
        return said
    reason = said.params.get("reason")
    message = f"{said.title} ({said.code}){f': {reason}' if reason else ''}"
    kind = "invalid_request_error" if said.status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
    return structs.replace(said, error=Complaint(message, kind, said.code))


def answer(said: Problem) -> Response[Problem]:
    """Return a problem as a response; who sends too much is hung up on, or all the rest would still be read."""
    headers = {"connection": "close"} if said.status == 413 else {}
    return Response(said, status_code=said.status, media_type=MEDIA_TYPE, headers=headers)


def handle(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer a request whose handler raised; the door finds in the request's state what it was, and logs it."""
    said = of_error(error)
    request.scope["state"]["problem"] = said.code
    if said.code == "internal/error":
        request.scope["state"]["fault"] = error
    response = answer(spoken(said, request.scope["path"]))
    if isinstance(error, HTTPException) and error.headers and "allow" in error.headers:
        response.set_header("allow", error.headers["allow"].replace("GET", "GET, HEAD"))
    return response


def encoded(said: Problem) -> bytes:
    """Return a problem as JSON, for the layers outside of the router."""
    return msgspec.json.encode(said)
