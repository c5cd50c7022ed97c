"""Documents: apps that are known by a document at their id (OAuth Client ID Metadata Document)."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from eyeot.platform.oauth import clients, redirects
from eyeot.platform.oauth.agent import plain
from eyeot.platform.oauth.clients import LONGEST_NAME, NONE, Client
from eyeot.platform.oauth.limits import DOCUMENTS, admit
from eyeot.runtime.engine import Engine
from eyeot.runtime.network import Refused, Where
from eyeot.runtime.outgoing import LARGEST, Answered, Failed

_PATIENCE = 5.0
_SHORTEST, _USUAL, _LONGEST = 300, 3_600, 86_400
"""Seconds for which a document is believed, whatever its headers say."""
_WRONG_FOR = 60.0
_MOST_WRONG = 1_000
_MOST_REDIRECTS = 50
_HTTPS = 443
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,9})\b")


class Unreadable(Exception):
    """A document that does not describe an app that can be connected, and why."""


class Documents:
    """Reads documents, and remembers for a minute which could not be."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wrong: dict[str, tuple[float, str]] = {}

    async def client(self, client_id: str) -> Client | None:
        """The app of an id: read again where it is an address and what was read has grown old."""
        found = await clients.known(self._engine, client_id)
        if not client_id.startswith("https://"):
            return found
        if found and found.fresh_until and found.fresh_until > self._engine.clock():
            return found
        until, reason = self._wrong.get(client_id, (0.0, ""))
        if until > time.monotonic():
            raise Unreadable(reason)
        try:
            return await self._read(client_id)
        except Unreadable as wrong:
            if len(self._wrong) >= _MOST_WRONG:
                self._wrong.clear()
            self._wrong[client_id] = time.monotonic() + _WRONG_FOR, str(wrong)
            raise

    async def _read(self, client_id: str) -> Client:
        outgoing = replace(self._engine.outside.http, patience=_PATIENCE)
        check_address(client_id, elsewhere=bool(outgoing.allowed))
        await admit(self._engine, DOCUMENTS, urlsplit(client_id).netloc.lower())
        try:
            answered = await outgoing.get(client_id, {"accept": "application/json"})
        except Refused:
            # What exactly is wrong with where it leads would tell of the network around this server.
            raise Unreadable("its address is never called from here") from None
        except Failed:
            raise Unreadable("its address gave no whole answer within 5 seconds") from None
        told = parsed(client_id, answered)
        now = self._engine.clock()
        client = Client(
            id=client_id,
            kind="document",
            name=plain(told["client_name"])[:LONGEST_NAME],
            uri=None,
            redirect_uris=told["redirect_uris"],
            grant_types=clients.GRANT_TYPES,
            created_at=now,
            fresh_until=now + timedelta(seconds=_lasts(answered)),
        )
        await clients.keep(self._engine, client)
        return client


def check_address(client_id: str, *, elsewhere: bool = False) -> None:
    """Refuse what cannot be the address of a document; `elsewhere`: on other ports than 443 too."""
    try:
        where = Where(client_id)
    except Refused as refused:
        raise Unreadable(f"its id is no address: {refused}") from None
    parts = urlsplit(client_id)
    steps = unquote(unquote(parts.path)).replace("\\", "/").split("/")
    if parts.path in ("", "/") or any(one in (".", "..") for one in steps):
        raise Unreadable("its id must have a path, without . or ..")
    if where.scheme != "https" or (where.port != _HTTPS and not elsewhere):
        raise Unreadable("its id must begin with https://, on the usual port")


def parsed(client_id: str, answered: Answered) -> dict[str, Any]:
    """What a document says, or `Unreadable`."""
    kind = answered.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answered.status != 200:  # noqa: PLR2004
        raise Unreadable(f"there is no document at its id (status {answered.status})")
    if len(answered.body) >= LARGEST:
        raise Unreadable("its document is too large")
    if kind != "application/json" and not kind.endswith("+json"):
        raise Unreadable("its document is not JSON")
    try:
        told = orjson.loads(answered.body)
    except orjson.JSONDecodeError:
        raise Unreadable("its document is not JSON") from None
    if not isinstance(told, dict) or told.get("client_id") != client_id:
        raise Unreadable("its document is of another id")
    _check(told)
    return told


def _check(told: dict[str, Any]) -> None:
    name, uris = told.get("client_name"), told.get("redirect_uris")
    if not isinstance(name, str) or not plain(name):
        raise Unreadable("its document says no client_name")
    if not isinstance(uris, list) or not 0 < len(uris) <= _MOST_REDIRECTS:
        raise Unreadable("its document lists no redirect_uris, or too many")
    if wrong := [one for one in uris if not isinstance(one, str) or redirects.fault(one)]:
        raise Unreadable(
            f"its document lists a redirect_uri that nobody is sent to: {wrong[0]!r:.100}"
        )
    if told.get("token_endpoint_auth_method", NONE) != NONE or "client_secret" in told:
        raise Unreadable("its document must say token_endpoint_auth_method none")


def _lasts(answered: Answered) -> int:
    """Seconds for which it is believed, as its headers say, within bounds."""
    told = answered.headers.get("cache-control", "").lower()
    if "no-store" in told or "no-cache" in told:
        return _SHORTEST
    found = _MAX_AGE.search(told)
    return max(_SHORTEST, min(int(found[1]) if found else _USUAL, _LONGEST))
