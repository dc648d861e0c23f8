"""Whether the files that the settings name are weights of the engine that they are for.

What is looked at in each file is said in `cages.weights`. Loads none.
"""

from pathlib import Path

from taleforge.cages.weights import examine_arrays, examine_ct2, examine_json, examine_onnx
from taleforge.errors import Misconfigured


def examine(engine: str, weights: str, voices: str = "") -> None:
    """Raise Misconfigured, naming the file, unless an engine may be given these files."""
    if engine == "whisper":
        folder = _there(weights, "voice.recogniser_model", folder=True)
        examine_ct2(folder / "model.bin")
        for name in ("config.json", "tokenizer.json"):  # without the latter one would be downloaded
            examine_json(folder / name)
    if engine == "piper":
        file = _there(weights, "voice.synthesiser_model")
        examine_onnx(file)
        examine_json(file.with_name(f"{file.name}.json"))
    if engine == "kokoro":
        examine_onnx(_there(weights, "voice.synthesiser_model"))
        examine_arrays(_there(voices, "voice.synthesiser_voices"))


def _there(path: str, setting: str, *, folder: bool = False) -> Path:
    what = "folder" if folder else "file"
    if not path:
        raise Misconfigured(f"{setting} does not say where the {what} of the weights is.", "Write its whole path.")
    found = Path(path).expanduser()
    if not (found.is_dir() if folder else found.is_file()):
        raise Misconfigured(f"{setting} names {path}, and there is no such {what}.", "Write its whole path.")
    return found
