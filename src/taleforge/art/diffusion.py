"""A diffusion model as ONNX files, in the folders that exporters write: words become a picture, step by step.

`tokenizer`, `text_encoder`, `unet`, `vae_decoder` and `scheduler` of Stable Diffusion 1 and 2 and their like. The noise
at the beginning comes of the seed, so the same seed is the same picture on the same device. For a child process.
"""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import numpy as np
from msgspec import Struct
from numpy import typing as npt

from taleforge.art.fields import Field
from taleforge.art.line import Model, Order
from taleforge.cages.weights import examine_json, examine_onnx
from taleforge.errors import Misconfigured, PaintingFailed

WORDS: Final = 77
"""Tokens that the encoder of words takes."""
LATENT: Final = 8
"""Pixels to each side of a cell that is painted."""
CHANNELS: Final = 4
REMEDY: Final = "pip install 'taleforge[diffusion]'"
_BEGIN, _END = "<|startoftext|>", "<|endoftext|>"
_SPLIT: Final = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_MODELS: Final = ("text_encoder", "unet", "vae_decoder")
_TABLES: Final = ("tokenizer/vocab.json", "scheduler/scheduler_config.json")
_RUNNABLE: Final = frozenset({".bin", ".ckpt", ".pkl", ".pt", ".pth"})
"""Endings of files that are pickles as a rule: they run whatever is written in them."""

Array = npt.NDArray[Any]
Step = Callable[[int], None]
"""Told after each step how many are done; raises to end the painting."""


_NAMES: Final = {"steps": "num_train_timesteps", "predicts": "prediction_type"}


class Schedule(Struct, frozen=True, rename=_NAMES):
    """How noise was added when the model learned, as its own file says it."""

    steps: int = 1000
    beta_start: float = 0.00085
    beta_end: float = 0.012
    beta_schedule: str = "scaled_linear"
    predicts: str = "epsilon"

    def left(self) -> Field:
        """Return how much of a picture is left after each step of noise, as the square of its share."""
        if self.beta_schedule == "scaled_linear":
            betas = np.linspace(self.beta_start**0.5, self.beta_end**0.5, self.steps, dtype=np.float64) ** 2
        else:
            betas = np.linspace(self.beta_start, self.beta_end, self.steps, dtype=np.float64)
        return np.cumprod(1.0 - betas)


def examine(folder: str) -> Path:
    """Return the folder of a model, unless a file of it is missing, cut short, or a pickle. Raises Misconfigured."""
    if not folder:
        raise Misconfigured("art.model does not say where the model is.", "Write the whole path of its folder.")
    path = Path(folder).expanduser()
    if path.suffix in _RUNNABLE:
        raise Misconfigured(
            f"{path} is a pickle, which runs whatever is written in it.", "Export the model to ONNX, and name that."
        )
    if not path.is_dir():
        raise Misconfigured(f"art.model names {folder}, and there is no such folder.", "Write its whole path.")
    for part in _MODELS:
        examine_onnx(path / part / "model.onnx")
    for table in _TABLES:
        examine_json(path / table)
    return path


class Diffusion:
    """The model, loaded. Raises Misconfigured for files that are none, PaintingFailed for what cannot be loaded."""

    def __init__(self, model: Model) -> None:
        folder = examine(model.folder)
        self._model = model
        self._runtime, tokenizers = _library("onnxruntime"), _library("tokenizers")
        try:
            self._tokens = _tokenizer(tokenizers, folder / "tokenizer")
            self._text, self._unet, self._decoder = (self._opened(folder / part / "model.onnx") for part in _MODELS)
            self._schedule = msgspec.json.decode((folder / _TABLES[1]).read_bytes(), type=Schedule)
        except PaintingFailed:
            raise
        except Exception as error:  # that library raises its own kinds, for each fault of a file another
            raise PaintingFailed(
                f"The model in {folder} cannot be loaded ({type(error).__name__}): is a file of it cut short?",
                "Get it again, and see whether art.memory is enough for it.",
            ) from error
        self._scale = float(_setting(folder / "vae_decoder" / "config.json", "scaling_factor", 0.18215))

    def paint(self, order: Order, step: Step) -> Field:
        """Return a picture as rows × columns × 3 numbers between 0 and 1, `step` having been told of each step."""
        told = np.concatenate([self._read(order.never), self._read(order.words)])
        shape = (1, CHANNELS, order.height // LATENT, order.width // LATENT)
        cells: Field = np.random.default_rng(order.seed).standard_normal(shape, dtype=np.float32)
        left = self._schedule.left()
        times = np.linspace(self._schedule.steps - 1, 0, self._model.steps).round().astype(np.int64)
        for number, time in enumerate(times):
            after = left[times[number + 1]] if number + 1 < len(times) else 1.0
            cells = self._cleaner(cells, self._noise(cells, int(time), told), (float(left[time]), float(after)))
            step(number + 1)
        return self._seen(cells)

    def _noise(self, cells: Field, time: int, told: Field) -> Field:
        """Return what the model takes for noise: away from what must not be seen, towards the words."""
        inputs = {part.name: part for part in self._unet.get_inputs()}
        kind = np.float32 if "float" in inputs["timestep"].type else np.int64
        shape = () if not inputs["timestep"].shape else (1,)
        given = {"sample": np.concatenate([cells, cells]), "timestep": np.full(shape, time, kind),
                 "encoder_hidden_states": told}  # fmt: skip
        plain, wanted = self._run(self._unet, given)
        return (plain + self._model.guidance * (wanted - plain))[None]

    def _cleaner(self, cells: Field, seen: Field, left: tuple[float, float]) -> Field:
        """Return the picture a step further, by DDIM: what is there without the noise, and as much noise as is left."""
        now, after = left
        if self._schedule.predicts == "v_prediction":
            clean, noise = now**0.5 * cells - (1 - now) ** 0.5 * seen, now**0.5 * seen + (1 - now) ** 0.5 * cells
        else:
            clean, noise = (cells - (1 - now) ** 0.5 * seen) / now**0.5, seen
        return (after**0.5 * clean + (1 - after) ** 0.5 * noise).astype(np.float32)

    def _seen(self, cells: Field) -> Field:
        pixels = self._run(self._decoder, {"latent_sample": cells / np.float32(self._scale)})[0]
        if not np.isfinite(pixels).all():
            raise PaintingFailed("The model paints nothing that could be seen.", "Try another, or art.guidance of 7.")
        return pixels.transpose(1, 2, 0) / 2 + 0.5

    def _read(self, words: str) -> Field:
        (part,) = self._text.get_inputs()
        tokens = np.array([self._tokens.encode(words).ids], np.int64 if "int64" in part.type else np.int32)
        return self._run(self._text, {part.name: tokens})

    @staticmethod
    def _run(session: Any, given: dict[str, Array]) -> Field:
        kinds = {part.name: np.float16 if "float16" in part.type else None for part in session.get_inputs()}
        fitted = {name: value.astype(kinds[name]) if kinds[name] else value for name, value in given.items()}
        return session.run(None, fitted)[0].astype(np.float32)

    def _opened(self, file: Path) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = self._model.threads, 1
        options.log_severity_level = 4
        providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
        if self._model.device != "cuda":
            return self._runtime.InferenceSession(str(file), options, providers=providers[1:])
        if providers[0] in self._runtime.get_available_providers():
            self._runtime.preload_dlls()  # of CUDA, where they came as Python packages
            session = self._runtime.InferenceSession(str(file), options, providers=providers)
            if providers[0] in session.get_providers():
                return session
        raise PaintingFailed(
            "There is nothing here that paints on a graphics card.",
            "pip install 'onnxruntime-gpu[cuda,cudnn]' in place of onnxruntime, or set art.device to cpu.",
        )


def _tokenizer(library: Any, folder: Path) -> Any:
    """Return what cuts words as CLIP does: in small letters, padded and cut to `WORDS` tokens."""
    vocabulary = str(folder / "vocab.json"), str(folder / "merges.txt")
    parts = library.models.BPE.from_file(*vocabulary, end_of_word_suffix="</w>", unk_token=_END, fuse_unk=False)
    tokens = library.Tokenizer(parts)
    normal, before = library.normalizers, library.pre_tokenizers
    tokens.normalizer = normal.Sequence([normal.NFC(), normal.Replace(library.Regex(r"\s+"), " "), normal.Lowercase()])
    tokens.pre_tokenizer = before.Sequence([
        before.Split(library.Regex(_SPLIT), behavior="removed", invert=True), before.ByteLevel(add_prefix_space=False),
    ])  # fmt: skip
    begin, end = tokens.token_to_id(_BEGIN), tokens.token_to_id(_END)
    tokens.post_processor = library.processors.TemplateProcessing(
        single=f"{_BEGIN} $0 {_END}", special_tokens=[(_BEGIN, begin), (_END, end)]
    )
    tokens.enable_truncation(WORDS)
    padding = _setting(folder / "special_tokens_map.json", "pad_token", _END)
    text = str(cast("dict[str, object]", padding)["content"] if isinstance(padding, dict) else padding)
    tokens.enable_padding(length=WORDS, pad_id=tokens.token_to_id(text) or end, pad_token=text)
    return tokens


def _library(name: str) -> Any:
    """Return a library of the extra; raises PaintingFailed where it is not installed."""
    try:
        return import_module(name)
    except ImportError as error:
        raise PaintingFailed(f"What runs diffusion models is not installed ({name}).", REMEDY) from error


def _setting(file: Path, name: str, usual: Any) -> Any:
    return json.loads(file.read_bytes()).get(name, usual) if file.is_file() else usual
