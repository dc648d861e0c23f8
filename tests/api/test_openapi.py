"""Every answer of the API is one that its OpenAPI document names, whatever is asked, and nothing is taken that is not.

Schemathesis asks.
"""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.serving import serving

pytestmark = pytest.mark.slow

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass
class Target:
    """A server in a thread of its own, and what opens it."""

    address: str
    token: str
    table: str
    seat_token: str


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """A server with one table at which somebody plays."""
    loop = asyncio.new_event_loop()
    ready, done = threading.Event(), asyncio.Event()
    found: list[Target] = []

    async def serve() -> None:
        async with serving(registration="open") as served:
            host = await served.playing()
            found.append(Target(served.address, served.owner.token, host.table, host.token))
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    yield found[0]
    loop.call_soon_threadsafe(done.set)
    thread.join()
    loop.close()


def test_every_answer_is_documented(target: Target) -> None:
    """As the owner, a seat and nobody, at a table that is there and at any other; what is wrong is never taken."""
    schema = schemathesis.openapi.from_url(f"{target.address}/docs/openapi.json")
    asked = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        asked += 1

        wanted = operation.as_strategy()
        unwanted = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
        @given(case=wanted | unwanted, there=st.booleans())
        def ask(case: Case, there: bool) -> None:
            for token in (target.token, target.seat_token, ""):
                headers = {"authorization": f"Bearer {token}"} if token else {}
                if case.query:
                    case.query.pop("wait", None)  # it may say a minute, which nobody here has
                checks = [*CHECKS, negative_data_rejection]
                if there and "tbl" in case.path_parameters:
                    case.path_parameters["tbl"] = target.table
                    checks = CHECKS  # what was wrong with it may have been the table
                case.call_and_validate(headers=headers, checks=checks)

        ask()
    assert asked > 30
