"""Arithmetic on times as the protocol writes them: RFC 3339 in UTC with milliseconds. Never asks what time it is."""

from datetime import datetime, timedelta


def later(time: str, seconds: int) -> str:
    """Return the time so many seconds after another."""
    return _written(datetime.fromisoformat(time) + timedelta(seconds=seconds))


def put_off(time: str, since: str, now: str) -> str:
    """Return a time put off by as long as it is from `since` to `now`; itself where that cannot be told."""
    try:
        passed = datetime.fromisoformat(now) - datetime.fromisoformat(since)
        return _written(datetime.fromisoformat(time) + max(passed, timedelta()))
    except ValueError:
        return time


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
