"""A model for embeddings on this machine: a folder with `model.onnx` and `tokenizer.json`.

Runs in a thread on one core, so that nothing waits for it but who asked. Loads no other kind of file: a pickle can do
anything, and these two cannot.
"""

import asyncio
import os
from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from taleforge.errors import Misconfigured, ModelFailed

MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
LONGEST: Final = 256
"""Tokens of a text that are read; memories are shorter."""
AT_ONCE: Final = 16
"""Texts that are read together: more take more memory, and no less time."""
HOW: Final = "pip install 'taleforge[onnx]'"
WHAT: Final = f"It has to hold {MODEL} and {TOKENIZER}, as a sentence-transformers model exported to ONNX has."


class OnnxEmbedder:
    """A model in a folder; opened when it is first asked.

    Args:
        folder: Where it is.

    Raises:
        Misconfigured: there is none, or what runs it is not installed.
    """

    def __init__(self, folder: Path) -> None:
        for name in (MODEL, TOKENIZER):
            if not (folder / name).is_file():
                raise Misconfigured(f"There is no {name} in {folder}, which memory.model names.", WHAT)
        self._session, self._tokenizer = _opened(folder)
        self._inputs = {known.name for known in self._session.get_inputs()}
        self._lock = asyncio.Lock()
        self.name = f"onnx:{sha256((folder / MODEL).read_bytes()).hexdigest()[:16]}"
        """What tells its space from others: the model's own digest."""

    async def embed(self, texts: Sequence[str], table: str = "") -> list[list[float]]:  # noqa: ARG002  # it costs nobody
        """Return a vector for each text. Raises ModelFailed."""
        async with self._lock:
            found: list[list[float]] = []
            for at in range(0, len(texts), AT_ONCE):
                found += await asyncio.to_thread(self._embed, texts[at : at + AT_ONCE])
            return found

    def _embed(self, texts: Sequence[str]) -> list[list[float]]:
        import numpy as np  # noqa: PLC0415  # of an extra

        read = self._tokenizer.encode_batch(list(texts))
        known = {
            "input_ids": np.array([one.ids for one in read], "int64"),
            "attention_mask": np.array([one.attention_mask for one in read], "int64"),
            "token_type_ids": np.array([one.type_ids for one in read], "int64"),
        }
        try:
            [found, *_] = self._session.run(None, {name: known[name] for name in self._inputs})
        except Exception as error:  # the runtime's own exceptions have no common base
            raise ModelFailed("The model of memory.model cannot be run.", WHAT, "garbage") from error
        return _pooled(np, found, known["attention_mask"])


def _pooled(np: Any, found: Any, mask: Any) -> list[list[float]]:
    """Return the mean of the vectors of each text's tokens; a model that gives one for each text has done that."""
    if found.ndim == 2:
        return found.tolist()
    weights = mask[:, :, None].astype(found.dtype)
    return ((found * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)).tolist()


def _opened(folder: Path) -> tuple[Any, Any]:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is imported; its Linux wheels tell their maker otherwise
    try:
        onnxruntime, tokenizers = (import_module(name) for name in ("onnxruntime", "tokenizers"))
    except ImportError as error:
        raise Misconfigured(f"memory.embedder needs parts that are not installed ({error.name}).", HOW) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is raised
    try:
        session = onnxruntime.InferenceSession(folder / MODEL, options, providers=["CPUExecutionProvider"])
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER))
    except Exception as error:  # neither library's exceptions have a common base
        raise Misconfigured(f"The model in {folder} cannot be read.", WHAT) from error
    tokenizer.enable_truncation(LONGEST)
    tokenizer.enable_padding()
    return session, tokenizer
