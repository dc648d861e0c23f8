import pytest

from taleforge.errors import Misconfigured
from taleforge.live.nats_address import NatsAddress


@pytest.mark.parametrize(
    ("urls", "name"),
    [
        ("nats://one", "nats://one:4222"),
        ("nats://ann:s3cret@one:4333", "nats://one:4333"),
        ("tls://s3cret@one,nats://ann:s3cret@two ", "tls://one:4222,nats://two:4222"),
    ],
)
def test_an_address_names_no_secret(urls: str, name: str) -> None:
    """Neither a user nor a password or token, of any of several servers."""
    assert NatsAddress(urls).name == name


@pytest.mark.parametrize(
    "urls",
    ["", "one:4222", "redis://s3cret@one", "nats://", "nats://s3cret@one:port", "nats://one,", "nats://s3cret@one/a"],
)
def test_what_is_no_address_is_refused(urls: str) -> None:
    """With what to write instead, and without what was written: it may hold a secret."""
    with pytest.raises(Misconfigured, match=r"nats\.url") as refused:
        NatsAddress(urls)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_subjects_begin_with_the_prefix() -> None:
    """So that several deployments may share a server."""
    assert NatsAddress("nats://one", "club").subject("bus", "table:tbl_1") == "club.bus.table:tbl_1"
