"""Write the golden file of each command, event and frame that has none: `python -m tests.golden.make`.

A golden file is a promise to clients and to logs already written, so an existing one is never overwritten here: a
change that breaks one needs a new version and an upcaster, not a new file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from taleforge.live.stream import reply_frame
from taleforge.messages import commands as cmd
from taleforge.messages import events as ev
from taleforge.messages.codec import encode
from taleforge.messages.commands import COMMANDS, command
from taleforge.messages.events import EVENT_VERSIONS, EVENTS, By, Event
from taleforge.messages.frames import AudioIn, AudioOut, ClientCommand, Frame, Hello, Pong, Typing
from taleforge.messages.ids import CommandId
from taleforge.messages.patch import diff_views, plain
from taleforge.messages.views import DecisionChoice, DecisionView
from taleforge.rules import facts
from taleforge.rules.creature import ActiveEffect
from taleforge.rules.dice import Roll
from taleforge.rules.explain import Explanation, Part, Source
from taleforge.table import project
from tests.table.game import HOST, NOW, Game
from tests.table.player import play

HERE = Path(__file__).parent / "protocol"
CRT = "crt_01kaf0000000000000000000a1"
FOE = "crt_01kaf0000000000000000000b2"
COMMAND = CommandId("cmd_01kaf0000000000000000000c1")
D20 = Roll("1d20+3", 15, ((20, 12, "kept"),), 41)
WHY = Explanation(15, "save", (Part(12, Source("die/d20")), Part(3, Source("ability/wis"))), D20)
DECISION = DecisionView(
    "dcs_01kaf0000000000000000000d1", "reaction", "reaction/shield",
    (DecisionChoice("react", "reaction/use", {"action": "shield"}), DecisionChoice("pass", "reaction/pass")), "pass",
    {"attacker": FOE}, "2026-11-20T20:00:30.000Z",
)  # fmt: skip

SAMPLE_COMMANDS: dict[str, cmd.CommandData] = {
    "sit": cmd.Sit("fighter", "Ann"),
    "leave": cmd.Leave(),
    "ready": cmd.Ready(),
    "say": cmd.Say("Evening.", CRT, "warm"),
    "do": cmd.Do("I look behind the sacks"),
    "use_option": cmd.UseOption("act:longsword", (FOE,), {"slot": 1}, "hit him"),
    "answer": cmd.Answer("dcs_01kaf0000000000000000000d1", "react"),
    "roll": cmd.RollDice("4d6kh3", "strength"),
    "move": cmd.Move((4, 2), ((3, 2), (4, 2))),
    "end_turn": cmd.EndTurn(),
    "rest": cmd.Rest("short", 1),
    "undo": cmd.Undo(2),
    "branch": cmd.Branch(17),
    "pause": cmd.Pause(),
    "resume": cmd.Resume(),
    "xcard": cmd.XCard(),
    "safety.set": cmd.SetSafety(("spiders",), ("blood",)),
    "house_rule.set": cmd.SetHouseRule("odds", "exact"),
    "policy.set": cmd.SetPolicy({"shield": "always"}, companion=False),
    "entropy": cmd.Entropy("5e" * 32),
    "whisper": cmd.Whisper("seat_01kaf0000000000000000000s2", "He lies."),
    "spectate": cmd.Spectate("Cy"),
    "kick": cmd.Kick("seat_01kaf0000000000000000000s2"),
    "hand_over": cmd.HandOver("seat_01kaf0000000000000000000s2"),
    "away": cmd.Away(),
    "hold": cmd.Hold(),
    "rule": cmd.Rule("dcs_01kaf0000000000000000000d1", "allowed"),
    "svc.act": cmd.EngineAct(FOE),
    "svc.deed": cmd.EngineDeed("seat_01kaf0000000000000000000s1"),
    "svc.away": cmd.EngineAway("seat_01kaf0000000000000000000s2", away=True),
    "svc.timeout": cmd.EngineTimeout("dcs_01kaf0000000000000000000d1"),
}

RARE_EVENTS: tuple[Struct, ...] = (
    ev.TableBranched("tbl_01kaf0000000000000000000t2", 17),
    ev.TableImported("elsewhere", "5ea1ed5ea1ed5ea1"),
    ev.DiceRevealed("ab" * 32),
    ev.SeatLeft("seat_01kaf0000000000000000000s1"),
    ev.SeatAway("seat_01kaf0000000000000000000s1", away=True),
    ev.HostChanged("seat_01kaf0000000000000000000s1"),
    ev.Whispered("seat_01kaf0000000000000000000s1", "seat_01kaf0000000000000000000s2", "He lies."),
    ev.TurnHeld(12),
    ev.DeedPlanned(
        "seat_01kaf0000000000000000000s1", "act:longsword", (FOE,), {"slot": 1}, "I strike at it", until=NOW
    ),
    ev.DeedDone("seat_01kaf0000000000000000000s1", "option/unavailable"),
    ev.GatheringHeld("seat_01kaf0000000000000000000s1"),
    ev.GatheringClosed(("seat_01kaf0000000000000000000s2",)),
    ev.RewindOffered(
        "dcs_01kaf0000000000000000000d1", (ev.RewindPoint("stay"), ev.RewindPoint("deed", 40)), NOW, (HOST,)
    ),
    ev.RewindAsked("dcs_01kaf0000000000000000000d1", "deed"),
    ev.RewindChosen("dcs_01kaf0000000000000000000d1", "deed", "default"),
    ev.RulingMade(CRT, "spell/prestidigitation", "allowed"),
    facts.CreatureLeft(FOE, "fled"),
    facts.Revived(CRT, 1),
    facts.ResourceSpent(CRT, "slot:1"),
    facts.TemporaryHitPointsGained(CRT, 5, CRT, D20),
    facts.ConcentrationEnded(CRT, "damage"),
    facts.ConditionLost(CRT, f"{CRT}/bless", "bless", "concentration"),
    facts.ConditionGained(
        CRT, ActiveEffect(f"{CRT}/poisoned", "poisoned", FOE, ("poisoned",), ends_round=12), "Poison"
    ),
    facts.RulingNeeded(CRT, "prestidigitation", "spell/prestidigitation", "A small, harmless trick."),
    facts.DeathSaveMade(CRT, D20, 1, 0, "success"),
    facts.Healed(CRT, 5, 9, WHY, CRT, D20),
    facts.SaveMade(CRT, "wis", 13, success=True, why=WHY, roll=D20, reason="bane"),
    facts.ExhaustionChanged(CRT, 1, "no sleep"),
    facts.Died(FOE, CRT),
    facts.ReactionUsed(CRT, "shield"),
    facts.SpellCast(CRT, "cure_wounds", "Cure Wounds", 1, 1, "action", (CRT,)),
    ev.SideChanged(FOE, "foe"),
    ev.PartyPlaced({CRT: (3, 4)}),
)


def samples() -> Iterator[tuple[str, Any]]:
    """Yield every golden file's path below `protocol` and its content."""
    for name in COMMANDS:
        given = command(COMMAND, HOST, SAMPLE_COMMANDS[name], 4)
        yield f"commands/{name}.json", json.loads(encode(given))
    found = _played() | {ev.EVENT_NAMES[type(data)]: _wrapped(data) for data in RARE_EVENTS}
    for name in EVENTS:
        if name in found:
            yield f"events/{name}.json", json.loads(encode(found[name]))
    yield from _frames()


def _played() -> dict[str, Event]:
    """Return the shortest event of each name in some random plays."""
    shortest: dict[str, Event] = {}
    for seed in range(30):
        for event in play(seed, 60, guest=seed % 2 == 0).log:
            known = shortest.get(event.name)
            if known is None or len(encode(event)) < len(encode(known)):
                shortest[event.name] = event
    return shortest


def _wrapped(data: Any) -> Event:
    name = ev.EVENT_NAMES[type(data)]
    return Event(
        42, name, EVENT_VERSIONS[name], "evt_01kaf0000000000000000000e1", NOW, 7, By(engine=True), data, nonce=42
    )


def _frames() -> Iterator[tuple[str, Any]]:
    game = Game().begin()
    before = game.view()
    [event, *_] = game.ok(cmd.UseOption("do:ask_store"))
    heard = project(game.state, event, HOST)
    assert heard is not None
    frames: dict[str, Struct] = {
        "event": Frame("event", to_builtins(heard) | {"patch": diff_views(before, game.view())}, 12),
        "snapshot": Frame("snapshot", {"view": plain(game.view()), "n": 12}, 12),
        "prose.final": Frame("prose.final", {"v": 12, "lang": "en", "text": "Rain on the shutters."}, 13),
        "prose.delta": Frame("prose.delta", {"v": 12, "i": 0, "text": "Rain on "}),
        "presence": Frame("presence", {"seats": [HOST]}),
        "typing": Frame("typing", {"seat": HOST, "on": True}),
        "ack": reply_frame(cmd.Ack(COMMAND, 12)),
        "refused": reply_frame(cmd.Refused(COMMAND, "turn/not_yours")),
        "ask": reply_frame(
            cmd.Ask(
                COMMAND,
                cmd.Question("interpret/which_target", {"word": "rat"}),
                (cmd.AnswerChoice("1", "the first rat", option="act:longsword", targets=(FOE,)),),
            )
        ),
        "decision": Frame("decision", to_builtins(DECISION), 14),
        "job": Frame("job", {"job": "job_01kaf0000000000000000000j1", "state": "running", "progress": 40}),
        "ping": Frame("ping", {}),
        "resync": Frame("resync", {"reason": "slow"}),
        "bye": Frame("bye", {"code": "table/closed"}),
        "client.hello": Hello("token", 11),
        "client.cmd": ClientCommand(
            {"id": "cmd_01kaf0000000000000000000c1", "name": "end_turn", "seat": HOST, "d": {}}
        ),
        "client.pong": Pong(),
        "client.typing": Typing(),
        "audio": Frame("audio", {"v": 12, "i": 0, "of": 1, "format": "mp3", "data": "SUQz"}),
        "heard": Frame("heard", {"re": "rec_1", "text": "look around", "choices": ["look around"]}),
        "client.audio.out": AudioOut(),
        "client.audio.in": AudioIn("rec_1", b"RIFF", last=True),
    }
    for name, frame in frames.items():
        yield f"frames/{name}.json", json.loads(encode(frame))


def main() -> None:
    """Write what is missing."""
    for path, content in samples():
        file = HERE / path
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            print(f"wrote {path}")  # noqa: T201 - a tool prints


if __name__ == "__main__":
    main()
