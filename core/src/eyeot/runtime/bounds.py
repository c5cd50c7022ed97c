"""Bounds: how much a deployment takes on: calls a minute, and calls at once."""

from dataclasses import dataclass, field

from eyeot.runtime.guards.crowd import Crowd
from eyeot.runtime.guards.rate import UNLIMITED, Doors, Limiter, Rates
from eyeot.storage.pool import Pool
from eyeot.storage.tokens import Failover, RedisTokens, TableTokens, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The limits of one process and, of rates, of all that share a store."""

    rates: Rates = field(default_factory=Rates)
    redis_url: str = ""
    """Where workers share what they count; PostgreSQL without it."""
    calls: int = 512
    """Calls under way in one process; half of them for one organisation."""

    def limiter(self, relay: Pool) -> Limiter:
        """What counts calls."""
        shared: list[Tokens] = [TableTokens(relay)]
        if self.redis_url:
            shared.insert(0, RedisTokens(self.redis_url))
        return Limiter(self.rates, Failover(shared))

    def crowd(self) -> Crowd:
        """The places for calls."""
        return Crowd(self.calls)

    def doors(self) -> Doors:
        """What counts failed attempts."""
        return Doors(self.rates.failures)


BOUNDLESS = Bounds(rates=UNLIMITED)
"""No limit of rates: for the command line and for tests."""
