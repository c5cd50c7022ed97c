"""Secret keys: what the workers of one deployment seal with."""

import contextlib
import os
import secrets
from pathlib import Path

from eyeot.deploy.settings import Settings, WrongSettings

FILE = "secret.key"
SHORTEST = 32
_FOR_OTHERS = 0o077


def secret_keys(settings: Settings) -> tuple[bytes, ...]:
    """`EYEOT_SECRET_KEYS`, newest first; else the key in the data directory, made when first needed."""
    if short := [one for one in settings.secret_keys if len(one) < SHORTEST]:
        raise WrongSettings(
            f"EYEOT_SECRET_KEYS: {len(short)} of them have fewer than {SHORTEST} characters;"
            " make one with 'python -c \"import secrets; print(secrets.token_urlsafe(32))\"'."
        )
    if settings.secret_keys:
        return tuple(one.encode() for one in settings.secret_keys)
    return (_kept(settings.data_dir / FILE),)


def _kept(path: Path) -> bytes:
    if not path.exists():
        try:
            make(path, secrets.token_urlsafe(SHORTEST))
        except OSError as wrong:
            why = f"{path} cannot be written ({wrong.strerror})"
            raise WrongSettings(f"{why}; set EYEOT_SECRET_KEYS or EYEOT_DATA_DIR.") from wrong
    check_private(path)
    key = path.read_bytes().strip()
    if len(key) < SHORTEST:
        raise WrongSettings(f"{path} holds no key; remove it, and a new one is made.")
    return key


def check_private(path: Path) -> None:
    """Refuse a key that others can read."""
    if path.stat().st_mode & _FOR_OTHERS:
        raise WrongSettings(f"{path} can be read by others; run 'chmod 600 {path}'.")


def make(path: Path, text: str) -> None:
    """Write a new key whole or not at all; of several processes, the first one's is kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
