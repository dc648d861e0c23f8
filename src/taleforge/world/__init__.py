"""The world of an adventure: scenes, exits, people, clues, grid maps and the geometry on them; seeded and pure.

May import `rules` and `packs`. It knows nothing of turns, seats or players.
"""
