"""The doctor: what it says of machines that are well, unwell and strange, and that it changes nothing."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from taleforge.bootstrap import keeps_here, others
from taleforge.errors import PackBroken
from taleforge.ops import doctor
from taleforge.ops.doctor import Finding, Terminal, ask
from taleforge.settings import Data, Files, Nats, Settings, Store
from taleforge.settings import Redis as RedisSettings
from tests.faults.house import free_port
from tests.nats import Server as NatsServer
from tests.postgresql import Server as PostgreSQL
from tests.redis import Server as RedisServer
from tests.s3 import running as s3_running


def terminal(
    columns: int = 120, lines: int = 40, encoding: str = "utf-8", environ: Mapping[str, str] | None = None
) -> Terminal:
    said = environ or {"TERM": "xterm-256color"}
    return Terminal(present=True, columns=columns, lines=lines, encoding=encoding, environ=said)


def examined(folder: Path) -> dict[str, Finding]:
    found = doctor.examine(folder, terminal(), lambda: "srd51 1.0.0", lambda _: None)
    return {finding.name: finding for finding in found}


def test_a_fit_machine_is_well_throughout(tmp_path: Path) -> None:
    """Where everything is as it should be, every finding is ok and none asks for anything."""
    found = examined(tmp_path)
    assert {finding.state for finding in found.values()} == {"ok"}
    assert not any(finding.remedy for finding in found.values())


def test_nothing_is_made_while_looking(tmp_path: Path) -> None:
    """A data folder that does not exist yet is judged by its parent and is not made."""
    folder = tmp_path / "not" / "yet"
    found = examined(folder)["Data folder"]
    assert found.state == "ok"
    assert "not made yet" in found.found
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """A data folder that is a file fails, with the setting that helps."""
    (tmp_path / "saves").write_text("no folder")
    found = examined(tmp_path / "saves" / "here")["Data folder"]
    assert found.state == "failed"
    assert "data.folder" in found.remedy


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10, 9), "failed"), ((3, 11, 0), "ok"), ((3, 14, 1), "ok")], ids=str
)
def test_pythons_before_3_11_are_refused(version: tuple[int, int, int], state: str) -> None:
    """The oldest Python that works is 3.11."""
    assert doctor.python(version).state == state


@pytest.mark.parametrize(
    ("columns", "lines", "state"), [(39, 24, "warning"), (40, 11, "warning"), (40, 12, "ok"), (200, 60, "ok")]
)
def test_terminals_below_40_by_12_are_warned_of(columns: int, lines: int, state: str) -> None:
    """The smallest terminal that is laid out for is the smallest that is well."""
    assert doctor.size(terminal(columns, lines)).state == state


def test_a_terminal_without_unicode_is_told_how_to_get_it() -> None:
    """ASCII still works, so it is a warning with a locale to set."""
    found = doctor.letters(terminal(encoding="ANSI_X3.4-1968"))
    assert (found.state, "UTF-8" in found.remedy) == ("warning", True)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"NO_COLOR": "1", "TERM": "xterm"}, "NO_COLOR"),
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, "16 million"),
        ({"TERM": "dumb"}, "dumb"),
    ],
)
def test_colours_are_read_from_the_environment(environ: dict[str, str], said: str) -> None:
    """What the terminal says about itself decides, and NO_COLOR is obeyed."""
    assert said in doctor.colours(terminal(environ=environ)).found


def test_a_broken_pack_is_named_with_its_line() -> None:
    """The finding holds file, line and rule; the remedy stands apart."""

    def load() -> str:
        raise PackBroken("spells.toml", 12, "A range is negative.", "Give a distance in feet.")

    found = doctor.content(load)
    assert found == Finding("Packs", "failed", "spells.toml:12: A range is negative.", "Give a distance in feet.")


def test_a_folder_in_use_says_by_whom(tmp_path: Path) -> None:
    """A running table is no fault, but one cannot play there meanwhile."""
    found = doctor.lock(tmp_path, lambda _: "process 4711")
    assert (found.state, "4711" in found.found) == ("warning", True)


def test_where_nothing_is_kept_the_data_folder_is_not_judged(tmp_path: Path) -> None:
    """A container that keeps everything elsewhere need not write there."""
    (tmp_path / "file").write_text("no folder")
    found = doctor.examine(tmp_path / "file", terminal(), lambda: "srd51 1.0.0", lambda _: "somebody", keeps=False)
    assert {finding.state for finding in found} == {"ok"}
    assert keeps_here(Settings(store=Store(url="postgresql://x")))
    assert not keeps_here(Settings(store=Store(url="postgresql://x"), files=Files(url="s3://x")))


async def test_nobody_is_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are asked meanwhile."""
    monkeypatch.setattr(doctor, "PATIENCE", 0.01)

    async def silent() -> str:
        await asyncio.Event().wait()
        return "never"

    async def well() -> str:
        return "well"

    slow, soon = await ask({"Database": silent, "Redis": well})
    assert (slow.name, slow.state, "no answer" in slow.found) == ("Database", "failed", True)
    assert soon == Finding("Redis", "ok", "well")


@pytest.mark.services
async def test_what_a_server_needs_is_asked(
    postgresql: PostgreSQL, redis: RedisServer, nats: NatsServer, tmp_path: Path
) -> None:
    """Each is well, or its finding says what to do; without a setting nobody is asked."""
    with s3_running() as s3:
        bucket = s3.bucket()
        files = Files(url=bucket.url, endpoint=bucket.endpoint, key=bucket.key, secret=bucket.secret)
        settings = Settings(
            data=Data(folder=tmp_path), store=Store(url=postgresql.database()), redis=redis.settings(),
            nats=nats.settings(), files=files,
        )  # fmt: skip
        found = await ask(others(settings))
        assert [(one.name, one.state) for one in found] == [
            (name, "ok") for name in ("Database", "Redis", "NATS", "Bucket")
        ]
        nobody, nowhere = (
            f"127.0.0.1:{free_port()}",
            Files(url="s3://none", endpoint=bucket.endpoint, key="k", secret="s"),
        )
        wrong = Settings(
            store=Store(url=postgresql.empty()), redis=RedisSettings(url=f"redis://{nobody}"),
            nats=Nats(url=f"nats://{nobody}"), files=nowhere,
        )  # fmt: skip
        failed = await ask(others(wrong))
        assert {one.state for one in failed} == {"failed"}
        assert "taleforge migrate" in failed[0].remedy
        assert all(one.remedy for one in failed)
        assert others(Settings()) == {}
