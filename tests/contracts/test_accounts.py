"""What every place that keeps accounts promises, on each implementation."""

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from taleforge.accounts.memory import in_memory
from taleforge.accounts.ports import Stores
from taleforge.accounts.values import (
    DAY,
    Ban,
    Campaign,
    Character,
    Entry,
    Grant,
    Invite,
    Person,
    Quota,
    Report,
    Space,
    Used,
    Voice,
)
from taleforge.bootstrap import Store
from taleforge.errors import Conflict
from taleforge.store.belongings import in_sql

ANN = Person("usr_1", "spc_1", "Ann", 10, email="ann@example.org", password="digest")
TOKEN = Grant("key_1", "seat", "spc_1", "usr_1", "d1", 10, 1000, table="tbl_1", seat="seat_1", role="player")
INVITE = Invite("inv_1", "spc_1", "tbl_1", "player", "link", "code", "usr_1", 10, 1000, 2)


@pytest.fixture
def stores(kept_in: Store | None) -> Stores:
    """One implementation after the other."""
    return in_sql(kept_in) if kept_in else in_memory()


async def test_people_are_found_by_id_and_address(stores: Stores) -> None:
    """In its own space, and only there."""
    await stores.people.add_space(Space("spc_1", "Club", 1))
    await stores.people.add(ANN)

    assert await stores.people.get("usr_1") == ANN
    assert await stores.people.by_email("spc_1", "ann@example.org") == ANN
    assert await stores.people.by_email("spc_2", "ann@example.org") is None
    assert await stores.people.get("usr_2") is None


async def test_an_address_belongs_to_one_person_of_a_space(stores: Stores) -> None:
    """Neither a new nor a changed person takes another's address; in another space it is free."""
    await stores.people.add(ANN)
    guest = Person("usr_2", "spc_1", "Bob", 10)
    await stores.people.add(guest)

    with pytest.raises(Conflict):
        await stores.people.add(replace(ANN, id="usr_3"))
    with pytest.raises(Conflict):
        await stores.people.replace(replace(guest, email=ANN.email))
    await stores.people.add(replace(ANN, id="usr_4", space="spc_2"))


async def test_ids_are_taken_once(stores: Stores) -> None:
    """A second person or space of an id is refused."""
    await stores.people.add(ANN)
    await stores.people.add_space(Space("spc_1", "Club", 1))

    with pytest.raises(Conflict):
        await stores.people.add(replace(ANN, email=None))
    with pytest.raises(Conflict):
        await stores.people.add_space(Space("spc_1", "Other", 1))


async def test_people_are_listed_from_the_newest_on(stores: Stores) -> None:
    """A page at a time, and of one space alone."""
    for number, space in enumerate(("spc_1", "spc_1", "spc_2", "spc_1")):
        await stores.people.add(Person(f"usr_{number}", space, "Bob", 10))

    assert [person.id for person in await stores.people.page("spc_1", "", 2)] == ["usr_3", "usr_1"]
    assert [person.id for person in await stores.people.page("spc_1", "usr_1", 2)] == ["usr_0"]
    assert await stores.people.page("spc_3", "", 2) == []


async def test_spaces_are_listed_from_the_oldest_on(stores: Stores) -> None:
    """A page at a time."""
    kept = [Space(f"spc_{number}", "Club", 1) for number in range(3)]
    for space in reversed(kept):
        await stores.people.add_space(space)

    assert await stores.people.spaces("", 2) == kept[:2]
    assert await stores.people.spaces("spc_1", 2) == kept[2:]


async def test_grants_are_found_by_digest_and_owner(stores: Stores) -> None:
    """All conditions that are given have to fit."""
    await stores.grants.add(TOKEN)
    other = replace(TOKEN, id="key_2", digest="d2", seat="seat_2")
    await stores.grants.add(other)

    assert await stores.grants.by_digest("d2") == other
    assert await stores.grants.by_digest("d3") is None
    assert await stores.grants.of(person="usr_1") == [TOKEN, other]
    assert await stores.grants.of(table="tbl_1", seat="seat_2") == [other]


async def test_a_grant_is_revoked_once(stores: Stores) -> None:
    """The first revocation counts; what was revoked is still found, and says when."""
    await stores.grants.add(TOKEN)

    assert await stores.grants.revoke(["key_1", "key_9"], 50) == 1
    assert await stores.grants.revoke(["key_1"], 60) == 0
    found = await stores.grants.by_digest("d1")
    assert found is not None
    assert found.revoked == 50
    assert not found.holds(55)


async def test_what_was_revoked_lately_is_known(stores: Stores) -> None:
    """From a moment on, that one included; what holds or has expired was not revoked."""
    for number in range(4):
        await stores.grants.add(replace(TOKEN, id=f"key_{number}", digest=f"d{number}"))
    for number, moment in enumerate((40, 50, 60)):
        await stores.grants.revoke([f"key_{number}"], moment)

    assert sorted(await stores.grants.revoked(50)) == ["key_1", "key_2"]
    assert await stores.grants.revoked(61) == []


async def test_sweeping_forgets_what_ended_long_ago(stores: Stores) -> None:
    """Expired and revoked grants go; what holds, or ended lately, stays."""
    for grant in (
        TOKEN,
        replace(TOKEN, id="key_2", digest="d2", expires=None),
        replace(TOKEN, id="key_3", digest="d3", expires=5000),
    ):
        await stores.grants.add(grant)
    await stores.grants.revoke(["key_3"], 100)

    assert await stores.grants.sweep(1001) == 2
    assert await stores.grants.by_digest("d2") is not None
    assert await stores.grants.by_digest("d3") is None


async def test_the_last_use_of_an_invite_is_used_once(stores: Stores) -> None:
    """Of many who come at the same time, exactly as many get in as there are uses."""
    await stores.invites.add(INVITE)
    came = await asyncio.gather(*(stores.invites.use("inv_1", 20) for _ in range(10)))

    assert sum(came) == 2


async def test_an_invite_ends(stores: Stores) -> None:
    """Expired, revoked and unknown invites let nobody in."""
    await stores.invites.add(INVITE)
    assert not await stores.invites.use("inv_1", 1000)
    await stores.invites.revoke("inv_1", 30)

    assert not await stores.invites.use("inv_1", 40)
    assert not await stores.invites.use("inv_9", 40)


async def test_a_code_is_open_once(stores: Stores) -> None:
    """Two open invites never share a code; when the first is over its code may come again, and means the newer one."""
    await stores.invites.add(INVITE)
    twin = replace(INVITE, id="inv_2", link_digest="link2", created=20)
    with pytest.raises(Conflict):
        await stores.invites.add(twin)
    await stores.invites.revoke("inv_1", 15)
    await stores.invites.add(twin)

    assert await stores.invites.by_digest("code") == twin
    assert await stores.invites.by_digest("link2") == twin
    assert [invite.id for invite in await stores.invites.of("tbl_1")] == ["inv_1", "inv_2"]


async def test_invites_keys_voices_and_bans_come_page_by_page(stores: Stores) -> None:
    """Oldest first; each page goes on after the id that ended the one before."""
    for number in range(1, 5):
        await stores.invites.add(replace(INVITE, id=f"inv_{number}", code_digest=f"c{number}"))
        await stores.grants.add(Grant(f"key_{number}", "key", "spc_1", "usr_1", f"k{number}", 10, None))
        await stores.voices.add(Voice(f"vce_{number}", "spc_1", "usr_1", "Ann", "{}", 10), 9)
        await stores.moderation.ban(Ban(f"ban_{number}", "spc_1", "usr_2", "usr_9", 10))
    await stores.grants.add(replace(TOKEN, id="key_0"))
    await stores.moderation.lift("ban_4", 20)

    def ids(found: Sequence[Invite | Grant | Voice | Ban]) -> str:
        return " ".join(one.id for one in found)

    assert ids(await stores.invites.of("tbl_1", limit=2)) == "inv_1 inv_2"
    assert ids(await stores.invites.of("tbl_1", "inv_2", 9)) == "inv_3 inv_4"
    assert ids(await stores.grants.keys("usr_1", limit=3)) == "key_1 key_2 key_3"
    assert ids(await stores.grants.keys("usr_1", "key_3")) == "key_4"
    assert ids(await stores.voices.of("usr_1", limit=1)) == "vce_1"
    assert ids(await stores.voices.of("usr_1", "vce_1", 2)) == "vce_2 vce_3"
    assert ids(await stores.moderation.bans("spc_1", limit=2)) == "ban_1 ban_2"
    assert ids(await stores.moderation.bans("spc_1", None, "ban_2")) == "ban_3"


def entry(number: int, amount: int, at: int = 100) -> Entry:
    """Return an entry of one person in one space."""
    return Entry(f"job_{number}", ("person:usr_1", "space:spc_1", "server"), "images", amount, at)


async def test_a_quota_is_never_exceeded(stores: Stores) -> None:
    """Reservations count at once, so many at the same time stay within the quota; the exceeded one is named."""
    quota = Quota("person", "images", 5, DAY)
    limits = [("person:usr_1", quota)]
    found = await asyncio.gather(*(stores.ledger.reserve(entry(n, 1), limits) for n in range(9)))

    assert found.count(None) == 5
    assert found.count(quota) == 4
    assert await stores.ledger.used("person:usr_1", "images", 0) == 5


async def test_what_was_released_counts_nothing(stores: Stores) -> None:
    """Settling says what it came to; releasing gives it back; each happens once."""
    await stores.ledger.reserve(entry(1, 4), ())
    await stores.ledger.reserve(entry(2, 4), ())

    assert await stores.ledger.settle("job_1", 3)
    assert not await stores.ledger.release("job_1")
    assert await stores.ledger.release("job_2")
    assert not await stores.ledger.settle("job_2", 1)
    assert await stores.ledger.used("space:spc_1", "images", 0) == 3
    assert [e.state for e in await stores.ledger.entries("server", 0)] == ["settled", "released"]


async def test_only_the_period_counts(stores: Stores) -> None:
    """What was used before the period does not weigh on it."""
    await stores.ledger.reserve(entry(1, 5, at=0), ())

    assert await stores.ledger.reserve(entry(2, 5, at=DAY + 1), [("server", Quota("server", "images", 5, DAY))]) is None


async def test_values_come_back_whole(stores: Stores) -> None:
    """Every field of every value, whether it is given or not, is what it was."""
    erased = Person("usr_9", "spc_1", "", 10, admin=True, erased=99)
    key = Grant("key_9", "key", "spc_1", "usr_1", "d9", 10, None, "bot", scopes=("read", "play"), csrf="c", revoked=11)
    used = Entry("job_9", ("server", "space:spc_1"), "images", 4, 100, job="job_x")
    await stores.people.add(erased)
    await stores.grants.add(key)
    await stores.invites.add(replace(INVITE, revoked=12))
    await stores.ledger.reserve(used, ())

    assert await stores.people.get("usr_9") == erased
    assert await stores.grants.by_digest("d9") == key
    assert await stores.invites.of("tbl_1") == [replace(INVITE, revoked=12)]
    assert await stores.ledger.entries("server", 0) == [used]


async def test_a_person_is_kept_as_it_now_is(stores: Stores) -> None:
    """A changed person takes the place of the one before, and its old address is free."""
    await stores.people.add(ANN)
    await stores.people.replace(replace(ANN, name="", email=None, erased=20))

    assert await stores.people.get("usr_1") == replace(ANN, name="", email=None, erased=20)
    assert await stores.people.by_email("spc_1", "ann@example.org") is None


async def test_the_ledger_is_read_page_by_page(stores: Stores) -> None:
    """Each page goes on where the one before ended."""
    for number in range(1, 6):
        await stores.ledger.reserve(entry(number, number), ())
    first = await stores.ledger.entries("server", 0, limit=2)
    rest = await stores.ledger.entries("server", 0, after=first[-1].id)

    assert [e.amount for e in (*first, *rest)] == [1, 2, 3, 4, 5]
    assert len(first) == 2


async def test_the_ledger_is_summed_up_by_resource(stores: Stores) -> None:
    """In the order of their names, page by page; what was released, and what was before, counts nothing."""
    used = [("voice", 50), ("voice", 60), ("images", 70), ("tokens", 80), ("voice", 9)]
    for number, (resource, at) in enumerate(used):
        await stores.ledger.reserve(replace(entry(number, number + 1, at), resource=resource), ())
    await stores.ledger.release("job_3")
    images, voice = Used("images", 3, 1), Used("voice", 3, 2)

    assert await stores.ledger.sums("server", 10) == [images, voice]
    assert await stores.ledger.sums("server", 10, limit=1) == [images]
    assert await stores.ledger.sums("server", 10, "images", 1) == [voice]
    assert await stores.ledger.sums("space:spc_2", 10) == []


async def test_a_campaign_is_seen_by_whoever_plays_there(stores: Stores) -> None:
    """By a table that is in it or by having made it; newest first, page by page, never from another space."""
    made = [Campaign(f"cmp_{number}", "spc_1", f"No. {number}", "", "usr_1", number) for number in range(1, 4)]
    for campaign in (*made, Campaign("cmp_9", "spc_2", "Others", "", "usr_1", 9)):
        await stores.campaigns.add(campaign)
    await stores.campaigns.place("tbl_1", "cmp_1")
    await stores.campaigns.place("tbl_1", "cmp_2")
    await stores.campaigns.place("tbl_0", "cmp_2")

    async def seen(*asked: object) -> list[str]:
        return [campaign.id for campaign in await stores.campaigns.seen(*asked)]  # type: ignore[arg-type]

    assert await seen("spc_1", None, "", "", 2) == ["cmp_3", "cmp_2"]
    assert await seen("spc_1", None, "", "cmp_2", 2) == ["cmp_1"]
    assert await seen("spc_1", ["tbl_1", "tbl_7"], "usr_2", "", 9) == ["cmp_2"]
    assert await seen("spc_1", [], "usr_2", "", 9) == []
    assert await seen("spc_1", [], "usr_1", "", 9) == ["cmp_3", "cmp_2", "cmp_1"]
    assert (await stores.campaigns.of("tbl_1"), await stores.campaigns.of("tbl_7")) == ("cmp_2", None)
    assert await stores.campaigns.tables("cmp_2") == ["tbl_0", "tbl_1"]


async def test_a_campaign_changes_and_goes(stores: Stores) -> None:
    """Its tables are in none afterwards; what is gone does not come back by a late change."""
    campaign = Campaign("cmp_1", "spc_1", "Marsh", "", "usr_1", 10)
    await stores.campaigns.add(campaign)
    await stores.campaigns.place("tbl_1", "cmp_1")
    await stores.campaigns.replace(replace(campaign, name="Fen", note="Mondays"))
    assert await stores.campaigns.get("cmp_1") == replace(campaign, name="Fen", note="Mondays")
    await stores.campaigns.remove("cmp_1")
    await stores.campaigns.replace(campaign)

    assert await stores.campaigns.get("cmp_1") is None
    assert await stores.campaigns.of("tbl_1") is None


async def test_nobody_keeps_more_characters_than_allowed(stores: Stores) -> None:
    """However many come at once; each is listed once, page by page, and comes back whole."""
    many = [Character(f"chr_{n}", "spc_1", "usr_1", "Ann", '{"xp":1}', n, n) for n in range(1, 9)]
    kept = await asyncio.gather(*(stores.characters.add(character, 5) for character in many))
    mine = await stores.characters.of("usr_1")

    assert sum(kept) == len(mine) == 5
    assert set(mine) <= set(many)
    pages = await stores.characters.of("usr_1", limit=3)
    assert [*pages, *await stores.characters.of("usr_1", after=pages[-1].id)] == mine
    assert await stores.characters.of("usr_2") == []


async def test_a_character_changes_and_goes(stores: Stores) -> None:
    """A late change does not bring back what was deleted."""
    character = Character("chr_1", "spc_1", "usr_1", "Ann", "{}", 10, 10)
    await stores.characters.add(character, 5)
    changed = replace(character, name="Anna", body='{"a":1}', updated=20)
    await stores.characters.replace(changed)
    assert await stores.characters.get("chr_1") == changed
    await stores.characters.remove("chr_1")
    await stores.characters.replace(changed)

    assert await stores.characters.get("chr_1") is None


async def test_voices_are_kept_up_to_a_number_and_go(stores: Stores) -> None:
    """However many come at once; each comes back whole to its person, until it is forgotten."""
    many = [Voice(f"vce_{n}", "spc_1", "usr_1", "Ann", '{"base":"f1"}', n) for n in range(1, 6)]
    assert sum(await asyncio.gather(*(stores.voices.add(voice, 3) for voice in many))) == 3
    mine = await stores.voices.of("usr_1")
    assert len(mine) == 3
    assert set(mine) <= set(many)
    await stores.voices.remove(mine[0].id)

    assert await stores.voices.of("usr_1") == mine[1:]
    assert (await stores.voices.get(mine[0].id), await stores.voices.get(mine[1].id)) == (None, mine[1])


async def test_a_report_is_closed_once(stores: Stores) -> None:
    """Of many who close it one does; lists are of one table or of the space, the newest first."""
    first = Report("rep_1", "spc_1", "tbl_1", 7, "usr_1", "seat_2", "usr_2", "hate", "see there", 10)
    for report in (first, replace(first, id="rep_2", table="tbl_2"), replace(first, id="rep_3", space="spc_2")):
        await stores.moderation.report(report)
    closed = await asyncio.gather(*(stores.moderation.close("rep_1", "warned", "usr_9", 20) for _ in range(5)))

    assert sum(closed) == 1
    assert not await stores.moderation.close("rep_9", "warned", "usr_9", 20)
    assert [r.id for r in await stores.moderation.reports("spc_1", None, "", 9)] == ["rep_2", "rep_1"]
    assert [r.id for r in await stores.moderation.reports("spc_1", None, "rep_2", 9)] == ["rep_1"]
    assert await stores.moderation.reports("spc_1", "tbl_1", "", 9) == [
        replace(first, outcome="warned", closed_by="usr_9", closed=20)
    ]


async def test_a_ban_holds_where_it_says_until_it_is_lifted(stores: Stores) -> None:
    """One of a table keeps out of that table, one of a space out of all of it; other people and spaces are free."""
    here = Ban("ban_1", "spc_1", "usr_1", "usr_9", 10, "spam", table="tbl_1")
    everywhere = Ban("ban_2", "spc_1", "usr_2", "usr_9", 10)
    for ban in (here, everywhere):
        await stores.moderation.ban(ban)
    banned = stores.moderation.banned

    assert await banned("usr_1", "spc_1", "tbl_1")
    assert not await banned("usr_1", "spc_1", "tbl_2")
    assert not await banned("usr_1", "spc_1")
    assert await banned("usr_2", "spc_1", "tbl_2")
    assert await banned("usr_2", "spc_1")
    assert not await banned("usr_2", "spc_2")
    assert await stores.moderation.bans("spc_1") == [here, everywhere]
    assert await stores.moderation.bans("spc_1", "tbl_1") == [here]
    assert await stores.moderation.lift("ban_1", 20)
    assert not await stores.moderation.lift("ban_1", 20)
    assert not await banned("usr_1", "spc_1", "tbl_1")
