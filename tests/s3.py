"""A server that speaks S3, for tests: started once, and a new bucket for whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

from taleforge.store.blobs_s3 import Bucket, S3Blobs


class Server:
    """An S3 of this process."""

    def __init__(self, server: Any) -> None:
        host, port = server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self._numbers = count()

    def bucket(self, prefix: str = "tales") -> Bucket:
        """Make a bucket."""
        name = f"bucket-{next(self._numbers)}"
        urlopen(Request(f"{self.endpoint}/{name}", method="PUT")).close()
        return Bucket(url=f"s3://{name}/{prefix}", endpoint=self.endpoint, key="key", secret="secret", timeout=5)

    def overwrite(self, bucket: Bucket, path: str, content: bytes) -> None:
        """Put other bytes in the place of an object."""
        S3Blobs(bucket)._store.put(path, content)


@contextmanager
def running() -> Iterator[Server]:
    """Start a server and end it."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415  # takes a second to load

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield Server(server)
    finally:
        server.stop()
