"""Whether a clause is a deed at all, or a question, a refusal, a supposition, a claim about the world.

Text can never create a fact: what somebody else does, or what becomes of a thing, is for the table to tell. Does not
choose among readings.
"""

from taleforge.interpret.clauses import Clause
from taleforge.interpret.language import Language, Limits
from taleforge.interpret.readings import Moment
from taleforge.interpret.speech import vocative
from taleforge.interpret.text import Token
from taleforge.messages.codes import Code
from taleforge.messages.commands import GESTURE, Say
from taleforge.messages.intents import Interpretation


def hindrance(clause: Clause, result: Interpretation, moment: Moment) -> Code | None:
    """Return why a clause is no deed although it was understood."""
    if clause.quote is not None or result.refusal in {Code.INTERPRET_HELP, Code.INTERPRET_SHOW}:
        return None
    if clause.asked:
        return None if _is_put_to_somebody(clause, result, moment) else Code.INTERPRET_QUESTION
    if clause.supposed:
        return Code.INTERPRET_CONDITION
    if clause.denied and moment.knowledge.view.table.status != "lobby":
        return Code.INTERPRET_NEGATED
    claims = result.refusal == Code.INTERPRET_CLAIM or _is_about_another(clause, moment)
    return Code.INTERPRET_CLAIM if claims else None


def is_passing(result: Interpretation, limits: Limits) -> bool:
    """Whether a clause says nothing that matters, so that the next one may be the deed."""
    vague = result.refusal in {Code.INTERPRET_NOT_NOW, Code.INTERPRET_NO_TARGET} and result.confidence < limits.plain
    unsure = result.question is not None and 2 * result.confidence < limits.act
    gesture = isinstance(result.command, Say) and result.command.tone == GESTURE
    return vague or unsure or gesture or result.refusal in {
        Code.INTERPRET_UNCLEAR, Code.INTERPRET_NOTHING, Code.INTERPRET_NEGATED,
    }  # fmt: skip


def _is_put_to_somebody(clause: Clause, result: Interpretation, moment: Moment) -> bool:
    """Whether a question is for somebody in the scene: called by name, or told to be asked ("ask him where …?")."""
    language = moment.knowledge.language
    words = [token.norm for token in clause.tokens if token.kind == "word"]
    open_ = words[:1] and words[0] in (*language.source.question.words, *language.source.question.aux)
    order = not open_ and not language.speaking.isdisjoint(words[:_SUBJECT_REACH])
    return result.command is not None and (order or vocative(clause, moment.knowledge) is not None)


def _is_about_another(clause: Clause, moment: Moment) -> bool:
    """Whether the subject is somebody or something else, and the verb says so by its form ("the goblin dies")."""
    knowledge = moment.knowledge
    language = knowledge.language
    words = [token for token in clause.tokens if token.kind in {"word", "number"}]
    if not words or any(token.norm in language.source.self_subjects for token in words[:_SUBJECT_REACH]):
        return False
    if words[0].norm in language.source.other_subjects and len(words) > 1:
        own = knowledge.view.you.pronouns if knowledge.view.you else ""
        return words[0].norm != own and words[1].root in language.verbs
    starts = next((i for i, token in enumerate(words) if not token.filler), 0)
    subject = next((m for m in knowledge.mentions(words) if m.start <= starts), None)
    if subject and not any(knowledge.entities[i].sort in {"creature", "feature", "zone"} for i in subject.ids):
        return False
    if subject is None:
        announced = words[0].norm in language.articles
        return announced and any(_is_third(t, language, plural=False) for t in words[1 : 1 + _SUBJECT_REACH])
    verb = words[subject.end] if subject.end < len(words) else None
    plural = words[subject.end - 1].norm.endswith("s")
    return knowledge.me not in subject.ids and verb is not None and _is_third(verb, language, plural=plural)


def _is_third(token: Token, language: Language, *, plural: bool) -> bool:
    """Whether a word is a verb in the form that goes with somebody else."""
    if plural and token.norm == token.root and token.root in language.verbs:
        return True
    return not token.filler and token.norm.endswith("s") and token.norm != token.root


_SUBJECT_REACH = 4
