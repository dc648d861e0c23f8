"""The table: `decide`, `evolve`, `view`, `options` and `brief` over one game's state.

May import `messages`, `rules`, `world` and `packs`. It stores nothing and sends nothing: what it needs of the outside
is declared in `ports.py`.
"""
