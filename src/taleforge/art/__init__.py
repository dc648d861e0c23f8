"""Portraits, items and scenes: a wish in words becomes a picture.

May import `errors`, `messages`, `world` and `cages`. `ports.Painter` is what the house sees; `procedural` needs nothing
but numpy and paints in processes of its own (`hands`, `hand`), `local` and `easel` are the same for a model, `remote`
asks a server that has one, `fallback` puts the first behind the second. Read `procedural` first, then `plate`, on which
everything is painted.
"""
