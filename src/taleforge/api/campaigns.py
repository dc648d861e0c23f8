"""Campaigns over REST: tables that belong together, under a name that can be changed.

Whoever made one changes it; whoever plays at one of its tables sees it. Deleting one deletes no table.
"""

from typing import Final

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import structs

from taleforge.accounts.values import Campaign
from taleforge.api import forms
from taleforge.api.callers import Caller
from taleforge.api.desk import Desk
from taleforge.api.given import TheCaller, TheDesk
from taleforge.api.pages import MOST, Cursor, Limit, known_id, moment, paged
from taleforge.api.problems import Trouble, check
from taleforge.api.spec import documented
from taleforge.api.tables import Played, played, table_out, tables_of


@get("/campaigns", access="person", **documented(401, 403))
async def list_campaigns(
    desk: TheDesk, caller: TheCaller, limit: Limit = 20, after: Cursor = None
) -> forms.CampaignPage:
    """List the campaigns that I made or play in, the newest first; an administrator is told of all."""
    mine = await tables_of(desk, caller)
    found = await desk.stores.campaigns.seen(caller.space, mine, caller.person, after or "", limit + 1)
    items, rest = paged(found, limit, lambda campaign: campaign.id)
    return forms.CampaignPage(tuple(_campaign_out(campaign, caller) for campaign in items), rest)


@post("/campaigns", access="person", scope="host", **documented(401, 403, 422))
async def begin_campaign(desk: TheDesk, caller: TheCaller, data: JSONBody[forms.CampaignIn]) -> forms.CampaignOut:
    """Make a campaign; tables are made in it by naming it when they are made."""
    by = await desk.person(caller)
    return _campaign_out(check(await desk.belongings.begin_campaign(by, data.name, data.note)), caller)


@get("/campaigns/{campaign:str}", access="person", **documented(401, 403, 404))
async def get_campaign(
    desk: TheDesk, caller: TheCaller, campaign: FromPath[str], limit: Limit = MOST, after: Played = None
) -> forms.CampaignOut:
    """Look at a campaign, and at those of its tables that are mine, the last played first."""
    known = await _seen(desk, caller, campaign)
    within, mine = await desk.stores.campaigns.tables(known.id), await tables_of(desk, caller)
    shown = within if mine is None else {*within} & {*mine}
    rows, rest = await played(desk, caller.space, shown, limit, after)
    return structs.replace(_campaign_out(known, caller), tables=tuple(map(table_out, rows)), next=rest)


@put("/campaigns/{campaign:str}", access="person", scope="host", **documented(401, 403, 404, 422))
async def change_campaign(
    desk: TheDesk, caller: TheCaller, campaign: FromPath[str], data: JSONBody[forms.CampaignIn]
) -> forms.CampaignOut:
    """Give a campaign of mine another name and note."""
    known = await my_campaign(desk, caller, campaign)
    return _campaign_out(check(await desk.belongings.change_campaign(known, data.name, data.note)), caller)


@delete("/campaigns/{campaign:str}", access="person", scope="host", **documented(401, 403, 404))
async def end_campaign(desk: TheDesk, caller: TheCaller, campaign: FromPath[str]) -> None:
    """Delete a campaign of mine; its tables stay, with their logs."""
    await desk.stores.campaigns.remove((await my_campaign(desk, caller, campaign)).id)


async def my_campaign(desk: Desk, caller: Caller, campaign: str) -> Campaign:
    """Return a campaign that a caller may change; raises Trouble."""
    known = await _seen(desk, caller, campaign)
    if known.created_by != caller.person and not caller.admin:
        raise Trouble("auth/forbidden")
    return known


async def _seen(desk: Desk, caller: Caller, campaign: str) -> Campaign:
    wanted = known_id(campaign, "cmp", "campaign/unknown")
    mine = await tables_of(desk, caller)
    known = await desk.belongings.campaign(wanted, caller.space, caller.person, mine)
    if known is None:
        raise Trouble("campaign/unknown")
    return known


def _campaign_out(campaign: Campaign, caller: Caller) -> forms.CampaignOut:
    mine = caller.admin or campaign.created_by == caller.person
    return forms.CampaignOut(campaign.id, campaign.name, campaign.note, moment(campaign.created), mine)


HANDLERS: Final = (list_campaigns, begin_campaign, get_campaign, change_campaign, end_campaign)
