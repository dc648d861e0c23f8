"""How many files and sockets this process may open: a program may raise that itself, up to what its system allows.

Opens none.
"""

import sys


def raise_file_limit(wanted: int) -> int:
    """Let this process, and those it starts, open so many files if it may; return how many it may."""
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415  # not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft == resource.RLIM_INFINITY or most <= soft:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ValueError, OSError):  # macOS names no end of it, and has one
        return soft
    return most
