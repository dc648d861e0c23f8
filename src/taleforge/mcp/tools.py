"""The tools of an agent (PROTOCOL §8), each a struct: its fields are the arguments, its docstring is the description.

Most become one command of the seat. What a tool may do is not said here: the table judges the command.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

import msgspec
from msgspec import Meta, Struct

from taleforge.client.bots import PictureWish
from taleforge.mcp import saying
from taleforge.mcp.agent import Agent, Answer
from taleforge.mcp.lookup import look_up
from taleforge.messages.commands import Answer as AnswerDecision
from taleforge.messages.commands import CommandData, Do, Leave, Ready, RollDice, Say, Sit, UseOption
from taleforge.rules import dice

Text = Annotated[str, Meta(max_length=20_000)]
"""Words of a player; what is too long for a table, the table refuses."""
MOST_WAIT: Final = 20


class Tool(Struct, frozen=True, forbid_unknown_fields=True):
    """Something an agent can do."""

    reads: ClassVar[bool] = False
    """Whether it changes nothing."""

    async def use(self, agent: Agent) -> Answer:
        """Do it; raises what the table raises."""
        raise NotImplementedError


class Wish(Tool, frozen=True):
    """A tool that is one command of the seat."""

    def command(self) -> CommandData:
        """Return the command."""
        raise NotImplementedError

    async def use(self, agent: Agent) -> Answer:
        """Ask the table for it."""
        return await agent.act(self.command())


class Act(Wish, frozen=True, tag="act"):
    """Do something, in your own words, as a player would say it: "I look behind the altar", "attack the goblin"."""

    text: Annotated[Text, Meta(description="What your character does.")]

    def command(self) -> CommandData:
        """Return the command."""
        return Do(self.text)


class Choose(Wish, frozen=True, tag="choose"):
    """Use one of the options that `options` lists, by its id, on as many targets as it picks."""

    option: Annotated[str, Meta(description="The option's id.")]
    targets: Annotated[tuple[str, ...], Meta(description='Ids of targets, or cells as "column,row".')] = ()
    params: Annotated[dict[str, str | int], Meta(description="More, such as the `slot` of a spell.")] = {}

    def command(self) -> CommandData:
        """Return the command."""
        return UseOption(self.option, self.targets, self.params)


class Speak(Wish, frozen=True, tag="speak"):
    """Say something in character, to somebody or to the room."""

    text: Annotated[Text, Meta(description="What your character says, word by word.")]
    to: Annotated[str | None, Meta(description="The id of whom it says it to.")] = None

    def command(self) -> CommandData:
        """Return the command."""
        return Say(self.text, self.to)


class AnswerTo(Wish, frozen=True, tag="answer"):
    """Answer what the table asks you: which of several things you meant, or whether to use a reaction."""

    decision: Annotated[str, Meta(description="The question's id, as in `You are asked [decision …]`.")]
    choice: Annotated[str, Meta(description="What one of its choices begins with.")]

    def command(self) -> CommandData:
        """Return the command."""
        return AnswerDecision(self.decision, self.choice)


class Roll(Wish, frozen=True, tag="roll"):
    """Roll dice at the table, for all to see; checks and attacks of the game roll by themselves."""

    dice: Annotated[str, Meta(description="As 2d6+3 or 4d6kh3.")]
    reason: str = ""
    secret: Annotated[bool, Meta(description="For the host and you alone.")] = False

    def command(self) -> CommandData:
        """Return the command."""
        return RollDice(self.dice, self.reason, self.secret)


class LeaveTable(Wish, frozen=True, tag="leave"):
    """Leave the table; your character stays behind in the hands of the table."""

    def command(self) -> CommandData:
        """Return the command."""
        return Leave()


class Look(Tool, frozen=True, tag="look"):
    """See where you are, who is there and how everybody is; and hear what happened since your last call."""

    reads: ClassVar[bool] = True
    wait: Annotated[
        int, Meta(ge=0, le=MOST_WAIT, description="Seconds to wait for something to happen if nothing has.")
    ] = 0

    async def use(self, agent: Agent) -> Answer:
        """Tell the news, then the place."""
        news = await agent.news(float(self.wait))
        text = f"{news.text}\n\n{saying.place(agent.view, agent.words)}"
        return Answer(text, {**news.data, "view": saying.plain(agent.view)})


class Options(Tool, frozen=True, tag="options"):
    """List what you can do now, with ids for `choose`, your chances as far as you know, and what each costs."""

    reads: ClassVar[bool] = True

    async def use(self, agent: Agent) -> Answer:
        """List them, as far as the connection has it."""
        await agent.reach()
        return Answer(*saying.options(agent.view, agent.words, agent.name))


class OddsOf(Tool, frozen=True, tag="odds"):
    """Count the odds of dice exactly, without rolling them."""

    reads: ClassVar[bool] = True
    dice: Annotated[str, Meta(description="As 2d20kh1+5.")]
    at_least: Annotated[int | None, Meta(description="Say how likely this or more is.")] = None

    async def use(self, agent: Agent) -> Answer:
        """Count; raises BadInput where these are no dice."""
        del agent
        odds = dice.odds(self.dice)
        data: dict[str, Any] = {"dice": self.dice, "min": odds.min, "max": odds.max, "mean": float(odds.mean)}
        text = f"{self.dice}: {odds.min} to {odds.max}, on average {float(odds.mean):.2f}."
        if self.at_least is not None:
            data["chance"] = float(odds.at_least(self.at_least))
            text += f" {self.at_least} or more: {data['chance']:.1%}."
        return Answer(text, data)


class Rules(Tool, frozen=True, tag="rules"):
    """Look something up in the rules: a condition, a spell, how something is done."""

    reads: ClassVar[bool] = True
    question: Annotated[str, Meta(max_length=500, description="A name or a few words, as `grappled`.")]

    async def use(self, agent: Agent) -> Answer:
        """Look it up."""
        del agent
        found = await asyncio.to_thread(look_up, self.question)
        text = "\n".join(f"{rule.name} ({rule.kind}): {rule.text}" for rule in found)
        return Answer(text or "Nothing is written about that.", {"rules": msgspec.to_builtins(found)})


class Recall(Tool, frozen=True, tag="recall"):
    """Remember: find what your character witnessed or was told before, by a few words, or with none the latest."""

    reads: ClassVar[bool] = True
    query: Annotated[str, Meta(max_length=200, description="A few words that stood in it, as `cellar key`.")] = ""

    async def use(self, agent: Agent) -> Answer:
        """Look for it."""
        found = await agent.recall(self.query)
        text = "\n".join(f"({one.why}) {one.text}" for one in found)
        return Answer(text or "Nothing comes to mind.", {"memories": msgspec.to_builtins(found)})


class Paint(Tool, frozen=True, tag="paint"):
    """Have a picture painted: somebody, a thing or a place, as you describe it. Nothing happens at the table."""

    prompt: Annotated[str, Meta(min_length=1, max_length=2_000, description="What it shows, in words.")]
    style: Literal["gouache", "ink", "woodcut", "glass"] | None = None
    kind: Annotated[
        Literal["portrait", "item", "scene"] | None, Meta(description="What it is; else the words say it.")
    ] = None
    size: Annotated[int, Meta(ge=64, le=1024, description="Pixels to each side.")] = 512

    async def use(self, agent: Agent) -> Answer:
        """Have it painted."""
        picture = await agent.paint(PictureWish(self.prompt, self.style, self.kind, self.size))
        return Answer(f"Painted: {self.prompt}", {"mime": "image/png", "bytes": len(picture)}, picture=picture)


class Join(Tool, frozen=True, tag="join"):
    """Sit down at your table with one of its characters that nobody has taken, and be ready to begin.

    `look` lists them while play has not begun.
    """

    character: Annotated[str, Meta(description="The character's id.")]
    name: Annotated[str, Meta(max_length=60, description="Your own name at the table.")] = "Agent"

    async def use(self, agent: Agent) -> Answer:
        """Sit down, and say that we are ready."""
        seated = await agent.act(Sit(self.character, self.name))
        return seated if seated.failed else await agent.act(Ready())


_ALL: Final[tuple[type[Tool], ...]] = (
    Act, Choose, Speak, AnswerTo, Look, Options, Roll, OddsOf, Rules, Paint, Recall, Join, LeaveTable,
)  # fmt: skip
TOOLS: Final[Mapping[str, type[Tool]]] = {str(tool.__struct_config__.tag): tool for tool in _ALL}


def described(tool: type[Tool]) -> str:
    """Return what a tool is for."""
    return " ".join((tool.__doc__ or "").split())


def schema_of(tool: type[Tool]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments."""
    (_, components) = msgspec.json.schema_components((tool,))
    schema = dict(components[tool.__name__])
    properties = {key: value for key, value in schema["properties"].items() if key != "type"}
    required = [key for key in schema.get("required", ()) if key != "type"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
