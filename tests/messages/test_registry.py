"""The registries of names: nothing can be decided that has no name, nothing has two."""

from typing import get_args

from taleforge.messages.codes import Code
from taleforge.messages.commands import COMMAND_NAMES, COMMANDS
from taleforge.messages.events import EVENT_NAMES, EVENT_VERSIONS, EVENTS
from taleforge.messages.frames import NUMBERED, TOLD, FrameType
from taleforge.messages.schema import protocol_schema
from taleforge.rules.facts import Fact


def test_every_fact_of_the_rules_has_an_event_name() -> None:
    """What the rules can say has a name in the log."""
    assert {fact.__name__ for fact in get_args(Fact)} <= {data.__name__ for data in EVENT_NAMES}


def test_names_and_types_are_one_to_one() -> None:
    """No two names share a type, so a type can be written under its name."""
    assert len(COMMAND_NAMES) == len(COMMANDS)
    assert len(EVENT_NAMES) == len(EVENTS) == len(EVENT_VERSIONS)


def test_names_say_area_and_what_happened() -> None:
    """Event names are lower-case words, an area before the dot where there is one."""
    for name in EVENTS:
        assert name.replace(".", "").replace("_", "").isalpha()
        assert name.lower() == name


def test_every_frame_says_what_it_is() -> None:
    """To whoever writes a client: each type once, the numbered ones among them."""
    assert list(TOLD) == list(get_args(FrameType))
    assert set(TOLD) >= NUMBERED


def test_codes_say_area_and_name() -> None:
    """Every code is `area/name`."""
    for code in Code:
        area, _, name = code.value.partition("/")
        assert area
        assert name


def test_the_schema_names_everything() -> None:
    """The published schema has each command and each event, and its references lead somewhere."""
    schema = protocol_schema()

    assert schema["commands"].keys() == COMMANDS.keys()
    assert schema["events"].keys() == EVENTS.keys()
    for entry in schema["events"].values():
        assert entry["d"]["$ref"].removeprefix("#/$defs/") in schema["$defs"]
