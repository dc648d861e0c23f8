"""Have an Ollama server fetch the models of a list, then leave; with `--stay`, look again each day.

The service `model-init` of compose.full.yaml runs it, which stays, for `docker compose up --wait` waits for no service
that leaves and that no other waits for.

What is there already is not fetched again. A server that is not up yet, a connection that breaks or stalls and a fetch
that fails are tried again, each time after a longer rest, until the whole has taken too long. Ollama goes on where it
was. Chooses no model: the list does.

    MODELS            names, with commas or spaces
    OLLAMA_URL        where the server is, as http://models:11434
    MODELS_PATIENCE   seconds for all of them (3600)
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

STALL = 60.0
"""Seconds without a word after which a connection is given up."""
FIRST_REST = 1.0
LONGEST_REST = 60.0
"""Seconds between two tries: twice as many each time."""
DAY = 86_400.0


class FetchError(Exception):
    """Something that may go better at the next try."""


class Ollama:
    """A server by its own API.

    Args:
        url: Where it is, as http://host:port.
        stall: Seconds without a word after which a connection is given up.
    """

    def __init__(self, url: str, stall: float = STALL) -> None:
        self._place = urlsplit(url).netloc
        self._stall = stall

    def models(self) -> set[str]:
        """Return the names of the models that are there; raises FetchError."""
        try:
            said = json.loads(b"".join(self._ask("GET", "/api/tags")))
            return {model["name"] for model in said["models"]}
        except (ValueError, KeyError, TypeError) as error:
            raise FetchError(f"that is no list of models: {error}") from error

    def pull(self, name: str) -> None:
        """Have a model fetched; raises FetchError unless the server says that it is there."""
        shown = -1
        for line in self._ask("POST", "/api/pull", {"model": name, "stream": True}):
            said = _said(line)
            if "error" in said:
                raise FetchError(str(said["error"]))
            if said.get("status") == "success":
                return
            shown = _tell(name, said, shown)
        raise FetchError("the connection ended before the model was there")

    def _ask(self, method: str, path: str, body: object = None) -> Iterator[bytes]:
        connection = HTTPConnection(self._place, timeout=self._stall)
        try:
            connection.request(method, path, json.dumps(body) if body else None, {"content-type": "application/json"})
            yield from _lines(connection.getresponse())
        except (OSError, HTTPException) as error:
            raise FetchError(str(error) or type(error).__name__) from error
        finally:
            connection.close()


def _said(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise FetchError(f"that is no JSON: {error}") from error
    return said if isinstance(said, dict) else {}


def _lines(answer: HTTPResponse) -> Iterator[bytes]:
    if answer.status != 200:
        raise FetchError(f"it answers {answer.status}: {answer.read(300).decode(errors='replace').strip()}")
    yield from filter(bytes.strip, answer)


def _tell(name: str, said: dict[str, Any], shown: int) -> int:
    """Print how far a fetch is, at each tenth; return what was printed last."""
    total = said.get("total") or 0
    tenth = 10 * (said.get("completed") or 0) // total if total else shown
    if tenth > shown:
        print(f"{name}: {10 * tenth} % of {total / 1e9:.1f} GB", flush=True)
    return max(tenth, shown) if tenth < 10 else -1  # a model has several parts


def full_name(name: str) -> str:
    """Return a name as a server lists it, with its tag."""
    return name if ":" in name else f"{name}:latest"


def fetch(server: Ollama, names: list[str], until: float) -> list[str]:
    """Fetch what is missing until a moment of the monotonic clock; return what is missing then."""
    rest, missing = FIRST_REST, names
    while missing := look(server, missing):
        if time.monotonic() + rest > until:
            break
        time.sleep(rest)
        rest = min(2 * rest, LONGEST_REST)
    return missing


def look(server: Ollama, names: list[str]) -> list[str]:
    """Fetch each model that is missing, one after the other; return those that are missing still."""
    try:
        there = server.models()
    except FetchError as error:
        print(f"The server does not answer yet: {error}", file=sys.stderr, flush=True)
        return names
    return [name for name in names if full_name(name) not in there and not fetched(server, name)]


def fetched(server: Ollama, name: str) -> bool:
    """Fetch a model; return whether it is there, and say why it is not."""
    try:
        server.pull(name)
    except FetchError as error:
        print(f"{name} is not there yet: {error}", file=sys.stderr, flush=True)
        return False
    print(f"{name} is there.", flush=True)
    return True


def see_to_it() -> bool:
    """Fetch the models of the list; return whether all are there, and say which are not."""
    names = os.environ.get("MODELS", "").replace(",", " ").split()
    patience = float(os.environ.get("MODELS_PATIENCE") or 3600)
    missing = fetch(Ollama(os.environ["OLLAMA_URL"]), names, time.monotonic() + patience)
    for name in missing:
        print(f"{name} is not there. Is its name right, and does the server reach its registry?", file=sys.stderr)
    print(f"{len(names) - len(missing)} of {len(names)} models are there.", flush=True)
    return not missing


def main(arguments: list[str]) -> int:
    """Fetch the models of the list, once or again each day; return 0 when all are there."""
    while see_to_it():
        if arguments != ["--stay"]:
            return 0
        time.sleep(DAY)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
