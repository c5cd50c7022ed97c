"""Identifiers: UUIDv7 inside, TypeID at the edge (`cus_01h4…`, the TypeID specification 0.3)."""

import secrets
import time
from base64 import b32decode, b32encode
from datetime import datetime
from uuid import UUID

_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = b"0123456789abcdefghjkmnpqrstvwxyz"
_OUT = bytes.maketrans(_STANDARD, _CROCKFORD)
_IN = bytes.maketrans(_CROCKFORD + _CROCKFORD.upper(), _STANDARD + _STANDARD)
_ALPHABET = frozenset((_CROCKFORD + _CROCKFORD.upper()).decode())
_SUFFIX = 26
_state = [0, 0]


def uuid7(at: datetime | None = None) -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7), increasing within one process and millisecond."""
    ms = int(at.timestamp() * 1000) if at else time.time_ns() // 1_000_000
    last, count = _state
    count = (count + 1) & 0xFFF if ms == last else secrets.randbelow(0x400)
    _state[:] = [ms, count]
    random = secrets.randbits(62)
    return UUID(int=(ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | count << 64 | 0b10 << 62 | random)


def encode(prefix: str, id: UUID) -> str:
    """The TypeID of a UUID."""
    # 4 zero bytes make 160 bits, which base32 writes without padding: the first 6 signs are theirs.
    return f"{prefix}_{b32encode(bytes(4) + id.bytes)[6:].translate(_OUT).decode()}"


def decode(text: str) -> tuple[str, UUID] | None:
    """The prefix and UUID of a TypeID; None when it is not one."""
    prefix, _, suffix = text.rpartition("_")
    if not prefix or len(suffix) != _SUFFIX or suffix[0] > "7" or not _ALPHABET.issuperset(suffix):
        return None
    raw = b32decode(b"AAAAAA" + suffix.encode().translate(_IN))
    return prefix, UUID(bytes=raw[4:])
