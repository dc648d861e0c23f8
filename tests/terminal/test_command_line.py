"""The `taleforge` command as a program: output, JSON as the reference has it, exit statuses, what it loads."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from taleforge.rules.dice import ProvableDice, commitment, roll
from taleforge.store import schema
from taleforge.store.database import NAME
from taleforge.terminal.cli import main
from tests.postgresql import Server

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "command-line-json.md"
COMMANDS = (
    "play",
    "serve",
    "roll",
    "odds",
    "verify",
    "replay",
    "saves",
    "export",
    "import",
    "doctor",
    "load",
    "capacity",
    "admin",
    "models",
    "say",
    "listen",
    "migrate",
    "backup",
    "restore",
    "recover",
    "move",
)
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def called(folder: Path, *arguments: str, stdin: bytes = b"", **environ: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "taleforge", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=60,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), **environ},
    )
    texts = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    return subprocess.CompletedProcess(done.args, done.returncode, *texts)


@pytest.fixture
def program(tmp_path: Path) -> Run:
    """Start the program, as a process of its own, in an empty folder that is also its home."""
    return partial(called, tmp_path)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the program's `main` here, in an empty folder that is also its home: quick, but without its stdin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def call(*arguments: str) -> "subprocess.CompletedProcess[str]":
        monkeypatch.setattr(sys, "argv", ["taleforge", *arguments])
        status = 0
        try:
            main()
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        shown = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, shown.out, shown.err)

    return call


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data folder that holds one save, and the save exported beside it."""
    folder = tmp_path_factory.mktemp("played")
    sitting = called(folder, "play", "--plain", "--seed", "two", "--character", "tamsin", "--companion", "alone",
                     "--data", "d", stdin=b"pick the lock\nroll 2d6\nquit\n")  # fmt: skip
    assert sitting.returncode == 0, sitting.stderr
    assert called(folder, "export", "last", "evening.tale", "--data", "d").returncode == 0
    return folder


@pytest.fixture
def evening(played: Path, tmp_path: Path) -> Path:
    """A copy of what was played, in the folder where `run` calls the program, and a store of the schema before."""
    shutil.copytree(played, tmp_path, dirs_exist_ok=True)
    make_old(tmp_path / "aged")
    return Path("evening.tale")


def promised(command: str) -> dict[str, Any]:
    """The JSON that the reference shows for a command."""
    section = re.split(r"^## ", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(command + "\n"))
    found = re.search(r"```json\n(.*?)\n```", text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def shape(value: object) -> object:
    """What may be relied on of a JSON value: its keys and types; lists by their first member, free maps by none."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items() if not key.isdecimal()}
    if isinstance(value, list):
        return [shape(member) for member in value[:1]]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def said(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """The JSON a command printed: its last line."""
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("roll", ("2d20kh1+5",)),
        ("odds", ("2d6",)),
        ("doctor", ()),
        ("saves", ("--data", "d")),
        ("verify", ("evening.tale",)),
        ("replay", ("evening.tale", "--to", "11")),
        ("export", ("last", "again.tale", "--data", "d")),
        ("import", ("evening.tale", "--copy", "--data", "d")),
        ("migrate", ("--data", "aged")),
        ("recover", ("--data", "d", "--into", "saved")),
    ],
)
def test_json_has_the_shape_that_the_reference_promises(
    run: Run, evening: Path, command: str, arguments: tuple[str, ...]
) -> None:
    """Key for key and type for type."""
    done = run(command, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert shape(said(done)) == shape(promised(command))


def test_a_backup_and_its_return_have_the_shapes_that_the_reference_promises(run: Run, evening: Path) -> None:
    """One after the other, since one needs the other's file."""
    for command in (("backup", "--data", "d", "--to", "tales.backup"), ("restore", "tales.backup", "--data", "new")):
        done = run(*command, "--json")
        assert done.returncode == 0, done.stderr
        assert shape(said(done)) == shape(promised(command[0]))


def test_playing_ends_with_the_json_that_the_reference_promises(program: Run, evening: Path) -> None:
    """The last line says which table it was."""
    done = program("play", "--plain", "--resume", "last", "--data", "d", "--json")
    assert shape(said(done)) == shape(promised("play"))


def test_the_reference_describes_every_command(run: Run) -> None:
    """And help lists each with a line."""
    headings = re.findall(r"^## (\w+)", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = run("--help").stdout
    assert sorted(headings) == sorted(COMMANDS)
    assert all(re.search(rf"^  {command} +\w", listed, re.MULTILINE) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_comes_with_examples(run: Run, command: str) -> None:
    """Every command shows how it is used."""
    text = run(command, "--help").stdout
    assert "Examples:" in text
    assert f"taleforge {command}" in text
    assert "--json" in text


def test_odds_are_exactly_what_was_promised(run: Run) -> None:
    """Five keys, and a probability for each total as text."""
    odds = said(run("odds", "2d6", "--json"))
    assert list(odds) == ["expression", "min", "max", "mean", "pmf"]
    assert odds["pmf"]["7"] == pytest.approx(1 / 6)
    assert sum(odds["pmf"].values()) == pytest.approx(1)


def test_odds_are_drawn_as_bars(run: Run) -> None:
    """The likeliest total has the longest bar, and the total that was asked about is answered."""
    rows = run("odds", "2d6", "--at-least", "10").stdout.splitlines()
    bars = {int(row[1:3]): row.count("█") for row in rows if "█" in row}
    assert max(bars, key=lambda total: bars[total]) == 7
    assert rows[-1] == "10 or more: 16.7 %"


def test_the_same_seed_rolls_the_same(run: Run) -> None:
    """And another one something else."""
    first, second, other = (run("roll", "20d20", "--seed", seed).stdout for seed in ("a", "a", "b"))
    assert first == second != other


def test_fresh_rolls_can_be_derived_again(run: Run) -> None:
    """The commitment fits the seed, and seed and salt give the faces."""
    shown = said(run("roll", "4d6kh3", "--times", "3", "--json"))
    seed, salt = bytes.fromhex(shown["server_seed"]), bytes.fromhex(shown["salt"])
    assert commitment(seed).hex() == shown["commitment"]
    dice = ProvableDice(seed, salt)
    again = [roll("4d6kh3", dice) for _ in range(3)]
    assert [one.total for one in again] == [one["total"] for one in shown["rolls"]]
    assert len(shown["rolls"]) == 3


def test_an_expression_may_be_written_with_spaces(run: Run) -> None:
    """Nobody has to quote 2d6 + 3."""
    assert run("roll", "2d6", "+", "3", "--seed", "a").stdout.startswith("2d6 + 3 = ")


@pytest.mark.parametrize(
    ("arguments", "status", "part"),
    [
        (("roll", "4x6"), 65, "Write an operator there"),
        (("roll", "("), 65, "Finish it"),
        (("roll", "9999999d6"), 65, "Roll fewer"),
        (("odds", "1d0"), 65, "at least one side"),
        (("verify", "nothing.tale"), 75, "nothing.tale cannot be read"),
        (("replay", "nothing"), 65, "There is no save that begins with nothing"),
        (("export", "last", "x.tale"), 65, "taleforge saves"),
        (("play", "--plain", "--resume", "last", "--seed", "a"), 65, "--seed"),
        (("--set", "log.levle=info", "saves"), 78, "log.level"),
        (("saves", "--set", "log.levle=info"), 78, "log.level"),
        (("saves", "--set=log.levle=info"), 78, "log.level"),
        (("saves", "--set"), 2, "--set"),
        (("--set", "nonsense", "saves"), 65, "NAME=VALUE"),
        (("rool",), 2, "roll"),
    ],
)
def test_trouble_is_one_clear_sentence_and_a_status(
    run: Run, arguments: tuple[str, ...], status: int, part: str
) -> None:
    """Never a traceback; always what to do."""
    done = run(*arguments)
    assert done.returncode == status, done.stderr
    assert part in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 5


@pytest.mark.parametrize(
    ("arguments", "part"),
    [(("--resume", "nothing"), "There is no save"), (("--character", "nobody"), "Choose one of: "),
     (("--adventure", "nowhere"), "nowhere")],
)  # fmt: skip
def test_trouble_at_the_door_is_one_clear_sentence(program: Run, arguments: tuple[str, ...], part: str) -> None:
    """What is wished for has to be there."""
    done = program("play", "--plain", *arguments)
    assert (done.returncode, part in done.stderr) == (65, True)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("damage", [lambda data: data[:-200], lambda data: data[:300] + b"X" + data[301:]])
def test_a_damaged_file_is_refused_with_its_name(run: Run, evening: Path, tmp_path: Path, damage: Any) -> None:
    """Cut short or with one byte changed."""
    (tmp_path / "bad.tale").write_bytes(damage((tmp_path / evening).read_bytes()))
    done = run("verify", "bad.tale")
    assert done.returncode == 65
    assert "bad.tale" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_sealed_a_tale_is_said(run: Run, evening: Path) -> None:
    """Where it was exported its words are proved; elsewhere nobody can tell, and no secret is made to find that out."""
    assert "It is as it was sealed here" in run("verify", str(evening), "--data", "d").stdout
    assert "It was sealed elsewhere: nobody here can say" in run("verify", str(evening), "--data", "e").stdout
    assert not Path("e").exists()
    assert "sealed elsewhere" in run("import", str(evening), "--data", "e").stdout
    assert run("export", "last", "on.tale", "--data", "e").returncode == 0
    assert "up to event" in run("verify", "on.tale", "--data", "e").stdout
    assert "All this came in from a file that was sealed elsewhere" in run("replay", "on.tale").stdout


def test_importing_twice_is_refused_and_a_copy_is_not(run: Run, evening: Path) -> None:
    """The table is here already; a copy has an id of its own."""
    assert run("import", str(evening), "--data", "d").returncode == 75
    copied = said(run("import", str(evening), "--copy", "--data", "d", "--json"))
    listed = said(run("saves", "--data", "d", "--json"))["saves"]
    assert copied["table"] in {save["id"] for save in listed}
    assert len(listed) == 2


def test_a_replay_tells_what_was_told_and_stops_where_asked(run: Run, evening: Path) -> None:
    """From the file alone, in another place."""
    whole = run("replay", str(evening)).stdout
    assert "== The Drowned Bell ==" in whole
    assert "2d6: d6" in whole
    part = run("replay", str(evening), "--to", "9").stdout
    assert whole.startswith(part.rstrip("\n"))
    assert "2d6" not in part


@pytest.mark.parametrize("data", [b"", b"\x00\xff\x1b[2J\n\n\n" + b"a" * 100_000 + b"\nx\n"], ids=["nothing", "noise"])
def test_any_input_at_all_ends_cleanly(program: Run, data: bytes) -> None:
    """Nothing, noise, and more than anybody types."""
    done = program("play", "--plain", "--character", "tamsin", "--companion", "alone", "--data", "d", stdin=data)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Come back with: taleforge play --resume tbl_" in done.stdout
    assert "\x1b" not in done.stdout


def test_two_players_on_one_save_get_a_sentence(run: Run, tmp_path: Path) -> None:
    """The second is told who has it open; the first plays on."""
    first = subprocess.Popen(
        [sys.executable, "-m", "taleforge", "play", "--plain", "--character", "tamsin", "--data", "d",
         "--companion", "alone"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert first.stdout is not None
    assert first.stdin is not None
    while "Drowned Bell" not in first.stdout.readline():
        continue
    second = run("play", "--plain", "--resume", "last", "--data", "d")
    assert second.returncode == 75
    assert f"process {first.pid}" in second.stderr
    assert run("saves", "--data", "d").stdout.count("tbl_") == 1
    assert "the dice in use are not revealed" in run("export", "last", "x.tale", "--data", "d").stdout
    assert f"process {first.pid}" in run("doctor", "--data", "d").stdout
    rest, _ = first.communicate("look\nquit\n", timeout=30)
    assert "Come back with" in rest


def test_ascii_where_the_stream_can_show_no_more(program: Run) -> None:
    """A terminal without UTF-8 gets likenesses instead of question marks or failures."""
    done = program("odds", "4d6kh3", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "###" in done.stdout


def test_rolling_loads_neither_screen_nor_house() -> None:
    """What makes it start fast: no Textual, no structlog, no asyncio, no pydantic."""
    code = "import sys; from taleforge.terminal.cli import app\nsys.argv=['t', 'roll', '1d20']\n"
    code += "try: app()\nexcept SystemExit: pass\n"
    listed = "print(*sorted(m for m in sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code + listed], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert not loaded & {"asyncio", "textual", "structlog", "pydantic", "sqlite3", "rich"}


def make_old(folder: Path) -> None:
    """Make a store as the first version of the program did."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / NAME, isolation_level=None)) as connection:
        for statement in schema.statements(0, "BLOB", 1):
            connection.execute(statement)


def test_what_can_be_read_of_a_damaged_save_is_played_on(run: Run, evening: Path) -> None:
    """The damage is named with its remedy; the remedy saves the tables, and leaves the damaged folder as it is."""
    file = Path("d", NAME)
    damaged = bytearray(file.read_bytes())
    middle = damaged.index(b'"moved"')  # within the log, wherever the file keeps it
    damaged[middle : middle + 600] = bytes(600)
    Path("broken").mkdir()
    Path("broken", NAME).write_bytes(damaged)
    told = run("replay", "last", "--data", "broken")
    assert (told.returncode, told.stderr.count("taleforge recover")) == (65, 1)

    saved = run("recover", "--data", "broken", "--into", "mended")
    assert (saved.returncode, saved.stdout.count("The damaged folder is as it was.")) == (0, 1)
    assert Path("broken", NAME).read_bytes() == damaged
    assert said(run("saves", "--data", "mended", "--json"))["saves"]
    assert run("replay", "last", "--data", "mended").returncode == 0


def test_to_check_says_what_would_be_done(run: Run, evening: Path) -> None:
    """It leaves with status 1 while there is something to do, and changes nothing; then the store is up to date."""
    checked = run("migrate", "--check", "--data", "aged")
    assert (checked.returncode, checked.stdout.count("would go from schema 1 to")) == (1, 1)
    assert run("migrate", "--check", "--data", "aged").returncode == 1
    done = run("migrate", "--data", "aged")
    assert (done.returncode, done.stdout.count("aged/taleforge.db.schema-1.backup")) == (0, 1)
    again = run("migrate", "--check", "--data", "aged")
    assert (again.returncode, again.stdout.count("is up to date")) == (0, 1)


def test_a_save_is_moved_to_a_server_and_played_on_there(run: Run, evening: Path, postgresql: Server) -> None:
    """What is moved is counted and proved; then the setting names the server, and the save is there."""
    url = postgresql.empty()
    moved = said(run("move", "--from", "sqlite:d", "--to", url, "--json"))
    names = shape(promised("move")["rows"])
    assert shape(moved["rows"]) == names
    assert moved["rows"]["tables"] == len(moved["states"]) == 1

    there = ("--set", f"store.url={url}")
    assert said(run(*there, "saves", "--json"))["saves"] == said(run("saves", "--data", "d", "--json"))["saves"]
    assert run(*there, "export", "last", "there.tale").returncode == 0
    assert run("verify", "there.tale").returncode == 0
    refused = run("move", "--from", "sqlite:d", "--to", url)
    assert (refused.returncode, refused.stderr.count("is not empty")) == (65, 1)
