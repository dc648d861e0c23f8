"""Laws that hold whatever is played: they are what resume, undo, replay and secrecy rest on."""

import pytest
from msgspec import json, to_builtins
from msgspec.structs import replace

from taleforge.messages import commands as cmd
from taleforge.messages.codec import decode_event, encode
from taleforge.messages.events import EVENTS, rolls_of
from taleforge.messages.patch import diff_views, merge, plain, typed
from taleforge.rules.dice import ProvableDice, Roll
from taleforge.rules.dice import roll as roll_again
from taleforge.table import State, automatic, briefs, evolve, fold, hears, project, view
from taleforge.table.recall import Recall
from taleforge.table.saved import load_state, save_state
from taleforge.table.state import Marks
from tests.table.game import GUEST, HOST, SEED, Game
from tests.table.player import RandomPlayer, play, step

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_log_leads_to_the_state(seed: int) -> None:
    """Folding the log gives the state that deciding left, event for event."""
    game = play(seed)

    assert fold(game.log, State(id=game.state.id)) == game.state
    assert [event.v for event in game.log] == list(range(1, len(game.log) + 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_events_survive_the_wire(seed: int) -> None:
    """Decoding an encoded event gives the same event."""
    for event in play(seed).log:
        assert decode_event(encode(event)) == event


@pytest.mark.parametrize("seed", SEEDS)
def test_a_state_survives_being_saved(seed: int) -> None:
    """A state read back is the state that was saved, its past aside, and goes on in the same way."""
    game = play(seed)
    saved = load_state(save_state(game.state))

    assert saved == replace(game.state, past=(), marks=Marks())


@pytest.mark.parametrize("seed", SEEDS)
def test_patches_keep_every_seat_up_to_date(seed: int) -> None:
    """What a seat had, with the patch of each batch merged in, is what a fresh snapshot would give it."""
    game = Game().begin(guest=True)
    player = RandomPlayer(seed)
    seen = {seat: game.view(seat) for seat in (HOST, GUEST)}
    clients = {seat: plain(view) for seat, view in seen.items()}
    for _ in range(30):
        step(game, player, (HOST, GUEST))
        for seat in (HOST, GUEST):
            fresh = game.view(seat)
            patch = json.decode(json.encode(diff_views(seen[seat], fresh)))
            clients[seat] = merge(clients[seat], patch)
            seen[seat] = fresh

            assert clients[seat] == plain(fresh)
            assert typed(clients[seat]) == fresh


def hold_to_the_cold_view(seed: int, steps: int) -> None:
    """Play by chance, and look each time with one recall for the whole table and with none."""
    game = Game().begin(guest=True)
    player = RandomPlayer(seed)
    recall = Recall()
    watching = ("seat_watching", GUEST, HOST)
    game.ok(cmd.Spectate("Wim"), watching[0])
    for _ in range(steps):
        step(game, player, (HOST, GUEST))
        recall.look(game.state)
        afresh = replace(game.state)  # another object, so that nothing is known of it
        for seat in watching:
            assert view(game.state, seat, recall) == view(afresh, seat), (seed, seat)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_cut_once_is_what_each_hears(seed: int) -> None:
    """A seat hears of an event what it would hear if no other seat had heard it before."""
    state = State()
    for event in play(seed).log:
        state = evolve(state, event)
        for seat in (HOST, GUEST):
            assert project(state, event, seat) == project(state, replace(event), seat)


@pytest.mark.parametrize("seed", range(4))
def test_a_view_is_what_it_would_be_afresh(seed: int) -> None:
    """What a table recalls of its views changes none of them, and carries nothing from one seat to another."""
    hold_to_the_cold_view(seed, 60)


@pytest.mark.slow  # two hundred evenings
@pytest.mark.parametrize("seed", range(100, 300))
def test_a_view_is_what_it_would_be_afresh_over_many_evenings(seed: int) -> None:
    """The same, many times as long."""
    hold_to_the_cold_view(seed, 150)


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_hears_of_what_they_did_not_perceive(seed: int) -> None:
    """No view, event or Brief of a seat holds a name, a clue or a creature that its character never came across."""
    game = Game().begin(guest=True)
    player = RandomPlayer(seed)
    for _ in range(40):
        before = game.state
        step(game, player, (HOST, GUEST))
        for seat in (HOST, GUEST):
            heard = [project(game.state, event, seat) for event in game.last]
            told = [b for b in briefs(before, game.last, game.state) if not b.audience or seat in b.audience]
            text = repr((to_builtins(game.view(seat)), to_builtins(heard), to_builtins(told)))
            for secret in _secrets(game.state, seat):
                assert secret not in text, (seed, seat, secret)


def _secrets(state: State, seat: str) -> list[str]:
    """Return words that only somebody who found out could know."""
    secrets = ["Never saw you."] if "bought" not in state.story.flags else []
    secrets += ["brawl", "bought_off"]
    if "shade" not in state.story.revealed:
        secrets += ["a grey shade", state.story.waiting["shade"].id]
    if "chest" not in state.story.revealed:
        secrets.append("a chest")
    character = state.character(seat)
    assert character is not None
    if "barrels" not in state.story.clues.get(character.id, frozenset()):
        secrets.append("not barrels")
    return secrets


@pytest.mark.parametrize("seed", SEEDS)
def test_what_nobody_may_hear_reaches_nobody(seed: int) -> None:
    """An event outside a seat's audience is not projected to it at all."""
    game = play(seed)
    for event in game.log:
        for seat in (HOST, GUEST):
            assert (project(game.state, event, seat) is not None) == hears(event, seat)


@pytest.mark.parametrize("seed", SEEDS)
def test_dice_are_taken_one_after_another(seed: int) -> None:
    """Rolls follow each other in the stream without a gap, undo or not, and every face can be derived again."""
    game = play(seed)
    salt, expected = "", 0
    made: dict[int, Roll] = {}
    for event in game.log:
        salt = getattr(event.d, "salt", salt)
        for roll in rolls_of(event.d):
            if not roll.faces:
                continue
            if roll.nonce in made:  # made before a question was asked, told again in its outcome
                assert roll == made[roll.nonce]
                continue
            made[roll.nonce] = roll
            dice = ProvableDice(SEED, bytes.fromhex(salt), roll.nonce)
            assert roll.nonce == expected
            assert roll_again(roll.expr, dice).faces == roll.faces
            expected = dice.nonce
    assert game.state.dice.nonce == expected


def test_random_play_makes_most_kinds_of_events() -> None:
    """The laws above are worth something: the plays they are tried on make nearly every kind of event."""
    seen = {event.name for seed in SEEDS for event in play(seed, 60, guest=seed % 2 == 0).log}
    rare = {
        "table.branched", "dice.revealed", "creature.left", "revived", "slot.spent", "temp_hp.gained", "seat.left",
        "concentration.ended", "ruling.made", "ruling.asked", "death_save.made", "healed",
    }  # fmt: skip

    assert len(set(EVENTS) - seen - rare) <= 12, sorted(set(EVENTS) - seen)


@pytest.mark.parametrize("seed", range(4))
def test_the_table_comes_to_rest(seed: int) -> None:
    """When nobody commands anything, the table soon waits for a player or is closed."""
    game = play(seed)
    game.settle()

    assert automatic(game.state) is None


@pytest.mark.parametrize("seed", range(4))
def test_evolve_is_total(seed: int) -> None:
    """Any event can follow any state: what it speaks of may be gone, nothing is raised."""
    game = play(seed)
    other = play(seed + 100).state
    for event in game.log:
        assert evolve(other, event).version == event.v
        assert evolve(State(), event).version == event.v
