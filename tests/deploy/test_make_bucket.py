"""deploy/make_bucket.py signs a request as S3 wants it, and waits for a store that is not up yet."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests import s3
from tests.conftest import Need
from tests.deploy.programs import program

bucket: Any = program("make_bucket")


def test_a_request_is_signed_as_botocore_signs_it(need: Need) -> None:
    """Header for header, as the provider's own library does."""
    need("botocore", "make setup")
    from botocore.auth import S3SigV4Auth  # noqa: PLC0415  # takes half a second to load
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    now = datetime(2026, 11, 21, 4, 5, 6, tzinfo=UTC)
    request = AWSRequest("PUT", "http://objects:8333/taleforge", headers={"host": "objects:8333"})
    request.headers["X-Amz-Content-SHA256"] = bucket.NOTHING
    request.context["timestamp"] = "20261121T040506Z"
    signer = S3SigV4Auth(Credentials("key", "secret"), "s3", "eu-west-1")
    request.headers["X-Amz-Date"] = "20261121T040506Z"
    canonical = signer.canonical_request(request)
    signature = signer.signature(signer.string_to_sign(request, canonical), request)
    ours = bucket.signed("PUT", "objects:8333", "/taleforge", bucket.Key("key", "secret", "eu-west-1"), now)
    assert ours["authorization"].endswith(f"Signature={signature}")


@pytest.mark.slow  # moto takes two seconds to load
def test_a_bucket_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there after, and a second run finds it there; secrets come from files."""
    (tmp_path / "secret").write_text("secret\n")
    with s3.running() as server:
        given = {"URL": "s3://tales/prefix", "ENDPOINT": server.endpoint, "KEY": "key"}
        for name, value in {**given, "SECRET_FILE": str(tmp_path / "secret")}.items():
            monkeypatch.setenv(f"TALEFORGE_FILES_{name}", value)
        assert bucket.main() == 0
        assert bucket.main() == 0


def test_nobody_there_is_waited_for_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As long as it may take, and then with the reason."""
    rests: list[float] = []
    monkeypatch.setattr(bucket.time, "sleep", rests.append)
    monkeypatch.setenv("TALEFORGE_FILES_URL", "s3://tales")
    monkeypatch.setenv("TALEFORGE_FILES_ENDPOINT", "http://127.0.0.1:1")
    assert bucket.main() == 1
    assert len(rests) == bucket.PATIENCE
    assert "refused" in capsys.readouterr().err
