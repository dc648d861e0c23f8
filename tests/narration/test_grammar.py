from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from taleforge.messages.brief import Beat, Brief
from taleforge.messages.codec import decode_event
from taleforge.messages.commands import GESTURES
from taleforge.messages.events import Event
from taleforge.narration import GrammarNarrator, check
from taleforge.narration.grammar import tell
from taleforge.narration.language import load
from taleforge.table import brief as table_brief
from tests.narration.play import PROSE, STORIES, evening, recorded, transcript
from tests.narration.samples import CODES, EVERYBODY, FRIEND, HERO, LADY, RAT, WILD, brief, sensible
from tests.table.game import Game

EN = load("en")
GOLDEN = Path(__file__).parents[1] / "golden"
EVENTS = [decode_event(path.read_bytes()) for path in sorted((GOLDEN / "protocol" / "events").glob("*.json"))]
TOLD = [event for event in EVENTS if type(event.d) in table_brief._BEATS]
SILENT = {"save.made", "moved", "turn.spent", "reaction.used", "condition.lost", "time.passed", "party.placed"}
"""Events that may well need no words: what they lead to has them."""


def told(*beats: Beat, seed: int = 7) -> str:
    return tell(brief(*beats, actors=EVERYBODY, seed=seed), EN)


@given(WILD)
def test_any_brief_is_told(any_brief: Brief) -> None:
    """Nothing that can be in a Brief makes the narrator fail."""
    tell(any_brief, load(any_brief.lang))


@given(sensible())
def test_prose_keeps_to_its_brief(made: Brief) -> None:
    """The narrator's own prose passes the truth check: no numbers, no strangers, nothing that came about otherwise."""
    assert check(made, tell(made, EN)) == ()


@given(sensible())
def test_the_same_brief_gives_the_same_prose(made: Brief) -> None:
    """Telling is a function of the Brief."""
    assert tell(made, EN) == tell(made, EN)


@given(sensible())
def test_prose_is_clean(made: Brief) -> None:
    """No slot is left open, no space doubled, no sentence begun with a small letter."""
    text = tell(made, EN)
    assert not set("{}<>") & set(text)
    assert "  " not in text
    assert all(paragraph == paragraph.strip() and not paragraph[:1].islower() for paragraph in text.split("\n\n"))


@pytest.mark.parametrize("gesture", sorted(GESTURES))
def test_gestures_are_told_of_whoever_makes_them(gesture: str) -> None:
    """Towards somebody, if somebody is meant; never as words that were spoken."""
    alone, towards = (told(Beat(1, "gesture", FRIEND.id, whom, {"gesture": gesture})) for whom in (None, LADY.id))
    assert alone
    assert alone != towards
    assert "“" not in alone + towards


@given(st.text(min_size=1).filter(str.strip), st.sampled_from(("said", "told", "ending", "clue.found")))
def test_words_of_players_and_packs_are_told_unchanged(words: str, code: str) -> None:
    """Braces, quotes, markup and orders in somebody's words do nothing."""
    assert (words.strip() if code == "said" else words) in told(Beat(9, code, "crt_b", text=words))


@pytest.mark.parametrize("event", TOLD, ids=lambda event: event.name)
def test_every_event_a_table_tells_of_has_words(event: Event) -> None:
    """Each kind of beat that a table's Brief can hold is known and, unless something else tells of it, told."""
    beat = table_brief._BEATS[type(event.d)](event.d, Game().begin().state)
    assert beat is not None
    assert beat.code in CODES or beat.code.startswith("tried.")
    text = told(replace(beat, actor=beat.actor and "crt_b", target=beat.target and "crt_d"))
    assert text or event.name in SILENT


def test_every_event_a_table_tells_of_is_tried() -> None:
    """The golden events hold one of each kind that becomes a beat."""
    assert {type(event.d) for event in TOLD} == set(table_brief._BEATS)


@pytest.mark.parametrize("code", ["attack.missed", "attack.hit", "attack.critical", "fight.began", "said", "moved"])
def test_neighbouring_seeds_tell_differently(code: str) -> None:
    """Whatever happens five times in a row is told in five ways."""
    beat = Beat(9, code, "crt_b", "crt_d", {"name": "Mace", "zone": "the bar"}, "Well.")
    assert len({told(beat, seed=seed) for seed in range(40, 45)}) == 5


def test_who_listens_is_you() -> None:
    """The one player of a Brief's audience is "you", in every case."""
    text = [told(Beat(9, "attack.hit", "crt_a", "crt_d", {"name": "Mace"}), seed=seed) for seed in range(60)]
    assert not any("Marrick" in one for one in text)
    assert any("your" in one for one in text)


def test_a_blow_and_what_came_of_it_are_one_telling() -> None:
    """Attack, damage and death make one paragraph that names the dead and leaves the dice to the dice."""
    beats = (
        Beat(9, "attack.hit", "crt_b", "crt_d", {"name": "Mace", "action": "mace"}),
        Beat(9, "damage.taken", "crt_b", "crt_d", {"type": "bludgeoning", "none": 0}),
        Beat(9, "died", "crt_b", "crt_d"),
    )
    text = tell(brief(*beats, actors=(FRIEND, replace(RAT, health="dead"))), EN)
    assert text.count("giant rat") <= 2
    assert "\n" not in text
    assert len(text) < 120


def test_a_row_of_misses_is_told_once() -> None:
    """Three misses at one target are one sentence or two, not three tellings."""
    miss = Beat(9, "attack.missed", "crt_b", "crt_d", {"name": "Mace"})
    assert told(miss, miss, miss) == told(miss, miss)


def test_a_clue_that_several_find_is_told_once() -> None:
    """What three characters learn at once is said once."""
    clues = [Beat(9, "clue.found", who, params={"title": "Bread"}, text="More bread.") for who in EVERYBODY_IDS]
    assert told(*clues) == "More bread."


EVERYBODY_IDS = tuple(one.id for one in EVERYBODY)


def test_nothing_is_told_after_an_ending() -> None:
    """Endings get their text and stop."""
    assert told(Beat(9, "ending", text="The end."), Beat(9, "told", text="And more.")) == "The end."


def test_what_a_pack_tells_needs_no_announcement() -> None:
    """An attempt of the listening player that a pack tells of is not told twice."""
    tried = Beat(9, "tried.persuade", "crt_a", "crt_c", {"success": 1})
    assert told(tried, Beat(9, "told", text="She looks away first.")) == "She looks away first."


def test_who_asked_is_told_to_others() -> None:
    """Where several listen, they hear who did it, and the answer follows on."""
    tried = Beat(9, "tried.ask", "crt_a", "crt_c", {"topic": "the tolling", "success": 1})
    said = Beat(9, "said", "crt_c", text="Pipes.")
    text = tell(brief(tried, said, actors=(replace(HERO, you=False), LADY)), EN)
    assert text.startswith("Marrick")
    assert "\n" not in text
    assert text.endswith("“Pipes.”")


def test_a_spell_tells_of_all_it_caught_together() -> None:
    """Those who withstood a spell share a sentence, and so do those who did not."""
    beats = [Beat(9, "spell.cast", "crt_b", params={"name": "Fire Storm", "action": "fire_storm", "count": 3})]
    for who, outcome in (("crt_a", "failed"), ("crt_c", "failed"), ("crt_d", "passed")):
        beats.append(Beat(9, f"save.{outcome}", who, params={"ability": "dex"}))
    beats += [Beat(9, "damage.taken", "crt_b", who, {"type": "fire", "none": 0}) for who in ("crt_a", "crt_c")]
    text = told(*beats)
    assert "you and the landlady" in text.lower()
    assert "giant rat" in text


async def test_a_language_nobody_wrote_is_told_in_english() -> None:
    """A Brief in a language without data is told in English, and says so."""
    prose = await GrammarNarrator().tell(replace(brief(Beat(9, "told", text="Rain.")), lang="tlh"))
    assert (prose.lang, prose.text, prose.narrator) == ("en", "Rain.", "grammar")


async def test_a_lone_speaker_is_named() -> None:
    """Prose that is one actor's speech says whose it is, so that it can be spoken in their voice."""
    prose = await GrammarNarrator("en").tell(brief(Beat(9, "said", "crt_c", text="Pipes."), actors=EVERYBODY))
    assert prose.speaker == "crt_c"


@pytest.mark.parametrize("seed", range(3))
def test_an_evening_keeps_to_its_briefs(seed: int) -> None:
    """Everything told of the bundled adventure, played by lot, passes the truth check."""
    for _, made in evening(seed, 60):
        assert check(made, tell(made, EN)) == (), tell(made, EN)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_reads_as_it_did(name: str) -> None:
    """Prose changes on purpose only: `python -m tests.narration.play` writes it anew, for somebody to read."""
    assert transcript(recorded(name)) == (PROSE / f"{name}.txt").read_text(encoding="utf-8")
