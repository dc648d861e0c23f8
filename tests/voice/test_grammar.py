"""What may be said in a scene, as a recogniser is told it."""

from hypothesis import given
from hypothesis import strategies as st

from taleforge.voice import grammar

PHONES = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"


def test_phrases_become_spoken_words() -> None:
    """Case, punctuation and figures are said as people say them."""
    assert grammar.words_of("Roll a d20!") == ("roll", "a", "d", "twenty")
    assert grammar.words_of("Odda’s 145 coins") == ("odda's", "one", "hundred", "forty", "five", "coins")
    assert grammar.words_of("—…") == ()


def test_a_grammar_offers_each_phrase_once() -> None:
    """What sounds alike is one phrase, what cannot be said none."""
    spoken = grammar.speakable(["Open the door", "open the door!", "", "Rest"])
    assert list(spoken.values()) == ["Open the door", "Rest"]
    assert "( open the door | rest )" in grammar.jsgf(spoken)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=20))
def test_every_word_has_phones(word: str) -> None:
    """Any letters have phones of the dictionary's alphabet, for one unknown to it ends the decoder."""
    assert set(grammar.phones(word).split()) <= set(PHONES.split())


def test_fantasy_words_sound_about_right() -> None:
    """The rules are simple, and near enough to tell words apart."""
    assert grammar.phones("orc") == "AO R K"
    assert grammar.phones("bugbear") == "B AH G B IY R"


def test_the_likeliest_phrases_come_first() -> None:
    """What was half understood is offered for confirmation; nothing heard offers nothing."""
    phrases = ["open the door", "attack the goblin", "rest"]
    assert grammar.likeliest("attack the", phrases)[0] == "attack the goblin"
    assert grammar.likeliest("", phrases) == ()
