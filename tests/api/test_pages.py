"""Lists come in pages: every list of the API that can grow, each item once, and a cursor that is none is refused."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from taleforge.accounts.values import Person, Voice
from taleforge.api.app import document
from taleforge.api.pages import paged_in_order
from taleforge.voice.profiles import profile_of
from taleforge.voice.values import Consent, KeptVoice
from tests.api.serving import Guest, Served, serving

WHOLE: Final = {
    "/api/v1/tables/{tbl}/options": "one state of a turn, told as a whole with its version",
    "/api/v1/tables/{tbl}/recap": "a hundred tellings at most, and a paragraph for each place, clue, quest and ending",
    "/api/v1/tables/{tbl}/recall": "what fits best, which gets worse from item to item",
}
"""Answers with items that have no next page, and why."""


def lists() -> dict[str, tuple[dict[str, Any], set[str]]]:
    """Return the properties of each answer that is a list, and the parameters of its query, by path."""
    described = document()
    found: dict[str, tuple[dict[str, Any], set[str]]] = {}
    for path, routes in described["paths"].items():
        schema = routes.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json")
        name = (schema or {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        properties = described["components"]["schemas"].get(name, {}).get("properties", {})
        if "items" in properties:
            asked = routes["get"].get("parameters", [])
            found[path] = properties, {given["name"] for given in asked if given["in"] == "query"}
    return found


def test_every_list_has_pages() -> None:
    """With the same parameters and the same cursor, but for those that say why not."""
    found = lists()
    assert len(found) > 20
    for path, (properties, asked) in found.items():
        assert ("next" in properties and {"limit", "after"} <= asked) != (path in WHOLE), path


async def test_every_item_comes_once_whatever_the_size_of_a_page() -> None:
    """In the order of the whole list; the last page names no next one."""
    async with serving() as served:
        host = await served.playing()
        await _fill(served, host)
        for path in ("/journal", "/seats", "/events", "/invites"):
            await _paged(host, f"/tables/{host.table}{path}")
        for path in ("/tables", "/admin/tables", "/admin/usage", "/voices", "/keys", "/packs", "/adventures",
                     "/adventures/lamp/pregens", "/admin/people"):  # fmt: skip
            await _paged(served.owner, path)


async def _fill(served: Served, host: Guest) -> None:
    """Have three of most things that somebody can have several of."""
    me = await served.desk.stores.people.get((await served.owner.get("/people/me")).json()["id"])
    assert isinstance(me, Person)
    body = msgspec.json.encode(KeptVoice(profile_of("narrator"), Consent(me.id, 0, "I agree to it", ""))).decode()
    for number in range(3):
        await served.host()
        await served.follow(await host.invite("spectator"))
        await served.owner.post("/keys", {"name": "bot", "scopes": ["read"]})
        await served.desk.accounts.reserve(me, ("images", "tokens", "voice")[number], 5)
        voice = Voice(served.services.ids("vce"), me.space, me.id, "Ann", body, number)
        assert await served.desk.stores.voices.add(voice, 9)


async def _paged(guest: Guest, path: str) -> None:
    """Ask for a list as a whole and by twos."""
    whole = (await guest.get(f"{path}?limit=100")).json()
    assert "next" not in whole, path
    found: list[Any] = []
    after = ""
    while after is not None:
        page = (await guest.get(f"{path}?limit=2{after and f'&after={after}'}")).json()
        found += page["items"]
        assert (len(page["items"]) == 2) or "next" not in page, path
        after = page.get("next")
    assert found == whole["items"], path


async def test_a_cursor_that_is_none_is_refused() -> None:
    """As is a page that is too large; the field is named."""
    async with serving() as served:
        at = f"/tables/{(await served.host()).table}"
        for path in ("/tables", "/voices", "/admin/usage", "/adventures", f"{at}/journal", f"{at}/events"):
            for query, field in (("after=Nope!", "after"), ("limit=101", "limit"), ("limit=0", "limit")):
                answer = await served.owner.get(f"{path}?{query}")
                assert (answer.status_code, answer.json()["code"]) == (400, "request/malformed"), answer.text
                assert answer.json()["params"]["field"] == field


class Entry(Struct, frozen=True):
    """Something in a list."""

    text: str


def pages(found: list[str], after: str | None) -> tuple[str, str | None]:
    """Return the texts of a page of two, and its cursor."""
    page, rest = paged_in_order([Entry(text) for text in found], 2, after, msgspec.json.encode)
    return "".join(entry.text for entry in page), rest


def test_a_list_that_changes_between_two_pages_loses_nothing() -> None:
    """What ended a page is looked for, nearest first; where it is gone itself, its place is gone on from."""
    first, rest = pages(list("abacde"), None)
    assert first == "ab"
    assert pages(list("abacde"), rest)[0] == "ac"
    assert pages(list("bacdeA"), rest)[0] == "ac", "one before it went to the end"
    assert pages(list("zabacde"), rest)[0] == "ac", "one came before it"
    assert pages(list("aacdeB"), rest)[0] == "ac", "it went to the end, and changed"
    _, again = pages(list("abcd"), None)
    assert pages(list("cbb"), again)[0] == "b", "of those alike, the nearest"
    assert pages([], again) == ("", None)
