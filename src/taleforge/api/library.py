"""What can be played, over REST: the packs, their adventures and ready-made characters. Open to everybody.

Shows no scene, secret or stat of a foe.
"""

from typing import Final

from litestar import get
from litestar.params import FromPath

from taleforge.api import wire
from taleforge.api.given import TheDesk
from taleforge.api.pages import MOST, Limit, Mark, paged_in_order
from taleforge.api.problems import Trouble
from taleforge.api.spec import documented
from taleforge.messages.views import PregenInfo


@get("/packs", access="public", **documented())
async def list_packs(desk: TheDesk, limit: Limit = MOST, after: Mark = None) -> wire.PackPage:
    """List the packs in play."""
    pins, rest = paged_in_order(desk.house.content.pins, limit, after, str)
    return wire.PackPage(tuple(map(_pack_out, pins)), rest)


def _pack_out(pin: str) -> wire.PackOut:
    name, _, version = pin.partition("@")
    version, _, digest = version.partition("#")
    return wire.PackOut(name, version, digest)


@get("/adventures", access="public", **documented())
async def list_adventures(desk: TheDesk, limit: Limit = MOST, after: Mark = None) -> wire.AdventurePage:
    """List the adventures that can be begun."""
    told, rest = paged_in_order(tuple(desk.house.content.adventures.values()), limit, after, lambda one: one.id)
    return wire.AdventurePage(tuple(wire.AdventureOut(one.id, one.title, one.blurb, one.pregens) for one in told), rest)


@get("/adventures/{adventure:str}/pregens", access="public", **documented(404))
async def list_pregens(
    desk: TheDesk, adventure: FromPath[str], limit: Limit = MOST, after: Mark = None
) -> wire.PregenPage:
    """List the characters that are ready to be played in an adventure."""
    content = desk.house.content
    if adventure not in content.adventures:
        raise Trouble("adventure/unknown")
    ready = tuple(key for key in content.adventures[adventure].pregens if key in content.pregens)
    keys, rest = paged_in_order(ready, limit, after, str)
    sheets = {key: content.pregens[key] for key in keys}
    shown = (PregenInfo(key, s.name, s.classes, s.look, s.max_hp, s.ac) for key, s in sheets.items())
    return wire.PregenPage(tuple(shown), rest)


HANDLERS: Final = (list_packs, list_adventures, list_pregens)
