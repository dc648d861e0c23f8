"""The audit log over REST, for whoever administers the space.

Names are looked up when somebody reads, so whoever was forgotten has none. Writes nothing (`deeds`).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from litestar import get

from taleforge.accounts.values import Deed
from taleforge.api import wire
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import Cursor, Limit, moment, paged
from taleforge.api.spec import documented


@get("/audit", access="person", scope="admin", **documented(401, 403))
async def read_audit(desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None) -> wire.AuditPage:
    """List who did what to whom in my space, the newest first."""
    found = await desk.stores.audit.page(caller.space, after or "", limit + 1)
    deeds, rest = paged(found, limit, lambda deed: deed.id)
    names = await _names(desk, deeds)
    return wire.AuditPage(tuple(_deed_out(deed, names) for deed in deeds), rest)


async def _names(desk: Desk, deeds: Sequence[Deed]) -> Mapping[str, str]:
    """Return the names that the people in some lines have now."""
    ids = {person for deed in deeds for person in (deed.who, deed.whom) if person.startswith("usr_")}
    known = {person: await desk.stores.people.get(person) for person in ids}
    return {person: found.name for person, found in known.items() if found is not None and found.name}


def _deed_out(deed: Deed, names: Mapping[str, str]) -> wire.DeedOut:
    return wire.DeedOut(
        deed.id, moment(deed.at), deed.who, deed.by, deed.did, names.get(deed.who), deed.whom, names.get(deed.whom),
        deed.table, deed.detail, deed.request,
    )  # fmt: skip


HANDLERS: Final = (read_audit,)
