"""The examples of the OpenAPI document are messages as they are: each is decoded by what it is an example of."""

from typing import Any

import msgspec
import pytest

from taleforge.api import wire
from taleforge.api.app import document
from taleforge.api.examples import golden
from taleforge.api.problems import Problem, status_of
from taleforge.messages.commands import COMMANDS, SERVICE_PREFIX
from taleforge.messages.views import SeatView


def shown(content: dict[str, Any]) -> list[Any]:
    """Return the values of examples."""
    return [example["value"] for example in content["examples"].values()]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    """The OpenAPI document."""
    return document()


def test_every_example_is_what_it_says(spec: dict[str, Any]) -> None:
    """Commands as bodies, answers, views, events; a problem of each status, and each route refers to one."""
    table = {path.partition("{tbl}")[2]: routes for path, routes in spec["paths"].items() if "{tbl}" in path}
    act = table["/actions"]["post"]
    for wish in shown(act["requestBody"]["content"]["application/json"]):
        given = msgspec.convert(wish, wire.CommandIn)
        msgspec.convert(given.d, COMMANDS[given.name])
    for answer in shown(act["responses"]["200"]["content"]["application/json"]):
        assert msgspec.convert(answer, wire.Answered).re
    (view,) = shown(table["/view"]["get"]["responses"]["200"]["content"]["application/json"])
    assert msgspec.convert(view, SeatView).you
    (page,) = shown(table["/events"]["get"]["responses"]["200"]["content"]["application/json"])
    assert msgspec.convert(page, wire.EventPage).items
    for name, answer in spec["components"]["responses"].items():
        for said in shown(answer["content"]["application/problem+json"]):
            told = msgspec.convert(said, Problem)
            assert f"Problem{told.status}" == name
            assert told.status == status_of(told.code)


def test_there_is_an_example_of_every_command() -> None:
    """All that a seat may send, in the words of the golden files."""
    assert set(golden()["commands"]) == {name for name in COMMANDS if not name.startswith(SERVICE_PREFIX)}


def test_every_route_says_who_it_is_for_and_what_can_go_wrong(spec: dict[str, Any]) -> None:
    """Each has a description, a good answer, and problems by reference."""
    for path, routes in spec["paths"].items():
        for method, route in routes.items():
            assert route["description"], (method, path)
            good = [status for status in route["responses"] if int(status) < 400]
            bad = [answer for status, answer in route["responses"].items() if int(status) >= 400]
            assert good, (method, path)
            assert all(set(answer) == {"$ref"} for answer in bad), (method, path)
