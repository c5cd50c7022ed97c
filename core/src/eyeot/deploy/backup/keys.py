"""Keys apart: the secrets of a deployment in a file of their own, under a passphrase.

Backups hold none of them, so whoever finds one cannot read what is sealed in it, nor speak for its
deployment. The file is JSON: scrypt (RFC 7914) makes the key, AES-256-GCM seals the files.
"""

import base64
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from eyeot.deploy import audit_key, secret_keys
from eyeot.deploy.backup.archive import BackupRefused
from eyeot.deploy.settings import Settings

KEY_FILES = (secret_keys.FILE, audit_key.FILE)
"""The files of the data directory that hold keys, by their path within it."""
SHORTEST = 12
_SCRYPT = {"length": 32, "n": 2**16, "r": 8, "p": 1}
_ABOUT = b"eyeot keys v1"


def export(settings: Settings, path: Path, passphrase: str) -> list[str]:
    """Write the keys that are in the data directory and the environment; what was written."""
    if len(passphrase) < SHORTEST:
        raise BackupRefused(f"Give a passphrase of {SHORTEST} characters or more.")
    found = {name: (settings.data_dir / name).read_bytes() for name in present(settings)}
    if settings.secret_keys:
        found["EYEOT_SECRET_KEYS"] = " ".join(settings.secret_keys).encode()
    if settings.audit_key:
        found["EYEOT_AUDIT_KEY"] = settings.audit_key.encode()
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    told = {name: _text(key) for name, key in found.items()}
    sealed = _cipher(passphrase, salt).encrypt(nonce, json.dumps(told).encode(), _ABOUT)
    text = {
        "about": _ABOUT.decode(),
        "salt": _text(salt),
        "nonce": _text(nonce),
        "sealed": _text(sealed),
    }
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as wrong:
        raise BackupRefused(f"{path} cannot be written: {wrong.strerror}.") from wrong
    with os.fdopen(handle, "w") as file:
        json.dump(text, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    return sorted(found)


def bring_back(settings: Settings, path: Path, passphrase: str) -> list[str]:
    """Put keys back into the data directory; those that are there must be the same.

    Answers what is to be set by hand: keys that came from the environment.
    """
    found = _opened(path, passphrase)
    by_hand = [name for name in found if name not in KEY_FILES]
    for name in KEY_FILES:
        if name not in found:
            continue
        target = settings.data_dir / name
        if target.exists():
            if target.read_bytes() != found[name]:
                raise BackupRefused(
                    f"{target} is there already and differs; move it away if the backup's is right."
                )
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(found[name])
    return by_hand


def present(settings: Settings) -> list[str]:
    """The key files of a data directory."""
    return [name for name in KEY_FILES if (settings.data_dir / name).exists()]


def _opened(path: Path, passphrase: str) -> dict[str, bytes]:
    try:
        told = json.loads(path.read_text())
        salt, nonce, sealed = (base64.b64decode(told[n]) for n in ("salt", "nonce", "sealed"))
        plain = _cipher(passphrase, salt).decrypt(nonce, sealed, _ABOUT)
    except InvalidTag as wrong:
        raise BackupRefused(f"The passphrase does not open {path}.") from wrong
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise BackupRefused(f"{path} is no file of keys: {wrong}.") from wrong
    return {name: base64.b64decode(key) for name, key in json.loads(plain).items()}


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, **_SCRYPT).derive(passphrase.encode()))


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
