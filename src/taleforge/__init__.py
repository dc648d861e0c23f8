"""Taleforge: a self-hosted game master whose rules are code and whose story is told by a narrator.

Start with ARCHITECTURE.md, then follow one typed sentence from `terminal/` to `table/` and back. Nothing is imported
here, so that `taleforge --version` and every pure package start fast.
"""

__version__ = "0.1.0"
