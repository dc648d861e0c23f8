"""A diffusion model with weights by chance, in the folders that exporters write: it paints clouds.

Written with the format's own library, of `make engines` alone; the real code loads and runs it.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

CHANCE = 20_261_121
WIDE = 8
"""Numbers for each token of the words."""


def diffusion(folder: Path, predicts: str = "epsilon", half: bool = False) -> Path:
    """Write a model, and return its folder."""
    onnx, numpy = import_module("onnx"), import_module("numpy")
    chance = numpy.random.default_rng(CHANCE)
    node, value = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    whole, real = onnx.TensorProto.INT64, onnx.TensorProto.FLOAT16 if half else onnx.TensorProto.FLOAT
    kind = "f2" if half else "f4"

    def write(part: str, nodes: list[Any], kept: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> None:
        constants = [onnx.numpy_helper.from_array(numpy.asarray(array), name) for name, array in kept.items()]
        graph = onnx.helper.make_graph(nodes, part, inputs, outputs, constants)
        model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        (folder / part).mkdir(parents=True)
        (folder / part / "model.onnx").write_bytes(model.SerializeToString())

    write(
        "text_encoder", [node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        {"table": chance.normal(0, 1, (600, WIDE)).astype(kind)}, [value("input_ids", whole, ["batch", 77])],
        [value("last_hidden_state", real, ["batch", 77, WIDE])],
    )  # fmt: skip
    write(
        "unet",
        [
            node("ReduceMean", ["encoder_hidden_states"], ["said"], axes=[1, 2]),
            node("Reshape", ["said", "column"], ["mood"]),
            node("Conv", ["sample", "weights"], ["seen"], pads=[1, 1, 1, 1]),
            node("Add", ["seen", "mood"], ["moved"]),
            node("Cast", ["timestep"], ["time"], to=real),
            node("Mul", ["time", "little"], ["late"]),
            node("Add", ["moved", "late"], ["out_sample"]),
        ],
        {
            "weights": chance.normal(0, 0.2, (4, 4, 3, 3)).astype(kind), "column": numpy.array([-1, 1, 1, 1], "i8"),
            "little": numpy.asarray(1e-4, kind),
        },
        [
            value("sample", real, ["batch", 4, "h", "w"]), value("timestep", whole, [1]),
            value("encoder_hidden_states", real, ["batch", 77, WIDE]),
        ],
        [value("out_sample", real, ["batch", 4, "h", "w"])],
    )  # fmt: skip
    write(
        "vae_decoder",
        [node("Conv", ["latent_sample", "colours"], ["small"]), node("Tanh", ["small"], ["lit"]),
         node("Resize", ["lit", "", "times"], ["sample"])],
        {"colours": chance.normal(0, 0.1, (3, 4, 1, 1)).astype(kind), "times": numpy.array([1, 1, 8, 8], "f4")},
        [value("latent_sample", real, ["batch", 4, "h", "w"])], [value("sample", real, ["batch", 3, "high", "wide"])],
    )  # fmt: skip
    _write_tables(folder, predicts)
    return folder


def _write_tables(folder: Path, predicts: str) -> None:
    letters = [chr(code) for code in range(33, 127)] + [chr(code) for code in range(161, 323)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    tables = {
        "tokenizer/vocab.json": {token: number for number, token in enumerate(tokens)},
        "scheduler/scheduler_config.json": {
            "_class_name": "PNDMScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
            "beta_schedule": "scaled_linear", "prediction_type": predicts,
        },
        "vae_decoder/config.json": {"scaling_factor": 0.18215},
    }  # fmt: skip
    for name, table in tables.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(table))
    (folder / "tokenizer" / "merges.txt").write_text("#version: 0.2\n")
