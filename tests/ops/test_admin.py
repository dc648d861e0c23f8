"""Administration from the command line: on a store that nobody serves, and through a server that has it open."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from taleforge.client.server import Declined
from taleforge.errors import BadInput
from taleforge.ops.admin import Office, columns

PASSWORD = "correct horse battery"
Admin = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def admin(tmp_path: Path) -> Admin:
    """`taleforge admin` on a data folder, with nobody at the keyboard."""
    (tmp_path / "password").write_text(f"{PASSWORD}\n")

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "taleforge", "admin", *arguments, "--data", str(tmp_path / "data")]
        return subprocess.run(
            command, capture_output=True, check=False, text=True, timeout=60, cwd=tmp_path, stdin=subprocess.DEVNULL
        )

    return call


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """A server that has the data folder open, on another port than the usual one."""
    command = [sys.executable, "-m", "taleforge", "serve", "--json", "--port", "0", "--data", str(tmp_path / "data")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"]
        process.send_signal(signal.SIGTERM)


def items(done: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["items"]


def walk(admin: Admin, *where: str) -> None:
    """Make an administrator and a player, give and revoke a key, keep the player out and forget them."""
    for email, more in (("ann@example.org", ["--admin"]), ("bob@example.org", [])):
        done = admin("make", email, "--password-file", "password", *more, *where)
        assert done.returncode == 0, done.stderr
    everybody = {one.get("email"): one for one in items(admin("people", "--json", *where))}
    assert everybody["ann@example.org"]["admin"]
    assert "admin" not in everybody["bob@example.org"]
    made = admin("key", "bob@example.org", "--name", "bot", "--scope", "read", *where)
    assert made.stdout.startswith("tale_"), made.stderr
    (key,) = items(admin("keys", "bob@example.org", "--json", *where))
    assert admin("revoke", "bob@example.org", key["id"], "--yes", *where).returncode == 0
    for command, more in (("disable", ["--yes"]), ("enable", [])):
        done = admin(command, "bob@example.org", *more, *where)
        assert done.returncode == 0, done.stderr
    unmeant = admin("delete", "bob@example.org", *where)
    assert (unmeant.returncode, "--yes" in unmeant.stderr) == (65, True)
    assert admin("delete", "bob@example.org", "--yes", *where).returncode == 0
    assert "bob@example.org" not in admin("people", *where).stdout
    assert [line["did"] for line in items(admin("audit", "--json", "--most", "1", *where))] == ["person.erased"]


@pytest.mark.slow
def test_a_store_that_nobody_serves_is_administered(admin: Admin) -> None:
    """The first administrator is made before anything is served."""
    walk(admin)
    refused = admin("make", "cyd@example.org")
    assert (refused.returncode, "--password-file" in refused.stderr) == (65, True)


@pytest.mark.slow
def test_a_store_that_is_served_is_administered_through_its_server(admin: Admin, served: str) -> None:
    """For only one process writes there; where the server is must be said, unless it is where the settings have it."""
    walk(admin, "--server", served)
    lost = admin("people")
    assert lost.returncode != 0
    assert "127.0.0.1:8000" in lost.stderr


def office(answers: dict[str, Any]) -> Office:
    """An office whose requests are answered from a dictionary, or declined with a code."""

    async def ask(method: str, path: str, body: Any) -> bytes:
        found = answers[f"{method} {path}"]
        if isinstance(found, str):
            raise Declined(found, {})
        return json.dumps(found).encode()

    return Office(ask)


async def test_lists_are_read_to_their_end() -> None:
    """Page after page, by what each says of the next."""
    pages = {
        "GET /admin/people?limit=100": {"items": [{"id": "usr_2"}], "next": "usr_2"},
        "GET /admin/people?limit=100&after=usr_2": {"items": [{"id": "usr_1"}]},
    }
    assert [one["id"] for one in await office(pages).people()] == ["usr_2", "usr_1"]


async def test_people_are_found_by_address_however_it_is_written() -> None:
    """Whoever is not there is said so, with where to look."""
    page = {"GET /admin/people?limit=100": {"items": [{"id": "usr_1", "email": "ann@example.org"}]}}
    assert (await office(page).find(" Ann@Example.org"))["id"] == "usr_1"
    with pytest.raises(BadInput, match="nobody bob"):
        await office(page).find("bob")


async def test_what_is_declined_is_said_in_a_sentence() -> None:
    """Codes are for programs; one without a sentence stays what it is."""
    with pytest.raises(BadInput, match="no such table"):
        await office({"POST /admin/tables/tbl_1/shut": "table/unknown"}).shut("tbl_1")
    with pytest.raises(Declined, match="store/odd"):
        await office({"POST /admin/tables/tbl_1/shut": "store/odd"}).shut("tbl_1")


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    """What is not known is left empty, and no line ends in blanks."""
    rows = [{"id": "usr_1", "admin": True, "scopes": ["play", "read"]}, {"id": "u", "admin": False}]
    assert columns(rows, ("id", "admin", "scopes")) == ["id     admin  scopes", "usr_1  yes    play read", "u"]
