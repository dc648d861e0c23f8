#!/usr/bin/env python3
"""A double of SeaweedFS for machines that cannot pull its image: as much of S3 as our files need, kept in a folder.

It knows the flags that compose.full.yaml gives it, takes keys of its configuration alone, and trusts their signatures.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

CREDENTIAL = re.compile(r"^AWS4-HMAC-SHA256 Credential=([^/]+)/")


class Store(ThreadingHTTPServer):
    """The server: a folder for each bucket, and in it a file for each object, by its quoted name."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path, keys: frozenset[str]) -> None:
        super().__init__(address, Handler)
        self.folder = folder
        self.keys = keys

    def file(self, path: str) -> Path:
        """Return where an object is kept."""
        bucket, _, name = path.strip("/").partition("/")
        return self.folder / bucket / quote(name, safe="")


class Handler(BaseHTTPRequestHandler):
    """Answers requests of one connection."""

    protocol_version = "HTTP/1.1"
    server: Store  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def _path(self) -> str:
        return unquote(str(urlsplit(self.path).path))

    def _allowed(self) -> bool:
        known = CREDENTIAL.match(self.headers.get("authorization", ""))
        if known and known[1] in self.server.keys:
            return True
        self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
        return False

    def do_PUT(self) -> None:
        """Make a bucket, or keep an object."""
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        file = self.server.file(self._path)
        if not self._allowed():
            return
        if self._path.strip("/").count("/") == 0:
            made = not (self.server.folder / self._path.strip("/")).exists()
            (self.server.folder / self._path.strip("/")).mkdir(exist_ok=True)
            self._answer(200 if made else 409)
        elif not file.parent.is_dir():
            self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        else:
            new = file.with_suffix(".new")
            new.write_bytes(content)
            new.replace(file)
            self._answer(200, etag=hashlib.md5(content).hexdigest())

    def do_GET(self) -> None:
        """Read an object or a part of it, or list some; say that all is well."""
        if self.path == "/healthz" and self.command == "GET":  # to HEAD, it is a bucket that is not there
            self._answer(200)
        elif not self._allowed():
            pass
        elif "list-type" in (asked := parse_qs(urlsplit(self.path).query)):
            self._answer(200, self._listed(asked.get("prefix", [""])[0]))
        else:
            self._read()

    def do_HEAD(self) -> None:
        """Say what reading would bring."""
        self.do_GET()

    def do_DELETE(self) -> None:
        """Forget an object."""
        if self._allowed():
            self.server.file(self._path).unlink(missing_ok=True)
            self._answer(204)

    def _read(self) -> None:
        try:
            content = self.server.file(self._path).read_bytes()
        except OSError:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        etag = hashlib.md5(content).hexdigest()
        if part := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", "")):
            start, stop = int(part[1]), min(int(part[2] or len(content)) + 1, len(content))
            extra = {"content-range": f"bytes {start}-{stop - 1}/{len(content)}"}
            self._answer(206, content[start:stop], etag, extra)
        else:
            self._answer(200, content, etag)

    def _listed(self, prefix: str) -> bytes:
        found = "".join(self._entries(self.server.folder / self._path.strip("/"), prefix))
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode()

    def _entries(self, bucket: Path, prefix: str) -> Iterator[str]:
        for file in sorted(bucket.iterdir()):
            name = unquote(file.name)
            if name.startswith(prefix):
                yield (
                    f"<Contents><Key>{escape(name)}</Key><Size>{file.stat().st_size}</Size><ETag>&quot;0&quot;</ETag>"
                    "<LastModified>2026-11-21T00:00:00.000Z</LastModified></Contents>"
                )

    def _answer(self, status: int, body: bytes = b"", etag: str = "", extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), "etag": f'"{etag}"', **(extra or {})}.items():
            self.send_header(name, value)
        self.send_header("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            with suppress(ConnectionError):
                self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by its base
        """Say nothing."""


def main() -> None:
    """Serve as the flags say."""
    flags: dict[str, str] = {}
    for argument in sys.argv[1:]:
        name, _, value = argument.lstrip("-").partition("=")
        flags[name] = value
    identities = json.loads(Path(flags["s3.config"]).read_text())["identities"]
    keys = frozenset(known["accessKey"] for identity in identities for known in identity["credentials"])
    Store((flags["s3.ip.bind"], int(flags["s3.port"])), Path(flags["dir"]), keys).serve_forever()


if __name__ == "__main__":
    main()
