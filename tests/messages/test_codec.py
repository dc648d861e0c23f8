"""Bytes to messages: what is ours is read, what is not is refused with a code, nothing else is ever raised."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taleforge.messages import codec
from taleforge.messages.codec import MessageError, decode_client_frame, decode_command, decode_event, encode
from taleforge.messages.commands import COMMANDS, Move, Say, UseOption, command
from taleforge.messages.events import By, Event, Told

GOLDEN = Path(__file__).parents[1] / "golden/protocol"
LONG = "x" * 201


def refusal(data: bytes | str) -> str:
    """Return the code with which a command is refused."""
    with pytest.raises(MessageError) as caught:
        decode_command(data)
    return caught.value.refusal


def outcome(data: bytes) -> str:
    """Return "read", or the code with which a command is refused."""
    try:
        decode_command(data)
    except MessageError as error:
        return error.refusal
    return "read"


def test_a_command_survives_the_wire() -> None:
    """Decode after encode is the identity."""
    given_ = command("cmd_1", "seat_1", Move((3, 4), ((2, 4), (3, 4))), 7)

    assert decode_command(encode(given_)) == given_


def test_unknown_fields_are_ignored() -> None:
    """A newer client may say more than we know."""
    read = decode_command(b'{"id":"cmd_1","name":"say","seat":"s","d":{"text":"Hi","mood":"sly"},"new":1}')

    assert read.d == Say("Hi")


def test_whoever_chooses_uses_an_option() -> None:
    """The protocol has two names for it."""
    read = decode_command(b'{"id":"cmd_1","name":"choose","seat":"s","d":{"option":"act:longsword"}}')

    assert (read.name, read.d) == ("use_option", UseOption("act:longsword"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sit", {"pregen": "fighter", "name": LONG}),
        ("say", {"text": "Hi", "tone": LONG}),
        ("say", {"text": "Hi", "to": LONG}),
        ("use_option", {"option": "act:longsword", "params": {"slot": LONG}}),
        ("use_option", {"option": "act:longsword", "targets": ["crt_1"] * 201}),
        ("use_option", {"option": "act:longsword", "words": LONG * 10}),
        ("roll", {"expr": "1d20", "reason": LONG}),
        ("spectate", {"name": LONG}),
        ("safety.set", {"lines": [LONG]}),
        ("safety.set", {"veils": ["blood"] * 201}),
        ("policy.set", {"reactions": {LONG: "always"}}),
    ],
)
def test_what_would_fill_a_log_is_refused(name: str, data: dict[str, object]) -> None:
    """All that is kept of a wish has an end."""
    wish = {"id": "cmd_1", "name": name, "seat": "seat_1", "d": data}
    assert refusal(json.dumps(wish)) == "command/malformed"


@pytest.mark.parametrize("file", sorted((GOLDEN / "frames").glob("client.*.json")), ids=lambda file: file.stem)
def test_a_client_may_say_what_it_says_in_d(file: Path) -> None:
    """As the table does; or beside `t`, as the golden frames have it."""
    flat = json.loads(file.read_text())
    inside = {"t": flat.pop("t"), "d": flat.get("d", flat)}
    assert decode_client_frame(json.dumps(inside)) == decode_client_frame(file.read_text())


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"t":"cmd"}', b'{"t":"hello","d":{}}', b'{"t":1}']
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    """By a code, whatever it is."""
    with pytest.raises(MessageError, match="command/malformed"):
        decode_client_frame(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "command/malformed"),
        (b"[]", "command/malformed"),
        (b"\xff\xfe\x00", "command/malformed"),
        (b'{"id":"c","name":"say","seat":"s","d":{}}', "command/malformed"),
        (b'{"id":"c","name":"say","seat":"s","d":{"text":3}}', "command/malformed"),
        (b'{"id":"c","name":"fly","seat":"s","d":{}}', "command/unknown"),
        (b'{"id":"","name":"ready","seat":"s"}', "command/malformed"),
        (b'{"id":"c\\u0000","name":"ready","seat":"s"}', "command/malformed"),
        (b'{"id":"' + b"c" * 81 + b'","name":"ready","seat":"s"}', "command/malformed"),
        (b"[" * 100_000, "command/malformed"),
        (b'{"id":"c","name":"do","seat":"s","d":' + b'{"text":' * 50_000, "command/malformed"),
    ],
)
def test_what_is_no_command_is_refused(data: bytes, code: str) -> None:
    """Every broken message has its code."""
    assert refusal(data) == code


@given(st.binary(max_size=200))
def test_any_bytes_are_a_command_or_a_message_error(data: bytes) -> None:
    """Nothing but a MessageError comes of garbage."""
    assert outcome(data) in {"read", "command/malformed", "command/unknown"}


@given(st.sampled_from(sorted(COMMANDS)), st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=5)))
def test_any_data_is_a_command_or_a_message_error(name: str, data: dict[str, object]) -> None:
    """Known names with any data are read or refused."""
    sent = json.dumps({"id": "c", "name": name, "seat": "s", "d": data}).encode()

    assert outcome(sent) in {"read", "command/malformed"}


def stored(**changes: object) -> bytes:
    """Return a stored event with some of its fields changed."""
    event = Event(3, "told", 1, "evt_1", "2026-11-20T20:00:00.000Z", 0, By(engine=True), Told("Rain."))
    return json.dumps(json.loads(encode(event)) | changes).encode()


def test_an_event_of_a_newer_version_is_refused_by_name() -> None:
    """A log from a newer program says which event it is, and which version we know."""
    with pytest.raises(MessageError) as caught:
        decode_event(stored(ver=2))

    assert caught.value.refusal == "log/newer"
    assert caught.value.params == {"name": "told", "version": 2, "known": 1}


def test_an_unknown_event_is_refused_by_name() -> None:
    """An event we have never heard of is not guessed at."""
    with pytest.raises(MessageError) as caught:
        decode_event(stored(name="moon.eaten"))

    assert caught.value.refusal == "log/unknown_event"


def test_older_events_are_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event two versions old passes through both upcasters, in order."""
    monkeypatch.setitem(codec.EVENT_VERSIONS, "told", 3)
    monkeypatch.setitem(codec.UPCASTERS, ("told", 1), lambda d: {"words": d["text"]})
    monkeypatch.setitem(codec.UPCASTERS, ("told", 2), lambda d: {"text": d["words"] + "!"})
    event = decode_event(stored())

    assert event.d == Told("Rain.!")
    assert event.ver == 3
