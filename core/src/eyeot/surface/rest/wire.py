"""Wire: JSON as it is answered, and what the headers of a request say."""

import json
import re
from decimal import Decimal
from typing import Any

import orjson
from starlette.datastructures import Headers

from eyeot.declare.problem import invalid

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_LONGEST_CLIENT = 200
_SWITCH = {"true": True, "false": False}


def dumps(value: Any) -> bytes:
    """JSON of anything an action may answer."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:
        # Integers over 64 bits are beyond orjson.
        text = json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return str(value)


def token_of(headers: Headers) -> str | None:
    """The credential of a request: `Authorization: Bearer …`, or `X-API-Key`."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return headers.get("x-api-key", "").strip() or None


def trace_of(headers: Headers) -> str | None:
    """The trace id of a W3C `traceparent`, or None."""
    found = _TRACEPARENT.match(headers.get("traceparent", ""))
    return found[1] if found else None


def client_of(headers: Headers) -> str | None:
    """The name and version that a client gives itself, cut to what the audit keeps."""
    told = headers.get("user-agent", "")[:_LONGEST_CLIENT]
    return "".join(sign for sign in told if sign.isprintable()) or None


def dry_run_of(headers: Headers) -> bool:
    """Whether the call is a preview; a value that says neither is refused, never guessed."""
    if not (sent := headers.getlist("x-dry-run")):
        return False
    found = {_SWITCH.get(one.strip().lower()) for one in sent}
    if len(found) > 1 or None in found:
        raise invalid("X-Dry-Run", "must be true or false")
    return found == {True}


def key_of(headers: Headers) -> str | None:
    """The idempotency key, which the engine judges with the arguments."""
    sent = set(headers.getlist("idempotency-key"))
    if len(sent) > 1:
        raise invalid("Idempotency-Key", "given more than once, with different values")
    return sent.pop() if sent else None
