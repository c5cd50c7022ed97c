"""Identifiers: UUIDv7 inside, TypeID at the edge (`cus_01h4…`, the TypeID specification 0.3)."""

import itertools
import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
# Ten bits are two signs: thirteen look-ups write or read an id, far faster than base64's functions.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
# int() reads 32 digits, named otherwise; what is no sign of ours becomes one that int() refuses.
_DIGITS = dict.fromkeys(range(128), "!")
_DIGITS.update(zip(map(ord, _ALPHABET), "0123456789abcdefghijklmnopqrstuv", strict=True))
_SHIFTS = tuple(range(120, -1, -10))
_SUFFIX = 26
_TOO_LARGE = 1 << 128
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# 31 random bits leave room for two thousand million ids before the count begins again.
_counted = itertools.count(secrets.randbits(31))


def uuid7(at: datetime | None = None) -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7 and §6.2 method 1), increasing within one process and millisecond.

    One count for all moments keeps the ids of a transaction in order, however many others work
    at the same time.
    """
    ms = (at - _EPOCH) // _MILLISECOND if at else time.time_ns() // 1_000_000
    count = next(_counted)
    high, low = count >> 20 & 0xFFF, count & 0xFFFFF
    random = low << 42 | secrets.randbits(42)
    return UUID(int=(ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | random)


def encode(prefix: str, id: UUID) -> str:
    """The TypeID of a UUID."""
    value, pairs = id.int, _PAIRS
    return f"{prefix}_{''.join([pairs[value >> shift & 1023] for shift in _SHIFTS])}"


def decode(text: str) -> tuple[str, UUID] | None:
    """The prefix and UUID of a TypeID; None when it is not one."""
    prefix, _, suffix = text.rpartition("_")
    if not prefix or len(suffix) != _SUFFIX:
        return None
    if not suffix.isascii():
        return None
    try:
        value = int(suffix.translate(_DIGITS), 32)
    except ValueError:
        return None
    return (prefix, UUID(int=value)) if value < _TOO_LARGE else None
