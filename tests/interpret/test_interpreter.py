"""What the parts come to together, one rule at a time."""

import pytest
from msgspec.structs import replace

from taleforge.interpret import Interpreter
from taleforge.messages.codes import Code
from taleforge.messages.commands import Answer, Ask, Question, Say, UseOption
from taleforge.messages.ids import CommandId
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import DecisionChoice, DecisionView, SeatView
from tests.interpret.real import real_view
from tests.interpret.views import CASTER, DARK, FAR, NEAR, SHIELD, TAVERN

INTERPRETER = Interpreter()


def asking(result: Interpretation) -> Ask:
    """Return a question as it reaches the player."""
    assert result.question
    return Ask(CommandId("cmd_x"), result.question, result.choices)


def used(result: Interpretation) -> tuple[str, tuple[str, ...]]:
    assert isinstance(result.command, UseOption), result
    return result.command.option, result.command.targets


def test_whoever_was_spoken_of_last_is_meant_by_a_pronoun() -> None:
    """The mentions of one sentence are what "him" means in the next."""
    first = INTERPRETER.interpret("talk to Corin", TAVERN)
    second = INTERPRETER.interpret("ask him about his debt", TAVERN, recent=first.mentions)

    assert first.mentions == ("crt_corin",)
    assert used(second)[0] == "do:ask_debt"


def test_they_are_others_when_we_were_spoken_of() -> None:
    """After a blessing for us both, "them" is not the friend who was blessed."""
    assert used(INTERPRETER.interpret("attack them", NEAR, recent=("crt_skarn",)))[1] == ("crt_skarn",)
    ours = INTERPRETER.interpret("attack them", NEAR, recent=("you", "crt_ilse"))
    assert "crt_ilse" not in {target for choice in asking(ours).choices for target in choice.targets}


def test_whoever_is_out_of_reach_is_named_and_a_way_there_is_offered() -> None:
    """A blade does not reach across a room; the first thing that may be done instead is to go there."""
    meant = INTERPRETER.interpret("stab Skarn with my longsword", NEAR)
    assert (meant.refusal, meant.params) == (Code.INTERPRET_NOT_NOW, {"what": "reach", "name": "Skarn"})
    assert meant.choices[0].option == "go:"


def test_words_about_nobody_do_not_make_one_forget() -> None:
    """After "end turn" a "him" is still whom one spoke of before."""
    assert INTERPRETER.interpret("end turn", NEAR, recent=("crt_skarn",)).mentions == ("crt_skarn",)


def test_whoever_is_out_of_reach_can_be_walked_to() -> None:
    """A blow that does not reach is refused with the way there to choose."""
    result = INTERPRETER.interpret("stab Skarn", NEAR)

    assert result.refusal == Code.INTERPRET_NOT_NOW
    assert ("go:", ("crt_skarn",)) in {(choice.option, choice.targets) for choice in result.choices}


@pytest.mark.parametrize("text", ["go back down", "down the ladder", "climb down"])
def test_down_is_not_up(text: str) -> None:
    """A way up is not taken for a way down."""
    assert INTERPRETER.interpret(text, DARK).command is None


def test_the_rest_is_understood_with_what_came_before() -> None:
    """The shot at "it" waits until the way is gone, and still knows whom."""
    first = INTERPRETER.interpret("I step up to goblin 2 and shoot it", NEAR)
    second = INTERPRETER.interpret(first.rest, NEAR, recent=first.mentions)

    assert used(first) == ("go:", ("crt_g2",))
    assert used(second) == ("act:light_crossbow", ("crt_g2",))


@pytest.mark.parametrize("answer", ["2", "the second one", "the rat", "giant rat", "rat please"])
def test_a_question_can_be_answered_in_words(answer: str) -> None:
    """By number, by place, or by a word of the choice."""
    asked = asking(INTERPRETER.interpret("attack", NEAR))

    assert [choice.targets for choice in asked.choices] == [("crt_g1",), ("crt_rat",)]
    assert used(INTERPRETER.interpret(answer, NEAR, asked)) == ("act:longsword", ("crt_rat",))


def test_a_question_need_not_be_answered() -> None:
    """Something else may be done instead."""
    asked = asking(INTERPRETER.interpret("attack", NEAR))

    assert used(INTERPRETER.interpret("I dodge", NEAR, asked))[0] == "act:dodge"


def test_the_level_asked_for_survives_the_question() -> None:
    """A spell at 2nd level, but at whom? The answer still casts it at 2nd level."""
    asked = asking(INTERPRETER.interpret("cast guiding bolt at 2nd level", CASTER))
    result = INTERPRETER.interpret("the zombie", CASTER, asked)

    assert isinstance(result.command, UseOption)
    assert result.command.params == {"slot": 2}
    assert result.command.targets == ("crt_zombie",)


def test_an_answer_that_is_no_longer_offered_is_not_given() -> None:
    """A choice of an old question is not used when the view has moved on."""
    asked = asking(INTERPRETER.interpret("attack", NEAR))
    moved_on = replace(NEAR, options=tuple(o for o in NEAR.options if o.kind != "attack"))

    assert INTERPRETER.interpret("2", moved_on, asked).command is None


def test_an_attack_on_a_friend_is_never_a_guess() -> None:
    """Where only people at peace stand about, a bare "attack" asks first, even right after a question."""
    first = INTERPRETER.interpret("attack", TAVERN)
    again = INTERPRETER.interpret("swing", TAVERN, asking(first))

    assert first.command is None
    assert again.command is None


def test_leaving_for_good_is_asked_when_in_doubt() -> None:
    """A way out is taken only on a plain word."""
    doubtful = INTERPRETER.interpret("inn, leave?", TAVERN)

    assert doubtful.command is None


def test_what_a_player_says_stays_their_own_words() -> None:
    """Speech is passed on letter for letter."""
    result = INTERPRETER.interpret('I lean in and whisper to Marta: "Wo ist der Keller?"', TAVERN)

    assert result.command == Say("Wo ist der Keller?", "crt_marta")


def test_a_pending_decision_comes_first() -> None:
    """A bare "no" answers the question on the table."""
    assert INTERPRETER.interpret("no", SHIELD).command == Answer("dec_1", "decline")


@pytest.mark.parametrize("view", [TAVERN, NEAR, FAR, CASTER])
@pytest.mark.parametrize("text", ["flibbertigibbet", "I have won", "attack the moon", "can I fly?", "I don't move"])
def test_a_refusal_helps(text: str, view: SeatView) -> None:
    """A refusal is a code that clients know, never an empty one."""
    result = INTERPRETER.interpret(text, view)

    assert result.refusal in {*Code}
    assert result.command is None


def test_help_offers_something_to_do() -> None:
    """Whoever is at a loss gets some of what can be done."""
    result = INTERPRETER.interpret("what can I do?", TAVERN)

    assert result.refusal == Code.INTERPRET_HELP
    assert result.choices


def test_views_that_are_gone_are_forgotten() -> None:
    """Only the last few views are kept compiled."""
    interpreter = Interpreter()
    for version in range(50):
        interpreter.interpret("hello", replace(TAVERN, version=version))

    assert len(interpreter._views) <= 8


def offering(result: Interpretation) -> Ask:
    """Return what a refusal offers instead, as the next words may take it."""
    assert result.refusal
    return Ask(CommandId("cmd_x"), Question(result.refusal), result.choices)


@pytest.mark.parametrize("text", ["yes", "do it", "the first", "ok, do that", "1", "first"])
def test_a_plain_yes_takes_what_a_refusal_offered(text: str) -> None:
    """The first of several, for it is the likeliest; a place among them takes that one."""
    view = real_view("bell_taproom")
    offer = offering(INTERPRETER.interpret("ask the landlady about the dragon", view))
    assert len(offer.choices) > 1

    assert used(INTERPRETER.interpret(text, view, offer)) == (offer.choices[0].option, offer.choices[0].targets)
    assert used(INTERPRETER.interpret("the second", view, offer))[0] == offer.choices[1].option


@pytest.mark.parametrize("text", ["go to the bar and ask the landlady about work", "go behind the bar"])
def test_another_deed_does_not_take_what_a_refusal_offered(text: str) -> None:
    """Also where a word of it could be a yes or stands in the offer."""
    view = real_view("bell_taproom")
    offer = offering(INTERPRETER.interpret("ask the candle-seller about the dragon", view))

    assert used(INTERPRETER.interpret(text, view, offer)) == ("go:", ("bar",))
    assert used(INTERPRETER.interpret("go for it", view, offer))[0] == offer.choices[0].option


@pytest.mark.parametrize("weapon", ["dagger", "longsword", "bow"])
def test_a_weapon_one_does_not_have_is_not_replaced(weapon: str) -> None:
    """The attack is refused, and another weapon only offered; the weapon of somebody else says who is meant."""
    view = real_view("bell_fight")
    mine = INTERPRETER.interpret(f"attack the nearest with my {weapon}", view)
    theirs = INTERPRETER.interpret("attack the one with the dagger", view)

    assert mine.refusal == Code.INTERPRET_NOT_NOW
    assert {choice.option for choice in mine.choices} >= {"act:handaxe_thrown"}
    assert theirs.command is not None or theirs.question is not None


def test_a_manner_is_neither_a_slip_nor_a_name() -> None:
    """An adverb says nothing of what is meant."""
    result = INTERPRETER.interpret("ask quietly what he hears at night", real_view("bell_taproom"))

    assert used(result)[0] == "do:pell_bell"
    assert not result.corrected


def test_what_is_joined_to_a_deed_is_no_question() -> None:
    """An auxiliary that opens a sentence asks."""
    view = real_view("bell_taproom")

    told = INTERPRETER.interpret("I grin at the boy and does a coin trick", view)
    asked = INTERPRETER.interpret("does the boy know a trick", view)

    assert told.refusal != Code.INTERPRET_QUESTION
    assert asked.refusal == Code.INTERPRET_QUESTION


def test_an_offer_is_no_question() -> None:
    """After a refusal something may still be asked; words about something else are understood as ever."""
    view = real_view("bell_taproom")
    offer = offering(INTERPRETER.interpret("ask the landlady about the dragon", view))

    assert INTERPRETER.interpret("feel in the bell", view, offer).question is not None
    assert used(INTERPRETER.interpret("read the kitchen slate", view, offer))[0] == "do:read_slate"


@pytest.mark.parametrize("text", ["go up by the cellar door", "leave by the cellar door", "go up by the stiars"])
def test_a_way_out_may_be_named_otherwise(text: str) -> None:
    """What leads up is meant, whatever part of the way is named."""
    assert used(INTERPRETER.interpret(text, real_view("bell_cellar")))[0] == "do:go_up"


def test_a_refusal_quotes_what_was_typed() -> None:
    """Not the word it was taken for, which the player never wrote."""
    result = INTERPRETER.interpret("attack the drgaon", real_view("bell_taproom"))

    assert result.refusal == Code.INTERPRET_NO_TARGET
    assert result.params["name"] == "drgaon"
    assert result.corrected


def test_whether_words_were_corrected_is_told() -> None:
    """Then what was understood can be shown; nothing needs saying of words that are spelled right."""
    view = real_view("bell_taproom")
    wrong, right = INTERPRETER.interpret("raed the slate", view), INTERPRETER.interpret("read the slate", view)

    assert wrong.corrected
    assert wrong.heard is not None
    assert wrong.heard.label == "Read the kitchen slate"
    assert not right.corrected


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("stay", "stay"),
        ("carry on as it is", "stay"),
        ("undo the last deed", "deed"),
        ("back to the start of the turn", "turn"),
        ("go back to the beginning of the scene", "scene"),
        ("the scene please", "scene"),
        ("2", "deed"),
    ],
)
def test_how_far_to_go_back_can_be_said(text: str, way: str) -> None:
    """In words for what each answer does, or by its place."""
    ways = tuple(DecisionChoice(id_, f"rewind/{id_}") for id_ in ("stay", "deed", "turn", "scene"))
    asked = DecisionView("dcs_x", "safety", "rewind/how_far", ways, "deed")

    assert INTERPRETER.interpret(text, replace(NEAR, decisions=(asked,))).command == Answer("dcs_x", way)


def test_what_cannot_be_done_yet_is_refused_for_that_reason() -> None:
    """Not for want of somebody to strike: the table is paused, or it is somebody else's turn."""
    paused = replace(TAVERN, table=replace(TAVERN.table, status="paused"), options=())
    others = replace(NEAR, options=())

    assert INTERPRETER.interpret("attack Corin", paused).refusal == Code.TABLE_PAUSED
    assert INTERPRETER.interpret("stab Skarn", others).refusal == Code.TURN_NOT_YOURS
    assert INTERPRETER.interpret("resume", paused).command is not None
