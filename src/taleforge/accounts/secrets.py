"""Making secrets, and keeping only what cannot be turned back into them.

Tokens are long and random, so their SHA-256 is enough; codes are short, so their digest is keyed; passwords get
argon2id.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Chance = Callable[[int], bytes]
"""Returns so many bytes nobody can foresee (`os.urandom`)."""

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which are taken for digits."""
CODE_LENGTH = 6
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$4pvhJo2bbk1RRnEXpQTNcqYyYGOTVCOsKnaHLJTqYzE"
"""A digest that no password has, checked when there is no such person, so that both take as long."""


def make_token(prefix: str, chance: Chance) -> str:
    """Return a new secret of 256 bits that says what it is for."""
    return f"{prefix}_{urlsafe_b64encode(chance(32)).decode().rstrip('=')}"


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_code(chance: Chance) -> str:
    """Return six letters, each as likely as any other."""
    letters: list[str] = []
    fair = 256 - 256 % len(CODE_LETTERS)
    while len(letters) < CODE_LENGTH:
        letters.extend(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in chance(16) if byte < fair)
    return "".join(letters[:CODE_LENGTH])


def code_digest(code: str, pepper: bytes) -> str:
    """Return what is kept of a code, however it was typed; without the server's pepper it cannot be guessed back."""
    tidy = "".join(letter for letter in code.upper() if letter.isalpha())
    return hmac.new(pepper, tidy.encode(), hashlib.sha256).hexdigest()


def seal(data: bytes, pepper: bytes) -> str:
    """Return what only whoever has the pepper can put to some data."""
    return hmac.new(pepper, b"seal" + data, hashlib.sha256).hexdigest()


def password_problem(password: str) -> str | None:
    """Return why a password is not taken, as a code, or None."""
    if len(password) < SHORTEST_PASSWORD:
        return "password/too_short"
    if len(password) > LONGEST_PASSWORD:
        return "password/too_long"
    return "password/too_simple" if len(set(password)) < 5 else None


def hash_password(password: str) -> str:
    """Return what is kept of a password (argon2id, RFC 9106)."""
    return _hasher().hash(password)


def password_fits(digest: str | None, password: str) -> bool:
    """Whether a password is the one a digest was made of; without a digest it takes as long to say no."""
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415 - the extra `server` brings it

    try:
        return _hasher().verify(digest or _NOBODY, password[:LONGEST_PASSWORD]) and digest is not None
    except (Argon2Error, InvalidHashError):
        return False


def outdated(digest: str) -> bool:
    """Whether a digest was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(digest)


@lru_cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 - the extra `server` brings it

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
