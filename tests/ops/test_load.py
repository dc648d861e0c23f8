"""A crowd: what it plays, what its figures mean, and a small one at a real server."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from taleforge.errors import Unavailable
from taleforge.ops.load import report as rep
from taleforge.ops.load.deeds import LEAST, Mix
from taleforge.ops.load.frames import Heard
from taleforge.ops.load.link import Wire
from taleforge.ops.load.party import STUCK, Party
from taleforge.ops.load.places import Places
from taleforge.ops.load.plan import Plan, shares
from taleforge.ops.load.report import Generator, Latency, latency, mix_of
from taleforge.ops.load.run import load
from taleforge.ops.load.seat import Seat
from taleforge.ops.load.stream import Stream
from taleforge.ops.load.tally import Figures, Sent, Tally
from tests.ops.lives import DODGE, END, FLAME, SWORD, WALK, frame, life

UNLIMITED = [word for rule in ("general", "guest", "generation", "guesses") for word in ("--set", f"limits.{rule}=off")]


FIGHT = [SWORD, FLAME, DODGE, WALK, END]


def seated(options: list[dict[str, Any]], fight: dict[str, Any] | None = None, **more: Any) -> Seat:
    """A seat that was sent a view with some options."""
    seat = Seat("tbl_1", "seat_a", "token", lambda _seat, _frame: None)
    seat.send = lambda _data: None
    view = {"version": 3, "options": options, "fight": fight, **more}
    seat.take(frame("snapshot", 7, view={name: part for name, part in view.items() if part is not None}))
    return seat


def test_percentiles_are_those_of_known_data() -> None:
    """Of a hundred times of one to a hundred milliseconds, the k-th percentile is k."""
    found = latency([millisecond / 1000 for millisecond in range(100, 0, -1)])
    assert found == Latency(100, 50.0, 95.0, 99.0, 100.0)
    assert latency([]) == Latency()
    assert latency([0.007]) == Latency(1, 7.0, 7.0, 7.0, 7.0)


def test_a_crowd_plays_at_least_what_was_asked_of_each_kind() -> None:
    """In fights where all is possible, attacks, spells and typed words have their shares."""
    mix, seat = Mix(Random(3)), seated(FIGHT, {"round": 1})
    turn = [FIGHT, [FIGHT[-1]]]
    for _ in range(400):
        seat = seated(turn[0], {"round": 1})
        wish = mix.next(seat)
        assert wish is not None
        if not wish.typed:  # a sentence has ended the turn as well
            mix.next(seated(turn[1], {"round": 1}))
    shares_played = mix_of({**mix.kinds, "typed": mix.typed})
    assert all(shares_played[kind] >= least for kind, least in LEAST.items()), shares_played


@pytest.mark.parametrize("laying", [0, 5, 60])
def test_a_crowd_plays_what_was_asked_for_however_fast(laying: int) -> None:
    """Of ten tables, whose lives are short, also where so many commands are due while a fresh table is laid."""
    random = Random(laying)
    tally, mix, places = Tally(lambda: 0.0), Mix(random), Places(random)
    places.parties, places.active = [life(tally, random) for _ in range(10)], 10
    coming: list[tuple[int, int]] = []
    for command in range(600):
        while coming and coming[0][0] <= command:
            places.lay(coming.pop(0)[1], life(tally, random))
        party = places.waiting(mix.patience)
        coming += [(command + laying, place) for place in places.to_lay()]
        seat = None if party is None else party.actor()
        assert party is not None
        assert seat is not None
        wish = mix.next(seat)
        assert wish is not None
        party.act(seat, wish, 0.0)
    played = mix_of({**mix.kinds, "typed": mix.typed})
    assert mix.kinds.total() == 600
    assert all(played[kind] >= least for kind, least in LEAST.items()), (played, mix.kinds)
    assert len(places.left) > 10


def test_a_party_with_nobody_to_strike_makes_room_and_plays_on_until_then() -> None:
    """Others act before it does; its place is laid anew once, and again if that failed."""
    places = Places(Random(1))
    dull, other = (life(Tally(lambda: 0.0), Random(1)) for _ in range(2))
    dull.dull = 2
    places.parties, places.active = [dull, other], 2
    assert {places.waiting(2) for _ in range(9)} == {dull, other}
    assert {places.waiting(1) for _ in range(9)} == {other}
    assert list(places.to_lay()) == [0]
    other.playing = False
    assert places.waiting(1) is dull
    assert list(places.to_lay()) == [], "it is being laid"
    places.keep(0)
    assert places.waiting(1) is dull
    assert list(places.to_lay()) == [0]
    places.lay(0, fresh := life(Tally(lambda: 0.0), Random(1)))
    assert (places.waiting(1), places.left, dull.playing) == (fresh, [dull], False)


def test_a_party_with_nobody_to_strike_goes_back_if_its_host_may() -> None:
    """It keeps its place, and takes back all there is to take back; what the table says of that is followed."""
    mix, places = Mix(Random(1)), Places(Random(1))
    dull = life(Tally(lambda: 0.0), Random(1))
    dull.dull = 2
    places.parties, places.active = [dull], 1
    host = dull.host
    host.take(msgspec.json.encode({"t": "event", "d": {"patch": {"table": {"undo": 7}}}, "n": 1}))
    assert (places.waiting(1), list(places.to_lay())) == (dull, [])
    assert mix.back(host).d == {"steps": 7}
    assert mix.kinds == {"undo": 1}
    sent: list[bytes] = []
    host.send = sent.append
    dull.act(host, mix.back(host), 0.0)
    assert (dull.dull, msgspec.json.decode(sent[0])["d"]["name"]) == (0, "undo")
    host.take(msgspec.json.encode({"t": "event", "d": {"patch": {"table": {"undo": None}}}, "n": 2}))
    assert host.undo == 0


def test_a_decision_is_answered_before_anything_else() -> None:
    """Nobody plays on while the table waits for them."""
    seat = seated(FIGHT, decisions=[{"id": "dcs_1", "choices": [{"id": "yes"}]}])
    wish = Mix(Random(1)).next(seat)
    assert wish is not None
    assert (wish.name, wish.d) == ("answer", {"decision": "dcs_1", "choice": "yes"})


def test_a_seat_follows_the_parts_of_its_view_that_it_plays_by() -> None:
    """Patches put options in place of others, and take them away; a ping is answered."""
    said: list[bytes] = []
    seat = seated(FIGHT, {"round": 1}, others={"crt_1": {"side": "foe"}}, table={"status": "playing"})
    seat.send = said.append
    assert (seat.able, seat.fighting, seat.foes, seat.status) == (True, True, {"crt_1"}, "playing")
    patch = {"options": None, "fight": None, "others": {"crt_1": None}, "table": {"status": "closed"}}
    seat.take(frame("event", 8, v=4, name="fight.ended", patch=patch))
    assert (seat.able, seat.fighting, seat.foes, seat.status) == (False, False, set(), "closed")
    seat.take(frame("ping"))
    assert said == [b'{"t":"pong"}']
    seat.take(b"{nonsense")
    assert seat.broken == 1


def test_lateness_counts_from_when_a_command_was_due() -> None:
    """What was sent late because the server was slow is as late as its player found it."""
    clock = [10.0]
    tally = Tally(lambda: clock[0])
    seat = seated(FIGHT)
    sent = Sent("cmd_1", seat, "attack", due=9.0, settled=lambda _: None)
    tally.begin(sent)
    for at, data in ((10.5, frame("event", 8, v=4, cmd="cmd_1")), (10.6, frame("ack", re="cmd_1", v=4)),
                     (11.0, frame("event", 9, v=5, cmd="cmd_1"))):  # fmt: skip
        clock[0] = at
        tally.hear(seat, msgspec.json.decode(data, type=Heard))
    figures = tally.take(8.0, 10.0)
    assert (figures.ack, figures.seen) == ([pytest.approx(1.6)], [pytest.approx(2.0)])
    assert tally.take(9.5, 20.0).ack == []
    assert tally.acknowledged("tbl_1") == [("seat_a", "cmd_1")]


def test_a_party_is_over_when_nobody_has_anything_to_do_for_long() -> None:
    """However long it was not its turn to be played; or when the tale has ended."""
    clock = [0.0]
    tally = Tally(lambda: clock[0])
    party = Party(tally, Wire("http://x", tally), lambda _: None, Random(1))
    party.seats = [seated(FIGHT)]
    clock[0] = 100.0
    assert not party.over()
    party.seats = [seated([])]
    clock[0] += STUCK - 1
    assert not party.over()
    clock[0] += 2
    assert party.over()
    party.seats = [seated(FIGHT)]
    assert not party.over()
    party.seats = [seated(FIGHT, table={"status": "closed"})]
    assert party.over()
    places = Places(Random(1))
    places.parties, places.active = [party], 1
    places.ended()
    assert list(places.to_lay()) == [0]


def test_processes_share_all_tables() -> None:
    """None is left over, however unevenly they divide."""
    assert shares(7, 3) == [3, 2, 2]
    assert shares(1, 2) == [1, 0]


def test_figures_of_processes_add_up() -> None:
    """Times side by side, counts together."""
    one, other = Figures(ack=[0.1], played=10.0), Figures(ack=[0.2], played=11.0)
    one.codes["ack"], other.codes["ack"] = 1, 1
    one.add(other)
    assert (one.ack, one.codes["ack"], one.played) == ([0.1, 0.2], 2, 11.0)


def test_a_busy_generator_says_that_it_was_the_bottleneck() -> None:
    """Figures that it spoiled are not the server's."""
    assert Generator(0.95, Latency(), 1.0).overworked
    assert Generator(0.2, Latency(100, 1, 5, 12, 20), 1.0).overworked
    assert not Generator(0.2, Latency(100, 1, 2, 3, 20), 1.0).overworked


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """`taleforge serve` without limits; its address and its data folder."""
    folder = tmp_path / "served"
    command = [sys.executable, "-m", "taleforge", *UNLIMITED, "serve", "--json", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"], folder
        process.send_signal(signal.SIGTERM)


def called(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "taleforge", *arguments]
    return subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)


@pytest.mark.slow
def test_four_tables_hear_exactly_what_concerns_them(server: tuple[str, Path], tmp_path: Path) -> None:
    """Sixteen players at a real server: everything played is answered, and every stream agrees with its log."""
    address, folder = server
    file = tmp_path / "report.json"
    at = ("--server", address, "--data", str(folder), "--tables", "4", "--processes", "2")
    done = called("load", *at, "--rate", "8", "--ramp", "1", "--hold", "6", "--report", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    made = msgspec.json.decode(file.read_bytes(), type=rep.Report)
    assert made.examined is not None
    assert (made.seats, made.examined.counts) == (16, {})
    assert made.examined.streams >= 16
    assert made.ack.count > 20
    assert 0 < made.ack.p50 <= made.seen.max
    assert made.cost is not None
    assert "nothing lost" in done.stdout
    summed = called("capacity", str(file), "--within", "60000")
    assert summed.returncode == 0, summed.stderr
    assert "players at 2 actions/s per table" in summed.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "kind"), [("drop", "lost"), ("double", "doubled")])
def test_a_sabotaged_stream_is_caught(server: tuple[str, Path], spoil: str, kind: str,
                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """One frame of one socket that does not arrive, or arrives twice, is named with its table, seat and version."""
    address, folder = server
    faithful = Stream.take
    spoiled: list[tuple[str, str, int]] = []

    def take(stream: Stream, frame: Heard) -> None:
        if spoiled or frame.t != "event" or len(stream.trail) < 30:
            faithful(stream, frame)
            return
        spoiled.append((stream.table, stream.seat, frame.d.v))
        for _ in range(2 if spoil == "double" else 0):
            faithful(stream, frame)

    monkeypatch.setattr(Stream, "take", take)
    key = (folder / "local.token").read_text().strip()
    made = load(Plan(address, key, tables=2, rate=6.0, ramp=0.5, hold=4.0))
    assert made.examined is not None
    named = [(f.table, f.seat, f.v) for f in made.examined.findings if f.kind == kind]
    assert named == spoiled
    assert not made.clean


@pytest.mark.slow
def test_a_server_that_limits_its_players_is_said_so(tmp_path: Path) -> None:
    """With the settings to change, in one sentence."""
    command = [sys.executable, "-m", "taleforge", "serve", "--json", "--port", "0", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = json.loads(process.stdout.readline())["address"]
        done = called("load", "--server", address, "--data", str(tmp_path), "--tables", "20", "--ramp", "0")
        process.send_signal(signal.SIGTERM)
    assert done.returncode == Unavailable.exit_status
    assert "limits.general" in done.stderr
    assert "Traceback" not in done.stderr
