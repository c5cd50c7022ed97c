"""Checks: what an endpoint may be told of, and how it may be called."""

import base64
import re
import secrets
from collections.abc import Iterable
from uuid import UUID

import orjson

from eyeot.declare.access import Reach
from eyeot.declare.context import Context
from eyeot.declare.problem import invalid
from eyeot.runtime.eventtypes import covers

MOST_HEADERS = 10
_SECRET_BYTES = 32
_PREFIX = "whsec_"
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?")
_OURS = frozenset(
    {
        *("host", "connection", "content-length", "content-type", "content-encoding"),
        *("transfer-encoding", "accept-encoding", "te", "trailer", "upgrade", "expect"),
        *("keep-alive", "proxy-authorization", "proxy-connection", "user-agent"),
    }
)


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it: `whsec_` and 256 random bits in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def check_url(ctx: Context, url: str) -> None:
    """Refuse an address that would never be called."""
    if fault := ctx.outside.fault(url):
        raise invalid("url", f"is never called: {fault}")


def modules_of(ctx: Context, events: Iterable[str]) -> list[str]:
    """The modules that these patterns lead to and that the caller reads as a whole.

    Naming one that they may not read is refused; `*` means those that they may.
    """
    known = ctx.event_types()
    found: set[str] = set()
    for pattern in events:
        covered = {one.module for one in known if covers(pattern, one.name)}
        if not covered or not _is_pattern(pattern):
            raise invalid(
                "events",
                f"'{pattern[:100]}' is no event here; core.webhook_endpoint.list_event_types tells them,"
                " and crm.lead.*, crm.* and * stand for several",
            )
        readable = {one for one in covered if ctx.allows(f"{one}:read", Reach.ORGANISATION)}
        if pattern != "*" and readable != covered:
            raise invalid("events", f"nobody has told what they may not read: '{pattern}'")
        found |= readable
    return sorted(found)


def _is_pattern(pattern: str) -> bool:
    """A star stands for everything below a module or a record, never for a part of a name."""
    return "*" not in pattern or bool(re.fullmatch(r"(?:[a-z0-9_]+\.){0,2}\*", pattern))


def sealed_headers(ctx: Context, headers: dict[str, str], endpoint: UUID) -> str:
    """Headers as they are stored; refused when they would change what is sent, or smuggle another."""
    if len(headers) > MOST_HEADERS:
        raise invalid("headers", f"{MOST_HEADERS} at most")
    for name, value in headers.items():
        if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
            raise invalid("headers", "names and values are of one line of ASCII, e.g. X-Team: crm")
        if name.lower() in _OURS or name.lower().startswith("webhook-"):
            raise invalid("headers", f"{name} is said by whoever sends")
    return ctx.outside.seal(orjson.dumps(headers).decode(), f"{endpoint} headers")


def sealed_secret(ctx: Context, secret: str, endpoint: UUID) -> str:
    """A signing secret as it is stored."""
    return ctx.outside.seal(secret, f"{endpoint} secret")
