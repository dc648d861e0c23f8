"""Content as data: the schema of monsters, spells, equipment and characters, the loader, and the bundled packs.

May import `rules`. It never decides what an effect does; it only says what the effect is, and where a pack is broken.
Read `loader` first, then `schema`; `strict` and `locate` give every fault its line. Bundled packs are in `data/`.
"""
