"""A real llama.cpp with a model that a test makes: what it says is senseless, or the one sentence that it was made of.

A process of its own, for it is native code and is killed now and then: `python -m tests.llama MODEL` serves until its
input ends. Needs the packages xllamacpp, which is llama.cpp's own server as a library, and gguf: `make engines`.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

SENTENCE = ("In", "▁the", "▁half-light", ",", "▁Marrick", "▁Hale", "▁goes", "▁on", "▁with", "▁what", "▁has", "▁to",
            "▁be", "▁done", ".", "▁[1]")  # fmt: skip
"""What one of them says, a token each: true of Marrick, whatever he did, and with the mark where one text belongs."""
CONTEXT = 16_384
"""Tokens: a letter takes one, and a question has thousands of letters."""
UNKNOWN, BEGIN, END, LETTERS = 0, 1, 2, 3
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
"""A question ends with a new line, which is what an answer follows."""


def make(file: Path, *, width: int = 64, sensible: bool = False) -> Path:
    """Write a model of one layer: with weights by chance, or with those that make each word follow the one before.

    Then attention and layer add nothing to the place of the last token, and what follows it is what looks for just it.
    """
    np, gguf = import_module("numpy"), import_module("gguf")
    tokens, kinds = _vocabulary()
    chance = np.random.default_rng(1)

    def weights(*shape: int, none: bool = False) -> Any:
        return np.zeros(shape, "float32") if none else (chance.standard_normal(shape) * 0.3).astype("float32")

    places, looked_for = weights(len(tokens), width), weights(len(tokens), width)
    if sensible:
        places /= np.linalg.norm(places, axis=1, keepdims=True)
        looked_for = weights(len(tokens), width, none=True)
        for before, after in pairwise((LETTERS + ord("\n"), *range(LETTERS + 256, len(tokens)), END)):
            looked_for[after] = 10 * places[before]
    layer = {
        **{f"attn_{name}": weights(width, width) for name in ("q", "k", "v")},
        "attn_output": weights(width, width, none=sensible),
        "ffn_gate": weights(width, width), "ffn_up": weights(width, width),
        "ffn_down": weights(width, width, none=sensible),
        "attn_norm": np.ones(width, "float32"), "ffn_norm": np.ones(width, "float32"),
    }  # fmt: skip
    written = gguf.GGUFWriter(file, "llama")
    _describe(written, width, tokens, kinds)
    named = {"token_embd": places, "output": looked_for, "output_norm": np.ones(width, "float32")}
    for name, tensor in (named | {f"blk.0.{name}": tensor for name, tensor in layer.items()}).items():
        written.add_tensor(f"{name}.weight", tensor)
    written.write_header_to_file()
    written.write_kv_data_to_file()
    written.write_tensors_to_file()
    written.close()
    return file


def _vocabulary() -> tuple[list[bytes], list[int]]:
    """Every letter as its bytes, then the words of the sentence."""
    letters = [f"<0x{number:02X}>".encode() for number in range(256)]
    tokens = [b"<unk>", b"<s>", b"</s>", *letters, *(word.encode() for word in SENTENCE)]
    return tokens, [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256, *[_NORMAL] * len(SENTENCE)]


def _describe(written: Any, width: int, tokens: Sequence[bytes], kinds: Sequence[int]) -> None:
    written.add_context_length(CONTEXT)
    written.add_embedding_length(width)
    written.add_feed_forward_length(width)
    written.add_block_count(1)
    written.add_head_count(width // 32)
    written.add_head_count_kv(width // 32)
    written.add_rope_dimension_count(32)
    written.add_layer_norm_rms_eps(1e-5)
    written.add_vocab_size(len(tokens))
    written.add_tokenizer_model("llama")
    written.add_token_list(tokens)
    written.add_token_types(kinds)
    written.add_token_scores([0.0] * len(tokens))
    written.add_unk_token_id(UNKNOWN)
    written.add_bos_token_id(BEGIN)
    written.add_eos_token_id(END)
    written.add_chat_template(_TEMPLATE)


class Llama:
    """A server that runs; `url` is where it speaks as OpenAI's do."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url

    def kill(self) -> None:
        """End it with SIGKILL, as a lack of memory would."""
        self.process.kill()
        self.process.wait()


@contextmanager
def running(model: Path, kind: str = "chat") -> Iterator[Llama]:
    """Serve a model, by itself, for chats or for embeddings."""
    command = [sys.executable, "-m", "tests.llama", str(model), kind]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield Llama(process, process.stdout.readline().strip() + "/v1")
        finally:
            process.kill()


def serve(model: str, kind: str) -> None:
    """Serve a model until standard input ends."""
    llama = import_module("xllamacpp")
    chosen = llama.CommonParams()
    chosen.model.path = model
    chosen.n_ctx = CONTEXT
    chosen.port = 0
    chosen.cpuparams.n_threads = chosen.cpuparams_batch.n_threads = (
        1  # several wait for each other, and others work here
    )
    chosen.warmup = False
    chosen.ui = False
    if kind == "embeddings":
        chosen.embedding = True
        chosen.pooling_type = llama.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        chosen.n_ubatch = chosen.n_batch
    server = llama.Server(chosen)
    print(server.listening_address, flush=True)  # noqa: T201 - for whoever started it
    sys.stdin.read()


if __name__ == "__main__":
    serve(*sys.argv[1:3])
