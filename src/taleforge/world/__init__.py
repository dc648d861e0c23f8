"""The world of an adventure: scenes, exits, people, clues, grid maps and the geometry on them; seeded and pure.

May import `rules` and `packs`. It knows nothing of turns, seats or players. Read `scene` first, then `library`, which
makes content of packs; `grid`, `sight` and `fog` are the ground, `requirements` and `validation` the story.
"""
