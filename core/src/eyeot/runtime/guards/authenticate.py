"""Authentication: from a key to its caller, remembered until something about it changes."""

import asyncio
import contextlib
import hashlib
import ipaddress
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from eyeot.declare.licence import Licence
from eyeot.declare.problem import Unauthenticated, Unavailable
from eyeot.runtime.guards.callers import Person, app_of, caller_of, person_of
from eyeot.runtime.guards.rate import Doors
from eyeot.runtime.guards.refusing import (
    KnownKeyRefused,
    TokenExpired,
    TokenUnknown,
    elsewhere,
    end_of,
    expired,
    refusal,
)
from eyeot.runtime.licensing import Licensing
from eyeot.runtime.policy import Compiler
from eyeot.runtime.request import Caller
from eyeot.storage.pool import Pool, taken

PREFIX, ACCESS, REFRESH = "eyk_", "eya_", "eyr_"
"""Of keys, and of an app's access and refresh tokens."""
CHANNEL = "eyeot_policy"
GOVERNING = frozenset(
    {
        "core.api_key",
        "core.role",
        "core.user",
        "core.user_role",
        "core.team_member",
        "core.organization",
        "core.module",
        "core.agent_client",
        "core.licence",
        "core.oauth_grant",
    }
)
"""The records that decide what a caller may do; their triggers tell the channel."""
_SECRET_BYTES = 32
_LONGEST = 200
_HEARD = 60.0
_UNHEARD = 1.0
_MOST = 50_000
_MOST_ASKING = 200
_ADMITTED = 5.0
"""Seconds in which PostgreSQL lets somebody in who wants to hear of changes."""
_KEY, _TOKEN = "SELECT eyeot_gate_key($1)", "SELECT eyeot_gate_token($1)"
_KEY_BY_ID = "SELECT eyeot_gate_credential($1, $2)"
_GRANT_BY_ID = "SELECT eyeot_gate_grant($1, $2)"
log = logging.getLogger(__name__)


def new_secret() -> tuple[str, str, bytes]:
    """A fresh key, the part of it that may be shown later, and what is stored."""
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    return secret, secret[:12], digest(secret)


def digest(secret: str) -> bytes:
    """What is stored of a key: 256 bits of randomness need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


@dataclass(slots=True)
class _Known:
    caller: Caller
    expires_at: float | None
    ends_at: float | None
    networks: tuple[Any, ...]
    until: float


class Credentials:
    """Keys, found by hash through the gate and remembered for a minute.

    A change of a key, role or user is told on a PostgreSQL channel and forgets the organisation's callers at
    once; while the channel is not heard, nothing is remembered for longer than a second.
    """

    def __init__(
        self, pool: Pool, url: str, compiler: Compiler, licensing: Licensing | None = None
    ) -> None:
        self._pool = pool
        self.licensing = licensing or Licensing()
        self._url = url
        self._compiler = compiler
        self._known: dict[bytes, _Known] = {}
        self._met: set[bytes] = set()
        """Keys that were valid when they last came: what else their address sends does not hold them up."""
        self._asking = 0
        self.doors = Doors(None)
        self._listener: asyncio.Task[None] | None = None
        self._heard = False
        self._changes = 0
        self.told: list[Callable[[UUID | None], None]] = []
        """Called with the organisation whose callers were forgotten; None for all."""
        self.renew: Callable[[], Awaitable[None]] = _nothing
        """Run when the modules of the whole deployment may have changed."""

    async def caller(self, token: str | None, ip: str | None) -> Caller:
        """The caller behind a token, or `Unauthenticated`."""
        if not token:
            raise Unauthenticated
        hashed = digest(token)
        if hashed not in self._met:
            self.doors.check(ip)
        try:
            check_form(token)
            return await self.holder(hashed, ip, _TOKEN if token.startswith(ACCESS) else _KEY)
        except (KnownKeyRefused, TokenExpired):
            # Nobody guesses here: whose key it is, is known, and so the audit tells of it.
            raise
        except Unauthenticated:
            self.doors.failed(ip)
            self._met.discard(hashed)
            raise

    async def holder(self, hashed: bytes, ip: str | None, asking: str) -> Caller:
        """The caller behind the hash of a key or token, or `Unauthenticated`."""
        known = self._known.get(hashed)
        if known is None or known.until < time.monotonic():
            known = await self._find(hashed, asking)
        if known.expires_at is not None and known.expires_at <= time.time():
            raise expired(known.caller, known.ends_at)
        if known.networks and not _inside(ip, known.networks):
            raise elsewhere(known.caller)
        return known.caller

    async def _find(self, hashed: bytes, asking: str) -> _Known:
        if self._asking >= _MOST_ASKING:
            raise Unavailable(reason="Too many credentials are being looked up.")
        self._asking += 1
        try:
            return await self._found(hashed, asking)
        finally:
            self._asking -= 1

    async def _found(self, hashed: bytes, asking: str) -> _Known:
        heard, changes = self._heard, self._changes
        async with taken(self._pool) as connection:
            told = await connection.fetchval(asking, hashed)
        if told is None:
            self._known.pop(hashed, None)
            raise _unknown(asking)
        data = told if isinstance(told, dict) else orjson.loads(told)
        if refused := refusal(data, self._caller(data)):
            self._known.pop(hashed, None)
            raise refused
        lasts = _HEARD if heard else _UNHEARD
        if data.get("roles_until") is not None:
            lasts = min(lasts, data["roles_until"] - time.time())
        known = _Known(
            caller=self._caller(data),
            expires_at=end_of(data),
            ends_at=data.get("ends_at"),
            networks=_networks(data),
            until=time.monotonic() + lasts,
        )
        if len(self._known) >= _MOST:
            self._known.clear()
        if len(self._met) >= _MOST:
            self._met.clear()
        self._met.add(hashed)
        # What changed while the gate was asked may have been told before its answer came.
        if changes == self._changes:
            self._known[hashed] = known
        return known

    async def behind(self, org_id: UUID, credential: UUID, *, refusing: bool) -> Caller:
        """The caller of a credential known by its id, for work that goes on without its secret."""
        data = await self._described(org_id, credential)
        if refusing:
            self._check(data)
        return self._caller(data)

    async def again(self, org_id: UUID, credential: UUID, ip: str | None) -> Caller:
        """The caller of a credential that asked before, if it may still be used, and from there."""
        data = await self._described(org_id, credential)
        if (networks := _networks(data)) and not _inside(ip, networks):
            raise elsewhere(self._caller(data))
        self._check(data)
        return self._caller(data)

    async def _described(self, org_id: UUID, credential: UUID) -> dict[str, Any]:
        async with taken(self._pool) as connection:
            for one in (_KEY_BY_ID, _GRANT_BY_ID):
                found: dict[str, Any] | None = await connection.fetchval(one, org_id, credential)
                if found is not None:
                    return found
        raise Unauthenticated(reason="The key that asked for this is unknown.", sent=True)

    def _check(self, data: dict[str, Any]) -> None:
        if refused := refusal(data, self._caller(data)):
            raise refused
        if (end := end_of(data)) is not None and end <= time.time():
            raise expired(self._caller(data), data.get("ends_at"))

    def _caller(self, data: dict[str, Any]) -> Caller:
        made = app_of if "grant_id" in data else caller_of
        return made(data, self._compiler, self.licensing)

    async def person(self, org_id: UUID, account_id: UUID, session_id: UUID) -> Person | None:
        """Somebody with an account as a caller in an organisation; None where they may not work."""
        async with taken(self._pool) as connection:
            told = await connection.fetchval("SELECT eyeot_gate_person($1, $2)", org_id, account_id)
        if told is None or told.get("refused"):
            return None
        return person_of(told, self._compiler, self.licensing, session_id)

    async def member(
        self, org_id: UUID, user_id: UUID, session_id: UUID, *, refusing: bool
    ) -> Caller:
        """Somebody who asked for something at the console, for work that goes on without them there."""
        async with taken(self._pool) as connection:
            told = await connection.fetchval("SELECT eyeot_gate_member($1, $2)", org_id, user_id)
        if told is None or (refusing and told.get("refused")):
            reason = (told or {}).get("refused") or "The person who asked for this is unknown."
            raise Unauthenticated(reason=reason, sent=True)
        return person_of(told, self._compiler, self.licensing, session_id).caller

    async def houses(self, account_id: UUID) -> list[dict[str, Any]]:
        """The organisations that an account may work in, by name."""
        async with taken(self._pool) as connection:
            told: list[dict[str, Any]] = await connection.fetchval(
                "SELECT eyeot_gate_houses($1)", account_id
            )
        return told

    async def licence(self, org_id: UUID) -> Licence:
        """The licence of an organisation, for who calls without a credential."""
        async with taken(self._pool) as connection:
            told = await connection.fetchval("SELECT eyeot_gate_licence($1)", org_id)
        return self.licensing.standing(org_id, told)

    def forget(self, org_id: UUID | None = None) -> None:
        """Forget an organisation's callers, or everyone."""
        self._changes += 1
        if org_id is None:
            self._known.clear()
        else:
            known = self._known.items()
            for hashed in [one for one, found in known if found.caller.org_id == org_id]:
                del self._known[hashed]
        for tell in self.told:
            tell(org_id)

    def start(self) -> None:
        """Listen for changes."""
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Stop listening."""
        if self._listener:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must go on listening
                log.warning(
                    "policy changes are not heard; callers are remembered for a second only: %s",
                    error,
                )
            self._heard = False
            self.forget()
            await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        # A server that died while it admitted us may leave the connection open, and never answer.
        connection = await asyncpg.connect(self._url, timeout=_ADMITTED)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            changed = asyncio.Event()

            def hear(_c: Any, _p: Any, _n: Any, told: Any) -> None:
                self.forget(UUID(told) if told else None)
                if not told:
                    changed.set()

            async with asyncio.timeout(_ADMITTED):
                await connection.add_listener(CHANNEL, hear)
            self.forget()
            self._heard = True
            await self._follow(changed, lost)
        finally:
            self._heard = False
            await connection.close(timeout=1)

    async def _follow(self, changed: asyncio.Event, lost: asyncio.Event) -> None:
        """Keep the installed modules in step until the connection is lost."""
        gone = asyncio.create_task(lost.wait())
        try:
            while not gone.done():
                changed.clear()
                async with asyncio.timeout(_ADMITTED):
                    await self.renew()
                told = asyncio.create_task(changed.wait())
                try:
                    await asyncio.wait((gone, told), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    told.cancel()
        finally:
            gone.cancel()


def check_form(token: str) -> None:
    """Refuse what cannot be a key of ours, before anybody is asked."""
    if token.startswith(REFRESH):
        told = "This is a refresh token, which only /oauth/token takes."
        raise Unauthenticated(reason=told, sent=True)
    if not token.startswith((PREFIX, ACCESS)) or len(token) > _LONGEST:
        raise Unauthenticated(reason="This is not an Eyeot key.", sent=True)


def _unknown(asking: str) -> Unauthenticated:
    if asking == _TOKEN:
        return TokenUnknown(reason="This token is unknown, or was over long ago.", sent=True)
    return Unauthenticated(reason="This key is unknown.", sent=True)


async def _nothing() -> None:
    """What an engine that follows nothing does."""


def _inside(ip: str | None, networks: tuple[Any, ...]) -> bool:
    if not ip:
        return False
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks if network.version == address.version)


def _networks(data: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(ipaddress.ip_network(one) for one in data.get("ip_allowlist") or ())
