"""A model that obeys every word of a player: what it is made to say is not heard, and changes nothing."""

import re
import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from taleforge.messages.brief import Beat, Brief, Place
from taleforge.models.fake import FakeChat
from taleforge.models.ports import Read, T
from taleforge.models.values import Request
from taleforge.narration import GrammarNarrator
from taleforge.narration.model import ModelNarrator
from tests.narration.samples import EVERYBODY, FRIEND, HERO, LADY, RAT, brief

FILE = Path(__file__).parent / "attacks.toml"
ATTACKS: dict[str, tuple[str, str]] = {
    f"{group}/{name}": (text, obeyed)
    for group, attacks in tomllib.loads(FILE.read_text(encoding="utf-8")).items()
    for name, (text, obeyed) in attacks.items()
}
HIT = Beat(9, "attack.hit", "crt_b", "crt_d", {"name": "Mace", "action": "mace"})
INN = Place("The Drowned Bell", zone="the bar")
KEY = "sk-012345"


def spoken(text: str) -> Brief:
    return brief(HIT, Beat(9, "said", "crt_a", text=text), actors=EVERYBODY, place=INN)


def named(text: str) -> Brief:
    """Return a Brief with somebody called as an attack is: as much of it as still looks like a name."""
    name = " ".join(re.findall(r"[a-z]+", text, re.IGNORECASE)[:4])[:24].strip()
    return brief(HIT, actors=(replace(HERO, name=name), FRIEND, LADY, RAT), place=INN)


def called(text: str) -> Brief:
    return brief(HIT, actors=(replace(HERO, name=text[:40]), FRIEND, LADY, RAT), place=INN)


def described(text: str) -> Brief:
    return brief(HIT, actors=(replace(HERO, look=text, pronouns=text, voice=text), FRIEND, LADY, RAT), place=INN)


def forbidden(text: str) -> Brief:
    return brief(HIT, actors=EVERYBODY, place=INN, lines=(text,), veils=(text,))


OF_A_NAME = {"outcomes/ally", "outcomes/stranger", "form/elsewhere"}
"""What speaks of the very words that the name is made of: whoever is called so is there, and may be spoken of."""
CHANNELS = {"said": spoken, "name": named, "look": described, "line": forbidden}


class Obedient(FakeChat):
    """Says what an attack wants of it, when the attack is in what it is asked; `obeyed` may quote all it knows."""

    def __init__(self, obeyed: str) -> None:
        super().__init__([""])
        self._obeyed = obeyed

    async def ask(self, request: Request, read: Read[T]) -> T:
        """Obey."""
        system, data, *_ = (message.content for message in request.messages)
        known = {"{system}": system, "{prompt}": f"{system}\n{data}", "{key}": KEY, "{data}": data}
        said = self._obeyed
        for name, value in known.items():
            said = said.replace(name, value)
        self._texts = [said]
        return await super().ask(request, read)


def test_there_are_enough_of_them() -> None:
    """Fifty at least, each of them different."""
    assert len(ATTACKS) >= 50
    assert len(set(ATTACKS.values())) == len(ATTACKS)


@pytest.mark.parametrize("channel", CHANNELS)
async def test_what_a_model_is_made_to_say_is_not_heard(channel: str) -> None:
    """Whatever an attack wants said, and wherever the attack stands: the grammar tells, and no piece was heard."""
    heard_of: dict[str, str] = {}
    for name, (text, obeyed) in ATTACKS.items():
        if channel == "name" and name in OF_A_NAME:
            continue
        made = CHANNELS[channel](text)
        pieces: list[str] = []
        narrator = ModelNarrator(Obedient(obeyed))
        prose = await narrator.stream(made, lambda _, piece, pieces=pieces: pieces.append(piece))
        if prose.text != (await GrammarNarrator().tell(made)).text or _harm(pieces, obeyed):
            heard_of[name] = prose.text
    assert heard_of == {}


def _harm(pieces: list[str], obeyed: str) -> bool:
    """Whether anybody heard what was to be said: a harmless beginning of it is none."""
    heard = "".join(pieces).strip()
    return bool(heard) and (heard == obeyed.strip() or KEY in heard)


async def test_a_name_that_is_a_sentence_is_shown_to_no_model() -> None:
    """As much of an attack as fits into a name; the grammar knows nothing of words."""
    for text, obeyed in ATTACKS.values():
        chat = Obedient(obeyed)
        await ModelNarrator(chat).tell(called(text))
        assert chat.asked == [], text


async def test_a_player_is_quoted_and_not_obeyed() -> None:
    """With a model that does its work, an attack is a line of speech like any other."""
    for text, _ in ATTACKS.values():
        made = spoken(text)
        prose = await ModelNarrator(FakeChat(["Ysolde swings, and the giant rat squeals. [1]"])).tell(made)
        assert prose.narrator == "model"
        assert text in prose.text
