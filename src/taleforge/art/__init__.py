"""Portraits, items and scenes: a wish in words becomes a picture.

May import `errors`, `messages`, `world` and `cages`. `ports.Painter` is what the house sees; `procedural` needs nothing
but numpy, `remote` asks a server that has a model, `fallback` puts the first behind the second. Read `procedural`
first, then `plate`, on which everything is painted.
"""
