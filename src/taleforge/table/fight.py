"""Fights at the table: how they begin, how the engine's facts and questions become events, how they end.

The rules of combat are `taleforge.rules`; this module knows seats, decisions and encounters.
"""

from collections.abc import Callable
from typing import Literal

from msgspec import structs

from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codes import Code
from taleforge.rules import facts
from taleforge.rules.creature import Creature
from taleforge.rules.death import hours_until_waking
from taleforge.rules.engine import Outcome, begin_fight, resume, run
from taleforge.rules.engine import end_fight as rules_end_fight
from taleforge.rules.engine import record as rules_record
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.rules.steps import EndTurn, Pending, Step
from taleforge.rules.turns import pass_time
from taleforge.rules.values import Cell
from taleforge.rules.vision import hostile
from taleforge.table import safety
from taleforge.table.clock import later
from taleforge.table.draft import Draft, No, no
from taleforge.table.explore import explore
from taleforge.table.ground import terrain_of
from taleforge.table.seating import free_cell
from taleforge.table.state import OpenDecision, Seat, State
from taleforge.world.scene import Consequence, Encounter, End

Policy = Literal["ask", "always", "never"]
EndReason = Literal["victory", "defeat", "truce", "fled"]
ROUNDS_PER_HOUR = 600
SUDDEN = "sudden"
"""The encounter id of a fight that the scene did not foresee."""


def played_by_table(seat: Seat) -> bool:
    """Whether the table plays a seat's character now: a companion, or one whose player is away."""
    return seat.companion or seat.away


def policy_of(state: State) -> Callable[[str, str], Policy]:
    """Return how each creature's reactions are answered: players are asked unless they said otherwise."""

    def policy(crt: str, action: str) -> Policy:
        seat = state.seat_of(crt)
        if seat is None or played_by_table(seat):
            return "always"
        chosen = seat.reactions.get(action, seat.reactions.get("*", "ask"))
        return "always" if chosen == "always" else "never" if chosen == "never" else "ask"

    return policy


def play(draft: Draft, steps: tuple[Step, ...]) -> None:
    """Let the engine work off steps, and make events of what happened or a decision of what it asks."""
    state = draft.state
    outcome = run(state.stage, steps, draft.context.dice, terrain_of(state), policy_of(state))
    take_over(draft, outcome)


def record(draft: Draft, *decided: facts.Fact) -> None:
    """Add facts that the story decided (a trap, a rest, time going by), with what follows from them by the rules."""
    state = draft.state
    take_over(draft, rules_record(state.stage, decided, draft.context.dice, terrain_of(state), policy_of(state)))


def take_over(draft: Draft, outcome: Outcome) -> None:
    """Add the facts of an outcome; open a decision if the engine waits; see to what follows when the fight is over."""
    before = draft.state
    for fact in outcome.facts:
        draft.add(fact)
        if isinstance(fact, facts.Moved):
            explore(draft)
    ended = next((fact for fact in outcome.facts if isinstance(fact, facts.CombatEnded)), None)
    if outcome.pending is not None:
        _open(draft, outcome.pending)
    elif ended is not None:
        _after_fight(draft, before, ended.reason)
    elif _had_enough(draft.state):
        end_fight(draft, "fled")


def _open(draft: Draft, pending: Pending) -> None:
    seat = draft.state.seat_of(pending.crt)
    if seat is None or played_by_table(seat):
        _settle_by_itself(draft, pending)
        return
    seconds = int(draft.state.house_rules.get("decision_seconds", "0"))
    until = later(draft.context.now, seconds) if seconds else None
    kind = "ruling" if pending.kind == "ruling" else "choice" if pending.kind == "choice" else "reaction"
    decision = draft.context.ids("dcs")
    draft.add(ev.DecisionOpened(decision, seat.id, pending, kind, until), ev.EVERYBODY)


def _settle_by_itself(draft: Draft, pending: Pending) -> None:
    """A creature that nobody plays takes the default, at once."""
    state = draft.state
    outcome = resume(state.stage, pending, pending.default, draft.context.dice, terrain_of(state), policy_of(state))
    take_over(draft, outcome)


def settle(draft: Draft, decision: OpenDecision, choice: str, how: Literal["answer", "policy", "default"]) -> None:
    """Settle a decision and let the engine go on where it waited."""
    draft.add(ev.DecisionSettled(decision.id, decision.seat, choice, how), ev.EVERYBODY)
    if decision.kind == "ruling":
        draft.add(ev.RulingMade(decision.pending.crt, decision.pending.code, choice), ev.EVERYBODY)
    state = draft.state
    outcome = resume(state.stage, decision.pending, choice, draft.context.dice, terrain_of(state), policy_of(state))
    take_over(draft, outcome)


def answer(draft: Draft, data: cmd.Answer) -> No | None:
    """Answer a decision that waits for this seat, or for everybody."""
    rewind = draft.state.safety.rewind
    if rewind is not None and rewind.id == data.decision:
        return safety.answer(draft, rewind, data.choice)
    decision = draft.state.decisions.get(data.decision)
    if decision is None or decision.seat != draft.seat:
        return no(Code.DECISION_UNKNOWN)
    choices = decision.pending.choices
    if data.choice not in {choice.id for choice in choices}:
        offered = tuple(cmd.AnswerChoice(c.id, code=c.code, params=c.params) for c in choices)
        return No(Code.DECISION_CHOICE, {}, offered)
    settle(draft, decision, data.choice, "answer")
    return None


def rule(draft: Draft, data: cmd.Rule) -> No | None:
    """Settle a ruling, whoever was asked; the host may."""
    decision = draft.state.decisions.get(data.decision)
    if draft.state.seats[draft.seat].role != "host":
        return no(Code.SEAT_HOST_ONLY)
    if decision is None or decision.kind != "ruling":
        return no(Code.DECISION_UNKNOWN)
    if data.choice not in {choice.id for choice in decision.pending.choices}:
        return no(Code.DECISION_CHOICE)
    settle(draft, decision, data.choice, "answer")
    return None


def hold(draft: Draft, _: cmd.Hold) -> No | None:
    """Stop the clock of this turn."""
    if not draft.state.stage.fighting:
        return no(Code.TURN_NO_FIGHT)
    draft.add(ev.TurnHeld(draft.state.turn), ev.EVERYBODY)
    return None


def time_out(draft: Draft, data: cmd.EngineTimeout) -> No | None:
    """Settle a decision by its default, or end a turn whose time is over."""
    rewind = draft.state.safety.rewind
    if rewind is not None and rewind.id == data.decision:
        safety.settle(draft, answered=data.answered)
        return None
    if data.decision == turn_key(draft.state) and deadline(draft.state) is not None and not draft.state.decisions:
        play(draft, (EndTurn(draft.state.stage.active or ""),))
        return None
    decision = draft.state.decisions.get(data.decision)
    if decision is None:
        return no(Code.DECISION_UNKNOWN)
    settle(draft, decision, decision.pending.default, "default")
    return None


def turn_key(state: State) -> str:
    """Return what a time-out calls the turn that is on."""
    return f"turn:{state.turn}"


def deadline(state: State) -> str | None:
    """Return when the turn that is on ends by itself (RFC 3339), if it does."""
    seconds = int(state.house_rules.get("turn_seconds", "0"))
    active = state.stage.active
    seat = state.seat_of(active) if active and state.stage.fighting else None
    if not seconds or seat is None or seat.companion or state.held == state.turn or state.status != "playing":
        return None
    return later(state.turn_began, seconds)


def begin_encounter(draft: Draft, encounter: str, surprise: Literal["party", "foe"] | None = None) -> None:
    """Begin an encounter of the scene: its persons turn foe, its creatures come in, initiative is rolled."""
    scene = draft.state.scene
    planned = next((e for e in scene.encounters if e.id == encounter), None) if scene else None
    if planned is None or draft.state.stage.fighting:
        return
    for person in planned.persons:
        _turn_foe(draft, draft.state.creature_of(person))
    of_a_kind: dict[str, int] = {}
    for kind, cell in planned.creatures:
        of_a_kind[kind] = of_a_kind.get(kind, 0) + 1
        _bring_in(draft, kind, cell, of_a_kind[kind])
    foes = tuple(c.id for c in draft.state.stage.creatures.values() if c.side == "foe" and c.life == "up")
    if foes:
        draft.add(ev.EncounterBegan(encounter, foes), ev.EVERYBODY)
        _roll_initiative(draft, surprise)


def _turn_foe(draft: Draft, creature: Creature | None) -> None:
    if creature is not None and creature.life == "up" and creature.side != "foe":
        draft.add(ev.SideChanged(creature.id, "foe"))


def _bring_in(draft: Draft, kind: str, cell: Cell, number: int) -> None:
    """Bring a creature into play; the second and later ones of a kind are numbered, so that they can be told apart."""
    sheet = draft.state.sheets[kind]
    if number > 1:
        sheet = structs.replace(sheet, name=f"{sheet.name} {number}")
    where = free_cell(draft.state, cell)
    creature = Creature(id=draft.context.ids("crt"), sheet=sheet, hp=sheet.max_hp, side="foe", cell=where)
    draft.add(facts.CombatantJoined(creature))


def begin_sudden(draft: Draft, target: Creature) -> None:
    """A blade is drawn against somebody at peace: an encounter the scene foresaw with them, or one made up now."""
    person = draft.state.person(target.id)
    scene = draft.state.scene
    planned = [e.id for e in scene.encounters if person in e.persons] if scene and person else []
    if planned:
        begin_encounter(draft, planned[0])
        return
    _turn_foe(draft, target)
    draft.add(ev.EncounterBegan(SUDDEN, (target.id,), sudden=True), ev.EVERYBODY)
    _roll_initiative(draft, None)


def _roll_initiative(draft: Draft, surprise: Literal["party", "foe"] | None) -> None:
    state = draft.state
    surprised = tuple(c.id for c in state.stage.creatures.values() if c.side == surprise)
    take_over(draft, begin_fight(state.stage, draft.context.dice, terrain_of(state), policy_of(state), surprised))


def _standing(state: State, side: str) -> list[Creature]:
    return [c for c in state.stage.creatures.values() if c.side == side and c.life == "up"]


def _had_enough(state: State) -> bool:
    """Whether so few foes are left that the encounter says they give up or run."""
    encounter = _encounter(state)
    if encounter is None or not encounter.flee_at or not state.stage.fighting:
        return False
    began, standing = len(state.story.foes), len(_standing(state, "foe"))
    return 0 < standing < began and standing * 100 <= encounter.flee_at * began


def _encounter(state: State) -> Encounter | None:
    scene = state.scene
    return next((e for e in scene.encounters if e.id == state.story.encounter), None) if scene else None


def end_fight(draft: Draft, reason: EndReason) -> None:
    """End the fight by decision: the foes run or give up, or everybody lowers their weapons."""
    before = draft.state
    outcome = _end(before, reason, draft)
    draft.add_all(outcome.facts)
    if outcome.facts:
        _after_fight(draft, before, reason)


def _end(state: State, reason: EndReason, draft: Draft) -> Outcome:
    ended = facts.CombatEnded(reason)
    return rules_end_fight(state.stage, ended, draft.context.dice, terrain_of(state), policy_of(state))


def _after_fight(draft: Draft, before: State, reason: EndReason) -> None:
    """Peace where there is any, experience, the fallen tended, and what the scene says comes next."""
    encounter = _encounter(before)
    if reason in {"truce", "fled"}:
        _make_peace(draft)
    if reason in {"victory", "fled"}:
        _share_experience(draft, before.story.foes)
    consequences = _consequences(encounter, reason)
    if not any(isinstance(c, End) for c in consequences):
        _tend_the_fallen(draft)
    draft.then(consequences, next(iter(_standing(draft.state, "party")), None))


def _consequences(encounter: Encounter | None, reason: EndReason) -> tuple[Consequence, ...]:
    if encounter is None:
        return ()
    by_reason = {"victory": encounter.victory, "defeat": encounter.defeat, "fled": encounter.surrender}
    return by_reason.get(reason, ())


def _tend_the_fallen(draft: Draft) -> None:
    """Friends are stabilized and come to with 1 hit point after 1d4 hours (SRD 5.1, "Stabilizing a Creature")."""
    fallen = [c for c in draft.state.party() if c.life in {"dying", "stable"}]
    if not fallen:
        return
    hours = hours_until_waking(fallen[0], draft.context.dice)
    draft.add(hours, ev.EVERYBODY)
    record(draft, *pass_time(draft.state.stage, hours.roll.total * ROUNDS_PER_HOUR))
    for creature in fallen:
        why = Explanation(1, "healing", (Part(1, Source("rest/come_to")),))
        draft.add(facts.Healed(creature.id, 1, 1, why), ev.EVERYBODY)


def _make_peace(draft: Draft) -> None:
    for creature in _standing(draft.state, "foe"):
        draft.add(ev.SideChanged(creature.id, "neutral"))


def _share_experience(draft: Draft, foes: tuple[str, ...]) -> None:
    """Divide the experience for overcome foes among the characters (SRD 5.1, "Experience Points")."""
    creatures = draft.state.stage.creatures
    total = sum(creatures[crt].sheet.xp for crt in foes if crt in creatures)
    characters = [c for c in draft.state.party() if c.character]
    if characters:
        award(draft, total // len(characters))


def award(draft: Draft, each: int) -> None:
    """Give every character of the party experience points."""
    for friend in draft.state.party():
        if each > 0 and friend.character:
            total = draft.state.experience.get(friend.id, 0) + each
            draft.add(ev.ExperienceGained(friend.id, each, total), ev.EVERYBODY)


def opposed(state: State, crt: str) -> list[Creature]:
    """Return those who fight against a creature and are still standing."""
    one = state.stage.creatures[crt]
    return [other for other in state.stage.creatures.values() if hostile(one, other) and other.life == "up"]
