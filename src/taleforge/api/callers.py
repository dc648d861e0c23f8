"""Who is asking: the holder of a seat token, API key, session cookie or the local token, or nobody.

Recognizes credentials and nothing more; what a caller may do at which table is `desk`'s. A credential is remembered for
a moment, so that it is not looked up for each request; revoking one here forgets all that is remembered.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final, Literal

from msgspec import Struct

from taleforge.accounts.secrets import digest_of
from taleforge.accounts.service import Accounts, Denied
from taleforge.accounts.values import SCOPES, Grant, Person, Scope
from taleforge.bootstrap import LOCAL_PERSON, LOCAL_SPACE

COOKIE: Final = "taleforge_session"
CSRF_HEADER: Final = "x-csrf-token"
REMEMBERED_MS: Final = 2_000
"""How long a credential that was revoked in another process may still be believed."""
MOST_REMEMBERED: Final = 20_000
_RIGHTS: Final[dict[str, tuple[Scope, ...]]] = {
    "seat": ("play", "read"),
    "session": ("play", "read", "studio", "host"),
}

FindPerson = Callable[[str], Awaitable[Person | None]]
Kind = Literal["nobody", "seat", "key", "session", "local"]


class Caller(Struct, frozen=True):
    """Somebody who asks. `trouble` is the code of a credential that was shown and is not good."""

    kind: Kind = "nobody"
    person: str = ""
    space: str = LOCAL_SPACE
    scopes: tuple[Scope, ...] = ()
    grant: Grant | None = None
    guest: bool = False
    trouble: str = "auth/missing"

    @property
    def admin(self) -> bool:
        """Whether the caller may do everything in its space."""
        return "admin" in self.scopes


NOBODY: Final = Caller()
LOCAL: Final = Caller("local", LOCAL_PERSON, LOCAL_SPACE, SCOPES)


class Callers:
    """Recognizes whoever asks.

    Args:
        accounts: Knows every grant.
        person: Returns a person by id.
        local_token: The token of this machine's own user; None where there are accounts only.
        clock: The time, in milliseconds since 1970.
    """

    def __init__(
        self, accounts: Accounts, person: FindPerson, local_token: str | None, clock: Callable[[], int]
    ) -> None:
        self._accounts = accounts
        self._person = person
        self._local = digest_of(local_token) if local_token else None
        self._clock = clock
        self._remembered: dict[str, tuple[int, Caller]] = {}

    async def of(self, headers: Mapping[bytes, bytes]) -> tuple[Caller, str | None]:
        """Return who sent some headers, and the cross-site token its unsafe requests have to carry, if any."""
        bearer = headers.get(b"authorization", b"")
        if bearer:
            scheme, _, secret = bearer.decode("latin-1").partition(" ")
            if scheme.lower() != "bearer":
                return Caller(trouble="auth/unknown"), None
            return await self.by_secret(secret.strip()), None
        cookie = _session_cookie(headers.get(b"cookie", b""))
        if cookie is None:
            return NOBODY, None
        caller = await self.by_secret(cookie)
        if caller.kind != "session" or caller.grant is None:
            return Caller(trouble=caller.trouble if caller.kind == "nobody" else "auth/unknown"), None
        return caller, caller.grant.csrf

    async def by_secret(self, secret: str) -> Caller:
        """Return whose secret this is."""
        digest = digest_of(secret)
        if self._local is not None and hmac.compare_digest(digest, self._local):
            return LOCAL
        now = self._clock()
        known = self._remembered.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        caller = await self._looked_up(secret)
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        if caller.grant is not None:
            until = now + REMEMBERED_MS
            expires = caller.grant.expires
            self._remembered[digest] = (until if expires is None else min(until, expires), caller)
        return caller

    def forget(self) -> None:
        """Look every credential up again: something was revoked."""
        self._remembered.clear()

    async def _looked_up(self, secret: str) -> Caller:
        grant = await self._accounts.recognize(secret)
        if isinstance(grant, Denied):
            return Caller(trouble=grant.code)
        person = await self._person(grant.person)
        if person is None or person.erased is not None:
            return Caller(trouble="auth/revoked")
        guest = person.guest and person.id != LOCAL_PERSON
        return Caller(grant.kind, person.id, person.space, _scopes(grant, person), grant, guest)


def _scopes(grant: Grant, person: Person) -> tuple[Scope, ...]:
    if grant.kind == "key":
        return tuple(scope for scope in grant.scopes if scope != "admin" or person.admin)
    if grant.kind == "session" and person.admin:
        return SCOPES
    return _RIGHTS[grant.kind]


def _session_cookie(header: bytes) -> str | None:
    if COOKIE.encode() not in header:
        return None
    try:
        morsel = SimpleCookie(header.decode("latin-1")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel else None
