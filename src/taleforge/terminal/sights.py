"""What a seat sees, as lines: the place, the map with its fog and light, the party, the order of turns, the journal.

The map is also given as a grid of styled glyphs, for the pane that draws it. Everything comes from the view alone.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from taleforge.messages.views import EffectInfo, MapView, OtherCreature, OwnCharacter, SeatView, Token
from taleforge.terminal.choices import Choice, Menu
from taleforge.terminal.lines import Line, line
from taleforge.terminal.squares import Cell, column_letters, direction, feet_between, square
from taleforge.terminal.telling import money
from taleforge.terminal.words import Span, Spans, Words, capital, signed

_GROUND: Final = {
    "wall": "#", "floor": "·", "difficult": ",", "water": "~", "low": "=", "pillar": "o", "void": " ", "stairs": ">",
}  # fmt: skip
"""How the kinds of ground are drawn, whatever glyph the pack used."""
_DOORS: Final = {"open": "/", "broken": "/", "closed": "+", "locked": "+"}
_LIGHT_STYLES: Final = {"b": "lit", "d": "dim", "k": "dark", ".": "fog"}


class Spot(Struct, frozen=True):
    """One cell of the drawn map."""

    glyph: str
    style: str


def grid(view: SeatView) -> list[list[Spot]]:
    """Return the map as rows of spots: ground by light, then things, then whoever stands there."""
    ground = view.map
    if ground is None:
        return []
    spots = [[_ground(ground, column, row) for column in range(ground.width)] for row in range(ground.height)]
    for feature in view.scene.features.values() if view.scene else ():
        for column, row in feature.cells:
            if _drawn(ground, (column, row)):
                spots[row][column] = Spot(_DOORS.get(feature.state, "*"), "thing")
    for token in view.tokens.values():
        column, row = token.cell
        if 0 <= row < ground.height and 0 <= column < ground.width:
            spots[row][column] = Spot(_token_glyph(view, token), _token_style(view, token))
    return spots


def _ground(ground: MapView, column: int, row: int) -> Spot:
    glyph = ground.rows[row][column] if column < len(ground.rows[row]) else " "
    if glyph == " ":
        return Spot(" ", "")
    light = ground.lit[row][column] if row < len(ground.lit) and column < len(ground.lit[row]) else "."
    kind = ground.legend.get(glyph, "")
    style = "wall" if kind == "wall" and light != "." else _LIGHT_STYLES.get(light, "fog")
    return Spot(_GROUND.get(kind, glyph), style)


def _drawn(ground: MapView, cell: Cell) -> bool:
    return 0 <= cell[1] < ground.height and 0 <= cell[0] < ground.width


def _token_glyph(view: SeatView, token: Token) -> str:
    if view.you is not None and token.crt == view.you.id:
        return "@"
    return token.glyph[:1] or "?"


def _token_style(view: SeatView, token: Token) -> str:
    if view.you is not None and token.crt == view.you.id:
        return "you"
    other = view.others.get(token.crt)
    return "fallen" if other is not None and other.health == "dead" else token.side


def own_cell(view: SeatView) -> Cell | None:
    """Return where the seat's own character stands."""
    token = view.tokens.get(view.you.id) if view.you else None
    return token.cell if token else None


def map_lines(view: SeatView, words: Words) -> list[Line]:
    """Return the map for reading: the drawing with letters and numbers at its edge, then what stands where in words."""
    spots = grid(view)
    if not spots:
        return [line("note", words.say("ui/no_map"))]
    top, bottom, left, right = _known(spots)
    letters = "    " + "".join(column_letters(column)[-1] for column in range(left, right + 1))
    lines = [line("note", letters, "faint")]
    for row in range(top, bottom + 1):
        drawn = _merged(spots[row][left : right + 1])
        lines.append(Line("note", (Span(f"{row + 1:>3} ", "faint"), *drawn)))
    return [*lines, *where_lines(view, words)]


def _known(spots: list[list[Spot]]) -> tuple[int, int, int, int]:
    """Return the bounds of what has been seen: top, bottom, left, right."""
    rows = [at for at, row in enumerate(spots) if any(spot.glyph != " " for spot in row)] or [0]
    columns = [at for at in range(len(spots[0])) if any(row[at].glyph != " " for row in spots)] or [0]
    return rows[0], rows[-1], columns[0], columns[-1]


def _merged(row: list[Spot]) -> Spans:
    """Join neighbours of one style, so that a row is few pieces."""
    pieces: list[Span] = []
    for spot in row:
        if pieces and pieces[-1].style == spot.style:
            pieces[-1] = Span(pieces[-1].text + spot.glyph, spot.style)
        else:
            pieces.append(Span(spot.glyph, spot.style))
    return tuple(pieces)


def where_lines(view: SeatView, words: Words) -> list[Line]:
    """Return who and what is where in words: square, distance and direction from the seat's own character."""
    if view.map is None:
        return [line("note", words.say("ui/no_map"))]
    here = own_cell(view)
    lines: list[Line] = []
    if here is not None:
        lines.append(line("note", words.say("ui/you_stand", square=square(here), zone=_zone(view))))
    others = [token for token in view.tokens.values() if view.you is None or token.crt != view.you.id]
    for token in sorted(others, key=lambda token: (feet_between(token.cell, here) if here else 0, token.name)):
        about = f" ({words.say(f'side/{token.side}')})" if token.side == "foe" else ""
        lines.append(_placed(f"{token.glyph} {token.name}{about}", token.cell, here, words))
    for feature in view.scene.features.values() if view.scene else ():
        if feature.cells:
            state = f" ({words.say(f'state/{feature.state}')})" if feature.state else ""
            glyph = _DOORS.get(feature.state, "*")
            lines.append(_placed(f"{glyph} {feature.name}{state}", _nearest(feature.cells, here), here, words))
    return lines


def _placed(what: str, cell: Cell, here: Cell | None, words: Words) -> Line:
    text = words.say("ui/placed", what=what, square=square(cell))
    if here is not None and here != cell:
        way = words.say(f"way/{direction(here, cell)}")
        text += words.say("ui/placed_from", feet=feet_between(cell, here), way=way)
    return line("note", text)


def _nearest(cells: tuple[Cell, ...], here: Cell | None) -> Cell:
    return cells[0] if here is None else min(cells, key=lambda cell: feet_between(cell, here))


def _zone(view: SeatView) -> str:
    return f", {view.scene.zone}" if view.scene and view.scene.zone else ""


def place_lines(view: SeatView, words: Words) -> list[Line]:
    """Return where the party is: name, look, the zone's look, and who is there."""
    scene = view.scene
    if scene is None:
        return [line("note", words.say("ui/no_scene"))]
    lines = [line("scene", scene.name), line("prose", scene.look)]
    if scene.zone_look:
        lines.append(line("prose", scene.zone_look))
    people = [other for other in view.others.values() if other.side != "party" and other.look]
    return lines + [line("event", f"{capital(other.name)}: {_appearance(other, words)}") for other in people]


def _appearance(other: OtherCreature, words: Words) -> str:
    """Return what is seen of somebody: of who lies there, that they do."""
    return words.say(f"health/{other.health}") + "." if other.health in {"dead", "dying"} else other.look


class Fellow(Struct, frozen=True):
    """Somebody as the party pane shows them; in a fight with their initiative, and whether it is their turn."""

    crt: str
    name: str
    side: str
    hp: int | None
    max_hp: int | None
    temp_hp: int
    health: str
    marks: tuple[str, ...]
    own: bool = False
    initiative: int | None = None
    active: bool = False
    done: bool = False


def company(view: SeatView, words: Words) -> list[Fellow]:
    """Return whom to keep an eye on: in the order of turns while there is a fight, else the party and any foes."""
    known = _everybody(view, words)
    if view.fight is None:
        return [fellow for fellow in known.values() if fellow.side != "neutral"]
    return [
        replace(
            known.get(slot.crt) or Fellow(slot.crt, slot.name, slot.side, None, None, 0, "", ()),
            initiative=slot.total,
            active=slot.active,
            done=slot.done,
        )
        for slot in view.fight.order
    ]


def _everybody(view: SeatView, words: Words) -> dict[str, Fellow]:
    """Return everybody the seat knows by id: its own character first, then friends, then the others."""
    found = [_own(view.you, words)] if view.you is not None else []
    for other in sorted(view.others.values(), key=lambda other: other.side != "party"):
        marks = tuple(_marks(other.effects, words))
        found.append(Fellow(other.id, other.name, other.side, other.hp, other.max_hp, 0, other.health, marks))
    return {fellow.crt: fellow for fellow in found}


def _own(you: OwnCharacter, words: Words) -> Fellow:
    marks = list(_marks(you.effects, words))
    if you.life == "dying":
        marks.insert(0, words.say("ui/dying", successes=you.death_successes, failures=you.death_failures))
    elif you.life != "up":
        marks.insert(0, words.say(f"life/{you.life}"))
    return Fellow(you.id, you.name, "party", you.hp, you.max_hp, you.temp_hp, you.life, tuple(marks), own=True)


def _marks(effects: dict[str, EffectInfo], words: Words) -> Iterator[str]:
    for effect in effects.values():
        names = [words.say(f"condition/{name}") for name in effect.conditions] or [_effect_name(effect.key, words)]
        left = words.say("ui/rounds_left", rounds=effect.rounds) if effect.rounds else ""
        yield ", ".join(names) + left


def _effect_name(key: str, words: Words) -> str:
    return words.say(f"condition/{key}" if key in words.entries("condition") else f"effect/{key}")


def bar(hp: int, max_hp: int, width: int) -> tuple[int, int]:
    """Return how many cells of a bar are full and how many empty; somebody alive has at least one."""
    full = round(width * hp / max_hp) if max_hp else 0
    full = max(full, 1) if hp > 0 else 0
    return min(full, width), width - min(full, width)


def party_lines(view: SeatView, words: Words) -> list[Line]:
    """Return the party and the foes in sight: hit points where known, how they look otherwise, what ails them."""
    shown = [fellow for fellow in _everybody(view, words).values() if fellow.side != "neutral"]
    lines = [_fellow_line(fellow, words) for fellow in shown]
    return lines or [line("note", words.say("ui/nobody"))]


def _fellow_line(fellow: Fellow, words: Words) -> Line:
    if fellow.hp is not None and fellow.max_hp:
        state = words.say("ui/hp", hp=fellow.hp, max=fellow.max_hp)
        state += words.say("ui/temp_hp", hp=fellow.temp_hp) if fellow.temp_hp else ""
    else:
        state = words.say(f"health/{fellow.health}")
    marks = "".join(f", {mark}" for mark in fellow.marks)
    about = words.say("ui/is_you") if fellow.own else f" ({words.say('side/foe')})" if fellow.side == "foe" else ""
    return line("note", f"{capital(fellow.name)}{about}: {state}{marks}")


def order_lines(view: SeatView, words: Words) -> list[Line]:
    """Return the order of turns; whose turn it is, is marked."""
    if view.fight is None:
        return [line("note", words.say("ui/no_fight"))]
    lines = [line("turn", words.say("ui/round", round=view.fight.round))]
    for slot in view.fight.order:
        mark = ">" if slot.active else " "
        lines.append(line("note", f"{mark} {slot.total:>2}  {slot.name}", "strong" if slot.active else ""))
    return lines


def turn_text(view: SeatView, words: Words) -> str:
    """Return what is left of the seat's turn; empty when there is none."""
    if view.you is None or view.you.turn is None:
        return ""
    turn = view.you.turn
    left = [words.say(f"cost/{name}") for name in ("action", "bonus", "reaction") if getattr(turn, name)]
    if turn.movement:
        left.append(words.say("cost/movement", feet=turn.movement))
    return " · ".join(left) or words.say("ui/nothing_left")


def journal_lines(view: SeatView, words: Words) -> list[Line]:
    """Return what is worth remembering, oldest first."""
    if not view.journal:
        return [line("note", words.say("ui/no_journal"))]
    return [
        Line("note", (Span(f"{words.say(f'journal/{entry.kind}')} ", "faint"), Span(entry.title, "strong"),
                      Span(f": {entry.text}" if entry.text else "")))
        for entry in view.journal
    ]  # fmt: skip


def sheet_lines(view: SeatView, words: Words) -> list[Line]:
    """Return the seat's own character in full."""
    you = view.you
    if you is None:
        return [line("note", words.say("seat/no_character"))]
    classes = ", ".join(f"{words.say(f'class/{name}')} {level}" for name, level in you.classes.items())
    vital = words.say("ui/sheet_vital", hp=you.hp, max=you.max_hp, ac=you.ac.value, speed=you.speed,
                      proficiency=signed(you.proficiency))  # fmt: skip
    abilities = "  ".join(
        f"{words.say(f'short/{name}')} {score} ({signed((score - 10) // 2)})" for name, score in you.abilities.items()
    )
    saves = ", ".join(f"{words.say(f'short/{name}')} {signed(bonus)}" for name, bonus in you.saves.items())
    skills = ", ".join(f"{words.say(f'skill/{name}')} {signed(bonus)}" for name, bonus in you.skills.items())
    uses = ", ".join(f"{_use_name(key, words)} {uses.left}/{uses.maximum}" for key, uses in you.uses.items())
    items = ", ".join(_item_name(key, count, view) for key, count in you.items.items())
    rows = [
        (f"{you.name}, {classes}", "strong"), (vital, ""), (abilities, ""),
        (words.say("ui/sheet_saves", list=saves) if saves else "", ""),
        (words.say("ui/sheet_skills", list=skills) if skills else "", ""),
        (words.say("ui/sheet_uses", list=uses) if uses else "", ""),
        (words.say("ui/sheet_items", list=items) if items else "", ""),
        (words.say("ui/sheet_money", money=money(you.coins, words)), ""),
    ]  # fmt: skip
    return [line("note", text, style) for text, style in rows if text]


def _use_name(key: str, words: Words) -> str:
    kind, _, level = key.partition(":")
    return words.say("ui/slots_of", level=level) if kind == "slot" else words.say(f"resource/{key}")


def _item_name(key: str, count: int, view: SeatView) -> str:
    entries = view.lexicon.entries if view.lexicon else ()
    name = next((entry.name for entry in entries if entry.kind == "item" and entry.ref == key), key.replace("_", " "))
    return name if count == 1 else f"{count} × {name}"


def menu_lines(menu: Menu, words: Words) -> list[Line]:
    """Return what can be picked, numbered, under the headings of its groups."""
    lines = [line("question" if menu.kind != "options" else "note", menu.title, "strong")]
    for heading, members in menu.grouped:
        if heading:
            lines.append(line("note", f" {words.say(f'group/{heading}')}", "faint"))
        lines += [_choice_line(number, choice) for number, choice in members]
    return lines


def _choice_line(number: int, choice: Choice) -> Line:
    notes = [note for note in (choice.odds, choice.cost) if note]
    note = "   " + "   ".join(notes) if notes else ""
    return Line("note", (Span(f"{number:>3} ", "number"), Span(choice.text), Span(note, "faint")))
