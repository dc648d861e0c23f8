"""One table, one owner: what holds whatever is asked of it, and whatever breaks."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from taleforge.client.updates import Replied
from taleforge.errors import BadInput, StoreFull, Unavailable
from taleforge.live.deciding import MOST_AUTOMATIC
from taleforge.live.ports import Services
from taleforge.live.tables import Tables
from taleforge.messages import commands as cmd
from taleforge.messages.commands import Ack, Ask, Command, Refused, command
from taleforge.messages.events import DiceCommitted, DiceRevealed, Event, Said, TableBranched
from taleforge.messages.ids import CountingIds
from taleforge.store.memory import MemoryStore
from taleforge.table.position import Game, Position
from tests.live.outside import HandClock, RoteInterpreter, client, new_table, quiet, services
from tests.table.game import GUEST, HOST, content

ids = CountingIds(start=10**6)


def run(body: Callable[[Tables, Services], Awaitable[None]], **changes: Any) -> None:
    """Run a test on the tables of a fresh process."""

    async def on_tables() -> None:
        outside = services(**changes)
        tables = Tables(outside)
        try:
            await body(tables, outside)
        finally:
            await tables.close()

    asyncio.run(on_tables())


def wish(data: cmd.CommandData, seat: str = HOST) -> Command:
    return command(ids("cmd"), seat, data)


async def playing(tables: Tables) -> str:
    """Return a table at which the host plays."""
    table = await new_table(tables)
    room = await tables.room(table)
    for data in (cmd.Sit("fighter", "Ann"), cmd.Ready()):
        assert isinstance(await room.submit(wish(data)), Ack)
    return table


def test_a_command_is_stored_before_it_is_answered() -> None:
    """The acknowledged version is in the log, with the command's id on its events."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        said = wish(cmd.Say("Good evening."))
        reply = await (await tables.room(table)).submit(said)
        log = await outside.log.read(table)
        assert reply == Ack(said.id, log[-1].v)
        assert [event.name for event in log if event.cmd == said.id] == ["said"]

    run(body)


def test_a_repeated_command_is_answered_again_and_done_once() -> None:
    """Also after a restart, and also when the table has long forgotten it."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        said = wish(cmd.Say("Once."))
        room = await tables.room(table)
        first = await room.submit(said)
        assert await room.submit(said) == first
        for _ in range(300):
            await room.submit(wish(cmd.RollDice("1d6")))
        assert await room.submit(said) == first
        after = Tables(outside)
        assert await (await after.room(table)).submit(said) == first
        await after.close()
        assert [e.cmd for e in await outside.log.read(table)].count(said.id) == 1

    run(body)


def test_a_refused_command_changes_nothing() -> None:
    """No events, no frame, and the next command is decided as if it had not been."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        before = await outside.log.read(table)
        reply = await room.submit(wish(cmd.EndTurn()))
        assert isinstance(reply, Refused)
        assert await outside.log.read(table) == before

    run(body)


def test_service_commands_are_refused_from_any_seat() -> None:
    """Nobody at the table may play the engine."""

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        for seat in (HOST, ""):
            reply = await room.submit(wish(cmd.EngineAct("crt_1"), seat))
            assert isinstance(reply, Refused)
            assert reply.code == "command/service_only"

    run(body)


def test_words_become_a_command_a_question_or_a_refusal() -> None:
    """What the interpreter makes of `do` is decided under the id of what was typed."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        spoken = wish(cmd.Do("say hello"))
        assert isinstance(await room.submit(spoken), Ack)
        assert (await outside.log.read(table))[-1].cmd == spoken.id
        asked = await room.submit(wish(cmd.Do("ask")))
        assert isinstance(asked, Ask)
        assert [choice.id for choice in asked.choices] == ["1", "2"]
        reply = await room.submit(wish(cmd.Do("mumble")))
        assert isinstance(reply, Refused)
        assert reply.code == "interpret/nothing"

    run(body)


def test_a_question_can_be_answered_by_its_choice() -> None:
    """The answer names the command that was asked back about; a choice that was not offered is refused."""

    async def body(tables: Tables, outside: Services) -> None:
        room = await tables.room(await playing(tables))
        asked = await room.submit(wish(cmd.Do("ask")))
        wrong = await room.submit(wish(cmd.Answer(asked.re, "3")))
        assert isinstance(wrong, Refused)
        assert wrong.code == "decision/choice"
        assert isinstance(await room.submit(wish(cmd.Answer(asked.re, "1"))), Ack)
        names = [event.name for event in await outside.log.read(room.table)]
        assert "interaction.tried" in names

    run(body)


def test_a_question_is_remembered_for_three_commands() -> None:
    """The interpreter is told what it asked, and what was spoken of, and forgets the question after a while."""
    interpreter = RoteInterpreter()

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        asked = await room.submit(wish(cmd.Do("ask")))
        for _time in range(4):
            await room.submit(wish(cmd.Do("say so")))
        assert [question for _, question, _ in interpreter.heard] == [None, asked, asked, None, None]
        assert [recent for _, _, recent in interpreter.heard] == [(), (), ("crt_x",), ("crt_x",), ("crt_x",)]

    run(body, interpreter=interpreter)


def test_what_a_refusal_offered_is_remembered_for_one_command() -> None:
    """The next words are read beside it; those after them are not, and it is no question."""
    rote = RoteInterpreter()

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        for text in ("offer", "yes", "yes"):
            await room.submit(wish(cmd.Do(text)))
        offers = [asked and (asked.question.code, [c.option for c in asked.choices]) for _, asked, _ in rote.heard]
        assert offers == [None, ("interpret/nothing", ["do:call"]), None]

    run(body, interpreter=rote)


def test_what_corrected_words_were_taken_for_comes_with_the_answer() -> None:
    """The acknowledgement says what was understood; where nothing was corrected it says nothing."""

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        wrong = await room.submit(wish(cmd.Do("sya good evening")))
        right = await room.submit(wish(cmd.Do("say good evening")))
        assert isinstance(wrong, Ack)
        assert isinstance(right, Ack)
        assert wrong.heard is not None
        assert wrong.heard.label == "say good evening"
        assert right.heard is None

    run(body)


def test_words_that_follow_a_deed_are_done_after_it() -> None:
    """`A then B then C` is three deeds; when one cannot be done, the sender hears of it and the rest is dropped."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        async with client(tables, table, HOST) as ann:
            updates = ann.updates()
            assert isinstance(await ann.send(cmd.Do("say one then say two then use do:nonsense then say four")), Ack)
            await quiet()
            log = await outside.log.read(table)
            assert [e.d.text for e in log if isinstance(e.d, Said) and e.by.seat == HOST] == ["one", "two"]
            heard = [update for update in updates._waiting if isinstance(update, Replied)]
            replies = [update.reply for update in heard]
            assert [reply.code for reply in replies if isinstance(reply, Refused)] == ["option/unavailable"]
            unasked = [update.reply for update in heard if update.unasked]
            assert unasked == [reply for reply in replies if isinstance(reply, Refused)]

    run(body)


class Broken:
    """A game whose positions break where they are told to."""

    def __init__(self, **broken: Callable[..., Any]) -> None:
        self._game = Game(content(), CountingIds(start=5000))
        self.broken = broken

    def open(self, *args: Any) -> Any:
        """Begin a log."""
        return self._game.open(*args)

    def fold(self, *args: Any) -> Any:
        """Return a position that may break."""
        return BrokenPosition(self._game.fold(*args), self)


class BrokenPosition:
    """Answers like the real position, unless its game says otherwise."""

    def __init__(self, real: Position, game: Broken) -> None:
        self.real, self.game = real, game

    def after(self, event: Event) -> Any:
        """Return the next position, which may break as well."""
        return BrokenPosition(self.real.after(event), self.game)

    def __getattr__(self, name: str) -> Any:
        broken = self.game.broken.get(name)
        return (lambda *args: broken(self.real, *args)) if broken else getattr(self.real, name)


def test_a_bug_in_deciding_fails_the_command_and_not_the_table() -> None:
    """The sender is told `engine/fault`, the log says where but not what was said, and play goes on."""

    def decide(real: Position, given: Command, *rest: Any) -> Any:
        if isinstance(given.d, cmd.Say):
            raise ZeroDivisionError(given.d.text)
        return real.decide(given, *rest)

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        with capture_logs() as logs:
            reply = await room.submit(wish(cmd.Say("my secret")))
        assert isinstance(reply, Refused)
        assert reply.code == "engine/fault"
        (line,) = logs
        assert line["fault"] == "ZeroDivisionError"
        assert line["command"] == reply.re
        assert "my secret" not in repr(logs)
        assert isinstance(await room.submit(wish(cmd.RollDice("1d20"))), Ack)

    run(body, game=Broken(decide=decide))


def test_a_bug_in_reading_words_fails_the_command_and_not_the_table() -> None:
    """An interpreter that breaks is a bug like any other."""

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        with capture_logs() as logs:
            reply = await room.submit(wish(cmd.Do("break")))
        assert isinstance(reply, Refused)
        assert reply.code == "engine/fault"
        assert "secret" not in repr(logs)
        assert isinstance(await room.submit(wish(cmd.Say("Hello."))), Ack)

    run(body)


def test_a_bug_in_one_seats_view_leaves_the_others_alone() -> None:
    """The seat that cannot be shown its view is sent away; the other one goes on, and the fact is stored."""

    def view(real: Position, seat: str) -> Any:
        if seat == GUEST and real.version > guest_breaks_after:
            raise KeyError("secret")
        return real.view(seat)

    guest_breaks_after = 10**9

    async def body(tables: Tables, outside: Services) -> None:
        nonlocal guest_breaks_after
        table = await playing(tables)
        room = await tables.room(table)
        ann, bob = room.connect(HOST), room.connect(GUEST)
        await ann.receive()
        await bob.receive()
        guest_breaks_after = room.position.version
        with capture_logs() as logs:
            assert isinstance(await room.submit(wish(cmd.Say("Hello."))), Ack)
        assert "secret" not in repr(logs)
        frame = await ann.receive()
        assert frame is not None
        assert frame.d["name"] == "said"
        last = await bob.receive()
        assert last is not None
        assert (last.t, last.d) == ("bye", {"code": "engine/fault"})
        assert await bob.receive() is None

    run(body, game=Broken(view=view))


def test_a_table_that_never_settles_is_stopped() -> None:
    """After a thousand moves by itself the table waits for a player, and says so in the log."""
    moves = 0

    def automatic(real: Position) -> cmd.CommandData | None:
        return cmd.EngineAct("crt_endless") if real.status == "playing" else None

    def decide(real: Position, given: Command, *rest: Any) -> Any:
        nonlocal moves
        if isinstance(given.d, cmd.EngineAct):
            moves += 1
            given = command(given.id, HOST, cmd.RollDice("1d4"))
        return real.decide(given, *rest)

    async def body(tables: Tables, _: Services) -> None:
        with capture_logs() as logs:
            room = await tables.room(await playing(tables))
            await quiet(MOST_AUTOMATIC * 4)
            assert moves == MOST_AUTOMATIC
            assert isinstance(await room.submit(wish(cmd.Say("Hello?"))), Ack)
            await quiet(MOST_AUTOMATIC * 4)
        assert moves == 2 * MOST_AUTOMATIC
        assert [line["event"] for line in logs if line["log_level"] == "error"] == ["automatic.endless"] * 2

    run(body, game=Broken(automatic=automatic, decide=decide))


def test_a_players_command_comes_between_the_tables_own_moves() -> None:
    """A pause takes effect at once, however long the monsters would go on."""

    def automatic(real: Position) -> cmd.CommandData | None:
        return cmd.EngineAct("crt_endless") if real.status == "playing" else None

    def decide(real: Position, given: Command, *rest: Any) -> Any:
        if isinstance(given.d, cmd.EngineAct):
            given = command(given.id, HOST, cmd.RollDice("1d4"))
        return real.decide(given, *rest)

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        await quiet(20)
        before = room.position.version
        assert isinstance(await room.submit(wish(cmd.Pause())), Ack)
        assert room.position.status == "paused"
        assert room.position.version < before + 20

    run(body, game=Broken(automatic=automatic, decide=decide))


class Failing(MemoryStore):
    """A store that fails its appends when it is told to."""

    error: Exception | None = None

    async def append(self, *args: Any, **kwargs: Any) -> None:
        """Append, or fail."""
        if self.error is not None:
            raise self.error
        await super().append(*args, **kwargs)


class Counting(MemoryStore):
    """A store that knows which events came together."""

    def __init__(self) -> None:
        super().__init__()
        self.together: list[list[str]] = []

    async def append(self, table: str, expected: int, events: Sequence[Event], *rest: Any, **named: Any) -> None:
        """Append, and note what."""
        self.together.append([event.name for event in events])
        await super().append(table, expected, events, *rest, **named)


def test_what_the_table_does_by_itself_is_stored_with_what_it_follows() -> None:
    """Nobody can come in between; one of its moves that breaks takes nothing along that was decided before."""
    left, store = 0, Counting()

    def automatic(real: Position) -> cmd.CommandData | None:
        return cmd.EngineAct("crt_endless") if left > 0 else None

    def decide(real: Position, given: Command, *rest: Any) -> Any:
        nonlocal left
        if not isinstance(given.d, cmd.EngineAct):
            return real.decide(given, *rest)
        left -= 1
        if left == 1:
            raise KeyError("secret")
        return real.decide(command(given.id, HOST, cmd.RollDice("1d4")), *rest)

    async def body(tables: Tables, _: Services) -> None:
        nonlocal left
        room = await tables.room(await playing(tables))
        left = 4
        store.together.clear()
        assert isinstance(await room.submit(wish(cmd.Say("Hello."))), Ack)
        await quiet(20)
        assert store.together == [["said", "dice.rolled", "dice.rolled"], ["dice.rolled"]]

    run(body, game=Broken(automatic=automatic, decide=decide), log=store, secrets=store)


def test_what_is_said_in_one_sentence_is_stored_together() -> None:
    """One append, for nobody can come in between; a bug in the second deed is no reason not to do the first."""
    store = Counting()

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        store.together.clear()
        assert isinstance(await room.submit(wish(cmd.Do("say one then say two then say three"))), Ack)
        with capture_logs() as logs:
            assert isinstance(await room.submit(wish(cmd.Do("say four then break"))), Ack)
            await quiet(20)
        assert store.together == [["said", "said", "said"], ["said"]]
        assert [line["event"] for line in logs if line["log_level"] == "error"] == ["command.fault"]

    run(body, log=store, secrets=store)


@pytest.mark.parametrize(
    ("error", "code"),
    [(StoreFull("No room.", "Free some."), "store/full"), (Unavailable("Gone.", "Wait."), "store/unavailable")],
)
def test_what_cannot_be_stored_has_not_happened(error: Exception, code: str) -> None:
    """The sender is told why, nobody else hears anything, and the same command is done once it can be stored."""
    store = Failing()

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        connection = room.connect(HOST)
        await connection.receive()
        rolled, before = wish(cmd.RollDice("1d20")), room.position.version
        store.error = error
        assert await room.submit(rolled) == Refused(rolled.id, code)
        assert room.position.version == before
        store.error = None
        assert isinstance(await room.submit(rolled), Ack)
        frame = await connection.receive()
        assert frame is not None
        assert frame.d["cmd"] == rolled.id

    run(body, log=store, secrets=store)


def test_a_room_that_was_overtaken_finds_the_truth_by_itself() -> None:
    """When somebody else wrote to the log, the command is done after what they wrote, and its seats hear of both."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        stale, other = await tables.room(table), Tables(outside)
        assert isinstance(await (await other.room(table)).submit(wish(cmd.Say("I was first."))), Ack)
        await other.close()
        listener = stale.connect(HOST)
        await listener.receive()
        late = wish(cmd.Say("Me too."))
        assert isinstance(await stale.submit(late), Ack)
        assert await tables.room(table) is stale
        said = [e.d.text for e in await outside.log.read(table) if isinstance(e.d, Said)]
        assert said == ["I was first.", "Me too."]
        heard: list[str] = []
        while len(heard) < len(said):
            frame = await listener.receive()
            assert frame is not None
            heard += [frame.d["d"]["text"]] if frame.d.get("name") == "said" else []
        assert heard == said

    run(body)


def test_a_decision_is_settled_by_its_default_when_its_time_is_over() -> None:
    """The owner wakes at the earliest deadline, settles that decision once, and goes on."""
    until = "2026-11-20T20:00:30.000Z"
    settled: list[str] = []

    def deadlines(real: Position) -> dict[str, str]:
        return {} if settled else {"dcs_late": "2026-11-20T20:01:00.000Z", "dcs_soon": until}

    def decide(real: Position, given: Command, *rest: Any) -> Any:
        if isinstance(given.d, cmd.EngineTimeout):
            settled.append(given.d.decision)
            given = command(given.id, HOST, cmd.RollDice("1d4"))
        return real.decide(given, *rest)

    clock = HandClock()

    async def body(tables: Tables, _: Services) -> None:
        await playing(tables)
        await quiet()
        await clock.forward(29)
        assert settled == []
        await clock.forward(1)
        assert settled == ["dcs_soon"]
        await clock.forward(60)
        assert settled == ["dcs_soon"]

    run(body, game=Broken(decide=decide, deadlines=deadlines), clock=clock)


def test_a_time_out_that_is_refused_is_not_tried_for_ever() -> None:
    """One attempt a decision; the room stays quiet afterwards."""
    tried: list[str] = []

    def deadlines(_: Position) -> dict[str, str]:
        return {"dcs_1": "2026-11-20T19:00:00.000Z"}

    def decide(real: Position, given: Command, *rest: Any) -> Any:
        if isinstance(given.d, cmd.EngineTimeout):
            tried.append(given.d.decision)
        return real.decide(given, *rest)

    clock = HandClock()

    async def body(tables: Tables, _: Services) -> None:
        await playing(tables)
        await clock.forward(1)
        await clock.forward(1)
        assert tried == ["dcs_1"]

    run(body, game=Broken(decide=decide, deadlines=deadlines), clock=clock)


def test_a_new_seat_brings_new_dice() -> None:
    """After somebody sits down the old seed is revealed and matches its commitment, and another one is committed to."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await new_table(tables)
        room = await tables.room(table)
        first = room.position.commitment
        await room.submit(wish(cmd.Sit("fighter", "Ann")))
        log = await outside.log.read(table)
        assert [event.name for event in log[-3:]] == ["seat.taken", "dice.revealed", "dice.committed"]
        seed = await outside.secrets.get_seed(table, first)
        assert seed is not None
        assert log[-2].d == DiceRevealed(seed.hex())
        assert isinstance(log[-1].d, DiceCommitted)
        assert room.position.commitment == log[-1].d.commitment != first
        assert await outside.secrets.get_seed(table, room.position.commitment) is not None

    run(body)


def test_dice_whose_seed_is_not_here_are_given_up() -> None:
    """A table that came from elsewhere commits to dice of its own before the first roll."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        other = Tables(replace(outside, secrets=MemoryStore()))
        room = await other.room(table)
        before = room.position.commitment
        assert isinstance(await room.submit(wish(cmd.RollDice("1d20"))), Ack)
        log = await outside.log.read(table)
        assert [event.name for event in log[-2:]] == ["dice.committed", "dice.rolled"]
        assert isinstance(log[-2].d, DiceCommitted)
        assert log[-2].d.commitment != before
        await other.close()

    run(body)


def test_a_branch_is_a_table_of_its_own() -> None:
    """It begins as its parent was at that version, knows its parent, and does not change it."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        at = room.position.version
        await room.submit(wish(cmd.Say("After the fork.")))
        assert isinstance(await room.submit(wish(cmd.Branch(at))), Ack)
        branched = (await outside.log.read(table))[-1]
        assert isinstance(branched.d, TableBranched)
        child_id = branched.d.child
        row = next(row for row in await tables.rows() if row.id == child_id)
        assert (row.parent, row.parent_version) == (table, at)
        child = await tables.room(row.id)
        assert isinstance(await child.submit(wish(cmd.RollDice("1d20"))), Ack)
        assert child.position.view(HOST).seat.name == "Ann"
        refused = await room.submit(wish(cmd.Branch(10**6)))
        assert isinstance(refused, Refused)
        assert len(await tables.rows()) == 2

    run(body)


def test_only_the_host_branches() -> None:
    """Another seat, or nobody, may not."""

    async def body(tables: Tables, _: Services) -> None:
        room = await tables.room(await playing(tables))
        await room.submit(wish(cmd.Sit("cleric", "Bob"), GUEST))
        for seat, code in ((GUEST, "seat/host_only"), ("seat_nobody", "seat/unknown")):
            reply = await room.submit(wish(cmd.Branch(), seat))
            assert isinstance(reply, Refused)
            assert reply.code == code

    run(body)


def test_an_unknown_table_cannot_be_opened() -> None:
    """The error names the table."""

    async def body(tables: Tables, _: Services) -> None:
        with pytest.raises(BadInput, match="tbl_nowhere"):
            await tables.room("tbl_nowhere")

    run(body)


def test_a_closing_room_does_what_was_asked_and_refuses_the_rest() -> None:
    """Commands that came before the end are answered; later ones are told to come again."""

    async def body(tables: Tables, outside: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        asked = [asyncio.create_task(room.submit(wish(cmd.Say(str(n))))) for n in range(10)]
        await asyncio.sleep(0)
        await room.close()
        assert all(isinstance(reply, Ack) for reply in await asyncio.gather(*asked))
        with pytest.raises(Unavailable):
            await room.submit(wish(cmd.Say("Too late.")))
        assert [e.name for e in await outside.log.read(table)].count("said") == 10

    run(body)


def test_rooms_that_nobody_uses_are_closed() -> None:
    """At the second look in which nobody was there; a connection keeps a room open."""
    clock = HandClock()

    async def body(tables: Tables, _: Services) -> None:
        table = await playing(tables)
        room = await tables.room(table)
        connection = room.connect(HOST)
        await clock.forward(600)
        await clock.forward(600)
        assert await tables.room(table) is room
        connection.close()
        await clock.forward(600)
        assert await tables.room(table) is room
        await clock.forward(600)
        assert await tables.room(table) is not room

    run(body, clock=clock)
