"""Who may use a route: each says so with `access`, and one that says nothing is closed to everybody.

    public    anybody
    studio    as `person` with the scope `studio`; on this machine, in local mode, also without any credential
    person    somebody with an account, key or the local token, and the scope the route names
    member    whoever has a seat at the table, or administers its space
    seat      whoever has a seat at the table
    play      a player's or host's seat, with the scope `play`
    host      the table's host, or an administrator, with the scope `host` or the host's own seat

A table that is not the caller's answers as one that does not exist. Judges nothing within a table: the table does.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from taleforge.api.callers import LOCAL, NOBODY, Caller
from taleforge.api.desk import Desk, Place
from taleforge.api.problems import Trouble
from taleforge.telemetry.context import bind

Connection = ASGIConnection[Any, Any, Any, Any]
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
_SCOPES: Final = {"member": "read", "seat": "read", "play": "play", "host": "host"}
"""The scope that a key needs for each kind of route at a table."""


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let a request through to its handler, with the caller's place when the route is at a table."""
    rules: Mapping[str, Any] = handler.opt
    access = rules.get("access")
    if access == "public":
        return
    caller = caller_of(connection)
    if access == "studio" and _is_the_local_user(connection, caller):
        connection.scope["state"]["caller"] = LOCAL
        return
    if caller.kind == "nobody":
        raise Trouble(caller.trouble)
    if access in {"person", "studio"}:
        _check_person(caller, str(rules.get("scope", "studio" if access == "studio" else "read")))
    elif access in _SCOPES:
        connection.scope["state"]["place"] = await _place(connection, caller, str(access))
        if caller.kind != "seat":
            _check_scope(caller, str(rules.get("scope", _SCOPES[str(access)])))
    else:
        raise Trouble("auth/forbidden")


def caller_of(connection: Connection) -> Caller:
    """Return who asks, as the door has found out."""
    return connection.scope["state"].get("caller", NOBODY)


def _is_the_local_user(connection: Connection, caller: Caller) -> bool:
    """Whether somebody who shows nothing asks from this machine, where it belongs to one person."""
    desk: Desk = connection.scope["state"]["desk"]
    address = str(connection.scope["state"].get("address", ""))
    shown_nothing = caller.kind == "nobody" and caller.trouble == NOBODY.trouble
    return desk.local and shown_nothing and address in LOOPBACK


def _check_person(caller: Caller, scope: str) -> None:
    if caller.kind == "seat":
        raise Trouble("auth/forbidden")
    _check_scope(caller, scope)


def _check_scope(caller: Caller, scope: str) -> None:
    if scope not in caller.scopes and not caller.admin:
        raise Trouble("auth/scope", {"scope": scope})


async def _place(connection: Connection, caller: Caller, access: str) -> Place:
    desk: Desk = connection.scope["state"]["desk"]
    place = await desk.place(caller, str(connection.path_params["tbl"]))
    if place is None:
        raise Trouble("table/unknown")
    if access in {"seat", "play"} and not place.seat:
        raise Trouble("seat/unknown")
    if access == "play" and place.role == "spectator":
        raise Trouble("auth/forbidden")
    if access == "host" and place.role not in {"host", "admin"}:
        raise Trouble("seat/host_only")
    bind(table=place.table, seat=place.seat)
    return place
