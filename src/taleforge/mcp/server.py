"""The tools, resources and prompts as the SDK serves them, over whatever transport calls come.

A call over HTTP brings the token of its seat; over stdio there is one seat, whose token is empty here. What fails
becomes the answer of the tool, so that an agent can read it and do better.
"""

import tomllib
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, Final, cast

import mcp_types as types
import msgspec
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from taleforge import __version__
from taleforge.errors import TaleforgeError
from taleforge.mcp import saying
from taleforge.mcp.agent import Agent, Answer
from taleforge.mcp.agents import Agents
from taleforge.mcp.tools import TOOLS, Tool, described, schema_of
from taleforge.messages.codec import encode

NAME: Final = "taleforge"
Asked = ServerRequestContext[Any, Any]
_RESOURCES: Final[dict[str, tuple[str, str, Callable[[Agent], str]]]] = {
    "taleforge://seat/view": ("view", "All that the seat knows, as data.", lambda agent: encode(agent.view).decode()),
    "taleforge://seat/sheet": (
        "sheet", "The seat's own character.", lambda agent: saying.sheet(agent.view, agent.words)
    ),
    "taleforge://seat/journal": (
        "journal", "What the seat has written down.", lambda agent: saying.journal(agent.view, agent.words)
    ),
    "taleforge://seat/recap": ("recap", "What was told lately.", lambda agent: agent.recap()),
}  # fmt: skip


class Texts(msgspec.Struct, frozen=True):
    """What agents are told of the whole, and prompts by name."""

    instructions: str
    prompts: dict[str, dict[str, str]]


@cache
def texts() -> Texts:
    """Return the words of `texts.toml`."""
    file = resources.files("taleforge.mcp").joinpath("texts.toml")
    return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), Texts)


def make_server(agents: Agents) -> Server[Any]:
    """Return a server that acts for agents."""
    return Server(
        NAME, version=__version__, title="Taleforge", instructions=texts().instructions,
        on_list_tools=_list_tools, on_call_tool=_Calls(agents).call, on_list_resources=_list_resources,
        on_read_resource=_Calls(agents).read, on_list_prompts=_list_prompts, on_get_prompt=_get_prompt,
    )  # fmt: skip


async def serve_stdio(agents: Agents) -> None:
    """Serve one agent over stdin and stdout until it goes."""
    server = make_server(agents)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


def token_of(asked: Asked) -> str:
    """Return the token that a call came with; empty over stdio."""
    headers = getattr(asked.request, "headers", None)
    given = str(headers.get("authorization", "")) if headers is not None else ""
    return given.partition(" ")[2].strip()


class _Calls:
    """Calls that need a seat."""

    def __init__(self, agents: Agents) -> None:
        self._agents = agents

    async def call(self, asked: Asked, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Use a tool."""
        kind = TOOLS.get(params.name)
        if kind is None:
            return _result(Answer(f"There is no tool {params.name[:60]!r}.", {"code": "input/invalid"}, failed=True))
        try:
            tool = msgspec.convert({**(params.arguments or {}), "type": params.name}, kind)
            return _result(await self._agents.at(token_of(asked), tool.use))
        except msgspec.ValidationError as error:
            return _result(Answer(f"{error}.", {"code": "input/invalid"}, failed=True))
        except TaleforgeError as error:
            return _result(Answer(f"{error} [{_code(error)}]", {"code": _code(error)}, failed=True))

    async def read(self, asked: Asked, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        """Read a resource."""
        _, _, shown = _RESOURCES.get(params.uri, ("", "", None))
        if shown is None:
            raise MCPError(types.INVALID_PARAMS, "There is no such resource.")

        async def read(agent: Agent) -> str:
            await agent.reach()
            return shown(agent)

        try:
            text = await self._agents.at(token_of(asked), read)
        except TaleforgeError as error:
            raise MCPError(types.INTERNAL_ERROR, str(error)) from error
        return types.ReadResourceResult(contents=[types.TextResourceContents(uri=params.uri, text=text)])


def _code(error: TaleforgeError) -> str:
    return str(getattr(error, "reason", error.code))


def _result(answer: Answer) -> types.CallToolResult:
    data = cast("dict[str, Any]", msgspec.to_builtins(answer.data))
    content: list[types.ContentBlock] = [types.TextContent(text=answer.text)]
    if answer.picture:
        content.append(types.ImageContent(data=b64encode(answer.picture).decode(), mime_type="image/png"))
    return types.CallToolResult(content=content, structured_content=data, is_error=answer.failed)


async def _list_tools(_: Asked, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[_tool(name, kind) for name, kind in TOOLS.items()])


def _tool(name: str, kind: type[Tool]) -> types.Tool:
    hints = types.ToolAnnotations(read_only_hint=kind.reads, open_world_hint=False)
    return types.Tool(name=name, description=described(kind), input_schema=schema_of(kind), annotations=hints)


async def _list_resources(_: Asked, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
    rows = [
        types.Resource(uri=uri, name=name, description=about, mime_type=_mime(name))
        for uri, (name, about, _) in _RESOURCES.items()
    ]
    return types.ListResourcesResult(resources=rows)


def _mime(name: str) -> str:
    return "application/json" if name == "view" else "text/plain"


async def _list_prompts(_: Asked, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    rows = [types.Prompt(name=name, title=prompt["title"]) for name, prompt in texts().prompts.items()]
    return types.ListPromptsResult(prompts=rows)


async def _get_prompt(_: Asked, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    prompt = texts().prompts.get(params.name)
    if prompt is None:
        raise MCPError(types.INVALID_PARAMS, "There is no such prompt.")
    said = types.PromptMessage(role="user", content=types.TextContent(text=prompt["text"].strip()))
    return types.GetPromptResult(description=prompt["title"], messages=[said])
