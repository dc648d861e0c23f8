"""A table at one version as the value its owner holds: state, packs and ids together, behind the game's few questions.

What `live` asks of a game (`live.ports`), answered with the functions of this package. Stores and sends nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from taleforge.errors import BadInput, Damaged
from taleforge.messages.brief import Brief
from taleforge.messages.codes import Code
from taleforge.messages.commands import Ack, Command, CommandData, Refused
from taleforge.messages.events import EVERYBODY, DiceCommitted, DiceRevealed, Event, EventData, TableBranched
from taleforge.messages.frames import SeatEvent
from taleforge.messages.ids import IdSource
from taleforge.messages.views import SeatView
from taleforge.rules.dice import ProvableDice, commitment, salt_for
from taleforge.table.brief import briefs
from taleforge.table.decide import decide
from taleforge.table.draft import Context, Draft
from taleforge.table.evolve import evolve, fold
from taleforge.table.opening import branch_table, no_command, open_table
from taleforge.table.project import project
from taleforge.table.state import State
from taleforge.table.tactics import automatic
from taleforge.table.view import view
from taleforge.world.scene import Content
