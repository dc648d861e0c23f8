"""Secrets that a server keeps for itself in its data folder, readable by its own user alone, and the key of its tales.

The local token stands for whoever owns this machine. Never writes a secret anywhere else.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from taleforge.errors import Misconfigured
from taleforge.settings import Settings
from taleforge.store.seals import Key

LOCAL_TOKEN: Final = "local.token"
SECRET: Final = "server.secret"
"""What a server keeps of its own in the data folder, when no setting says it: without it, nobody's key would fit."""


def kept_secret(folder: Path, name: str, prefix: str) -> str:
    """Return a secret of the data folder, made the first time.

    Raises:
        Misconfigured: the file cannot be read or written.
    """
    file = folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _write(file, f"{prefix}_{secrets.token_urlsafe(32)}")
        file.chmod(0o600)
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file} cannot be kept: {error}.", "Set data.folder to a place you may write.") from error


def secret_of(settings: Settings) -> str:
    """Return the server's own secret: that of the settings, or the one kept; raises as `kept_secret` does."""
    return settings.serve.secret or kept_secret(settings.data.folder, SECRET, "pepper")


def key_of(settings: Settings) -> Key:
    """Return what tales are sealed by here; raises as `kept_secret` does."""
    return Key(secret_of(settings).encode())


def known_key(settings: Settings) -> Key | None:
    """Return what tales were sealed by here, if any ever were; makes nothing. Raises as `kept_secret` does."""
    kept = settings.serve.secret or (settings.data.folder / SECRET).exists()
    return key_of(settings) if kept else None


def _write(file: Path, secret: str) -> None:
    """Write a file whole or not at all, never readable by others, and never over one that somebody else just made."""
    made = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secret)
        stream.flush()
        os.fsync(stream.fileno())  # or a power cut might leave an empty secret, which anybody knows
    try:
        os.link(made, file)
    except FileExistsError:
        return
    finally:
        made.unlink()
