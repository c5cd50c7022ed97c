"""Rate: how often a credential, an organisation and an address may ask (step 2).

Workers lease tokens from a shared bucket, a few at a time, so that most calls cost two look-ups and no round
trip.
Over any time t all workers together admit at most `burst + rate * t`, and what they held leased before it.
"""

import asyncio
import ipaddress
import math
import time
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from eyeot.declare.problem import RateLimited
from eyeot.runtime.request import Request
from eyeot.storage.tokens import OwnTokens, Tokens, Wish

_WINDOW = 60
_MOST_LEASES = 20_000
_PART = 8
"""A worker leases at most this part of a bucket."""
_QUICK, _SLOW = 1.0, 10.0
"""Seconds: a lease used up sooner is doubled, one that lasted longer is halved."""
Whose = Literal["credential", "organisation", "address"]


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a minute, and so many at once."""

    minute: int
    burst: int

    @property
    def second(self) -> float:
        """How many a second."""
        return self.minute / _WINDOW


@dataclass(frozen=True, slots=True)
class Rates:
    """The limits of a deployment; None where there is none."""

    credential: Rate | None = Rate(6_000, 1_200)
    organisation: Rate | None = Rate(30_000, 6_000)
    failures: Rate | None = Rate(60, 60)
    """Of attempts from one address with a credential that is not valid."""


UNLIMITED = Rates(None, None, None)


@dataclass(slots=True)
class Lease:
    """Tokens that this process holds of one bucket."""

    whose: Whose
    key: str
    rate: Rate
    left: int = 0
    size: int = 1
    since: float = 0.0
    refused: float = 0.0
    """Until when the bucket is known to be empty, on the loop's monotonic clock."""
    filling: "asyncio.Task[None] | None" = None

    @property
    def largest(self) -> int:
        """The most that one lease takes."""
        return max(1, self.rate.burst // _PART)


@dataclass(eq=False)
class Limiter:
    """Counts calls against the limits."""

    rates: Rates
    tokens: Tokens
    leases: dict[UUID, Lease] = field(default_factory=dict)

    def passes(self, request: Request) -> bool:
        """Take one token of the credential and one of the organisation, if they are here."""
        caller = request.caller
        if caller.credential_id is None or request.surface == "job":
            return True
        return self._take(caller.credential_id, caller.org_id, 1)

    async def close(self) -> None:
        """Let go of the store."""
        for lease in self.leases.values():
            if lease.filling:
                lease.filling.cancel()
        await self.tokens.close()

    def _take(self, credential: UUID, org_id: UUID, cost: int) -> bool:
        own, shared = self.leases.get(credential), self.leases.get(org_id)
        if own is None or shared is None:
            own, shared = self._made(credential, org_id)
        if own.left < cost or shared.left < cost:
            return False
        own.left -= cost
        shared.left -= cost
        if own.left <= own.size >> 2:
            self._fill(own)
        if shared.left <= shared.size >> 2:
            self._fill(shared)
        return True

    async def admit(self, request: Request, cost: int = 1) -> None:
        """Take the tokens of so many calls, waiting for the store only; or `RateLimited`."""
        caller = request.caller
        if caller.credential_id is None or request.surface == "job":
            return
        limits = (self.rates.credential, self.rates.organisation)
        cost = min([cost, *(one.burst for one in limits if one)])
        while not self._take(caller.credential_id, caller.org_id, cost):
            for key in (caller.credential_id, caller.org_id):
                lease = self.leases.get(key)
                if lease is not None and lease.left < cost:
                    await self._more(lease, cost)

    async def _more(self, lease: Lease, cost: int) -> None:
        """More tokens in a lease, or the refusal."""
        if lease.filling is None:
            self._fill(lease, cost)
        if lease.filling is not None:
            await asyncio.shield(lease.filling)
        wait = lease.refused - time.monotonic()
        if lease.left < cost and wait > 0:
            raise RateLimited(
                reason=f"Too many calls: this {lease.whose} may make {lease.rate.minute} a minute.",
                policy=lease.whose,
                limit=lease.rate.minute,
                window=_WINDOW,
                retry_after=max(1, math.ceil(wait)),
            )

    def _made(self, credential: UUID, org_id: UUID) -> tuple[Lease, Lease]:
        if len(self.leases) > _MOST_LEASES:
            self.leases.clear()
        return (
            self._lease("credential", credential, self.rates.credential),
            self._lease("organisation", org_id, self.rates.organisation),
        )

    def _lease(self, whose: Whose, key: UUID, rate: Rate | None) -> Lease:
        found = self.leases.get(key)
        if found is None:
            lease = Lease(whose, f"{whose}:{key}", rate or Rate(0, 0))
            if rate is None:
                lease.left = lease.size = 1 << 62
            else:
                lease.size = max(1, lease.largest // 4)
            found = self.leases[key] = lease
        return found

    def _fill(self, lease: Lease, least: int = 1) -> None:
        if lease.filling is None and lease.refused <= time.monotonic():
            lease.filling = asyncio.get_running_loop().create_task(self._filled(lease, least))

    async def _filled(self, lease: Lease, least: int) -> None:
        try:
            lacking, now = max(1, least - lease.left), time.monotonic()
            if now - lease.since < _QUICK:
                lease.size = min(lease.size * 2, lease.largest)
            elif now - lease.since > _SLOW:
                lease.size = max(1, lease.size // 2)
            lease.since = now
            wish = Wish(
                lease.key, lacking, max(lacking, lease.size), lease.rate.second, lease.rate.burst
            )
            given = await self.tokens.take(wish)
            lease.left += given.tokens
            if not given.tokens:
                lease.refused = time.monotonic() + max(given.wait, 0.001)
        finally:
            lease.filling = None


class Doors:
    """Refuses addresses that keep coming with credentials that are not valid; each process counts its own."""

    def __init__(self, rate: Rate | None) -> None:
        self._rate = rate
        self._kept = OwnTokens()

    def check(self, ip: str | None) -> None:
        """Refuse an address that failed too often."""
        if self._rate is None or ip is None:
            return
        wish = self._wish(ip)
        left = self._kept.left(wish, time.monotonic())
        if left < 1:
            raise RateLimited(
                reason="Too many attempts from this address with credentials that are not valid.",
                policy="address",
                limit=self._rate.minute,
                window=_WINDOW,
                retry_after=max(1, math.ceil((1 - left) / wish.rate)),
            )

    def failed(self, ip: str | None) -> None:
        """Count a failure."""
        if self._rate is not None and ip is not None:
            self._kept.take_now(self._wish(ip))

    def _wish(self, ip: str) -> Wish:
        assert self._rate
        return Wish(network_of(ip), 1, 1, self._rate.second, self._rate.burst)


def network_of(ip: str) -> str:
    """The address that one client holds: of IPv6 the first 64 bits, since all the rest is its own."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return ip
