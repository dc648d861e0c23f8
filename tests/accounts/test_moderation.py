"""Reports and bans: who may be reported and banned, what a ban ends, and what it does not reach."""

from itertools import count

from taleforge.accounts.moderation import MOST_OPEN, Banned, Moderation
from taleforge.accounts.service import Denied, Issued
from taleforge.accounts.values import Person, Report
from tests.accounts.test_service import PASSWORD, Club


class Peace(Club):
    """A club that is moderated."""

    def __init__(self) -> None:
        """Begin without reports and bans."""
        super().__init__()
        numbers = count(1)
        self.moderation = Moderation(self.stores, lambda kind: f"{kind}_{next(numbers)}", clock=lambda: self.now)

    async def bob(self) -> Person:
        """Return a guest."""
        guest = await self.accounts.guest("spc_1", "Bob")
        assert isinstance(guest, Person)
        return guest

    async def report(self, by: Person, person: str) -> Report | Denied:
        """Report a seat at which a person sits."""
        return await self.moderation.report(
            by, "tbl_1", 7, seat="seat_2", person=person, reason="spam", note=" a\x00b\n "
        )


async def test_a_report_says_where_to_look() -> None:
    """Table, version, seat and person; its note can be shown; what came of it is said once."""
    peace = Peace()
    ann = await peace.ann()
    report = await peace.report(ann, "usr_bob")

    assert isinstance(report, Report)
    assert (report.table, report.version, report.seat, report.person) == ("tbl_1", 7, "seat_2", "usr_bob")
    assert report.note == "ab"
    assert await peace.moderation.close(report.id, "warned", "usr_host")
    assert not await peace.moderation.close(report.id, "dismissed", "usr_host")


async def test_nobody_reports_without_end() -> None:
    """Nor themselves; when somebody has looked into one, there is room for another."""
    peace = Peace()
    ann = await peace.ann()
    assert await peace.report(ann, ann.id) == Denied("report/yourself")
    reports = [await peace.report(ann, "usr_bob") for _ in range(MOST_OPEN)]
    assert await peace.report(ann, "usr_bob") == Denied("report/too_many", {"most": MOST_OPEN})
    first = reports[0]
    assert isinstance(first, Report)
    await peace.moderation.close(first.id, "dismissed", "usr_host")
    assert isinstance(await peace.report(ann, "usr_bob"), Report)


async def test_a_ban_from_a_table_ends_what_was_there_and_keeps_out() -> None:
    """Seat tokens of that table end, others hold; no invite lets the person in, and none is used up by trying."""
    peace = Peace()
    ann, bob = await peace.ann(), await peace.bob()
    here = await peace.accounts.seat_token(bob, "tbl_1", "seat_2", "player")
    there = await peace.accounts.seat_token(bob, "tbl_2", "seat_3", "player")
    banned = await peace.moderation.ban(bob.id, "spc_1", ann.id, "rude", "tbl_1")
    invited = await peace.accounts.invite(ann, "tbl_1", "player", uses=1)

    assert isinstance(banned, Banned)
    assert banned.revoked == {here.grant.id}
    assert await peace.accounts.recognize(here.secret) == Denied("auth/revoked")
    assert await peace.accounts.recognize(there.secret) == there.grant
    assert await peace.accounts.follow(invited.code, bob.id) == Denied("person/banned")
    assert not isinstance(await peace.accounts.follow(invited.code, "usr_cyd"), Denied)


async def test_when_a_guest_is_banned_open_invites_are_closed() -> None:
    """For whoever has no account could come back by one as somebody else."""
    peace = Peace()
    ann, bob = await peace.ann(), await peace.bob()
    invited = await peace.accounts.invite(ann, "tbl_1", "player")
    other = await peace.accounts.invite(ann, "tbl_2", "player")
    await peace.moderation.ban(bob.id, "spc_1", ann.id, "", "tbl_1")

    assert await peace.accounts.follow(invited.code) == Denied("invite/invalid")
    assert not isinstance(await peace.accounts.follow(other.code), Denied)


async def test_a_ban_from_a_space_lasts_until_it_is_lifted() -> None:
    """Nothing opens any door meanwhile; afterwards the same password does."""
    peace = Peace()
    eve = await peace.accounts.register("spc_1", "Eve", "eve@example.org", PASSWORD)
    assert isinstance(eve, Person)
    session = await peace.accounts.session(eve)
    banned = await peace.moderation.ban(eve.id, "spc_1", "usr_admin", "")

    assert isinstance(banned, Banned)
    assert await peace.accounts.recognize(session.secret) == Denied("auth/revoked")
    assert await peace.accounts.log_in("spc_1", "eve@example.org", PASSWORD) == Denied("person/banned")
    assert await peace.accounts.log_in("spc_1", "eve@example.org", "wrong password") == Denied("auth/wrong")
    assert await peace.moderation.lift(banned.ban.id)
    assert isinstance(await peace.accounts.log_in("spc_1", "eve@example.org", PASSWORD), Issued)


async def test_some_cannot_be_banned() -> None:
    """Nobody themselves, no administrator, nobody of another space."""
    peace = Peace()
    ann = await peace.ann()
    await peace.stores.people.add(Person("usr_admin", "spc_1", "Root", 0, admin=True))

    assert await peace.moderation.ban(ann.id, "spc_1", ann.id, "") == Denied("ban/not_this_one")
    assert await peace.moderation.ban("usr_admin", "spc_1", ann.id, "") == Denied("ban/not_this_one")
    assert await peace.moderation.ban(ann.id, "spc_2", "usr_admin", "") == Denied("person/unknown")
