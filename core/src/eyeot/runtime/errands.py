"""Errands: what an action asks of providers outside, between two runs of its handler.

A handler that needs an answer it does not have ends there: its transaction is rolled back, the provider is
asked while nothing is held, and the handler runs again from its beginning with the answer in hand.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

import orjson

from eyeot.declare.problem import Conflict, ProviderNotConfigured
from eyeot.declare.provider import Fetched, Provider, ProviderUnavailable
from eyeot.runtime.encoding import canonical
from eyeot.runtime.network import Refused
from eyeot.runtime.outgoing import Answered, Asked, Failed

if TYPE_CHECKING:
    from eyeot.runtime.outside import Outside
    from eyeot.runtime.request import Request

T = TypeVar("T")
MOST = 8
"""How often one request asks outside."""
_ASKING = frozenset({"GET", "HEAD"})
_TOO_MANY = 429
_FAULT = 500
_SAFE = "/:@!$&'()*+,;=~-._"
_ENCODED = re.compile(r"%(?![0-9A-Fa-f]{2})")
Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One exchange with a provider."""

    provider: Provider
    base: str
    """Where this deployment reaches it."""
    method: str
    path: str
    query: Query = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    changes: bool = False
    """Whether something outside is changed by it, so that no preview does it."""

    @property
    def key(self) -> bytes:
        """The same for the same question."""
        asked = [self.provider.name, self.method, self.path, self.query, dict(self.headers)]
        return hashlib.sha256(canonical(asked) + b"\n" + self.body).digest()

    @property
    def told(self) -> dict[str, str]:
        """What effects tell of it: never what it says."""
        return {"provider": self.provider.name, "method": self.method, "path": self.path}

    @property
    def url(self) -> str:
        """Where it goes: below the provider's own address, whatever the path says."""
        if {".", ".."} & set(self.path.split("/")) or not self.path.startswith("/"):
            raise ValueError(f"the path {self.path!r} does not stay below {self.base}")
        path = quote(_ENCODED.sub("%25", self.path), safe=_SAFE + "%")
        query = urlencode(self.query, doseq=True)
        return f"{self.base.rstrip('/')}{path}{'?' if query else ''}{query}"


class Needed(Exception):
    """A handler cannot go on before this is answered."""

    def __init__(self, errand: Errand) -> None:
        super().__init__(errand.provider.name)
        self.errand = errand


class Errands:
    """The answers that one request has so far."""

    def __init__(self) -> None:
        self._answers: dict[bytes, Fetched | dict[str, Any]] = {}
        self.asked: tuple[str, ...] = ()
        """The providers, as the audit tells of them."""
        self.sent = False
        """Whether anything outside was changed."""

    def answer(self, errand: Errand) -> Fetched:
        """What was answered; `Needed` before it was asked, `ProviderUnavailable` when nothing came."""
        known = self._answers.get(errand.key)
        if known is None:
            raise Needed(errand)
        if isinstance(known, Fetched):
            return known
        raise ProviderUnavailable(provider=errand.provider.name, **known)

    async def run(self, errand: Errand, outside: "Outside") -> None:
        """Ask, and keep what comes of it."""
        if len(self._answers) >= MOST:
            raise Conflict(
                reason=f"One call asks outside {MOST} times at most; this one would ask more often.",
                remedy="Do it in smaller parts, each in a call of its own.",
            )
        self.sent = self.sent or errand.changes
        self.asked = tuple(dict.fromkeys((*self.asked, f"asked:{errand.provider.name}")))
        self._answers[errand.key] = await _made(errand, outside)


NONE = Errands()
"""Of a request that asked nothing; `answered` puts another in its place."""


async def answered(
    requests: "Sequence[Request]",
    outside: "Outside",
    attempt: Callable[[], Awaitable[T]],
    *,
    reads: bool = False,
) -> T:
    """Run an attempt, again with each answer that it needs; `requests`: what it runs, together."""
    while True:
        try:
            return await attempt()
        except Needed as needed:
            wanted = needed.errand
        if reads and wanted.changes:
            raise RuntimeError(f"{requests[0].action} reads, so it changes nothing outside")
        known = requests[0].errands
        known = Errands() if known is NONE else known
        for one in requests:
            one.errands = known
        await known.run(wanted, outside)


async def _made(errand: Errand, outside: "Outside") -> Fetched | dict[str, Any]:
    provider = errand.provider
    key = {"authorization": f"Bearer {outside.keys[provider.name]}"} if provider.keyed else {}
    asked = Asked(
        errand.method,
        errand.url,
        {**errand.headers, **key},
        errand.body,
        largest=provider.largest,
        patience=provider.patience,
    )
    # What only asks is asked once more: connections break, and servers are started anew.
    for tries in (2, 1) if errand.method in _ASKING and not errand.changes else (1,):
        try:
            found = await outside.http.ask(asked)
        except (Failed, Refused) as wrong:
            kept: Fetched | dict[str, Any] = {"reason": str(wrong)}
        else:
            kept = _judged(errand, found)
        if isinstance(kept, Fetched) or tries == 1:
            break
    return kept


def _judged(errand: Errand, found: Answered) -> Fetched | dict[str, Any]:
    """What was answered, unless it is nothing that a handler could use."""
    if not found.whole:
        reason = f"its answer is larger than {errand.provider.largest:,} bytes"
        return {"reason": reason, "answered": found.status}
    if found.status >= _FAULT or found.status == _TOO_MANY or found.status // 100 == 3:  # noqa: PLR2004
        told: dict[str, Any] = {"reason": f"it answers {found.status}", "answered": found.status}
        wait = found.headers.get("retry-after", "")
        return {**told, "retry_after": int(wait)} if wait.isdecimal() else told
    return Fetched(
        provider=errand.provider.name, status=found.status, headers=found.headers, body=found.body
    )


def address_of(outside: "Outside", provider: Provider) -> str:
    """Where a provider is reached; refused where the operator did not switch it on."""
    what = f"provider '{provider.name}' ({provider.doc[0]})"
    base = outside.providers.get(provider.name)
    if base is None:
        raise ProviderNotConfigured(
            what=what,
            remedy=f"Its operator switches it on with EYEOT_PROVIDERS={provider.name}; ask them, or go on"
            " without it.",
        )
    if provider.keyed and not outside.keys.get(provider.name):
        raise ProviderNotConfigured(
            what=f"key for the {what}",
            remedy=f"Its operator gives it with EYEOT_PROVIDER_KEYS={provider.name}=…; ask them, or go on"
            " without it.",
        )
    return base or provider.url


def errand(  # noqa: PLR0913 - these are the parts of a request over HTTP
    outside: "Outside",
    provider: Provider,
    what: tuple[str, str],
    *,
    query: Query | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    changes: bool | None = None,
) -> Errand:
    """An exchange as a handler asks for it; `what`: method and path."""
    base = address_of(outside, provider)
    method, path = what
    lines = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not None and not isinstance(body, bytes):
        body = orjson.dumps(body, default=str)
        lines.setdefault("content-type", "application/json")
    return Errand(
        provider=provider,
        base=base,
        method=method,
        path=path,
        query=query or {},
        headers=lines,
        body=body or b"",
        changes=method not in _ASKING if changes is None else changes,
    )
