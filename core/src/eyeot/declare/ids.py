"""Identifiers: UUIDv7 inside, TypeID at the edge (`cus_01h4…`, the TypeID specification 0.3)."""

import itertools
import secrets
import time
from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = b"0123456789abcdefghjkmnpqrstvwxyz"
_OUT = bytes.maketrans(_STANDARD, _CROCKFORD)
_IN = bytes.maketrans(_CROCKFORD, _STANDARD)
_ALPHABET = frozenset(_CROCKFORD.decode())
_SUFFIX = 26
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# 31 random bits leave room for two thousand million ids before the count begins again.
_counted = itertools.count(secrets.randbits(31))


def uuid7(at: datetime | None = None) -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7 and §6.2 method 1), increasing within one process and millisecond.

    One count for all moments keeps the ids of a transaction in order, however many others work at the same time.
    """
    ms = (at - _EPOCH) // _MILLISECOND if at else time.time_ns() // 1_000_000
    count = next(_counted)
    high, low = count >> 20 & 0xFFF, count & 0xFFFFF
    random = low << 42 | secrets.randbits(42)
    return UUID(int=(ms & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | random)


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
