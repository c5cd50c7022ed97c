"""Refusing: why a credential that is known may not be used, and what helps."""

import time
from typing import Any

from eyeot.declare.problem import Unauthenticated
from eyeot.runtime.request import Caller

_AGAIN = (
    "Stop, and tell the person you work for: they can connect this app again, from the app: remove its"
    " connection there and add it anew."
)
_PERSON = (
    "Stop, and tell the person you work for. An app works only as long as they may work here themselves,"
    " which is for an administrator of their organisation to change."
)
_GONE = (
    "Stop, and tell the person you work for. Connecting again does not help: an administrator can make a"
    " key for another agent (core.api_key.create)."
)
_ELSEWHERE = (
    "Call from the networks that it is bound to. The person who connected this app can change them on its"
    " page, under 'Agents and apps' of the console."
)


class KnownKeyRefused(Unauthenticated, code="unauthenticated"):
    """A key that is known, and may not be used: who tried is for the audit."""

    def __init__(self, caller: Caller, reason: str) -> None:
        super().__init__(reason=reason, sent=True)
        self.caller = caller


class AppRefused(KnownKeyRefused, code="unauthenticated"):
    """The same for an app that a person connected, which no key helps."""

    def __init__(self, caller: Caller, reason: str, remedy: str) -> None:
        super().__init__(caller, reason)
        self.remedy = remedy

    def body(self) -> dict[str, Any]:
        """The refusal, with what helps against this one."""
        return {**super().body(), "hint": self.remedy}


class AgentPaused(KnownKeyRefused, code="agent_paused"):
    """A key of an agent that was paused: it may work again when a person resumes it."""

    status = 403
    message = "{reason}"
    hint = "Stop, and tell the person you work for: only a person can resume it (core.agent_client.resume)."


class TokenExpired(Unauthenticated, code="unauthenticated"):
    """An app's token that is over, as each is within the hour: the app fetches another."""

    hint = "Fetch a new one with the refresh token; MCP clients do so by themselves."


class TokenUnknown(Unauthenticated, code="unauthenticated"):
    """What looks like an app's token, and is nobody's, or was forgotten since it ended."""

    hint = "Fetch a new one with the refresh token; if that is refused, connect this app again."


def end_of(data: dict[str, Any]) -> float | None:
    """When a key or token that the gate describes ends, or the consent behind it."""
    ends = [data[one] for one in ("expires_at", "ends_at") if data.get(one) is not None]
    return min(ends, default=None)


def expired(caller: Caller, ends_at: float | None) -> Unauthenticated:
    """The refusal of what has ended; `ends_at`: the end of the consent behind it."""
    if caller.consent is None:
        return KnownKeyRefused(caller, "This key has expired.")
    if ends_at is not None and ends_at <= time.time():
        return AppRefused(caller, "The time for which this app was connected is over.", _AGAIN)
    return TokenExpired(reason="This token has expired.", sent=True)


def elsewhere(caller: Caller) -> KnownKeyRefused:
    """The refusal of what is used from outside its networks."""
    if caller.consent:
        return AppRefused(caller, "This app may not be used from this address.", _ELSEWHERE)
    return KnownKeyRefused(caller, "This key may not be used from this address.")


def refusal(data: dict[str, Any], caller: Caller) -> KnownKeyRefused | None:
    """Why the credential that the gate describes may not be used; None when it may."""
    agent = data.get("agent") or {}
    if data.get("refused"):
        return _refused(caller, data["refused"], _PERSON)
    if data.get("revoked"):
        return _refused(caller, "This app was disconnected.", _AGAIN)
    if agent.get("retired"):
        whose = "app" if caller.consent else "key"
        return _refused(caller, f"The agent of this {whose} was archived.", _GONE)
    if agent.get("status") == "paused":
        told = f"The agent '{agent['name']}' is paused: none of its calls runs."
        return AgentPaused(caller, told)
    return None


def _refused(caller: Caller, reason: str, remedy: str) -> KnownKeyRefused:
    if caller.consent:
        return AppRefused(caller, reason, remedy)
    return KnownKeyRefused(caller, reason)
