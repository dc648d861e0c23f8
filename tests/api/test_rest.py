"""REST over a real socket: pages, tags, repeats, problems, files, people, and what only a browser sends."""

import asyncio
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec
import pytest

from taleforge.accounts.values import Person
from taleforge.api.repeats import LONGEST
from taleforge.bootstrap import Tale, check_file, read_file
from taleforge.messages.events import Whispered
from taleforge.messages.views import SeatView
from taleforge.table.verify import Verdict
from tests.api.serving import Guest, serving

ACCOUNT = {"email": "dana@example.org", "password": "correct horse battery", "name": "Dana"}


async def test_a_view_has_a_tag_that_changes_with_it() -> None:
    """The same view is not sent twice; another seat's secret does not change the tag, a deed of all does."""
    async with serving() as served:
        host = await served.playing()
        first = await host.get(f"/tables/{host.table}/view")
        assert msgspec.json.decode(first.content, type=SeatView).you is not None
        tag = first.headers["etag"]
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await host.get(f"/tables/{host.table}/view", if_none_match=given)
            assert (again.status_code, again.content) == (304, b""), given
        await host.act("policy.set", reactions={"shield": "never"})
        await host.act("say", text="Hello.")
        changed = await host.get(f"/tables/{host.table}/view", if_none_match=first.headers["etag"])
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]


async def test_events_come_in_pages_that_join_without_a_seam() -> None:
    """Page after page gives what one page gives."""
    async with serving() as served:
        host = await served.playing()
        for number in range(12):
            await host.act("say", text=f"{number}")
        whole = (await host.get(f"/tables/{host.table}/events?limit=100")).json()["items"]
        joined: list[object] = []
        after: int | None = 0
        while after is not None:
            page = (await host.get(f"/tables/{host.table}/events?limit=5&after={after}")).json()
            joined += page["items"]
            after = page.get("next")
        assert joined == whole
        assert [event["d"]["text"] for event in whole if event["name"] == "said"] == [str(n) for n in range(12)]


async def test_tables_come_in_pages_too() -> None:
    """Every table once, whatever the size of a page."""
    async with serving() as served:
        made = {(await served.host()).table for _ in range(5)}
        found: list[str] = []
        path = "/tables?limit=2"
        while True:
            page = (await served.owner.get(path)).json()
            found += [table["id"] for table in page["items"]]
            if "next" not in page:
                break
            path = f"/tables?limit=2&after={page['next']}"
        assert sorted(found) == sorted(made)


async def test_a_repeated_post_is_done_once() -> None:
    """The same key brings the same answer; the same key for something else is refused."""
    async with serving() as served:
        body = {"adventure": "lamp"}
        first = await served.owner.post("/tables", body, idempotency_key="monday")
        again = await served.owner.post("/tables", body, idempotency_key="monday")
        assert again.content == first.content
        assert again.headers["idempotent-replayed"] == "true"
        other = await served.owner.post("/tables", {"adventure": "other"}, idempotency_key="monday")
        assert (other.status_code, other.json()["code"]) == (409, "request/repeated")
        assert len((await served.owner.get("/tables")).json()["items"]) == 1
        for number in "12":  # told apart to their end
            await served.owner.post("/tables", body, idempotency_key="m" * (LONGEST - 1) + number)
        assert len((await served.owner.get("/tables")).json()["items"]) == 3
        long = await served.owner.post("/tables", body, idempotency_key="m" * (LONGEST + 1))
        assert (long.status_code, long.json()["params"]) == (400, {"field": "Idempotency-Key"})


async def test_a_stranger_repeats_by_a_key_that_nobody_guesses() -> None:
    """Who never heard that the seat was theirs is given it again; with a key that others may use they are told so."""
    async with serving() as served:
        invite = await (await served.host()).invite()
        follow = {"invite": invite["code"], "name": "Bob"}
        first, again = [
            await served.stranger.post("/invites/follow", follow, idempotency_key="8c4b7f2e-d1a0-4e6b")
            for _ in range(2)
        ]
        assert (first.status_code, again.content) == (201, first.content)
        other = await served.stranger.post("/invites/follow", follow, idempotency_key="8c4b7f2e-d1a0-4e6c")
        assert other.json()["seat"] != first.json()["seat"]
        short = await served.stranger.post("/invites/follow", follow, idempotency_key="bob")
        assert (short.status_code, short.json()["code"]) == (400, "request/malformed")
        stale = Guest(served.stranger.http, "tale_that_ended")
        assert (await stale.post("/tables", {"adventure": "lamp"}, idempotency_key="bob")).status_code == 401


async def test_what_is_nested_deeper_than_anybody_reads_is_no_fault_of_ours() -> None:
    """Of a body and of a command in it; nothing at all is said to be missing."""
    async with serving() as served:
        host = await served.playing()
        headers = {"authorization": f"Bearer {host.token}"}
        for depth in (100_000, *range(900, 1000, 7)):
            body = b'{"name":"say","d":' + b'{"x":' * depth + b"1" + b"}" * depth + b"}"
            answer = await host.http.post(f"/api/v1/tables/{host.table}/actions", content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"].partition("/")[2]) == (400, "malformed"), depth
        nothing = await host.http.post(f"/api/v1/tables/{host.table}/actions", headers=headers)
        assert nothing.json()["params"] == {"reason": "It is missing.", "field": "data"}


async def test_a_route_says_which_methods_it_knows() -> None:
    """To whoever used another; what can be got can be asked for its head alone."""
    async with serving() as served:
        wrong = await served.owner.ask("PUT", "/tables")
        assert (wrong.status_code, wrong.json()["code"]) == (405, "request/method")
        assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "OPTIONS"}
        whole, head = await served.owner.get("/packs"), await served.owner.ask("HEAD", "/packs")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        broken = await served.owner.http.post(
            "/api/v1/tables", content=b"{", headers={"authorization": f"Bearer {served.owner.token}"}
        )
        assert (broken.status_code, broken.json()["params"]) == (400, {"reason": "Input data was truncated"})


async def test_a_command_with_an_id_is_done_once() -> None:
    """As over the stream: the answer is the same, and so is the log."""
    async with serving() as served:
        host = await served.playing()
        wish = {"id": "cmd_same", "name": "say", "d": {"text": "Once."}}
        first = await host.post(f"/tables/{host.table}/actions", wish)
        assert (await host.post(f"/tables/{host.table}/actions", wish)).json() == first.json()
        log = await served.services.log.read(host.table)
        assert [event.cmd for event in log].count("cmd_same") == 1


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/tables", {"adventure": 5}, 400, "request/malformed"),
        ("/tables", {}, 400, "request/malformed"),
        ("/tables", {"adventure": "nowhere"}, 422, "input/invalid"),
        ("/nowhere", {}, 404, "route/unknown"),
        ("/packs", {}, 405, "request/method"),
        ("/tables", {"adventure": "x" * 2_000_000}, 413, "request/too_large"),
    ],
)
async def test_what_cannot_be_done_is_a_problem_document(path: str, body: object, status: int, code: str) -> None:
    """With the code, and nothing of the inside."""
    async with serving() as served:
        answer = await served.owner.post(path, body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)


async def test_a_refused_command_is_a_problem_with_choices() -> None:
    """The code, parameters and choices that the stream would send."""
    async with serving() as served:
        host = await served.host()
        answer = await host.act("sit", pregen="nobody")
        said = answer.json()
        assert (answer.status_code, said["code"]) == (409, "pregen/unknown")
        assert "fighter" in [choice["id"] for choice in said["choices"]]


async def test_a_guest_does_not_sit_before_the_host_nor_as_somebody_else() -> None:
    """The first to sit hosts the table; whose seat it is comes from the token, whatever the command says."""
    async with serving() as served:
        host = await served.host()
        guest = await served.follow(await host.invite(), by="link")
        early = await guest.act("sit", pregen="cleric", name="Bob")
        assert (early.status_code, early.json()["code"]) == (403, "seat/host_only")
        await host.act("sit", pregen="fighter", name="Ann")
        assert (await guest.act("sit", pregen="cleric", name="Bob", person="usr_somebody")).status_code == 200
        seats = (await served.desk.state(host.table)).seats
        assert seats[host.seat].role == "host"
        (grant,) = await served.desk.stores.grants.of(seat=guest.seat)
        assert (seats[guest.seat].role, seats[guest.seat].person) == ("player", grant.person)


async def test_a_table_goes_out_and_comes_in_as_a_file() -> None:
    """The export is sound, its dice revealed; taken in again as a copy it is another table that can be played."""
    async with serving() as served:
        host = await served.playing()
        await host.act("roll", expr="3d6")
        whole = await host.get(f"/tables/{host.table}/export")
        assert whole.headers["content-type"] == "application/zip"
        verdict = await asyncio.to_thread(checked, whole.content)
        assert (verdict.problem, verdict.unrevealed) == (None, 0)
        upload = {"authorization": f"Bearer {served.owner.token}", "content-type": "application/zip"}
        http = served.stranger.http
        twice = await http.post("/api/v1/tables/import", content=whole.content, headers=upload)
        assert (twice.status_code, twice.json()["code"]) == (409, "store/conflict")
        copy = served.seated(
            await http.post("/api/v1/tables/import?as_copy=true", content=whole.content, headers=upload)
        )
        assert copy.table != host.table
        assert (await copy.act("roll", expr="1d4")).status_code == 200


async def test_a_file_does_not_hold_what_others_whispered() -> None:
    """Whoever hosts takes along what they said and heard themselves; the file is as sound as the log."""
    async with serving() as served:
        host = await served.playing()
        invite = await host.invite()
        bob, cyd = await served.follow(invite), await served.follow(invite)
        await bob.act("sit", pregen="cleric", name="Bob")
        await cyd.act("spectate", name="Cyd")
        for to, text in ((cyd.seat, "She cheats."), (host.seat, "Well played.")):
            assert (await bob.act("whisper", to=to, text=text)).status_code == 200
        assert (await host.act("roll", expr="3d6")).status_code == 200
        whole = await host.get(f"/tables/{host.table}/export")
        assert (await asyncio.to_thread(checked, whole.content)).problem is None
        log = (await asyncio.to_thread(read, whole.content)).events
        assert [event.d.text for event in log if isinstance(event.d, Whispered)] == ["…", "Well played."]


def read(data: bytes) -> Tale:
    with NamedTemporaryFile(suffix=".tale") as file:
        Path(file.name).write_bytes(data)
        return read_file(Path(file.name))


def checked(data: bytes) -> Verdict:
    with NamedTemporaryFile(suffix=".tale") as file:
        Path(file.name).write_bytes(data)
        return check_file(Path(file.name))


async def test_a_browser_logs_in_by_cookie_and_needs_the_token_to_change_anything() -> None:
    """The cookie is HttpOnly and SameSite; without X-CSRF-Token it only reads; after logging out it is nothing."""
    async with serving(access="accounts", registration="open") as served:
        http = served.stranger.http
        assert (await served.stranger.post("/people", ACCOUNT)).status_code == 202
        logged_in = await served.stranger.post("/sessions", ACCOUNT)
        cookie = logged_in.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        token = logged_in.json()["csrf"]
        assert (await served.stranger.get("/people/me")).json()["name"] == "Dana"
        without = await served.stranger.post("/tables", {"adventure": "lamp"})
        assert (without.status_code, without.json()["code"]) == (403, "auth/csrf")
        assert (await served.stranger.post("/tables", {"adventure": "lamp"}, x_csrf_token=token)).status_code == 201
        kept = dict(http.cookies)
        assert (await served.stranger.ask("DELETE", "/sessions/current", x_csrf_token=token)).status_code == 200
        http.cookies.update(kept)
        assert (await served.stranger.get("/people/me")).status_code == 401


async def test_a_host_who_follows_their_own_invite_is_host_still() -> None:
    """For an agent of theirs, for example: the account asks as the host, the new token as whom it was made for."""
    async with serving(access="accounts", registration="open") as served:
        dana = served.stranger
        await dana.post("/people", ACCOUNT)
        csrf = {"x_csrf_token": (await dana.post("/sessions", ACCOUNT)).json()["csrf"]}
        path = f"/tables/{(await dana.post('/tables', {'adventure': 'lamp'}, **csrf)).json()['table']}/invites"
        invite = (await dana.post(path, {"role": "player"}, **csrf)).json()
        agent = served.seated(await dana.post("/invites/follow", {"invite": invite["code"]}, **csrf))
        assert (await dana.post(path, {"role": "player"}, **csrf)).status_code == 201
        assert (await agent.post(path, {"role": "player"})).json()["code"] == "seat/host_only"


async def test_a_guest_becomes_an_account_and_keeps_the_seat() -> None:
    """The person is the same; what was kept of it can be taken away, and is gone when it is erased."""
    async with serving(registration="open") as served:
        host = await served.playing()
        guest = await served.follow(await host.invite())
        await guest.act("sit", pregen="cleric", name="Bob")
        assert (await guest.post("/people", ACCOUNT)).json() == {"email": ACCOUNT["email"]}
        seats = (await served.desk.state(host.table)).seats
        session = (await served.stranger.post("/sessions", ACCOUNT)).json()
        assert session["person"]["id"] == seats[guest.seat].person
        token = session["csrf"]
        report = {"seat": host.seat, "reason": "spam", "note": "All those bells."}
        assert (await guest.post(f"/tables/{host.table}/reports", report)).status_code == 201
        mine = (await served.stranger.get("/people/me/export")).json()
        assert (mine["person"]["email"], mine["campaigns"], mine["bans"]) == (ACCOUNT["email"], [], [])
        assert [(one["note"], one["seat"]) for one in mine["reports"]] == [("All those bells.", host.seat)]
        branch = (await host.post(f"/tables/{host.table}/branch", {})).json()["table"]
        assert (await served.stranger.ask("DELETE", "/people/me", x_csrf_token=token)).status_code == 204
        assert (await guest.get(f"/tables/{host.table}/view")).status_code == 401
        for table in (host.table, branch):  # the id stays, the name does not, in what was made of the table neither
            seats = served.services.game.fold(table, await served.services.log.read(table)).view("").seats
            assert {seat.name for seat in seats.values()} == {"Ann", "…"}
            verdict = await served.owner.get(f"/tables/{table}/verify")
            assert msgspec.convert(verdict.json(), Verdict).problem is None


async def test_the_documents_name_every_answer_and_work_without_a_network() -> None:
    """OpenAPI 3.1 documents each route; the explorer loads nothing from anywhere else."""
    async with serving() as served:
        spec = (await served.stranger.get("//docs/openapi.json")).json()
        assert spec["openapi"].startswith("3.1")
        assert "/api/v1/tables/{tbl}/actions" in spec["paths"]
        page = await served.stranger.get("//docs")
        script = await served.stranger.get("//docs/explorer.js")
        assert "http" not in page.text.replace("http-equiv", "")
        assert "https://" not in script.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
    async with serving(api_docs=False, metrics=False) as served:
        assert (await served.stranger.get("//docs")).status_code == 404
        assert (await served.stranger.get("//metrics")).status_code == 404


async def test_figures_count_what_happened() -> None:
    """Requests by route template, commands by outcome, streams and tables; no id of anybody."""
    async with serving() as served:
        host = await served.playing()
        async with served.stream(host) as socket:
            await socket.recv()
            figures = (await served.stranger.get("//metrics")).text
        assert "taleforge_sockets 1.0" in figures
        assert 'taleforge_commands_total{code="",outcome="ack"} 2.0' in figures
        assert 'route="/api/v1/tables/{tbl}/actions",status="200"' in figures
        assert host.table not in figures
        assert 'taleforge_tables{part="owner"} 1.0' in figures
        assert 'taleforge_jobs{queue="art",state="failed"} 0.0' in figures  # so that the first that fails is one more


async def test_an_address_that_has_an_account_is_answered_alike() -> None:
    """Byte for byte, also to a guest who would have it; the account is as it was, and an administrator is told."""
    async with serving(registration="open") as served:
        first = await served.stranger.post("/people", ACCOUNT)
        again = await served.stranger.post("/people", ACCOUNT | {"password": "another password", "name": "Eve"})
        assert (first.status_code, first.content) == (again.status_code, again.content) == (202, first.content)
        host = await served.playing()
        guest = await served.follow(await host.invite())
        assert (await guest.post("/people", ACCOUNT)).content == first.content
        assert (await served.stranger.post("/sessions", ACCOUNT)).json()["person"]["name"] == "Dana"
        served.stranger.http.cookies.clear()
        told = await served.owner.post("/people", ACCOUNT)
        assert (told.status_code, told.json()["code"]) == (409, "person/email_taken")


async def test_usage_comes_in_pages() -> None:
    """Every line once, the latest last; nobody else's."""
    async with serving() as served:
        me = await served.desk.stores.people.get((await served.owner.get("/people/me")).json()["id"])
        assert me is not None
        for amount in range(1, 6):
            await served.desk.accounts.reserve(me, "images", amount)
        other = await served.desk.accounts.guest(me.space, "Bob")
        assert isinstance(other, Person)
        await served.desk.accounts.reserve(other, "images", 99)
        found: list[int] = []
        path = "/usage?limit=2"
        while path:
            page = (await served.owner.get(path)).json()
            found += [line["amount"] for line in page["items"]]
            path = f"/usage?limit=2&after={page['next']}" if "next" in page else ""
        assert found == [1, 2, 3, 4, 5]


async def test_invites_and_keys_come_in_pages() -> None:
    """Oldest first, each once, whatever the size of a page."""
    async with serving() as served:
        host = await served.host()
        for path, made in ((f"/tables/{host.table}/invites", {}), ("/keys", {"name": "bot", "scopes": ["read"]})):
            ids = [(await served.owner.post(path, made)).json()["id"] for _ in range(5)]
            assert [one["id"] for one in (await served.owner.get(path)).json()["items"]] == ids
            first = (await served.owner.get(f"{path}?limit=3")).json()
            last = (await served.owner.get(f"{path}?limit=3&after={first['next']}")).json()
            assert [one["id"] for page in (first, last) for one in page["items"]] == ids
            assert "next" not in last
