"""Notes: checkpoints as C2SP tlog-checkpoint, signed as C2SP signed-note with Ed25519."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from eyeot.runtime.sealing.tree import HASH

_ED25519 = b"\x01"
_PRIVATE = "PRIVATE+KEY+"
_DASH = "\u2014 "
_AT = "at "
_ID = 4
_KEY = 32
_SIGNATURE = 64


class BadKey(ValueError):
    """Text that is not a key of a signed note."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key by name: `name+id+base64`, as tools for signed notes write it."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public
        return sha256(named).digest()[:_ID]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_b64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """The key that a text names; `BadKey` when it names none."""
        name, data = _parsed(text.strip())
        found = cls(name, data)
        if str(found) != text.strip():
            raise BadKey("the id does not belong to this name and key")
        return found

    def signed(self, text: str, signatures: Iterable[tuple[str, bytes]]) -> bool:
        """Whether this key signed a text."""
        for name, signature in signatures:
            if name != self.name or signature[:_ID] != self.id:
                continue
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(
                    signature[_ID:], text.encode()
                )
            except InvalidSignature:
                continue
            return True
        return False

    def signature_of(self, text: str, value: str) -> bool:
        """Whether a signature in base64, without a key's id, is this key's of a text."""
        try:
            signature = base64.b64decode(value, validate=True)
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key by name, which signs notes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def make(cls, name: str) -> "Signer":
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """The key that a text holds, `PRIVATE+KEY+name+id+base64`; `BadKey` when it holds none."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise BadKey("a private key of signed notes begins with PRIVATE+KEY+")
        return cls(*_parsed(text.removeprefix(_PRIVATE)))

    def secret(self) -> str:
        """The key as it is kept."""
        told = _b64(_ED25519 + self._seed)
        return f"{_PRIVATE}{self.verifier.name}+{self.verifier.id.hex()}+{told}"

    def signature(self, text: str) -> str:
        """The signature of any text, in base64."""
        return _b64(self._key.sign(text.encode()))

    def derived(self, purpose: bytes) -> bytes:
        """The seed of another key, which only who holds this one can make (HKDF, RFC 5869)."""
        return HKDF(algorithm=SHA256(), length=_KEY, salt=None, info=purpose).derive(self._seed)

    def sign(self, text: str) -> str:
        """The signed note of a text that ends with a line feed."""
        signature = self.verifier.id + self._key.sign(text.encode())
        return f"{text}\n{_DASH}{self.verifier.name} {_b64(signature)}\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a tree was at a moment."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """The body of its note."""
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n{_AT}{at}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint as it was found, with its signatures."""

    checkpoint: Checkpoint
    text: str
    signatures: tuple[tuple[str, bytes], ...]
    raw: str

    def by(self, keys: Iterable[Verifier]) -> bool:
        """Whether one of these keys signed it."""
        return any(key.signed(self.text, self.signatures) for key in keys)


def parse(note: str) -> Note:
    """The checkpoint of a note; `ValueError` when it is none. Signatures are not checked."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    try:
        origin, size, root, *more = text.splitlines()
        at = next(one for one in more if one.startswith(_AT)).removeprefix(_AT)
        told = Checkpoint(
            origin, int(size), base64.b64decode(root, validate=True), datetime.fromisoformat(at)
        )
        listed = [one.removeprefix(_DASH).rsplit(" ", 1) for one in signatures.splitlines()]
        signed = tuple((name, base64.b64decode(one, validate=True)) for name, one in listed)
    except (ValueError, StopIteration, binascii.Error) as wrong:
        raise ValueError(f"not a checkpoint: {note[:80]!r}") from wrong
    whole = signed and all(len(one) >= _ID + _SIGNATURE for _, one in signed)
    if len(told.root) != HASH or told.size < 0 or not whole:
        raise ValueError(f"not a checkpoint: {note[:80]!r}")
    return Note(told, text, signed, note)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _parsed(text: str) -> tuple[str, bytes]:
    """The name and the key of `name+id+base64`."""
    name, _, rest = text.partition("+")
    try:
        data = base64.b64decode(rest.partition("+")[2], validate=True)
    except binascii.Error as wrong:
        raise BadKey("a key of signed notes is name+id+base64") from wrong
    if not name or data[:1] != _ED25519 or len(data) != 1 + _KEY:
        raise BadKey("a key of signed notes is name+id+base64, of the kind Ed25519")
    return name, data[1:]
