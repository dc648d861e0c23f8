"""Small models with weights by chance, in the formats that engines read: they say a hum, and hear words by chance.

The engines' real code loads and runs them. Written with the formats' own libraries, of `make engines` alone.
"""

import io
import json
from importlib import import_module
from pathlib import Path
from typing import Any

from taleforge.voice.setup import Config

RATE = 22_050
HOP = 512
"""Samples that a phoneme lasts in a voice made here."""
CHANCE = 20_261_121
LETTERS = "_^$ ,.!?;:'-abcdefghijklmnopqrstuvwxyzæðŋɐɑɒɔəɚɛɜɡɪɹɾʃʊʌʒʔˈˌːθᵻᵊɫʲɜ\u0329"
VOICES = ("af_amber", "am_anvil", "bf_birch", "bm_bell")


def config(kind: str, folder: Path) -> Config:
    """Write the model of an engine, and return what has it speak or hear."""
    if kind == "whisper":
        return Config(recogniser=kind, recogniser_model=str(whisper(folder)))
    if kind == "piper":
        return Config(synthesiser=kind, synthesiser_model=str(piper(folder)))
    model, voices = map(str, kokoro(folder))
    return Config(synthesiser=kind, synthesiser_model=model, synthesiser_voices=voices)


def _library(name: str) -> Any:
    return import_module(name)


def _hum(ids: str, length: str, symbols: int) -> tuple[list[Any], list[Any]]:
    """Return nodes and constants that hum a note for each id, `length` samples each, into `wave`."""
    onnx, numpy = _library("onnx"), _library("numpy")
    node = onnx.helper.make_node
    notes = numpy.random.default_rng(CHANCE).uniform(0.02, 0.09, symbols).astype("f4")
    kept = {
        "notes": notes, "one": numpy.float32(1), "zero": numpy.float32(0), "loud": numpy.float32(0.3),
        "flat": numpy.array([-1], "i8"), "first": numpy.array([0], "i8"),
    }  # fmt: skip
    nodes = [
        node("Reshape", [ids, "flat"], ["row"]),
        node("Shape", ["row"], ["many"]),
        node("Squeeze", ["many", "first"], ["count"]),
        node("Cast", ["count"], ["count_f"], to=onnx.TensorProto.FLOAT),
        node("Mul", ["count_f", length], ["samples"]),
        node("Range", ["zero", "samples", "one"], ["times"]),
        node("Div", ["times", length], ["places"]),
        node("Cast", ["places"], ["which"], to=onnx.TensorProto.INT64),
        node("Gather", ["row", "which"], ["now"]),
        node("Gather", ["notes", "now"], ["note"]),
        node("Mul", ["note", "times"], ["phase"]),
        node("Sin", ["phase"], ["sine"]),
        node("Mul", ["sine", "loud"], ["wave"]),
    ]
    return nodes, [onnx.numpy_helper.from_array(numpy.asarray(value), name) for name, value in kept.items()]


def _written(path: Path, nodes: list[Any], kept: list[Any], inputs: list[Any], outputs: list[Any]) -> Path:
    onnx = _library("onnx")
    graph = onnx.helper.make_graph(nodes, "hum", inputs, outputs, kept)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def piper(folder: Path, speakers: int = 4) -> Path:
    """Write a voice of Piper's, of some speakers, and return its path."""
    onnx, numpy = _library("onnx"), _library("numpy")
    value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node
    hum, kept = _hum("input", "length", 256)
    nodes = [
        node("Gather", ["scales", "second"], ["stretch"]),
        node("Cast", ["sid"], ["speaker"], to=onnx.TensorProto.FLOAT),
        node("ReduceSum", ["speaker"], ["who"], keepdims=0),
        node("Mul", ["who", "little"], ["apart"]),
        node("Mul", ["stretch", "hop"], ["length"]),
        *hum,
        node("Add", ["wave", "apart"], ["shifted"]),
        node("Reshape", ["shifted", "shape"], ["output"]),
    ]
    more = {
        "second": numpy.int64(1), "hop": numpy.float32(HOP), "little": numpy.float32(0.001),
        "shape": numpy.array([1, 1, -1], "i8"),
    }  # fmt: skip
    kept += [onnx.numpy_helper.from_array(numpy.asarray(what), name) for name, what in more.items()]
    whole, real = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    inputs = [
        value("input", whole, ["batch", "phonemes"]), value("input_lengths", whole, ["batch"]),
        value("scales", real, [3]), value("sid", whole, ["batch"]),
    ]  # fmt: skip
    path = _written(folder / "hum.onnx", nodes, kept, inputs, [value("output", real, [1, 1, "samples"])])
    config = {
        "num_symbols": 256, "num_speakers": speakers, "audio": {"sample_rate": RATE}, "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8}, "phoneme_type": "espeak",
        "phoneme_id_map": {letter: [number] for number, letter in enumerate(LETTERS)},
        "speaker_id_map": {f"s{number}": number for number in range(speakers)},
    }  # fmt: skip
    Path(f"{path}.json").write_text(json.dumps(config))
    return path


def kokoro(folder: Path) -> tuple[Path, Path]:
    """Write a model of Kokoro's and its voices, and return their paths."""
    onnx, numpy = _library("onnx"), _library("numpy")
    value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node
    hum, kept = _hum("tokens", "length", 512)
    nodes = [
        node("Reshape", ["speed", "none"], ["pace"]),
        node("Div", ["hop", "pace"], ["length"]),
        *hum,
        node("ReduceMean", ["style"], ["mood"], keepdims=0),
        node("Add", ["wave", "mood"], ["audio"]),
    ]
    more = {"hop": numpy.float32(1500), "none": numpy.array([], "i8")}
    kept += [onnx.numpy_helper.from_array(numpy.asarray(what), name) for name, what in more.items()]
    whole, real = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    inputs = [value("tokens", whole, [1, "n"]), value("style", real, [1, 256]), value("speed", real, [1])]
    path = _written(folder / "kokoro.onnx", nodes, kept, inputs, [value("audio", real, ["samples"])])
    dice = numpy.random.default_rng(CHANCE)
    voices = folder / "voices.bin"
    held = io.BytesIO()
    numpy.savez(held, **{name: dice.normal(0, 0.1, (510, 1, 256)).astype("f4") for name in VOICES})
    voices.write_bytes(held.getvalue())
    return path, voices


SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>", *(f"<|{step * 0.02:.2f}|>" for step in range(1501)),
)  # fmt: skip
WORDS = ("the", "bell", "tolls", "at", "night", "and", "nobody", "rings", "it", "door", "goblin", "stairs")


def whisper(folder: Path, width: int = 32) -> Path:
    """Write a model of Whisper's for CTranslate2, which knows English and a dozen words, and return its folder."""
    numpy, specs = _library("numpy"), _library("ctranslate2.specs")
    tokens = [*WORDS, *SPECIAL]
    spec = specs.WhisperSpec(1, 2, 1, 2)
    dice = numpy.random.default_rng(CHANCE)

    def chance(*shape: int) -> Any:
        return dice.normal(0, 0.2, shape).astype("f4")

    _fill(spec.encoder, chance, width)
    spec.encoder.conv1.weight, spec.encoder.conv1.bias = chance(width, 80, 3), chance(width)
    spec.encoder.conv2.weight, spec.encoder.conv2.bias = chance(width, width, 3), chance(width)
    spec.encoder.position_encodings.encodings = chance(1500, width)
    _fill(spec.decoder, chance, width)
    spec.decoder.embeddings.weight = chance(len(tokens), width)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    spec.decoder.position_encodings.encodings = chance(448, width)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin, spec.config.lang_ids = [], [], []
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    path = folder / "whisper"
    path.mkdir()
    spec.save(str(path))
    _tokenizer(tokens, path / "tokenizer.json")
    return path


def _fill(half: Any, chance: Any, width: int) -> None:
    """Fill the layers of an encoder or a decoder."""
    numpy = _library("numpy")

    def norm(layer: Any) -> None:
        layer.gamma, layer.beta = numpy.ones(width, "f4"), numpy.zeros(width, "f4")

    def linear(layer: Any, size: int, given: int = width) -> None:
        layer.weight, layer.bias = chance(size, given), chance(size)

    norm(half.layer_norm)
    for layer in half.layer:
        norm(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * width)
        linear(layer.self_attention.linear[1], width)
        if hasattr(layer, "attention"):
            norm(layer.attention.layer_norm)
            linear(layer.attention.linear[0], width)
            linear(layer.attention.linear[1], 2 * width)
            linear(layer.attention.linear[2], width)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * width)
        linear(layer.ffn.linear_1, width, 4 * width)


def _tokenizer(tokens: list[str], path: Path) -> None:
    library = _library("tokenizers")
    made = library.Tokenizer(library.models.WordLevel({token: place for place, token in enumerate(tokens)}, "the"))
    made.pre_tokenizer = library.pre_tokenizers.Whitespace()
    made.add_special_tokens([library.AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    made.save(str(path))
