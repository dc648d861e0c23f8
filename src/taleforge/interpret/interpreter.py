"""The way from words to a command: tokens, spelling, clauses, frames, readings, verdict. Fulfils `table.ports.Interpreter`.

Every text gets an answer, the same one each time, from the view alone. Holds compiled views and nothing else.
"""

from collections import OrderedDict
from collections.abc import Sequence

from msgspec import structs

from taleforge.interpret import answers, attacks, deeds, speech, spells, table_talk, verdict, walking
from taleforge.interpret.clauses import Clause, split
from taleforge.interpret.frames import Intent, intents
from taleforge.interpret.knowledge import Knowledge
from taleforge.interpret.language import Does, Language, Limits, load_language, load_limits
from taleforge.interpret.readings import Handler, Moment, Outcome, Reading
from taleforge.interpret.spelling import Speller
from taleforge.interpret.text import Token, respelled, tokenise
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ask, UseOption
from taleforge.messages.intents import Interpretation
from taleforge.messages.views import SeatView

HANDLERS: dict[Does, Handler] = {
    "attack": attacks.attack, "cast": spells.cast, "heal": spells.heal, "option": deeds.option, "tell": deeds.tell,
    "say": speech.say, "move": walking.move, "end_turn": table_talk.end_turn, "rest_short": table_talk.rest_short,
    "rest_long": table_talk.rest_long, "undo": table_talk.undo, "roll": table_talk.roll, "help": table_talk.help_me,
    "look": table_talk.show, "sheet": table_talk.show, "map": table_talk.show, "journal": table_talk.show,
    "pause": table_talk.pause, "resume": table_talk.resume, "xcard": table_talk.xcard, "ready": table_talk.ready,
    "sit": table_talk.sit, "claim": table_talk.claim,
}  # fmt: skip


class Interpreter:
    """Makes an intent of words. One for all tables: it keeps no conversation, only its language and compiled views."""

    def __init__(self) -> None:
        self._limits = load_limits()
        self._spellers: dict[str, Speller] = {}
        self._views: OrderedDict[int, Knowledge] = OrderedDict()

    def interpret(
        self, text: str, view: SeatView, asked: Ask | None = None, recent: Sequence[str] = ()
    ) -> Interpretation:
        """Return what the words mean for this seat. Total: any text gives an answer, quickly.

        `asked` is the last question this seat was asked, for about three turns; `recent` the `mentions` of the
        interpretation before.
        """
        limits = self._limits
        if len(text) > limits.max_text:
            return Interpretation(refusal=Code.TEXT_TOO_LONG, params={"max": limits.max_text}, confidence=0.0)
        knowledge = self._knowledge(view)
        tokens = _spelled(tokenise(text, knowledge.language, limits.max_tokens), knowledge)
        moment = Moment(knowledge, text, tuple(recent))
        return _Reader(moment, tokens, asked).read()

    def _knowledge(self, view: SeatView) -> Knowledge:
        """Return a view compiled; the last few are kept, with their views, so that an id cannot be another's."""
        known = self._views.get(id(view))
        if known is None:
            language = load_language(view.lexicon.lang if view.lexicon else view.table.lang)
            known = Knowledge(view, language, self._limits, self._speller(language))
            self._views[id(view)] = known
            while len(self._views) > self._limits.cached_views:
                self._views.popitem(last=False)
        return known

    def _speller(self, language: Language) -> Speller:
        lang = language.source.lang
        if lang not in self._spellers:
            self._spellers[lang] = Speller(language, self._limits.typing)
        return self._spellers[lang]


def _spelled(tokens: list[Token], knowledge: Knowledge) -> list[Token]:
    return [_corrected(token, knowledge) if token.kind == "word" else token for token in tokens]


def _corrected(token: Token, knowledge: Knowledge) -> Token:
    norm = knowledge.speller.correct(token.norm)
    return token if norm == token.norm else respelled(token, norm, knowledge.language)


class _Reader:
    """Reads one text in one moment."""

    def __init__(self, moment: Moment, tokens: list[Token], asked: Ask | None) -> None:
        self._moment = moment
        self._tokens = tokens
        self._asked = asked
        self._limits = moment.knowledge.limits
        self._language = moment.knowledge.language

    def read(self) -> Interpretation:
        """Return what the text means."""
        if not any(t.kind in {"word", "number", "quote", "dice", "ask"} for t in self._tokens):
            return verdict.refuse(Code.INTERPRET_NOTHING, (), self._limits)
        return self._answered() or self._clauses()

    def _answered(self) -> Interpretation | None:
        if dice := table_talk.bare_dice(self._tokens):
            return verdict.act(dice, 0.99)
        if any(t.kind in {"quote", "ask"} for t in self._tokens):
            return None
        reading = answers.decision(self._tokens, self._moment)
        if reading is None and self._asked:
            reading = answers.asked(self._tokens, self._asked, self._moment)
        return verdict.act(reading, reading.score) if reading else None

    def _clauses(self) -> Interpretation:
        """Return what the first clause that is a deed comes to; what only leads up to it is passed over."""
        clauses = split(self._tokens, self._language, self._limits.max_clauses)
        results: list[Interpretation] = []
        for i, clause in enumerate(clauses):
            result = self._clause(clause)
            if not _passing(result, self._limits):
                return self._with_rest(result, clauses[i + 1 :])
            results.append(result)
            self._remember(clause)
        nothing = verdict.refuse(Code.INTERPRET_NOTHING, (), self._limits)
        return max(results, key=lambda result: result.confidence, default=nothing)

    def _with_rest(self, result: Interpretation, later: Sequence[Clause]) -> Interpretation:
        """Return an interpretation with the words that are left to do, less what its own deed says already."""
        option = result.command.option if isinstance(result.command, UseOption) else None
        done = next((k for k in self._moment.knowledge.options if k.option.id == option and k.verb), None)
        while later and done and deeds.says_already(done, later[0], self._moment):
            later = later[1:]
        return structs.replace(result, rest=self._moment.text[later[0].start :].strip()) if later else result

    def _remember(self, clause: Clause) -> None:
        """Keep whom a clause spoke of, so that the next one can say "him"."""
        knowledge = self._moment.knowledge
        ids = [i for m in knowledge.mentions(list(clause.core)) for i in m.ids if i != knowledge.me]
        self._moment = Moment(knowledge, self._moment.text, (*reversed(ids), *self._moment.recent))

    def _clause(self, clause: Clause) -> Interpretation:
        outcomes = self._outcomes(clause)
        result = verdict.judge(outcomes, self._limits, asked_lately=self._asked is not None)
        hindrance = self._hindrance(clause, result)
        if hindrance is None:
            return result
        readings = verdict.ranked([o for o in outcomes if isinstance(o, Reading) and o.score >= self._limits.ask])
        return verdict.refuse(
            hindrance, readings, self._limits, result.params if result.refusal == hindrance else None, 0.9
        )

    def _outcomes(self, clause: Clause) -> list[Outcome]:
        outcomes: list[Outcome] = []
        readings = self._intents(clause)
        for intent in readings:
            outcomes.extend(HANDLERS[intent.frame.does](intent, self._moment))
        outcomes.extend(self._besides(clause, readings))
        return outcomes

    def _intents(self, clause: Clause) -> list[Intent]:
        lobby = self._moment.knowledge.view.table.status == "lobby"
        return [i for i in intents(clause, self._language, self._glued(clause)) if i.frame.lobby in {lobby, False}]

    def _glued(self, clause: Clause) -> frozenset[int]:
        """Return the places of names of several words, which a preposition does not part ("the man on the straw")."""
        mentions = self._moment.knowledge.mentions(clause.core)
        return frozenset(i for m in mentions for i in range(m.start + 1, m.end))

    def _besides(self, clause: Clause, readings: Sequence[Intent]) -> list[Outcome]:
        """Return readings that need no verb: speech, a greeting, a phrase of the scene, a terse name."""
        moment = self._moment
        found: list[Outcome] = []
        if clause.quote is not None:
            found.append(speech.quoted(clause, moment))
        if greeting := speech.greeting(clause, moment):
            found.append(greeting)
        called = speech.vocative(clause, moment.knowledge) if clause.asked else None
        if called:
            found.extend(deeds.option(self._question_to(clause, *called), moment))
        if clause.quote is None:
            found.extend(deeds.by_phrase(clause, readings, moment))
            found.extend(self._terse(clause))
            found.extend([] if any(not i.weak for i in readings) else deeds.by_thing(clause, moment))
        if moment.knowledge.view.table.status == "lobby" and not found:
            found.extend(table_talk.pregen(clause.core, moment))
        return found

    def _question_to(self, clause: Clause, who: str, words: tuple[Token, ...]) -> Intent:
        """Return the intent to ask somebody who is called by name."""
        name = tuple(t for t in clause.core if t not in words and t.kind == "word")
        self._moment = Moment(self._moment.knowledge, self._moment.text, (who, *self._moment.recent))
        roles = {"person": (name,), "topic": (words,)}
        used = frozenset(i for i, t in enumerate(clause.core) if t in name)
        return Intent(clause, self._language.frames["ask"], "ask", "ask", 0, 0, True, False, roles, (), used)

    def _terse(self, clause: Clause) -> list[Outcome]:
        """Return readings of a clause that begins with a weapon or a spell: "longsword rat", "bless me and Tom"."""
        frames = self._language.frames
        bare = Intent(clause, frames["cast"], "cast", "cast", 0, 0, True, True, {}, (), frozenset())
        found: list[Outcome] = list(spells.cast(bare, self._moment))
        first = self._moment.knowledge.mentions(list(clause.core))[:1]
        kinds = {self._moment.knowledge.entities[i].sort for m in first for i in m.ids}
        if "action" in kinds and first[0].start == 0:
            words = clause.core
            roles = {"target": (words,)}
            attack = Intent(clause, frames["attack"], "attack", "attack", 0, 0, True, True, roles, (), frozenset())
            found.extend(attacks.attack(attack, self._moment))
        return found

    def _hindrance(self, clause: Clause, result: Interpretation) -> Code | None:
        """Return why a clause is no deed although it was understood: asked, denied, supposed, or claimed."""
        if clause.quote is not None or result.refusal in {Code.INTERPRET_HELP, Code.INTERPRET_SHOW}:
            return None
        if clause.asked:
            return None if self._is_addressed(clause, result) else Code.INTERPRET_QUESTION
        if clause.supposed:
            return Code.INTERPRET_CONDITION
        if clause.denied and self._moment.knowledge.view.table.status != "lobby":
            return Code.INTERPRET_NEGATED
        return Code.INTERPRET_CLAIM if self._is_claim(clause, result) else None

    def _is_addressed(self, clause: Clause, result: Interpretation) -> bool:
        """Whether a question is put to somebody in the scene, by name or as an order to ask."""
        called = speech.vocative(clause, self._moment.knowledge) is not None
        return result.command is not None and (called or _is_order(clause, self._language))

    def _is_claim(self, clause: Clause, result: Interpretation) -> bool:
        """Whether a clause tells what somebody else does or what becomes of a thing."""
        if result.refusal == Code.INTERPRET_CLAIM:
            return True
        return _is_about_another(clause, self._moment)


def _is_order(clause: Clause, language: Language) -> bool:
    words = [t for t in clause.tokens if t.kind == "word"]
    question = language.source.question
    return bool(words) and words[0].norm not in question.words and words[0].norm not in question.aux


def _is_about_another(clause: Clause, moment: Moment) -> bool:
    """Whether the subject is somebody or something else, and the verb says so by its form ("the goblin dies")."""
    words = [t for t in clause.tokens if t.kind in {"word", "number"}]
    language = moment.knowledge.language
    if not words or any(t.norm in language.source.self_subjects for t in words[:4]):
        return False
    mentions = moment.knowledge.mentions(words)
    article = words[0].norm in language.articles
    subject = next((m for m in mentions if m.start == 0 or all(t.filler for t in words[: m.start])), None)
    if subject and moment.knowledge.me in subject.ids:
        return False
    after = words[subject.end :] if subject else words[1:] if article else []
    plural = subject is not None and words[subject.end - 1].norm.endswith("s")
    return any(_is_third(t, language, plural=plural) for t in after[: 1 if subject else 4])


def _is_third(token: Token, language: Language, *, plural: bool) -> bool:
    verb = token.root in language.verbs or token.root == "be"
    if plural and verb and token.norm == token.root:
        return True
    return (verb or not token.filler) and token.norm.endswith("s") and token.norm != token.root


def _passing(result: Interpretation, limits: Limits) -> bool:
    """Whether a clause says nothing that matters, so that the next one may be the deed."""
    vague = result.refusal in {Code.INTERPRET_NOT_NOW, Code.INTERPRET_NO_TARGET} and result.confidence < _VAGUE
    unsure = result.question is not None and 2 * result.confidence < limits.act
    return vague or unsure or result.refusal in {Code.INTERPRET_UNCLEAR, Code.INTERPRET_NOTHING, Code.INTERPRET_NEGATED}


def _with_rest(result: Interpretation, text: str, later: Sequence[Clause]) -> Interpretation:
    if not later:
        return result
    return Interpretation(
        result.command, result.question, result.refusal, result.params, result.choices, result.confidence,
        result.heard, text[later[0].start :].strip(), result.mentions,
    )  # fmt: skip


_VAGUE = 0.7
