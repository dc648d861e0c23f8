"""What a server refuses to start with: settings that contradict each other, and in production all that is weak.

Every reason is named at once, so that nobody starts ten times. Judges settings only.
"""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from taleforge.api.door import networks, split
from taleforge.errors import Misconfigured
from taleforge.settings import Settings

SHORTEST_SECRET: Final = 32
SHORTEST_PASSWORD: Final = 12
_WELL_KNOWN: Final = ("change", "secret", "password", "default", "example", "taleforge", "12345", "test")


def is_local(settings: Settings) -> bool:
    """Whether one person with a token plays on this machine, and nobody else."""
    serve = settings.serve
    return serve.access == "local" or (serve.access == "auto" and _is_loopback(serve.host))


def refuse(settings: Settings) -> None:
    """Raise Misconfigured, naming everything that has to be changed first."""
    networks(settings.serve.proxies)
    problems = [*_contradictions(settings)]
    if settings.env == "production":
        problems += _weaknesses(settings)
    if problems:
        found = "; ".join(f"({number}) {text}" for number, text in enumerate(problems, 1))
        raise Misconfigured(f"Taleforge does not serve like this: {found}.", "Change these settings and start again.")


def _contradictions(settings: Settings) -> Iterator[str]:
    serve = settings.serve
    if serve.workers > 1 and not settings.store.url:
        yield "serve.workers is more than 1, and only one process can write to SQLite: set store.url to a PostgreSQL"
    if serve.workers > 1 and not (settings.redis.url or settings.nats.url):
        yield "serve.workers is more than 1, and seats at different ones would not hear each other: set redis.url"
    if serve.access == "local" and not _is_loopback(serve.host):
        yield f"serve.access is local, and serve.host is {serve.host}, which others reach"


def _weaknesses(settings: Settings) -> Iterator[str]:
    serve = settings.serve
    if not serve.secret:
        yield "serve.secret is not set"
    elif _is_weak(serve.secret):
        yield f"serve.secret is weak: take {SHORTEST_SECRET} random characters or more"
    for name, password in _passwords(settings):
        if _is_weak(password, SHORTEST_PASSWORD, different=6):
            yield f"the password in {name} is weak: take {SHORTEST_PASSWORD} random characters or more"
    if settings.log.level == "debug":
        yield "log.level is debug"
    if "*" in split(serve.origins):
        yield "serve.origins allows every site"
    if not serve.hosts or "*" in split(serve.hosts):
        yield "serve.hosts does not say by which names the server is called"
    if not serve.proxies:
        yield "serve.proxies does not say which proxy stands before the server"
    if is_local(settings):
        yield "serve.access is local: set it to accounts"


def _passwords(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give what opens the services behind the server, where that is by a password, with the setting that holds it."""
    urls = {"store.url": settings.store.url, "redis.url": settings.redis.url, "nats.url": settings.nats.url}
    for name, url in urls.items():
        for one in url.split(","):
            if password := unquote(urlsplit(one.strip()).password or ""):
                yield name, password
    if settings.files.secret:
        yield "files.secret", settings.files.secret


def _is_weak(secret: str, shortest: int = SHORTEST_SECRET, different: int = 12) -> bool:
    lowered = secret.lower()
    return len(secret) < shortest or len(set(secret)) < different or any(word in lowered for word in _WELL_KNOWN)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
