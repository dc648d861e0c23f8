"""What people can do with their accounts, and what they learn when they may not."""

import hashlib
from itertools import count

import pytest

from taleforge.accounts import secrets
from taleforge.accounts.memory import in_memory
from taleforge.accounts.service import Accounts, Denied, Issued
from taleforge.accounts.values import DAY, HOUR, Entry, Invite, Person, Quota

PASSWORD = "correct horse battery"


class Club:
    """A server's accounts with a clock that is set by hand."""

    def __init__(self, *quotas: Quota) -> None:
        """Begin at moment 0."""
        self.now = 0
        self.stores = in_memory()
        numbers, draws = count(1), count(1)
        self.accounts = Accounts(
            self.stores, lambda kind: f"{kind}_{next(numbers)}",
            clock=lambda: self.now, pepper=b"pepper", quotas=quotas,
            chance=lambda size: hashlib.shake_256(str(next(draws)).encode()).digest(size),
        )  # fmt: skip

    async def ann(self) -> Person:
        """Return a registered person."""
        person = await self.accounts.register("spc_1", "Ann", "Ann@Example.org", PASSWORD)
        assert isinstance(person, Person)
        return person


def denied(result: object) -> str:
    """Return the code of a denial."""
    assert isinstance(result, Denied), result
    return result.code


async def test_a_guest_becomes_an_account_and_keeps_its_id() -> None:
    """So that its seats and logs stay its own."""
    club = Club()
    guest = await club.accounts.guest("spc_1", "  Bob\tthe   Bold ")
    assert isinstance(guest, Person)
    account = await club.accounts.register("spc_1", "", "bob@example.org", PASSWORD, guest=guest.id)

    assert isinstance(account, Person)
    assert (account.id, account.name, account.guest) == (guest.id, "Bob the Bold", False)
    assert denied(await club.accounts.register("spc_1", "", "b2@example.org", PASSWORD, guest=guest.id)) == (
        "person/not_a_guest"
    )


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("nobody", PASSWORD, "person/email"),
        ("a b@example.org", PASSWORD, "person/email"),
        ("a@example.org", "short", "password/too_short"),
        ("a@example.org", "aaaaaaaaaaaa", "password/too_simple"),
        ("a@example.org", "ab" * 200, "password/too_long"),
        ("ann@example.org", PASSWORD, "person/email_taken"),
    ],
)
async def test_registering_says_what_is_wrong(email: str, password: str, code: str) -> None:
    """Each kind of bad input has its code."""
    club = Club()
    await club.ann()

    assert denied(await club.accounts.register("spc_1", "X", email, password)) == code


async def test_logging_in_needs_the_password() -> None:
    """A wrong password and an unknown address are answered alike."""
    club = Club()
    await club.ann()
    session = await club.accounts.log_in("spc_1", "ANN@example.org", PASSWORD)

    assert isinstance(session, Issued)
    assert session.grant.csrf
    assert await club.accounts.log_in("spc_1", "ann@example.org", "wrong password") == Denied("auth/wrong")
    assert await club.accounts.log_in("spc_1", "eve@example.org", PASSWORD) == Denied("auth/wrong")
    assert await club.accounts.log_in("spc_2", "ann@example.org", PASSWORD) == Denied("auth/wrong")


async def test_no_secret_is_kept() -> None:
    """Neither password nor token nor code stands in what the stores hold."""
    club = Club()
    ann = await club.ann()
    token = await club.accounts.seat_token(ann, "tbl_1", "seat_1", "host")
    invited = await club.accounts.invite(ann, "tbl_1", "player")
    kept = repr((vars(club.stores.people), vars(club.stores.grants), vars(club.stores.invites)))

    for secret in (PASSWORD, token.secret, token.secret.partition("_")[2], invited.link, invited.code):
        assert secret not in kept


async def test_a_token_is_recognized_until_it_ends() -> None:
    """Expired, revoked and unknown are told apart for whoever holds the secret; a week later it is forgotten."""
    club = Club()
    ann = await club.ann()
    token = await club.accounts.seat_token(ann, "tbl_1", "seat_1", "player")
    assert await club.accounts.recognize(token.secret) == token.grant
    other = await club.accounts.seat_token(ann, "tbl_1", "seat_2", "player")
    assert await club.accounts.revoke_seat("tbl_1", "seat_2") == 1

    assert denied(await club.accounts.recognize(other.secret)) == "auth/revoked"
    assert denied(await club.accounts.recognize("seat_made-up")) == "auth/unknown"
    club.now = 31 * DAY
    assert denied(await club.accounts.recognize(token.secret)) == "auth/expired"
    club.now = 60 * DAY
    assert await club.accounts.clean_up() == 2
    assert denied(await club.accounts.recognize(token.secret)) == "auth/unknown"


async def test_a_new_password_ends_every_session() -> None:
    """Whoever was logged in with the old one is no longer."""
    club = Club()
    ann = await club.ann()
    session = await club.accounts.session(ann)
    assert denied(await club.accounts.change_password(ann.id, "wrong", "another password")) == "auth/wrong"
    assert await club.accounts.change_password(ann.id, PASSWORD, "another password") is None

    assert denied(await club.accounts.recognize(session.secret)) == "auth/revoked"
    assert isinstance(await club.accounts.log_in("spc_1", "ann@example.org", "another password"), Issued)


async def test_an_invite_by_link_or_code() -> None:
    """Six letters in any spelling, or the link; until it is used up or over."""
    club = Club()
    invited = await club.accounts.invite(await club.ann(), "tbl_1", "player", uses=2)
    spelled = f" {invited.code[:3].lower()}-{invited.code[3:]} "

    assert len(invited.code) == secrets.CODE_LENGTH
    first = await club.accounts.follow(spelled)
    assert isinstance(first, Invite)
    assert first.table == "tbl_1"
    assert isinstance(await club.accounts.follow(invited.link), Invite)
    assert denied(await club.accounts.follow(invited.code)) == "invite/invalid"
    assert denied(await club.accounts.follow("AAAAAA")) == "invite/invalid"


async def test_an_invite_expires() -> None:
    """A day later the letters open nothing."""
    club = Club()
    invited = await club.accounts.invite(await club.ann(), "tbl_1", "player")
    club.now = 24 * HOUR

    assert denied(await club.accounts.follow(invited.code)) == "invite/invalid"


async def test_keys_have_scopes() -> None:
    """A key has the scopes it was given, never more than its person has, and there are not endlessly many."""
    club = Club()
    ann = await club.ann()
    key = await club.accounts.api_key(ann, "bot", ["studio", "play"], days=1)

    assert isinstance(key, Issued)
    assert key.grant.scopes == ("play", "studio")
    assert denied(await club.accounts.api_key(ann, "x", [])) == "key/no_scope"
    assert denied(await club.accounts.api_key(ann, "x", ["admin"])) == "key/scope"
    for _ in range(19):
        assert isinstance(await club.accounts.api_key(ann, "x", ["read"]), Issued)
    assert denied(await club.accounts.api_key(ann, "x", ["read"])) == "key/too_many"
    club.now = 2 * DAY
    assert denied(await club.accounts.recognize(key.secret)) == "auth/expired"


async def test_one_revokes_only_ones_own() -> None:
    """Another person's grant is not even admitted to exist."""
    club = Club()
    ann = await club.ann()
    key = await club.accounts.api_key(ann, "bot", ["play"])
    assert isinstance(key, Issued)

    assert not await club.accounts.revoke(key.grant.id, by="usr_eve")
    assert await club.accounts.revoke(key.grant.id, by=ann.id)


async def test_erasing_keeps_nothing_but_the_id() -> None:
    """Name, address, password and grants go; the log's reference still leads to somebody erased."""
    club = Club()
    ann = await club.ann()
    session = await club.accounts.session(ann)
    assert await club.accounts.erase(ann.id)
    left = await club.stores.people.get(ann.id)

    assert left == Person(ann.id, ann.space, "", ann.created, erased=0)
    assert denied(await club.accounts.recognize(session.secret)) == "auth/revoked"
    assert denied(await club.accounts.log_in("spc_1", "ann@example.org", PASSWORD)) == "auth/wrong"
    assert not await club.accounts.erase(ann.id)


async def test_an_export_holds_everything_but_digests() -> None:
    """What is kept of a person can be read by them."""
    club = Club()
    ann = await club.ann()
    await club.accounts.session(ann)
    told = repr(await club.accounts.export(ann.id))

    assert "ann@example.org" in told
    assert "argon2" not in told
    assert "digest" not in told
    assert await club.accounts.export("usr_nobody") is None


async def test_quotas_hold_for_person_space_and_server() -> None:
    """The first that would be exceeded refuses, and says whose it is."""
    club = Club(Quota("person", "images", 3, DAY), Quota("server", "images", 4, DAY))
    ann = await club.ann()
    bob = await club.accounts.guest("spc_1", "Bob")
    assert isinstance(bob, Person)
    first = await club.accounts.reserve(ann, "images", 3)
    assert isinstance(first, Entry)
    mine = await club.accounts.reserve(ann, "images", 1)
    his = await club.accounts.reserve(bob, "images", 2)

    assert isinstance(mine, Denied)
    assert mine.params["owner"] == "person"
    assert isinstance(his, Denied)
    assert his.params["owner"] == "server"
    assert await club.accounts.release(first)
    assert isinstance(await club.accounts.reserve(bob, "images", 2), Entry)
    assert isinstance(await club.accounts.reserve(bob, "speech", 99), Entry)


def test_codes_are_fair() -> None:
    """Every letter comes about as often: no remainder of a byte favours the first ones."""
    draws = count()
    codes = "".join(
        secrets.make_code(lambda size: hashlib.shake_256(str(next(draws)).encode()).digest(size)) for _ in range(4000)
    )
    expected = len(codes) / len(secrets.CODE_LETTERS)

    assert all(abs(codes.count(letter) - expected) < 0.2 * expected for letter in secrets.CODE_LETTERS)
