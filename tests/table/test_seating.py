"""Coming late, watching, being away, being sent away, whispers, secret rolls, and turns with a time limit."""

from msgspec.structs import replace

from taleforge.messages import commands as cmd
from taleforge.messages.commands import Refused
from taleforge.messages.events import Seats
from taleforge.rules.creature import Abilities
from taleforge.rules.definitions import ClassChoice, Earned
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.stage import distance
from taleforge.table import automatic, project
from taleforge.table.position import Position
from tests.rules.lore import FIGHTER
from tests.table.game import GUEST, HOST, Game, content

WATCHER = "seat_00000000000000000000000003"


def code(game: Game, data: cmd.CommandData, seat: str = HOST) -> str:
    """Return the code with which a command is refused."""
    reply = game.send(data, seat)
    assert isinstance(reply, Refused), reply
    return reply.code


def fight(*faces: int, **seats: bool) -> Game:
    """Return a game in which Marta was attacked."""
    game = Game(ScriptedDice(faces)).begin(**seats)
    game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
    return game


def test_whoever_comes_late_stands_with_the_others() -> None:
    """Beside a friend, on a cell of their own, and sees the room."""
    game = Game().begin()
    game.ok(cmd.Sit("cleric", "Bob"), GUEST)
    brannic, ysolde = game.creature("Brannic"), game.creature("Ysolde")

    assert brannic.cell != ysolde.cell
    assert distance(brannic.cell, ysolde.cell) <= 10
    assert game.view(GUEST).map is not None
    assert game.view(GUEST).options


def test_whoever_comes_late_to_a_fight_gets_a_turn() -> None:
    """With an initiative of their own, in its place in the order."""
    game = fight(20, 1, 10)
    game.ok(cmd.Sit("cleric", "Bob"), GUEST)
    view = game.view(GUEST)

    assert view.fight is not None
    assert [slot.name for slot in view.fight.order] == ["Brannic", "Ysolde", "the innkeeper"]


def test_a_character_left_behind_is_taken_up_again() -> None:
    """It is the same creature, with what happened to it, and not a second one."""
    game = Game(ScriptedDice([1, 1])).begin(guest=True)
    game.ok(cmd.UseOption("do:force"))
    before = game.creature("Brannic")
    game.ok(cmd.Leave())
    game.ok(cmd.Sit("fighter", "Ann again"), HOST)

    assert game.creature("Brannic").id == before.id
    assert game.creature("Brannic").hp == before.hp == 11
    assert len(game.state.party()) == 2


def test_a_spectator_sees_what_the_party_sees_and_does_nothing() -> None:
    """No options, no character, but the map and everybody on it."""
    game = Game().begin()
    game.ok(cmd.Spectate("Cy"), WATCHER)
    view = game.view(WATCHER)

    assert view.seat.role == "spectator"
    assert view.options == ()
    assert {other.name for other in view.others.values()} == {"Brannic", "the innkeeper"}
    assert code(game, cmd.UseOption("do:ask_store"), WATCHER) == "seat/no_character"


def test_the_host_sends_somebody_away() -> None:
    """Only the host, only others; the character goes on with the table."""
    game = Game().begin(guest=True)

    assert code(game, cmd.Kick(HOST), GUEST) == "seat/host_only"
    assert code(game, cmd.Kick(HOST)) == "seat/not_yourself"
    game.ok(cmd.Kick(GUEST))
    assert code(game, cmd.Say("But!"), GUEST) == "seat/unknown"
    assert len(game.state.party()) == 2


def test_a_table_without_its_host_gets_another() -> None:
    """When the host leaves, the next player is host; a host may also hand over."""
    game = Game().begin(guest=True)
    game.ok(cmd.HandOver(GUEST))
    assert game.view(GUEST).seat.role == "host"
    assert game.view(HOST).seat.role == "player"
    game.ok(cmd.Leave(), GUEST)

    assert game.view(HOST).seat.role == "host"


def test_a_whisper_is_heard_by_two() -> None:
    """Nobody else learns that there was one: no event, no change of their view."""
    game = Game().begin(guest=True)
    game.ok(cmd.Spectate("Cy"), WATCHER)
    before = game.view(WATCHER)
    [event] = game.ok(cmd.Whisper(GUEST, "He lies."))

    assert project(game.state, event, GUEST) is not None
    assert project(game.state, event, WATCHER) is None
    assert game.view(WATCHER) == before
    assert code(game, cmd.Whisper("seat_x", "Hm.")) == "seat/unknown"
    assert code(game, cmd.Whisper(GUEST, "  ")) == "whisper/empty"


def test_a_secret_roll_is_seen_by_the_host_and_oneself() -> None:
    """Others hear nothing of it; it still stands in the dice stream."""
    game = Game().begin(guest=True)
    game.ok(cmd.Spectate("Cy"), WATCHER)
    [event] = game.ok(cmd.RollDice("1d20", secret=True), GUEST)

    assert event.audience == Seats((GUEST, HOST))
    assert project(game.state, event, WATCHER) is None


def test_the_table_plays_whoever_is_away() -> None:
    """On their turn it acts for them, or only defends them, as they set it; back again, they are asked."""
    game = fight(20, 1)
    assert automatic(game.state) is None
    game.ok(cmd.SetPolicy(absent="sit_out"))
    game.ok(cmd.Away())
    assert automatic(game.state) is not None
    data = automatic(game.state)
    assert data is not None
    game.ok(data, "")
    assert [e.key for e in game.creature("Brannic").effects] == ["dodge"]
    game.ok(cmd.Away(away=False))

    assert automatic(game.state) is None


def test_a_lost_connection_is_no_business_of_a_seat() -> None:
    """Only the service may say so of somebody."""
    game = Game().begin(guest=True)

    assert code(game, cmd.EngineAway(GUEST, away=True)) == "command/service_only"
    game.ok(cmd.EngineAway(GUEST, away=True), "")
    assert game.view(HOST).seats[GUEST].away


def test_a_turn_ends_when_its_time_is_over() -> None:
    """Where turns have a limit the turn passes on by itself, unless somebody held the clock."""
    game = Game(ScriptedDice([20, 1]), {"turn_seconds": "60"}).begin()
    game.ok(cmd.UseOption("act:longsword", (game.creature("Marta").id,)))
    [(key, until)] = Position(game.state, content(), game.ids).deadlines().items()
    assert (key, until) == (f"turn:{game.state.turn}", "2026-11-20T20:01:00.000Z")

    held = game.state
    game.ok(cmd.Hold())
    assert not Position(game.state, content(), game.ids).deadlines()
    assert code(game, cmd.EngineTimeout(key), "") == "decision/unknown"
    game.state = held
    game.ok(cmd.EngineTimeout(key), "")
    assert game.state.stage.active == game.creature("Marta").id


def test_companions_come_along() -> None:
    """Outside fights whoever the table plays follows the one who walks."""
    game = Game(ScriptedDice([20])).begin(companion=True)
    game.ok(cmd.UseOption("do:force"))
    game.ok(cmd.UseOption("go:", ("store",)))
    brannic, ysolde = game.creature("Brannic"), game.creature("Ysolde")

    assert distance(brannic.cell, ysolde.cell) <= 10


def test_a_character_of_ones_own_comes_to_the_table() -> None:
    """Built by the rules from what its player chose, whole, and nobody else is told its sheet."""
    game = Game()
    game.ok(cmd.Sit(name="Ann", choice=FIGHTER))
    brannoc = game.creature("Brannoc")
    assert (brannoc.sheet.classes, brannoc.sheet.max_hp) == ({"fighter": 1}, 12)
    taken = next(event for event in game.last if event.name == "seat.taken")
    others = project(game.state, taken, GUEST)
    assert others is not None
    assert others.d["character"] == {"id": brannoc.id, "name": "Brannoc"}
    game.ok(cmd.Sit("cleric", "Bob"), GUEST)
    for seat in (HOST, GUEST):
        game.ok(cmd.Ready(), seat)
    you = game.view(HOST).you
    assert you is not None
    assert (you.name, you.hp) == ("Brannoc", 12)


def test_whose_account_sits_there_is_nobody_elses_to_know() -> None:
    """The seat itself is told, and others see a name; nobody is told in whose space a table stands."""
    game = Game()
    game.ok(cmd.Sit("fighter", "Ann", person="usr_1"))
    taken = next(event for event in game.last if event.name == "seat.taken")
    mine, others = (project(game.state, taken, seat) for seat in (HOST, GUEST))
    assert mine is not None
    assert others is not None
    assert (mine.d["person"], others.d["name"], "person" in others.d) == ("usr_1", "Ann", False)
    opened = project(game.state, game.log[0], HOST)
    assert opened is not None
    assert not {"space", "campaign"} & opened.d.keys()


def test_what_was_earned_comes_along_and_the_same_character_sits_once() -> None:
    """With its things and its purse; a second player cannot bring it, nor whoever left it behind a fresh one."""
    game = Game()
    kept = cmd.Sit(name="Ann", own="chr_1", choice=FIGHTER, earned=Earned(40, {"longsword": 1, "key": 1}, 77))
    game.ok(kept)
    brannoc = game.creature("Brannoc")
    assert (brannoc.items, brannoc.coins) == ({"longsword": 1, "key": 1}, 77)
    assert code(game, kept, GUEST) == "pregen/taken"
    game.ok(cmd.Sit("cleric", "Bob"), GUEST)
    for seat in (HOST, GUEST):
        game.ok(cmd.Ready(), seat)
    game.ok(cmd.Leave())
    game.ok(kept)
    assert game.creature("Brannoc").id == brannoc.id


def test_a_character_that_breaks_the_rules_is_refused() -> None:
    """For the first thing that is wrong; and a table may have none but the adventure's own."""
    strong = replace(FIGHTER, abilities=Abilities(18, 18, 18, 18, 18, 18))
    assert code(Game(), cmd.Sit(choice=strong)) == "character/bought"
    veteran = replace(FIGHTER, classes=(ClassChoice("fighter", 2),))
    assert code(Game(), cmd.Sit(choice=veteran)) == "character/level"
    assert code(Game(house_rules={"own_characters": "none"}), cmd.Sit(choice=FIGHTER)) == "character/not_here"
    assert code(Game(), cmd.Sit(own="chr_1")) == "pregen/unknown"
