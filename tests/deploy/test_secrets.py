"""deploy/secrets.sh: made once, strong, readable by the containers' users and by nobody else of this machine."""

import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from taleforge import settings
from taleforge.api.production import refuse


@pytest.fixture
def script(tmp_path: Path, repository: Path) -> Path:
    """A copy of the script, in a folder of its own."""
    return Path(shutil.copy(repository / "deploy" / "secrets.sh", tmp_path))


def run(script: Path) -> dict[str, str]:
    subprocess.run([script], check=True, capture_output=True)
    return {file.name: file.read_text() for file in (script.parent / "secrets").iterdir()}


def test_each_secret_is_made_once(script: Path) -> None:
    """A second run changes nothing; a lost secret is made anew and the others stay."""
    first = run(script)
    assert run(script) == first
    (script.parent / "secrets" / "server_secret").unlink()
    second = run(script)
    assert {name for name in first if first[name] != second[name]} == {"server_secret"}


def test_the_database_is_reached_with_its_password(script: Path) -> None:
    """The address that the server reads holds the password that the database is made with."""
    made = run(script)
    assert made["store_url"] == f"postgresql://taleforge:{made['postgres_password']}@postgres/taleforge"


def test_redis_knows_the_password_by_its_digest(script: Path) -> None:
    """The server logs in with a password that Redis has the SHA-256 of, for its own keys and channels alone."""
    made = run(script)
    server, probe, watcher = made["redis_acl"].splitlines()
    assert made["redis_url"] == f"redis://:{made['redis_password']}@redis:6379/0"
    assert server.split()[:4] == ["user", "default", "on", f"#{sha256(made['redis_password'].encode()).hexdigest()}"]
    assert "~taleforge*" in server
    assert "-@dangerous" in server
    assert probe == "user probe on nopass -@all +ping"
    assert f" #{sha256(made['watcher_password'].encode()).hexdigest()} -@all +ping +info " in watcher
    assert json.loads(made["redis_watcher"]) == {"redis://watcher@redis:6379": made["watcher_password"]}


def test_what_is_made_of_secrets_follows_them(script: Path) -> None:
    """NATS, the bucket and the index know what the server says to them; an older version's file is written anew."""
    made = run(script)
    assert made["nats_url"] == f"nats://taleforge:{made['nats_password']}@nats:4222"
    assert f'password: "{made["nats_password"]}"' in made["nats_config"]
    (identity,) = json.loads(made["s3_config"])["identities"]
    assert identity["credentials"] == [{"accessKey": made["files_key"], "secretKey": made["files_secret"]}]
    old = script.parent / "secrets" / "s3_config"
    old.unlink()
    old.write_text("{}")
    assert run(script) == made


def test_a_secret_is_strong_enough_for_production(script: Path) -> None:
    """What the server refuses, the script does not make."""
    secret = run(script)["server_secret"]
    given = {"ENV": "production", "SERVE_ACCESS": "accounts", "SERVE_HOSTS": "x.example", "SERVE_PROXIES": "10.0.0.1"}
    environ = {settings.PREFIX + name: value for name, value in given.items()}
    refuse(settings.load({**environ, "TALEFORGE_SERVE_SECRET": secret}, {}, None))


def test_only_its_owner_enters_the_folder(script: Path) -> None:
    """The files themselves can be read by all, for a container reads them as a user who is not of this machine."""
    run(script)
    folder = script.parent / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o444}
