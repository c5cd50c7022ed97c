"""Passwords: Argon2id, checked beside the event loop; an unknown person costs what a known one does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
"""Characters: long rather than mixed (NIST SP 800-63B §5.1.1.2, OWASP ASVS 5 §6.2)."""
_HASHER = PasswordHasher()
# Each takes 64 MiB and a core for some milliseconds; more at once would starve the calls of agents.
_AT_ONCE = ThreadPoolExecutor(2, "password")


async def hashed(password: str) -> str:
    """What is stored of a password."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_AT_ONCE, _HASHER.hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether a password is the one stored; as slow where none is, so that nobody learns of that."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_AT_ONCE, _matches, stored, password)


def _matches(stored: str | None, password: str) -> bool:
    try:
        _HASHER.verify(stored or _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")
