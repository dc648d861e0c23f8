"""Credentials that another process took back."""

from taleforge.api.revocations import Revocations
from tests.api.serving import serving
from tests.api.test_stream import closed, heard


async def test_what_another_process_revoked_ends_here() -> None:
    """Its stream is closed and its requests are refused, also when nobody could look for a while; others go on."""
    async with serving() as served:
        host, other = await served.playing(), await served.playing()
        async with served.stream(host) as socket, served.stream(other) as bystander:
            for open_ in (socket, bystander):
                await heard(open_)
            revocations = Revocations(served.desk)
            grants = await served.desk.stores.grants.of(table=host.table)
            await served.desk.stores.grants.revoke([grant.id for grant in grants], served.desk.now())
            await served.services.clock.forward(600.0)  # pyright: ignore[reportAttributeAccessIssue] - set by hand
            await revocations.look()
            code, frames = await closed(socket)
            assert (code, frames[-1]["d"]["code"]) == (4401, "auth/revoked")
            assert (await host.get(f"/tables/{host.table}/view")).json()["code"] == "auth/revoked"
            assert (await other.get(f"/tables/{other.table}/view")).status_code == 200
            await bystander.ping()
