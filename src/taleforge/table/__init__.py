"""The table: `decide`, `evolve`, `view`, `options` and `brief` over one game's state.

May import `messages`, `rules`, `world` and `packs`. It stores nothing and sends nothing: what it needs of the outside
is declared in `ports.py`. Read `decide.py` first, then `evolve.py` and `view.py`.
"""

from taleforge.table.brief import briefs
from taleforge.table.decide import Decided, decide
from taleforge.table.draft import Context
from taleforge.table.evolve import evolve, fold
from taleforge.table.opening import branch_table, open_table
from taleforge.table.options import options
from taleforge.table.project import hears, project
from taleforge.table.state import State
from taleforge.table.tactics import automatic
from taleforge.table.view import view

__all__ = [
    "Context", "Decided", "State", "automatic", "branch_table", "briefs", "decide", "evolve", "fold", "hears",
    "open_table", "options", "project", "view",
]  # fmt: skip
