"""Content as data: the schema of monsters, spells, equipment and adventures, its loader, and the bundled packs.

May import `rules`. It never decides what an effect does; it only says what the effect is, and where a pack is broken.
"""
