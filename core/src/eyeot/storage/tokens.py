"""Tokens: buckets that fill at a rate, shared by workers in Redis or PostgreSQL, or each worker's own."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from redis.asyncio import Redis
from sqlalchemy.dialects.postgresql import TIMESTAMP

from eyeot.declare.schema import metadata
from eyeot.storage.pool import Pool, taken

log = logging.getLogger(__name__)
PATIENCE = 0.5
"""Seconds that a store may take; then another is asked."""
REST = 5.0
"""Seconds for which a store that failed is left alone."""
_MOST_KEPT = 20_000

buckets = sa.Table(
    "eyeot_rate",
    metadata,
    sa.Column("key", sa.Text(collation="C"), primary_key=True),
    sa.Column("tokens", sa.Double, nullable=False),
    sa.Column("given", sa.Double, nullable=False),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("rate", sa.Double, nullable=False),
    sa.Column("burst", sa.Double, nullable=False),
    sa.Column("least", sa.Double, nullable=False),
    sa.Column("most", sa.Double, nullable=False),
    prefixes=["UNLOGGED"],
)
"""What is left in each bucket, and what was last asked of it; lost in a crash, and full again then."""

_AVAILABLE = (
    "least(excluded.burst, r.tokens"
    " + greatest(0, extract(epoch FROM excluded.at - r.at)::float8) * excluded.rate)"
)
_GIVEN = f"CASE WHEN {_AVAILABLE} >= excluded.least THEN least(excluded.most, floor({_AVAILABLE})) ELSE 0 END"
_TAKE = f"""
INSERT INTO eyeot_rate AS r (key, tokens, given, at, rate, burst, least, most)
VALUES ($1, $5::float8 - least($3::float8, $5), least($3::float8, $5), clock_timestamp(), $4, $5, $2, $3)
ON CONFLICT (key) DO UPDATE SET given = {_GIVEN}, tokens = {_AVAILABLE} - ({_GIVEN}),
  at = greatest(r.at, excluded.at), rate = excluded.rate, burst = excluded.burst,
  least = excluded.least, most = excluded.most
RETURNING given, tokens
"""
TIDY = "DELETE FROM eyeot_rate WHERE at < now() - make_interval(secs => burst / rate)"
"""What is full again is as if it never was."""

_SCRIPT = """
local least, most, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local given = 0
if tokens >= least then given = math.min(most, math.floor(tokens)) end
tokens = tokens - given
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
return {given, string.format('%.6f', tokens)}
"""


class Wish(NamedTuple):
    """Tokens wanted from a bucket: nothing, or at least so many."""

    key: str
    least: int
    most: int
    rate: float
    """Tokens a second that flow into it."""
    burst: int
    """How many it holds."""


class Given(NamedTuple):
    """What a bucket gave, and the seconds until it could give what it could not."""

    tokens: int
    wait: float = 0.0


class Tokens(Protocol):
    """Buckets of tokens."""

    async def take(self, wish: Wish) -> Given:
        """Take from one."""

    async def close(self) -> None:
        """Let go of what they stand on."""


def _given(wish: Wish, given: float, left: float) -> Given:
    return Given(int(given), 0.0 if given else max(0.0, (wish.least - left) / wish.rate))


class RedisTokens:
    """Buckets in Redis: one script, run there as a whole, by Redis's own clock."""

    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._script = self.redis.register_script(_SCRIPT)

    async def take(self, wish: Wish) -> Given:
        """Take from one."""
        key, *given = wish.key, wish.least, wish.most, wish.rate, wish.burst
        found: Any = await self._script(keys=[f"eyeot:rate:{key}"], args=given)
        return _given(wish, float(found[0]), float(found[1]))

    async def close(self) -> None:
        """Let go of Redis."""
        await self.redis.aclose()


class TableTokens:
    """Buckets in PostgreSQL, for who has no Redis."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, wish: Wish) -> Given:
        """Take from one."""
        given = float(wish.least), float(wish.most), wish.rate, float(wish.burst)
        async with taken(self._pool) as connection:
            row = await connection.fetchrow(_TAKE, wish.key, *given)
        return _given(wish, row["given"], row["tokens"])

    async def close(self) -> None:
        """Whoever opened the pool closes it."""


class OwnTokens:
    """Buckets of this process alone; each worker then allows the whole rate."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, float]] = {}

    async def take(self, wish: Wish) -> Given:
        """Take from one."""
        return self.take_now(wish)

    def take_now(self, wish: Wish) -> Given:
        """Take from one, without waiting for anything."""
        now = time.monotonic()
        left = self.left(wish, now)
        given = min(wish.most, int(left)) if left >= wish.least else 0
        if wish.key not in self._kept and len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[wish.key] = left - given, now
        return _given(wish, given, left - given)

    async def close(self) -> None:
        """Nothing is held."""

    def left(self, wish: Wish, now: float) -> float:
        """How many are in it."""
        tokens, at = self._kept.get(wish.key, (float(wish.burst), now))
        return min(wish.burst, tokens + (now - at) * wish.rate)


class Failover:
    """The first store that answers; one that fails is left alone for a while, lest calls wait for it."""

    def __init__(self, stores: Sequence[Tokens]) -> None:
        self._stores = (*stores, OwnTokens())
        self._until = [0.0] * len(self._stores)

    async def take(self, wish: Wish) -> Given:
        """Take from the bucket of the first store that answers."""
        *shared, own = self._stores
        for at, store in enumerate(shared):
            if self._until[at] > time.monotonic():
                continue
            # Of many calls at once, one finds out whether it is back.
            before, self._until[at] = (
                self._until[at],
                time.monotonic() + (REST if self._until[at] else 0),
            )
            try:
                async with asyncio.timeout(PATIENCE):
                    given = await store.take(wish)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the next one serves
                self._until[at] = time.monotonic() + REST
                if not before:
                    log.warning("%s does not count calls: %s", type(store).__name__, error)
                continue
            self._until[at] = 0.0
            return given
        return await own.take(wish)

    async def close(self) -> None:
        """Let go of every store."""
        for one in self._stores:
            await one.close()
