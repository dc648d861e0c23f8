"""From tokens to an interpretation: answers first, then clause by clause until one is a deed.

Calls the handler of each intent and the verdict on what they found. Holds no rule about any one kind of deed.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from taleforge.interpret import answers, attacks, deeds, moods, speech, spells, table_talk, verdict, walking
from taleforge.interpret.clauses import Clause, split
from taleforge.interpret.frames import Intent, Surroundings, intents
from taleforge.interpret.language import Does
from taleforge.interpret.readings import Handler, Moment, Outcome, Reading
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ask, UseOption
from taleforge.messages.intents import Interpretation

HANDLERS: Mapping[Does, Handler] = {
    "attack": attacks.attack, "cast": spells.cast, "heal": spells.heal, "option": deeds.option, "tell": deeds.tell,
    "say": speech.say, "gesture": speech.gesture, "move": walking.move, "end_turn": table_talk.end_turn,
    "rest_short": table_talk.rest_short, "rest_long": table_talk.rest_long, "undo": table_talk.undo,
    "roll": table_talk.roll, "help": table_talk.help_me, "look": table_talk.show, "sheet": table_talk.show,
    "map": table_talk.show, "journal": table_talk.show, "pause": table_talk.pause, "resume": table_talk.resume,
    "xcard": table_talk.xcard, "ready": table_talk.ready, "sit": table_talk.sit, "claim": table_talk.claim,
}  # fmt: skip


class Reader:
    """Reads one text in one moment."""

    def __init__(self, moment: Moment, tokens: list[Token], asked: Ask | None) -> None:
        self._moment = moment
        self._tokens = tokens
        self._asked = asked
        self._recent = moment.recent
        self._knowledge = moment.knowledge
        self._language = moment.knowledge.language
        self._limits = moment.knowledge.limits
        self._asked_lately = asked is not None and asked.question.code in verdict.QUESTIONS
        self._lobby = moment.knowledge.view.table.status == "lobby"

    def read(self) -> Interpretation:
        """Return what the text means."""
        if not any(token.kind not in {"stop", "comma", "colon"} for token in self._tokens):
            return verdict.refuse(Code.INTERPRET_NOTHING, (), self._limits)
        if " ".join(token.norm for token in self._tokens if token.kind != "stop") in self._language.source.repeats:
            return Interpretation(refusal=Code.INTERPRET_UNCLEAR, again=True, mentions=self._recent)
        result = self._answer()
        if result is None or result.confidence < answers.SURE:
            result = self._deed_rather_than(result)
        result = self._in_its_time(result)
        if any(token.slip for token in self._tokens):
            result = structs.replace(result, corrected=True)
        return result if result.mentions else structs.replace(result, mentions=self._recent)

    def _in_its_time(self, result: Interpretation) -> Interpretation:
        """Say of what cannot be done that nothing can now, where that is why: the table is paused, or others act."""
        view = self._knowledge.view
        if result.refusal not in _UNDOABLE or view.options:
            return result
        if view.table.status == "paused":
            return verdict.refuse(Code.TABLE_PAUSED, (), self._limits)
        if view.fight is not None and view.you is not None and not view.decisions:
            return verdict.refuse(Code.TURN_NOT_YOURS, (), self._limits)
        return result

    def _answer(self) -> Interpretation | None:
        """Return the answer to what waits to be answered, or dice; nothing when the text is neither."""
        reading = table_talk.bare_dice(self._tokens)
        if reading is None and not any(token.kind in {"quote", "ask"} for token in self._tokens):
            reading = answers.decision(self._tokens, self._moment)
            if reading is None and self._asked:
                reading = answers.asked(self._tokens, self._asked, self._moment)
        return verdict.act(reading, reading.score) if reading else None

    def _deed_rather_than(self, answer: Interpretation | None) -> Interpretation:
        """Return what the text comes to as a deed, unless it answers something better than it is one."""
        deed = self._first_deed()
        return answer if answer and deed.command is None else deed

    def _first_deed(self) -> Interpretation:
        """Return what the first clause that is a deed comes to; what only leads up to it is passed over."""
        if order := speech.order(self._tokens, self._moment):
            return verdict.act(order, order.score)
        clauses = split(self._tokens, self._language, self._limits.max_clauses)
        results: list[Interpretation] = []
        for i, clause in enumerate(clauses):
            result = self._clause(clause)
            if not moods.is_passing(result, self._limits):
                return self._with_rest(result, clauses[i + 1 :])
            results.append(result)
            self._remember(clause)
        nothing = verdict.refuse(Code.INTERPRET_NOTHING, (), self._limits)
        return max(results, key=lambda result: result.confidence, default=nothing)

    def _with_rest(self, result: Interpretation, later: Sequence[Clause]) -> Interpretation:
        """Return an interpretation with the words that are left to do, less what its own deed says already."""
        option = result.command.option if isinstance(result.command, UseOption) else None
        done = next((k for k in self._knowledge.options if k.option.id == option and k.verb), None)
        while later and done and deeds.says_already(done, later[0], self._moment):
            later = later[1:]
        return structs.replace(result, rest=self._moment.text[later[0].start :].strip()) if later else result

    def _remember(self, clause: Clause) -> None:
        """Keep whom a clause spoke of, so that the next one can say "him"."""
        ids = [i for m in self._knowledge.mentions(clause.core) for i in m.ids if i != self._knowledge.me]
        self._spoken_of(*reversed(ids))

    def _spoken_of(self, *ids: str) -> None:
        self._moment = structs.replace(self._moment, recent=(*ids, *self._moment.recent))

    def _clause(self, clause: Clause) -> Interpretation:
        outcomes = list(self._outcomes(clause))
        result = verdict.judge(outcomes, self._limits, asked_lately=self._asked_lately)
        hindrance = moods.hindrance(clause, result, self._moment)
        if hindrance is None:
            return result
        near = [o for o in outcomes if isinstance(o, Reading) and o.score >= self._limits.ask]
        params = result.params if result.refusal == hindrance else None
        return verdict.refuse(hindrance, verdict.ranked(near), self._limits, params, _CERTAIN)

    def _outcomes(self, clause: Clause) -> Iterator[Outcome]:
        readings = intents(clause, self._language, self._around(clause))
        for intent in readings:
            yield from HANDLERS[intent.frame.does](intent, self._moment)
        if clause.quote is not None:
            yield speech.quoted(clause, self._moment)
        else:
            yield from self._without_verb(clause, readings)

    def _around(self, clause: Clause) -> Surroundings:
        """Return which words of a clause belong to a longer name ("the man on the straw"), and the speaker's names."""
        glued = frozenset(i for m in self._knowledge.mentions(clause.core) for i in range(m.start + 1, m.end))
        return Surroundings(glued, self._knowledge.names_of(self._knowledge.me or ""), self._lobby)

    def _without_verb(self, clause: Clause, readings: Sequence[Intent]) -> Iterator[Outcome]:
        """Yield readings that need no verb: a greeting, a question called out, a phrase of the scene, a bare name."""
        if greeting := speech.greeting(clause, self._moment):
            yield greeting
        if clause.asked and (called := speech.vocative(clause, self._knowledge)):
            self._spoken_of(called[0])
            yield from deeds.option(self._question(clause, called[1]), self._moment)
        yield from deeds.by_phrase(clause, readings, self._moment)
        yield from self._terse(clause, readings)
        if not any(not intent.weak for intent in readings):
            yield from deeds.by_thing(clause, self._moment)
        if self._lobby and not readings:
            yield from table_talk.pregen(clause.core, self._moment)

    def _question(self, clause: Clause, words: tuple[Token, ...]) -> Intent:
        """Return the intent to ask somebody who is called by name."""
        name = tuple(token for token in clause.core if token not in words and token.kind == "word")
        used = frozenset(i for i, token in enumerate(clause.core) if token in name)
        return self._bare("ask", clause, {"person": (name,), "topic": (words,)}, used, weak=False)

    def _terse(self, clause: Clause, readings: Sequence[Intent]) -> Iterator[Outcome]:
        """Yield readings of a clause that begins with a weapon or names a spell: "longsword rat", "bless me"."""
        yield from spells.cast(self._bare("cast", clause, {}), self._moment)
        first = self._knowledge.mentions(clause.core)[:1]
        sorts = {self._knowledge.entities[i].sort for mention in first for i in mention.ids}
        gesture = any(intent.frame.does == "gesture" for intent in readings)  # "bow to her" is none of a bow's
        terse = not gesture or bool(self._knowledge.mentions(clause.core[1:2]))
        if "action" in sorts and first[0].start == 0 and terse:
            yield from attacks.attack(self._bare("attack", clause, {"target": (clause.core,)}), self._moment)

    def _bare(
        self, name: str, clause: Clause, roles: dict[str, tuple[tuple[Token, ...], ...]],
        used: frozenset[int] = frozenset(), *, weak: bool = True,
    ) -> Intent:  # fmt: skip
        return Intent(clause, self._language.frames[name], name, name, 0, True, weak, roles, (), used)


_CERTAIN = 0.9
_UNDOABLE = frozenset({Code.INTERPRET_NOT_NOW, Code.INTERPRET_NO_TARGET, Code.INTERPRET_NOTHING})
