"""The examples of the OpenAPI document are messages as they are: each is decoded by what it is an example of."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct

from taleforge.api import wire
from taleforge.api.app import document, routes
from taleforge.api.examples import JSON, example, given, golden, handlers, taken
from taleforge.api.problems import Problem, status_of
from taleforge.api.repeats import UPLOADS
from taleforge.messages.commands import COMMANDS, SERVICE_PREFIX
from tests.api.serving import serving


def shown(content: dict[str, Any]) -> list[Any]:
    """Return the values of examples."""
    return [example["value"] for example in content["examples"].values()]


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    """The OpenAPI document."""
    return document()


class Content(NamedTuple):
    """JSON that a route takes or answers with: as it is described, and the type that it is of."""

    where: str
    described: dict[str, Any]
    kind: type[Struct] | None


def contents(spec: dict[str, Any]) -> Iterator[Content]:
    """Yield every JSON body and every JSON answer under a good status."""
    for path, method, handler in handlers(routes(docs=False)):
        route = spec["paths"].get(path, {}).get(method)
        if route is None:
            continue
        body = route.get("requestBody", {}).get("content", {}).get(JSON)
        if body is not None:
            yield Content(f"{method} {path}", body, taken(handler))
        for status, answer in route["responses"].items():
            said = answer.get("content", {}).get(JSON) if int(status) < 300 else None
            if said is not None:
                yield Content(f"{method} {path} {status}", said, given(handler, int(status)))


def test_every_body_and_every_good_answer_has_an_example_that_holds(spec: dict[str, Any]) -> None:
    """Of all routes: it is decoded by its own type, which says nothing else, and fits its own schema."""
    found = list(contents(spec))
    assert len(found) > 100
    for where, described, kind in found:
        assert kind is not None, where
        fits = Draft202012Validator({**described["schema"], "components": spec["components"]})
        for value in shown(described):
            back = msgspec.json.decode(msgspec.json.encode(msgspec.convert(value, kind)))
            assert back | value == back, where
            assert not list(fits.iter_errors(value)), where


def test_commands_answers_and_problems_are_what_they_say(spec: dict[str, Any]) -> None:
    """A command as a body is one of the game; a problem has the status of its code, and each route refers to one."""
    act = spec["paths"]["/api/v1/tables/{tbl}/actions"]["post"]
    for wish in shown(act["requestBody"]["content"][JSON]):
        said = msgspec.convert(wish, wire.CommandIn)
        msgspec.convert(said.d, COMMANDS[said.name])
    assert set(act["responses"]["200"]["content"][JSON]["examples"]) == {"ack", "ask"}
    for name, answer in spec["components"]["responses"].items():
        for said in shown(answer["content"]["application/problem+json"]):
            told = msgspec.convert(said, Problem)
            assert f"Problem{told.status}" == name
            assert told.status == status_of(told.code)


async def test_what_an_example_asks_for_is_done(spec: dict[str, Any]) -> None:
    """Of the bodies that name nothing which has to be there first: a builder may send them as they are."""
    async with serving(registration="open") as served:
        host = await served.playing()
        for path in ("/campaigns", "/keys", "/people", "/tables/{tbl}/invites"):
            described = spec["paths"][f"/api/v1{path}"]["post"]["requestBody"]["content"][JSON]
            (body,) = shown(described)
            answer = await served.owner.post(path.replace("{tbl}", host.table), body)
            assert answer.status_code in {200, 201, 202}, (path, answer.text)


class Lantern(Struct):
    """Something that words.json has never heard of."""

    oil: str


def test_a_field_of_which_nothing_is_known_is_named() -> None:
    """Rather than shown as an empty word."""
    with pytest.raises(LookupError, match=r"Lantern\.oil"):
        example(Lantern)


def test_one_among_others_has_what_each_of_them_has() -> None:
    """What is shown once, when something is made, is in no list."""
    assert "key" in example(wire.KeyOut)
    (listed,) = example(wire.KeyPage)["items"]
    assert "key" not in listed
    assert example(wire.KeyPage)["next"] == listed["id"]


def test_there_is_an_example_of_every_command() -> None:
    """All that a seat may send, in the words of the golden files."""
    assert set(golden()["commands"]) == {name for name in COMMANDS if not name.startswith(SERVICE_PREFIX)}


def test_every_route_says_who_it_is_for_and_what_can_go_wrong(spec: dict[str, Any]) -> None:
    """Each has a description, a good answer, and problems by reference."""
    for path, methods in spec["paths"].items():
        for method, route in methods.items():
            assert route["description"], (method, path)
            good = [status for status in route["responses"] if int(status) < 400]
            bad = [answer for status, answer in route["responses"].items() if int(status) >= 400]
            assert good, (method, path)
            assert all(set(answer) == {"$ref"} for answer in bad), (method, path)


def test_every_route_says_whether_it_needs_a_credential(spec: dict[str, Any]) -> None:
    """As its guard has it; what the studio offers may be had without one on one's own machine."""
    for path, method, handler in handlers(routes(docs=False)):
        route = spec["paths"].get(path, {}).get(method)
        if route is not None:
            alone = {} in route.get("security", spec["security"])
            assert alone == (handler.opt["access"] in {"public", "studio"}), (method, path)


def test_every_route_names_the_headers_that_it_understands(spec: dict[str, Any]) -> None:
    """A key for what is done once, which may have been used before; the tag of what need not be sent again."""

    def headers(route: dict[str, Any]) -> set[str]:
        return {asked["name"] for asked in route.get("parameters", ()) if asked["in"] == "header"}

    for path, methods in spec["paths"].items():
        for method, route in methods.items():
            once = method == "post" and path not in UPLOADS
            assert ("Idempotency-Key" in headers(route)) == once, (method, path)
            assert not once or "409" in route["responses"], (method, path)
            assert ("If-None-Match" in headers(route)) == ("304" in route["responses"]), (method, path)
