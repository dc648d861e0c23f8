"""What goes into the audit log, and writing it: who did what to whom, by ids and registered words alone.

A request is written down after it was done and before it is answered; one that fails is not, but for logging in. Who
pressed the X-card is written nowhere. When the store cannot take a line, the log gets it, and the answer is the same.
Judges nobody.
"""

from collections.abc import Callable
from typing import Any, Final

import structlog

from taleforge.accounts.ports import AuditStore
from taleforge.accounts.values import Deed
from taleforge.api.callers import NOBODY, Caller
from taleforge.errors import TaleforgeError
from taleforge.telemetry import context

DEEDS: Final = {
    "person.made": "made an account",
    "person.erased": "had an account forgotten",
    "person.exported": "was given everything that is kept of it",
    "password.changed": "changed a password; its sessions ended",
    "password.given": "gave an account another password; its sessions ended",
    "table.shut": "took back every seat token of a table, and closed its invites",
    "space.made": "opened a space with its first administrator",
    "session.made": "logged in",
    "session.failed": "tried to log in, with a wrong address or password",
    "session.ended": "logged out",
    "key.made": "made an API key",
    "key.revoked": "revoked an API key, a session or a seat token",
    "table.made": "made a table",
    "table.branched": "made a table from another one",
    "table.undone": "went back in what happened at a table",
    "table.exported": "took a whole table away as a file",
    "table.imported": "brought a whole table as a file",
    "table.handed_over": "made somebody else the host",
    "house_rule.changed": "changed a house rule",
    "decision.ruled": "ruled as the host",
    "seat.given": "was given a token of a seat",
    "seat.revoked": "took back the tokens of a seat",
    "seat.kicked": "sent somebody away from a table",
    "invite.made": "made an invite",
    "invite.closed": "closed an invite",
    "invite.followed": "followed an invite",
    "report.made": "reported somebody",
    "report.closed": "said what came of a report",
    "ban.made": "kept somebody out",
    "ban.lifted": "let somebody in again",
    "voice.made": "made a voice after a clip, with the consent that was given",
    "voice.forgotten": "had a voice forgotten",
    "job.retried": "had a job tried again that had failed for good",
    "server.started": "began to serve; the detail names the settings that are not as delivered",
}
"""Every word of the audit log, and what somebody did."""
_V1: Final = "/api/v1"
BY_ROUTE: Final = {
    ("POST", "/clone-voice"): "voice.made",
    ("DELETE", f"{_V1}/voices/{{voice}}"): "voice.forgotten",
    ("POST", f"{_V1}/admin/jobs/{{job}}/retry"): "job.retried",
    ("POST", f"{_V1}/people"): "person.made",
    ("DELETE", f"{_V1}/people/me"): "person.erased",
    ("GET", f"{_V1}/people/me/export"): "person.exported",
    ("PUT", f"{_V1}/people/me/password"): "password.changed",
    ("POST", f"{_V1}/sessions"): "session.made",
    ("POST", f"{_V1}/admin/people"): "person.made",
    ("PUT", f"{_V1}/admin/people/{{person}}/password"): "password.given",
    ("DELETE", f"{_V1}/admin/people/{{person}}"): "person.erased",
    ("POST", f"{_V1}/admin/people/{{person}}/keys"): "key.made",
    ("DELETE", f"{_V1}/admin/people/{{person}}/keys/{{key}}"): "key.revoked",
    ("POST", f"{_V1}/admin/spaces"): "space.made",
    ("POST", f"{_V1}/admin/tables/{{table}}/shut"): "table.shut",
    ("DELETE", f"{_V1}/sessions/current"): "session.ended",
    ("POST", f"{_V1}/keys"): "key.made",
    ("DELETE", f"{_V1}/keys/{{key}}"): "key.revoked",
    ("POST", f"{_V1}/tables"): "table.made",
    ("GET", f"{_V1}/tables/{{tbl}}/export"): "table.exported",
    ("POST", f"{_V1}/tables/import"): "table.imported",
    ("POST", f"{_V1}/tables/{{tbl}}/seats"): "seat.given",
    ("DELETE", f"{_V1}/tables/{{tbl}}/seats/{{seat}}/tokens"): "seat.revoked",
    ("POST", f"{_V1}/tables/{{tbl}}/invites"): "invite.made",
    ("DELETE", f"{_V1}/tables/{{tbl}}/invites/{{invite}}"): "invite.closed",
    ("POST", f"{_V1}/invites/follow"): "invite.followed",
    ("POST", f"{_V1}/tables/{{tbl}}/reports"): "report.made",
    ("POST", f"{_V1}/tables/{{tbl}}/reports/{{report}}/outcome"): "report.closed",
    ("POST", f"{_V1}/reports/{{report}}/outcome"): "report.closed",
    ("POST", f"{_V1}/tables/{{tbl}}/bans"): "ban.made",
    ("DELETE", f"{_V1}/tables/{{tbl}}/bans/{{ban}}"): "ban.lifted",
    ("POST", f"{_V1}/bans"): "ban.made",
    ("DELETE", f"{_V1}/bans/{{ban}}"): "ban.lifted",
}
"""What is written down of a route once it was answered well."""
FAILED: Final = {"session.made": "session.failed"}
BY_COMMAND: Final = {
    "kick": "seat.kicked", "hand_over": "table.handed_over", "rule": "decision.ruled", "undo": "table.undone",
    "branch": "table.branched", "house_rule.set": "house_rule.changed",
}  # fmt: skip
"""What is written down of a command that the table did, however it came."""

log = structlog.get_logger(__name__)


class Deeds:
    """Writes the audit log.

    Args:
        store: Keeps it.
        make_id: Makes the id of a line; later ones sort after earlier ones.
        clock: The time, in milliseconds since 1970.
    """

    def __init__(self, store: AuditStore, make_id: Callable[[], str], clock: Callable[[], int]) -> None:
        self._store = store
        self._make_id = make_id
        self._clock = clock

    async def note(self, did: str, space: str, who: str, by: str, **rest: str) -> None:
        """Write a line; `rest` are `whom`, `table` and `detail` of a `Deed`. Never fails."""
        assert did in DEEDS, did
        request = context.ids().get("request", "")
        try:
            await self._store.add(Deed(self._make_id(), self._clock(), space, who, by, did, request=request, **rest))
        except TaleforgeError as error:
            log.exception("audit.not_kept", did=did, person=who, by=by, whom=rest.get("whom", ""), code=error.code)

    async def of_request(self, scope: Any, status: int) -> None:
        """Write down a request that is about to be answered, if it is one of `BY_ROUTE`."""
        did: str | None = BY_ROUTE.get((scope["method"], scope.get("path_template", "")))
        if did is not None and status >= 400:
            did = FAILED.get(did)
        if did is None:
            return
        caller: Caller = scope["state"].get("caller", NOBODY)
        ids = context.ids()
        if did == "person.made" and "whom" not in ids:
            return  # the address had an account already, and nobody is to know
        named = [str(value) for name, value in scope.get("path_params", {}).items() if name != "tbl"]
        await self.note(
            did, caller.space, caller.person or ids.get("person", ""), caller.kind,
            whom=ids.get("whom", named[-1] if named else ""), table=ids.get("table", ""),
        )  # fmt: skip

    async def forget(self, days: int) -> int:
        """Forget lines that are older than some days; return how many."""
        return await self._store.sweep(self._clock() - days * 24 * 3_600_000)
