import pytest
from msgspec.structs import replace

from taleforge.messages.brief import Actor
from taleforge.narration.discourse import Discourse, names
from taleforge.narration.language import FORMS, load
from tests.narration.samples import FRIEND, HERO, LADY, RAT, actor

EN = load("en")
HIM = actor("crt_h", "Oswin Dunmark", "he")
OTHER = actor("crt_o", "Wick Tull", "he")


def thread(*actors: Actor) -> Discourse:
    return Discourse({one.id: one for one in actors}, EN)


def test_a_name_comes_first_then_a_pronoun() -> None:
    """Once somebody was named and nobody else can be meant, a pronoun is enough."""
    talk = thread(HIM, LADY)
    assert [talk.mention(("crt_h",), "s"), talk.mention(("crt_c",), "o")] == ["Oswin", "the landlady"]
    talk.stop()
    assert [talk.mention(("crt_h",), "s"), talk.mention(("crt_c",), "p")] == ["he", "her"]


def test_two_of_a_kind_keep_their_names() -> None:
    """Where "he" could be either, it is neither."""
    talk = thread(HIM, OTHER)
    talk.mention(("crt_h",), "s")
    talk.mention(("crt_o",), "o")
    talk.stop()
    assert talk.mention(("crt_h",), "s") == "Oswin"


def test_what_the_subject_has_is_clear() -> None:
    """A possessive right after its subject is a pronoun, however many others there are."""
    talk = thread(HIM, OTHER)
    talk.mention(("crt_o",), "o")
    talk.mention(("crt_h",), "s")
    assert talk.mention(("crt_h",), "p") == "his"
    assert talk.mention(("crt_o",), "p") == "Wick's"


def test_a_pronoun_does_not_reach_back_over_a_sentence() -> None:
    """Somebody not spoken of for a while is named again."""
    talk = thread(HIM, LADY)
    talk.mention(("crt_h",), "s")
    talk.stop()
    talk.mention(("crt_c",), "s")
    talk.stop()
    assert talk.mention(("crt_h",), "s") == "Oswin"


def test_other_words_break_the_thread() -> None:
    """After words of a pack, which may have spoken of anybody, names come back."""
    talk = thread(HIM)
    talk.mention(("crt_h",), "s")
    talk.forget()
    assert talk.mention(("crt_h",), "s") == "Oswin"


def test_the_listener_is_never_named() -> None:
    """The listener needs no introduction, and takes the plain form of a verb."""
    talk = thread(HERO)
    assert [talk.mention(("crt_a",), case) for case in FORMS] == ["you", "you", "your", "yourself"]
    talk.mention(("crt_a",), "s")
    assert EN.verb("swing", plural=talk.plural) == "swing"


@pytest.mark.parametrize(("pronoun", "verb"), [("she", "is"), ("it", "is"), ("they", "are")])
def test_verbs_agree_with_the_word_used(pronoun: str, verb: str) -> None:
    """A name takes the singular, whoever bears it; the pronoun takes its own form."""
    talk = thread(actor("x", "Ilva", pronoun))
    talk.mention(("x",), "s")
    assert EN.verb("be", plural=talk.plural) == "is"
    assert talk.mention(("x",), "s") == pronoun
    assert EN.verb("be", plural=talk.plural) == verb


def test_pronouns_nobody_knows_are_not_guessed() -> None:
    """Somebody whose pronoun the language does not have is called by name."""
    talk = thread(actor("x", "Ilva", "xe/xem"))
    talk.mention(("x",), "s")
    assert talk.mention(("x",), "s") == "Ilva"


def test_groups_are_joined_with_the_listener_first() -> None:
    """Several are joined with commas and "and", and then are "they", or "you" with the listener among them."""
    talk = thread(HERO, FRIEND, RAT)
    assert talk.mention(("crt_b", "crt_d"), "o") == "Ysolde and the giant rat"
    assert talk.mention(("crt_b", "crt_d"), "s") == "they"
    assert thread(HERO, FRIEND, RAT).mention(("crt_b", "crt_d", "crt_a"), "s") == "you, Ysolde and the giant rat"


def test_several_alike_are_told_as_one() -> None:
    """Two giant rats are "the giant rats", beside whoever else is there."""
    actors = (RAT, replace(RAT, id="crt_e"), LADY)
    assert thread(*actors).mention(("crt_d", "crt_e", "crt_c"), "o") == "the giant rats and the landlady"


def test_names_are_short_where_that_is_enough() -> None:
    """A first name does, unless two share it or it is no name; descriptions get an article, and twins are counted."""
    actors = [
        actor("1", "Wick Tull"), actor("2", "Jory Tull"), actor("3", "Jory Marl"), actor("4", "Old Tom"),
        actor("5", "Giant Rat", proper=False), actor("6", "Giant Rat", proper=False),
        actor("7", "a shade", proper=False), actor("8", "Giant Rat", proper=False), actor("9", ""),
    ]  # fmt: skip
    assert list(names({one.id: one for one in actors}, EN).values()) == [
        "Wick", "Jory Tull", "Jory Marl", "Old Tom", "the giant rat", "the other giant rat", "the shade",
        "the third giant rat", "somebody",
    ]  # fmt: skip
