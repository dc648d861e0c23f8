"""Interactions, their checks and consequences, secrets, triggers and endings."""

import pytest

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.commands import Refused
from taleforge.rules.dice import ScriptedDice
from taleforge.rules.stage import distance
from tests.table.game import GUEST, HOST, Game


def options(game: Game, seat: str = HOST) -> set[str]:
    """Return the ids of a seat's options."""
    return {option.id for option in game.view(seat).options}


def test_only_what_can_be_done_is_offered() -> None:
    """What needs a key, a zone or somebody out of sight is not admitted to exist."""
    game = Game().begin()

    assert {"do:ask_store", "do:persuade_key", "do:force", "do:call"} <= options(game)
    assert not {"do:unlock", "do:search", "do:bribe", "do:provoke"} & options(game)


def test_what_is_not_offered_is_refused_like_what_does_not_exist() -> None:
    """The refusal for something unseen is the one for something absent."""
    game = Game().begin()
    unseen, absent = game.send(cmd.UseOption("do:provoke")), game.send(cmd.UseOption("do:nothing"))

    assert isinstance(unseen, Refused)
    assert isinstance(absent, Refused)
    assert (unseen.code, unseen.params) == (absent.code, absent.params)


def test_a_passed_check_brings_its_consequences() -> None:
    """A persuaded innkeeper hands over the key and likes you better; the lock can be opened then."""
    game = Game(ScriptedDice([20])).begin()
    events = game.ok(cmd.UseOption("do:persuade_key"))
    names = [event.name for event in events]

    assert names[-4:] == ["check.made", "interaction.tried", "item.moved", "npc.attitude_changed"]
    assert game.creature("Brannic").items["key"] == 1
    assert "do:unlock" in options(game)


def test_a_failed_check_may_not_be_repeated_unless_the_scene_says_so() -> None:
    """Talking somebody round is tried once; a door may be rammed again."""
    game = Game(ScriptedDice([1, 1, 1, 1])).begin()
    game.ok(cmd.UseOption("do:persuade_key"))
    game.ok(cmd.UseOption("do:force"))

    assert "do:persuade_key" not in options(game)
    assert "do:force" in options(game)
    assert game.creature("Brannic").hp == 11


def test_an_interaction_walks_there_first() -> None:
    """Outside a fight the character goes to what it acts on, within its reach."""
    game = Game(ScriptedDice([20])).begin()
    game.ok(cmd.UseOption("do:force"))

    assert game.names()[0] == "moved"
    assert distance(game.creature("Brannic").cell, (5, 3)) <= 10


def test_a_door_hides_and_shows() -> None:
    """Behind a shut door nothing is known; when it opens, its room comes into view."""
    game = Game(ScriptedDice([20])).begin()
    assert "the smuggler" not in {other.name for other in game.view().others.values()}
    game.ok(cmd.UseOption("do:force"))
    game.ok(cmd.UseOption("go:", ("store",)))

    assert "the smuggler" in {other.name for other in game.view().others.values()}
    scene = game.view().scene
    assert scene is not None
    assert scene.zone == "the store"


def test_a_clue_is_in_the_journal_of_the_party() -> None:
    """What one learns is told to friends, and stands in each one's journal once."""
    game = Game().begin(guest=True)
    game.ok(cmd.UseOption("do:ask_store"))
    game.ok(cmd.UseOption("do:ask_store"))

    for seat in (HOST, GUEST):
        assert [entry.id for entry in game.view(seat).journal if entry.kind == "clue"] == ["barrels"]


def test_a_name_is_known_when_somebody_was_talked_with() -> None:
    """A stranger goes by what they look like; neither name nor alias of theirs is told before they are met."""
    game = Game().begin()
    assert "Marta" not in repr(game.view())
    game.ok(cmd.UseOption("do:ask_store"))

    assert "Marta" in {other.name for other in game.view().others.values()}


def test_places_are_named_when_they_have_been_seen() -> None:
    """Neither the options nor the words to listen for tell of a room behind a shut door, or lead through it."""
    game = Game(ScriptedDice([20])).begin()
    lexicon = game.view().lexicon
    assert lexicon is not None
    assert "store" not in {entry.ref for entry in lexicon.entries}
    assert "store" not in {target.id for target in game.option("go:").targets}
    game.ok(cmd.UseOption("do:force"))

    assert "store" in {target.id for target in game.option("go:").targets}


def test_something_hidden_comes_to_light() -> None:
    """A hidden person is nowhere, then there; a hidden thing likewise."""
    game = Game().begin()
    assert "a grey shade" not in {other.name for other in game.view().others.values()}
    game.ok(cmd.UseOption("do:call"))

    assert "a grey shade" in {other.name for other in game.view().others.values()}
    scene = game.view().scene
    assert scene is not None
    assert scene.clock == 100


def test_a_trigger_ends_the_adventure() -> None:
    """Paying Pike sets off what follows by itself: his word, and an ending; then nothing more can be done."""
    game = Game(ScriptedDice([20])).begin()
    game.ok(cmd.UseOption("do:force"))
    game.ok(cmd.UseOption("go:", ("store",)))
    game.ok(cmd.UseOption("do:bribe"))
    view = game.view()

    assert view.table.status == "closed"
    assert view.table.ending == "quiet"
    assert view.options == ()
    assert game.creature("Brannic").coins == 500
    assert isinstance(game.send(cmd.Say("Hello?")), Refused)


@pytest.mark.parametrize(("text", "tone"), [("bow", "gesture"), ("take the crown", None)])
def test_a_gesture_is_one_that_changes_nothing(text: str, tone: str | None) -> None:
    """A bow is told as one; whatever else is called a gesture is only words, and nothing has come of them."""
    game = Game(ScriptedDice([])).begin()
    marta = game.creature("Marta").id
    said = game.ok(cmd.Say(text, marta, cmd.GESTURE))

    assert [event.d for event in said] == [ev.Said(game.creature("Brannic").id, text, marta, tone)]


def test_odds_of_a_check_tell_its_difficulty_only_roughly() -> None:
    """Unless numbers are open, a DC of 12 is shown as the nearest step of the ladder, never as itself."""
    known, exact, none = (Game(house_rules={"odds": rule}).begin() for rule in ("known", "exact", "none"))

    shown = known.option("do:persuade_key").odds
    true = exact.option("do:persuade_key").odds
    assert shown is not None
    assert true is not None
    assert (shown.known, round(shown.success or 0, 2)) == ("estimate", 0.55)
    assert (true.known, round(true.success or 0, 2)) == ("exact", 0.45)
    assert none.option("do:persuade_key").odds is None


def test_a_rest_gives_back_what_it_should() -> None:
    """A long rest heals; where foes stand nobody rests."""
    game = Game(ScriptedDice([1, 1])).begin()
    game.ok(cmd.UseOption("do:force"))
    game.ok(cmd.UseOption("rest:long"))

    assert game.creature("Brannic").hp == 12
