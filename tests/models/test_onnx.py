"""An embedder on this machine: a real model and tokenizer, made small by the test, through the code that hosts use."""

import asyncio
import os
import pickle
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from taleforge.errors import Misconfigured, ModelFailed
from taleforge.memory.exact import by_hand, packed
from taleforge.memory.values import Point
from taleforge.models.onnx import LONGEST, MODEL, TOKENIZER, OnnxEmbedder
from tests.conftest import Need

pytestmark = pytest.mark.engines
WORDS = {"the": (0, 0, 0.1), "pipe": (1, 0, 0), "flute": (0.9, 0.1, 0), "bell": (0, 1, 0), "[PAD]": (9, 9, 9)}


@pytest.fixture(autouse=True)
def _parts(need: Need) -> None:
    """What none but `make engines` has."""
    for part in ("onnx", "onnxruntime", "tokenizers"):
        need(part, "make engines")


def make(folder: Path, *, whole: bool = False, wants: str = "input_ids") -> Path:
    """Make a model that gives each word its place, or with `whole` each text; what it does not know is nowhere."""
    onnx, np, tokenizers = (import_module(name) for name in ("onnx", "numpy", "tokenizers"))
    make_node, integers, floats = onnx.helper.make_node, onnx.TensorProto.INT64, onnx.TensorProto.FLOAT
    table = np.array([(0, 0, 0), *WORDS.values()], "float32")
    nodes = [make_node("Gather", ["places", wants], ["found" if whole else "last_hidden_state"])]
    if whole:
        nodes.append(make_node("ReduceMean", ["found"], ["last_hidden_state"], axes=[1], keepdims=0))
    given = onnx.helper.make_tensor_value_info(wants, integers, ["texts", "tokens"])
    made = onnx.helper.make_tensor_value_info("last_hidden_state", floats, None)
    graph = onnx.helper.make_graph(nodes, "words", [given], [made], [onnx.numpy_helper.from_array(table, "places")])
    opset = [onnx.helper.make_opsetid("", 13)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=8), folder / MODEL)
    vocabulary = {"[UNK]": 0} | {word: at for at, word in enumerate(WORDS, 1)}
    tokenizer: Any = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / TOKENIZER))
    return folder


def near(one: Sequence[float], other: Sequence[float]) -> float:
    return by_hand([Point("", "", packed(one))], packed(other))[0]


async def test_like_lies_near_like(tmp_path: Path) -> None:
    """And the mean of its words is a text's place, however long the others are that are read with it."""
    embedder = OnnxEmbedder(make(tmp_path))
    pipe, flute, bell, both = await embedder.embed(["The pipe", "the flute", "bell", "pipe bell " * 3])
    assert near(pipe, flute) > 0.9
    assert near(pipe, bell) < 0.1
    assert near(both, pipe) == pytest.approx(near(both, bell), abs=0.01)
    [alone] = await embedder.embed(["bell"])
    assert alone == pytest.approx(bell)
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


async def test_a_model_may_give_each_text_its_place(tmp_path: Path) -> None:
    """Then that is the place."""
    [pipe] = await OnnxEmbedder(make(tmp_path, whole=True)).embed(["pipe"])
    assert pipe == pytest.approx([1, 0, 0])


async def test_no_text_is_too_long_or_too_strange(tmp_path: Path) -> None:
    """Of a long one the beginning counts; an empty one lies nowhere; many at once and from many sides are all read."""
    embedder = OnnxEmbedder(make(tmp_path))
    long, empty, strange = await embedder.embed(["pipe " * LONGEST + "bell " * 9999, "", "\x00💀 ünknöwn"])
    assert long == pytest.approx([1, 0, 0])
    assert empty == strange == [0, 0, 0]
    found = await asyncio.gather(*(embedder.embed(["pipe", "bell"] * 20) for _ in range(5)))
    assert {len(places) for places in found} == {40}


async def test_another_model_is_another_space(tmp_path: Path) -> None:
    """The same one in another folder is the same."""
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    for folder in (one, same, other):
        folder.mkdir()
    names = [OnnxEmbedder(folder).name for folder in (make(one), make(same), make(other, whole=True))]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize("broken", [MODEL, TOKENIZER])
@pytest.mark.parametrize("how", ["missing", "cut", "pickle", "empty"])
def test_what_is_no_model_is_refused(tmp_path: Path, broken: str, how: str) -> None:
    """At the start, with what belongs there; nothing of it is run."""
    file = make(tmp_path) / broken
    if how == "missing":
        file.unlink()
    else:
        whole = file.read_bytes()
        file.write_bytes(
            {
                "cut": whole[: len(whole) // 2],
                "pickle": pickle.dumps(test_another_model_is_another_space),
                "empty": b"",
            }[how]
        )
    with pytest.raises(Misconfigured, match=r"model\.onnx and tokenizer\.json|memory\.model") as refused:
        OnnxEmbedder(tmp_path)
    assert str(tmp_path) in str(refused.value)


async def test_a_model_of_another_kind_fails_when_it_is_asked(tmp_path: Path) -> None:
    """As one that wants pictures; words find alone then."""
    embedder = OnnxEmbedder(make(tmp_path, wants="pixels"))
    with pytest.raises(ModelFailed, match=r"memory\.model"):
        await embedder.embed(["pipe"])
