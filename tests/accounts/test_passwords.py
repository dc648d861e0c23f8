"""Passwords are worked out beside the event loop, and few at a time."""

import asyncio
import threading

import pytest

from taleforge.accounts import secrets
from taleforge.accounts.passwords import Passwords


class Turnstile:
    """Stands for work that takes long: nobody gets through before it is opened, and it counts who waits inside."""

    def __init__(self) -> None:
        """Begin closed."""
        self.opened = threading.Event()
        self.crowded = threading.Event()
        self.lock = threading.Lock()
        self.inside = self.most = self.done = 0

    def fits(self, _: str | None, __: str) -> bool:
        """Stand where a digest is checked."""
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == 2:
                self.crowded.set()
        assert self.opened.wait(30)
        with self.lock:
            self.inside -= 1
            self.done += 1
        return True


async def test_a_hundred_logins_at_once_do_not_hold_up_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """While all of them wait for their digests the loop does other work; no more than two are worked out at a time."""
    turnstile = Turnstile()
    monkeypatch.setattr(secrets, "password_fits", turnstile.fits)
    passwords = Passwords(2)
    logins = [asyncio.create_task(passwords.fits("digest", "password")) for _ in range(100)]
    played = 0
    assert await asyncio.to_thread(turnstile.crowded.wait, 30)
    for _ in range(1_000):
        await asyncio.sleep(0)
        played += 1

    assert (played, turnstile.done) == (1_000, 0)
    turnstile.opened.set()
    assert all(await asyncio.gather(*logins))
    assert (turnstile.done, turnstile.most) == (100, 2)


async def test_a_password_fits_its_own_digest_alone() -> None:
    """And none fits where there is no digest."""
    passwords = Passwords()
    digest = await passwords.hash("correct horse battery")

    assert digest.startswith("$argon2id$")
    assert await passwords.fits(digest, "correct horse battery")
    assert not await passwords.fits(digest, "correct horse staple")
    assert not await passwords.fits(None, "correct horse battery")
