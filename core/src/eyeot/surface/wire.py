"""Wire: what every surface over HTTP reads and writes alike."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive

from eyeot.runtime.encoding import dumps

__all__ = ["Gone", "TooLarge", "body_of", "dumps", "token_of", "too_deep", "trace_of"]

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_LONGEST_LENGTH = 15


class Gone(Exception):
    """The client left before its request was complete."""


class TooLarge(Exception):
    """The body is over the limit."""


def token_of(authorization: str | None, api_key: str | None) -> str | None:
    """The credential of a request: `Authorization: Bearer …`, or `X-API-Key`."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return (api_key or "").strip() or None


def rate_fields(refusal: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a refusal for the rate (draft-ietf-httpapi-ratelimit-headers-10); none of others."""
    name, most = refusal.get("policy"), refusal.get("limit")
    if refusal["code"] != "rate_limited" or name is None or most is None:
        return {}
    return {
        "ratelimit-policy": f'"{name}";q={most};w={refusal["window"]}',
        "ratelimit": f'"{name}";r=0;t={refusal["retry_after"]}',
    }


def trace_of(traceparent: Any) -> str | None:
    """The trace id of a W3C `traceparent`, or None."""
    found = _TRACEPARENT.match(traceparent) if isinstance(traceparent, str) else None
    return found[1] if found else None


async def body_of(receive: Receive, declared: bytes | None, limit: int) -> bytes:
    """The body, however it is cut up; refused as soon as it is over the limit."""
    length = declared or b"0"
    if len(length) > _LONGEST_LENGTH or (length.isdigit() and int(length) > limit):
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        part = event.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
        if not event.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def too_deep(value: Any, most: int) -> bool:
    """Whether a value is nested deeper than so many levels."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
