"""Limits: how often somebody who has not proven anything may ask, counted over all workers."""

import math
from dataclasses import dataclass

from eyeot.declare.problem import RateLimited
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.rate import network_of
from eyeot.storage.tokens import Wish


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so many seconds, and that many at once."""

    name: str
    most: int
    seconds: int


REGISTRATIONS = Limit("registrations from this address", 30, 3_600)
ALL_REGISTRATIONS = Limit("registrations", 2_000, 3_600)
DEVICES = Limit("device codes for this address", 60, 3_600)
DOCUMENTS = Limit("readings of this app's document", 60, 3_600)
TRIES = Limit("codes entered by this person", 10, 600)
TRIES_FROM = Limit("codes entered from this address", 30, 600)


async def admit(engine: Engine, limit: Limit, whose: str = "") -> None:
    """Count one more, or `RateLimited`."""
    wish = Wish(f"oauth:{limit.name}:{whose}", 1, 1, limit.most / limit.seconds, limit.most)
    given = await engine.limiter.tokens.take(wish)
    if not given.tokens:
        raise RateLimited(
            reason=f"Too many {limit.name}: {limit.most} in {limit.seconds // 60} minutes.",
            retry_after=max(1, math.ceil(given.wait)),
        )


def address(ip: str | None) -> str:
    """The address that one client holds; all that have none share one."""
    return network_of(ip) if ip else "unknown"
