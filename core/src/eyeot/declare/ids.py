"""Identifiers: UUIDv7 inside, TypeID at the edge (`cus_01h4…`, the TypeID specification 0.3)."""

import secrets
import time
from datetime import datetime
from uuid import UUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Ten bits are two signs: thirteen look-ups write or read an id, far faster than base64's functions.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUES = {pair: value for value, pair in enumerate(_PAIRS)}
_SHIFTS = tuple(range(120, -1, -10))
_SUFFIX = 26
_TOO_LARGE = 1 << 128
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
    value, pairs = id.int, _PAIRS
    return f"{prefix}_{''.join([pairs[value >> shift & 1023] for shift in _SHIFTS])}"


def decode(text: str) -> tuple[str, UUID] | None:
    """The prefix and UUID of a TypeID; None when it is not one."""
    prefix, _, suffix = text.rpartition("_")
    if not prefix or len(suffix) != _SUFFIX:
        return None
    suffix = suffix.lower()
    value = 0
    try:
        for at in range(0, _SUFFIX, 2):
            value = value << 10 | _VALUES[suffix[at : at + 2]]
    except KeyError:
        return None
    return (prefix, UUID(int=value)) if value < _TOO_LARGE else None
