"""Files of weights: whole ones pass, those that were cut short or are something else are named, and none is run."""

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.errors import Misconfigured
from taleforge.voice.setup import Config, open_studio
from taleforge.voice.weights import examine

ONNX = b"\x08\x08" + b"\x3a\x81\x01" + bytes(129) + b"\x42\x02\x10\x11"
"""A model's outermost fields: its version, a graph, the operators that it needs."""


def _ct2() -> bytes:
    def text(words: str) -> bytes:
        return struct.pack("<H", len(words) + 1) + words.encode() + b"\0"

    variable = text("encoder/conv1/weight") + struct.pack("<BIIBI", 2, 3, 5, 0, 60) + bytes(60)
    head = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<I", 3)
    return head + struct.pack("<I", 2) + variable + variable + struct.pack("<I", 1) + text("tied") + text("to")


def _arrays(
    head: bytes = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", name: str = "am_bell.npy"
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        opened.writestr(name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + bytes(4))
    return file.getvalue()


class Trap:
    """What runs when a pickle of it is read."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("/tmp/taleforge-unpickled"),)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Return a folder with whole files of each kind."""
    (tmp_path / "voice.onnx").write_bytes(ONNX)
    (tmp_path / "voice.onnx.json").write_text("{}")
    (tmp_path / "voices.bin").write_bytes(_arrays())
    whisper = tmp_path / "whisper"
    whisper.mkdir()
    (whisper / "model.bin").write_bytes(_ct2())
    for name in ("config.json", "tokenizer.json"):
        (whisper / name).write_text(json.dumps({"a": 1}))
    return tmp_path


def look(folder: Path) -> None:
    """Examine all that is there."""
    examine("piper", str(folder / "voice.onnx"))
    examine("kokoro", str(folder / "voice.onnx"), str(folder / "voices.bin"))
    examine("whisper", str(folder / "whisper"))


def test_whole_files_pass(weights: Path) -> None:
    """And nothing is asked of engines that have none."""
    look(weights)
    examine("espeak", "")


FILES = ("voice.onnx", "voice.onnx.json", "voices.bin", "whisper/model.bin", "whisper/tokenizer.json")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_short_is_named(weights: Path, name: str) -> None:
    """Wherever it was cut, also where nothing is left, or the file is not there at all."""
    file = weights / name
    whole = file.read_bytes()
    for end in {0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
        file.write_bytes(whole[:end])
        with pytest.raises(Misconfigured, match=file.name):
            look(weights)
    file.unlink()
    with pytest.raises(Misconfigured, match="voice" if name == "voice.onnx" else file.name):
        look(weights)


@pytest.mark.parametrize("name", FILES)
def test_a_pickle_is_refused_and_never_read(weights: Path, name: str) -> None:
    """Whatever it is called: reading one runs what is written in it."""
    trap = Path("/tmp/taleforge-unpickled")
    trap.unlink(missing_ok=True)
    (weights / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(Misconfigured, match="pickle"):
        look(weights)
    assert not trap.exists()


def test_voices_hold_numbers_alone(weights: Path) -> None:
    """Objects in an array are pickles, and a checkpoint is a zip of one."""
    for bad in (
        _arrays(b"{'descr': '|O', 'shape': (1,)}"),
        _arrays(name="archive/data.pkl"),
        b"PK\x05\x06" + bytes(18),
    ):
        (weights / "voices.bin").write_bytes(bad)
        with pytest.raises(Misconfigured, match=r"voices\.bin"):
            look(weights)


@given(st.binary(max_size=300), st.sampled_from(["piper", "kokoro", "whisper"]))
def test_whatever_is_in_a_file_it_is_refused_with_a_word(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, kind: str
) -> None:
    """Noise is no model, and looking at it neither fails nor takes long."""
    folder = tmp_path_factory.mktemp("noise")
    for name in ("model.bin", "config.json", "tokenizer.json", "a.onnx", "a.onnx.json", "voices.bin"):
        (folder / name).write_bytes(noise)
    with pytest.raises(Misconfigured):
        examine(kind, str(folder if kind == "whisper" else folder / "a.onnx"), str(folder / "voices.bin"))


@pytest.mark.parametrize(
    ("config", "setting"),
    [
        (Config(recogniser="whisper"), "voice.recogniser_model"),
        (Config(synthesiser="piper", synthesiser_model="/not/there.onnx"), "voice.synthesiser_model"),
        (Config(synthesiser="openai"), "voice.synthesiser_url"),
        (Config(recogniser="openai", recogniser_url="file:///etc/passwd"), "voice.recogniser_url"),
    ],
)
def test_a_server_does_not_start_with_what_is_not_there(config: Config, setting: str) -> None:
    """The setting is named."""
    with pytest.raises(Misconfigured, match=setting):
        open_studio(config)
