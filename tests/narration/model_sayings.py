"""What models say in tests: one that does its work, and one that obeys whatever it is told."""

from typing import Any

import msgspec

from tests.openai_double import Asked


def data_of(asked: Asked) -> dict[str, Any]:
    """Return the material of the tale that a question holds."""
    text = asked.body["messages"][1]["content"]
    return msgspec.json.decode(text.partition("BEGIN\n")[2].partition("\nEND")[0])


def honest(asked: Asked) -> str:
    """Say who is there, and put every mark where it belongs."""
    data = data_of(asked)
    named = [person["name"] for person in data.get("people", ())] or [data["place"]["name"]]
    marks = "".join(f" {mark}" for mark in data.get("words", ()))
    return f"In the half-light, {named[0]} goes on with what has to be done.{marks}"
