#!/usr/bin/env python3
"""A double of Ollama for machines that cannot pull its image: its lists, its pulls, and OpenAI's chat and embeddings.

As a program it is `ollama serve` and `ollama list`. It keeps no model, and what it says is always the same; a pull goes
wrong in ways that a test asks for.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import Any, Literal
from urllib.request import urlopen

SAID = ("The air ", "is still.")
SIZE = 1000
Fault = Literal["status", "error", "broken", "stall", "garbage"]


class Double(ThreadingHTTPServer):
    """The server.

    Args:
        address: Where it listens.
        folder: Where the names of its models are kept, as files.
        faults: What goes wrong with the next pulls, one after the other.
    """

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path, faults: list[Fault | None] | None = None) -> None:
        super().__init__(address, Handler)
        self.folder = folder
        self.faults = faults or []
        self.pulled: list[str] = []
        self.ended = Event()

    @property
    def models(self) -> list[str]:
        """The models that are there, the newest last."""
        files = sorted(self.folder.glob("*.model"), key=lambda file: file.stat().st_mtime_ns)
        return [file.read_text() for file in files]

    def keep(self, name: str) -> None:
        """Let a model be there."""
        (self.folder / f"{hashlib.sha256(name.encode()).hexdigest()}.model").write_text(name)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; a connection ends with its answer."""

    server: Double  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_GET(self) -> None:
        """List the models, as Ollama does and as OpenAI does."""
        match self.path:
            case "/":
                self._say("Ollama is running")
            case "/api/tags":
                self._say({"models": [{"name": name, "model": name, "size": SIZE} for name in self.server.models]})
            case "/v1/models":
                self._say({"object": "list", "data": [{"id": name, "object": "model"} for name in self.server.models]})
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        """Pull a model, talk, or embed."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        match self.path:
            case "/api/pull":
                self._pull(asked["model"])
            case "/v1/chat/completions" if asked["model"] in self.server.models:
                self._stream("text/event-stream", _chat(asked))
            case "/v1/embeddings" if asked["model"] in self.server.models:
                inputs = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
                data = [{"index": n, "embedding": embedded(text)} for n, text in enumerate(inputs)]
                self._say({"object": "list", "model": asked["model"], "data": data})
            case _:
                self.send_error(404)

    def _pull(self, name: str) -> None:
        self.server.pulled.append(name)
        fault = self.server.faults.pop(0) if self.server.faults else None
        if fault == "status":
            self.send_error(500)
            return
        self._stream("application/x-ndjson", self._pulling(name, fault))

    def _pulling(self, name: str, fault: Fault | None) -> Iterator[str]:
        yield json.dumps({"status": "pulling manifest"}) + "\n"
        for done in range(0, SIZE + 1, SIZE // 4):
            yield json.dumps({"status": f"pulling {name}", "total": SIZE, "completed": done}) + "\n"
            match fault:
                case "error":
                    yield json.dumps({"error": "pull model manifest: file does not exist"}) + "\n"
                    return
                case "broken":
                    return
                case "garbage":
                    yield "<html>\n"
                    return
                case "stall":
                    self.server.ended.wait()
                case _:
                    pass
        self.server.keep(name if ":" in name else f"{name}:latest")
        yield json.dumps({"status": "success"}) + "\n"

    def _say(self, said: object) -> None:
        self._stream("application/json", iter([json.dumps(said)]))

    def _stream(self, media: str, parts: Iterator[str]) -> None:
        self.send_response(200)
        self.send_header("content-type", media)
        self.end_headers()
        for part in parts:
            self.wfile.write(part.encode())
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by its base
        """Say nothing."""


def _chat(asked: dict[str, Any]) -> Iterator[str]:
    about = {"id": "chat", "object": "chat.completion.chunk", "created": 0, "model": asked["model"]}
    for piece in SAID:
        choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
        yield f"data: {json.dumps({**about, 'choices': [choice]})}\n\n"
    yield f"data: {json.dumps({**about, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
    usage = {"prompt_tokens": 9, "completion_tokens": len(SAID), "total_tokens": 9 + len(SAID)}
    yield f"data: {json.dumps({**about, 'choices': [], 'usage': usage})}\n\ndata: [DONE]\n\n"


def embedded(text: str) -> list[float]:
    """Return a vector of a text: what words it has, and no more."""
    vector = [0.0] * 64
    for word in text.lower().split():
        vector[hashlib.sha256(word.encode()).digest()[0] % 64] += 1.0
    return vector


def main() -> None:
    """Serve, or list."""
    host, _, port = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434").rpartition(":")
    if sys.argv[1:] == ["serve"]:
        folder = Path(os.environ["OLLAMA_MODELS"])
        Double((host, int(port)), folder).serve_forever()
    else:
        sys.stdout.write(urlopen(f"http://127.0.0.1:{port}/api/tags", timeout=3).read().decode())


if __name__ == "__main__":
    main()
