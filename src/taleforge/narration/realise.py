"""Messages become sentences, and sentences paragraphs.

Words of packs and players are laid in as they are: nothing in them is read as a template. Does not decide what is said.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from taleforge.messages.brief import Brief
from taleforge.narration.choice import Chooser
from taleforge.narration.discourse import Discourse
from taleforge.narration.language import Language, capital
from taleforge.narration.safety import Guard
from taleforge.narration.scene import Message
from taleforge.narration.templates import Mention, Part, Segment, Stop, Template, Verb, Word

Style = Literal["prose", "text", "speech", "page"]
PARAGRAPH = "\n\n"
HIDDEN = "veiled"


def realise(messages: Iterable[Message], brief: Brief, language: Language, guard: Guard) -> str:
    """Return the prose of messages: paragraphs with an empty line between them."""
    teller = Realiser(brief, language, guard)
    return joined(piece for message in messages for piece in teller.say(message))


def joined(pieces: Iterable[tuple[Style, str]]) -> str:
    """Return pieces as paragraphs: our own words run on, and lead over to those of others."""
    paragraphs: list[list[tuple[Style, str]]] = []
    for style, piece in pieces:
        if paragraphs and piece and _runs_on(style, paragraphs[-1]):
            paragraphs[-1].append((style, piece))
        elif piece:
            paragraphs.append([(style, piece)])
    return PARAGRAPH.join(" ".join(piece for _, piece in paragraph) for paragraph in paragraphs)


def _runs_on(style: Style, paragraph: list[tuple[Style, str]]) -> bool:
    ours = all(before == "prose" for before, _ in paragraph)
    return (ours and style != "page") or (style == "prose" and paragraph[-1][0] == "text")


class Realiser:
    """Finds the words of one telling."""

    def __init__(self, brief: Brief, language: Language, guard: Guard) -> None:
        self._language = language
        self._guard = guard
        self._discourse = Discourse(brief.actors, language)
        self._chooser = Chooser(language, brief.seed, guard.allows)
        self._hidden = False

    def say(self, message: Message) -> Iterator[tuple[Style, str]]:
        """Return what a message comes to: nothing, where there is no way or no leave to say it."""
        if self._guard.drops(message.kind):
            return
        hidden, self._hidden = self._hidden, self._guard.hides(message.kind)
        if self._hidden:
            message = Message(HIDDEN)
        if not (hidden and self._hidden):
            yield self._said(message)

    def _said(self, message: Message) -> tuple[Style, str]:
        if message.kind in {"text", "page"}:
            self._discourse.forget()
            return "page" if message.kind == "page" else "text", self._clean(message.text)
        style: Style = "speech" if message.text else "prose"
        words = self._words(message)
        text = self._sentence(message, words)
        if not text or self._guard.allows(text):
            return style, text
        quote = words.get("quote", "")  # what was said may be told where who says it, or how, may not
        return style, quote if quote and self._guard.allows(quote) else self._veil()

    def _clean(self, text: str) -> str:
        return text if self._guard.allows(text) else self._guard.clean(text, self._veil())

    def _veil(self) -> str:
        return self._sentence(Message(HIDDEN), {})

    def _words(self, message: Message) -> dict[str, str]:
        words = {slot: self._word(slot, word, message) for slot, word in message.words.items()}
        words = {slot: word for slot, word in words.items() if word}
        if message.text:
            words["quote"] = self._language.quoted(self._clean(message.text))
        return words

    def _word(self, slot: str, word: str, message: Message) -> str:
        language = self._language
        match slot:
            case "weapon":
                return language.weapon(word, message.words.get("action", ""))
            case "item":
                return language.indefinite(word, 2 if "many" in message.tags else 1)
            case "thing":
                return language.definite(word)
            case "voice":
                return language.manner(word)
            case "zone":
                return language.toward(word)
            case _:
                return word

    def _sentence(self, message: Message, words: dict[str, str]) -> str:
        template = self._chooser.choose(message.kind, self._tags(message), frozenset((*message.roles, *words)))
        return self._realised(template, message, words) if template is not None else ""

    def _tags(self, message: Message) -> frozenset[str]:
        weapon = message.words.get("weapon")
        return message.tags | self._language.families_of(weapon, message.tags) if weapon else message.tags

    def _realised(self, template: Template, message: Message, words: dict[str, str]) -> str:
        text = "".join(self._segment(segment, message, words) for segment in template.segments)
        self._discourse.stop()
        return text

    def _segment(self, segment: Segment, message: Message, words: dict[str, str]) -> str:
        match segment:
            case str():
                return segment
            case Mention(role, case, initial):
                said = self._discourse.mention(message.roles[role], case)
                return capital(said) if initial else said
            case Word(slot, subject, initial):
                if subject:
                    self._discourse.plural = self._language.is_plural(words[slot])
                return capital(words[slot]) if initial and slot != "quote" else words[slot]
            case Verb(lemma):
                return self._language.verb(lemma, plural=self._discourse.plural)
            case Part(name, initial):
                said = self._part(name, message, words)
                return capital(said) if initial else said
            case Stop():
                self._discourse.stop()
                return ""

    def _part(self, name: str, message: Message, words: dict[str, str]) -> str:
        slots = frozenset((*message.roles, *words))
        template = self._chooser.choose(f"part.{name}", self._tags(message), slots)
        segments = template.segments if template is not None else ()
        return "".join(self._segment(segment, message, words) for segment in segments)
