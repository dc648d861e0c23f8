"""Strict decoding that tells every fault at once."""

import tomllib
from typing import Literal

from msgspec import Struct

from taleforge.packs.strict import MOST_FAULTS, Document, decode
from taleforge.rules.effects import Heal, Node


class Entry(Struct, frozen=True):
    """An entry with everything that can go wrong."""

    id: str
    nodes: tuple[Node, ...] = ()
    kind: Literal["one", "two"] = "one"
    sizes: dict[str, int] = {}


class File(Struct, frozen=True):
    """A file of entries."""

    entries: tuple[Entry, ...] = ()


def read(text: str) -> tuple[File | None, list[str]]:
    """Decode a TOML text; faults as the author reads them."""
    file, faults = decode(Document("entries.toml", text, tomllib.loads(text)), File)
    return file, [str(fault) for fault in faults]


def test_a_sound_document_has_no_faults() -> None:
    """What is right is decoded whole."""
    file, faults = read('[[entries]]\nid = "a"\nnodes = [{do = "heal", dice = "1d8"}]')
    assert file == File((Entry("a", (Heal("1d8"),)),))
    assert faults == []


def test_every_fault_is_told_with_its_line() -> None:
    """An unknown field, a wrong word, a wrong type and a missing field are four faults, each with a remedy."""
    _, faults = read("""
[[entries]]
id = "a"
nods = []
[[entries]]
id = "b"
kind = "three"
[[entries]]
id = "c"
sizes = { small = "1" }
[[entries]]
kind = "two"
""")
    assert len(faults) == 4
    assert faults[0] == "entries.toml:4: $.entries[0].nods: There is no field `nods` here. Did you mean `nodes`?"
    assert faults[1].startswith(
        "entries.toml:7: $.entries[1].kind: Invalid enum value 'three'. Write one of: one, two."
    )
    assert faults[2].startswith("entries.toml:10: $.entries[2].sizes")
    assert faults[3].startswith("entries.toml:11: $.entries[3]: Object missing required field `id`.")


def test_what_is_right_survives_what_is_wrong() -> None:
    """Faulty parts are left out, so that the rest can be checked too."""
    file, _ = read('[[entries]]\nid = 1\n[[entries]]\nid = "b"\nkind = "nope"\n[[entries]]\nid = "c"')
    assert file is not None
    assert [entry.id for entry in file.entries] == ["b", "c"]


def test_lines_stay_right_after_items_were_left_out() -> None:
    """Items before a fault that had to go do not shift its place."""
    _, faults = read("[[entries]]\nid = 1\n[[entries]]\nid = 2\n[[entries]]\nid = 3")
    assert [fault.split(" ")[0] for fault in faults] == ["entries.toml:2:", "entries.toml:4:", "entries.toml:6:"]


def test_an_unknown_effect_names_those_there_are() -> None:
    """A node that does something unknown is answered with what nodes can do."""
    _, faults = read('[[entries]]\nid = "a"\nnodes = [{do = "explode"}]')
    assert "Invalid value 'explode'. `do` is one of: attack, save, check, damage, heal" in faults[0]


def test_unknown_fields_inside_effects_are_found() -> None:
    """Strictness reaches into nested effects, by the kind each of them is."""
    _, faults = read('[[entries]]\nid = "a"\nnodes = [{do = "heal", dice = "1d8", type = "fire"}]')
    assert faults[0].startswith("entries.toml:3: $.entries[0].nodes[0].type: There is no field `type` here.")


def test_a_hopeless_document_ends() -> None:
    """With faults without end only so many are told."""
    _, faults = read("[[entries]]\nid = 1\n" * (2 * MOST_FAULTS))
    assert len(faults) == MOST_FAULTS
