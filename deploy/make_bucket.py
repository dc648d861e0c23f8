"""Make the bucket of the setting files.url where it is missing, then leave: `prepare` of compose.full.yaml runs it.

Asks once a second until the object store is there. Speaks as much of S3 as that needs: one request, signed by version 4
of AWS' signatures. Makes no key: secrets.sh does.
"""

import hashlib
import hmac
import os
import sys
import time
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE = 120
"""Seconds."""
NOTHING = hashlib.sha256(b"").hexdigest()


def setting(name: str) -> str:
    """Return a setting of the program as containers get it: from a file, or as it is; empty when it is not set."""
    file = os.environ.get(f"TALEFORGE_FILES_{name}_FILE")
    return Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get(f"TALEFORGE_FILES_{name}", "")


class Key(NamedTuple):
    """Who asks, in which region."""

    id: str
    secret: str
    region: str


def signed(method: str, host: str, path: str, key: Key, now: datetime) -> dict[str, str]:
    """Return the headers of a request without a body, signed."""
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    headers = {"host": host, "x-amz-content-sha256": NOTHING, "x-amz-date": stamp}
    names = ";".join(headers)
    lines = [method, path, "", *(f"{name}:{value}" for name, value in headers.items()), "", names, NOTHING]
    scope = f"{now:%Y%m%d}/{key.region}/s3/aws4_request"
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    signing = f"AWS4{key.secret}".encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    said = f"AWS4-HMAC-SHA256 Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signing.hex()}"
    return {**headers, "authorization": said}


def make(endpoint: str, bucket: str, key: Key) -> tuple[int, str]:
    """Ask for the bucket; return the status and what else was said. Raises OSError, HTTPException."""
    host, path = urlsplit(endpoint).netloc, f"/{bucket}"
    connection = HTTPConnection(host, timeout=10)
    try:
        connection.request("PUT", path, headers=signed("PUT", host, path, key, datetime.now(UTC)))
        return _read(connection.getresponse())
    finally:
        connection.close()


def _read(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status, answer.read(500).decode(errors="replace")


def main() -> int:
    """Have the bucket made; return 0 when it is there."""
    bucket, said = urlsplit(setting("URL")).netloc, "nobody answers"
    key = Key(setting("KEY"), setting("SECRET"), setting("REGION") or "us-east-1")
    for _ in range(PATIENCE):
        try:
            status, said = make(setting("ENDPOINT"), bucket, key)
        except (OSError, HTTPException) as error:
            said = str(error)
        else:
            if status in {200, 409}:  # 409: it is there
                print(f"The bucket {bucket} is there.")
                return 0
        time.sleep(1)
    print(f"The bucket {bucket} could not be made: {said}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
