"""Who was spoken of a moment ago, and what they may be called now.

A name comes first, a pronoun when it can mean nobody else, "you" for the one player who listens. Does not choose words.
"""

from collections import Counter
from collections.abc import Mapping

from taleforge.messages.brief import Actor
from taleforge.narration.language import Language, Pronoun
from taleforge.narration.templates import Case

Group = tuple[str, ...]


class Discourse:
    """The thread of one telling: what was mentioned in this sentence and the one before.

    Args:
        actors: Everybody who may be spoken of, by id.
        language: The language spoken.
    """

    def __init__(self, actors: Mapping[str, Actor], language: Language) -> None:
        self._actors = actors
        self._language = language
        self._names = names(actors, language)
        self._now: list[Group] = []
        self._before: list[Group] = []
        self._subject: Group = ()
        self.plural = False
        """Whether a verb agrees with more than one (or with "you", or singular "they")."""

    def stop(self) -> None:
        """End a sentence."""
        if self._now:
            self._before, self._now, self._subject = self._now, [], ()

    def forget(self) -> None:
        """Somebody else's words came between: what "she" meant before, it no longer means."""
        self._before, self._now, self._subject = [], [], ()

    def mention(self, group: Group, case: Case) -> str:
        """Return how to speak of somebody now."""
        pronoun = self._pronoun(group)
        known = case == "r" or self._is_you(group) or (case != "n" and self._clear(group, case))
        text = pronoun.form(case) if pronoun and known else self._named(group, case)
        if group not in self._now:
            self._now.append(group)
        if case == "s":
            self._subject = group
            self.plural = pronoun.plural if pronoun and known else len(group) > 1
        return text

    def _is_you(self, group: Group) -> bool:
        return len(group) == 1 and self._actors[group[0]].you

    def _pronoun(self, group: Group) -> Pronoun | None:
        if any(self._actors[one].you for one in group):
            return self._language.pronoun("you" if len(group) == 1 else "you_all")
        return self._language.pronoun("group" if len(group) > 1 else self._actors[next(iter(group))].pronouns)

    def _clear(self, group: Group, case: Case) -> bool:
        if case == "p" and group == self._subject:
            return True
        if group not in self._now and group not in self._before:
            return False
        own = self._pronoun(group)
        others = {*self._now, *self._before} - {group}
        return own is not None and all(self._apart(own, other) for other in others)

    def _apart(self, own: Pronoun, other: Group) -> bool:
        theirs = self._pronoun(other)
        return theirs is None or theirs.object != own.object

    def _named(self, group: Group, case: Case) -> str:
        you = self._language.grammar.pronouns["you"].object
        listeners = [you for one in group if self._actors[one].you]
        text = self._language.both([*listeners, *self._called([one for one in group if not self._actors[one].you])])
        return text + self._language.grammar.nouns.possessive if case == "p" else text

    def _called(self, group: list[str]) -> list[str]:
        """Return names, and for several that are called the same, what they are together: "the giant rats"."""
        alike = Counter(self._actors[one].name for one in group if not self._actors[one].proper)
        several = {one for one in group if alike[self._actors[one].name] > 1}
        return list(dict.fromkeys(self._all_called(one) if one in several else self._names[one] for one in group))

    def _all_called(self, one: str) -> str:
        return self._language.plural(_whole(self._actors[one], self._language))


def names(actors: Mapping[str, Actor], language: Language) -> dict[str, str]:
    """Return what to call each actor: first names where they are enough, ordinals where names are the same."""
    short = {key: _short(actor, language) for key, actor in actors.items()}
    taken = list(short.values())
    chosen = {key: name if taken.count(name) == 1 else _whole(actors[key], language) for key, name in short.items()}
    return dict(_counted(chosen, actors, language))


def _short(actor: Actor, language: Language) -> str:
    first, _, rest = actor.name.partition(" ")
    if not actor.proper or not rest or first.lower() in language.grammar.nouns.names_whole:
        return _whole(actor, language)
    return first


def _whole(actor: Actor, language: Language) -> str:
    name = actor.name.strip()
    if not name:
        return language.grammar.nouns.somebody
    return name if actor.proper else language.definite(_plain(name))


def _plain(name: str) -> str:
    return name.lower() if name.istitle() else name


def _counted(chosen: dict[str, str], actors: Mapping[str, Actor], language: Language) -> list[tuple[str, str]]:
    ordinals = language.grammar.nouns.ordinals
    definite = language.grammar.nouns.definite + " "
    counts: dict[str, int] = {}
    found: list[tuple[str, str]] = []
    for key in sorted(chosen):
        name = chosen[key]
        number = counts[name] = counts.get(name, -1) + 1
        if number and not actors[key].proper and name.startswith(definite):
            name = f"{definite}{ordinals[min(number, len(ordinals)) - 1]} {name.removeprefix(definite)}"
        found.append((key, name))
    return found
