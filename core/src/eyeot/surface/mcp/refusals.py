"""Refusals: how a problem is said to an MCP client, and to a plain one."""

from typing import Any

from eyeot.surface.mcp.bound import bounded
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.wire import Fault, Headers, Reply
from eyeot.surface.wire import dumps, rate_fields

LONGEST = 10_000
"""Characters of a refusal: some clients cut the text of errors soon after."""
LONGEST_MESSAGE = 1_000
CHALLENGE_KEY = "mcp/www_authenticate"
"""By which some clients ask their person for what is lacking, and call again."""

_CODES = {
    name: 100 * status + at
    for status, names in {
        400: ("problem", "invalid_request_state"),
        401: ("unauthenticated",),
        402: ("license_required",),
        403: ("permission_denied", "insufficient_scope", "human_required", "operator_required"),
        404: ("not_found", "module_not_installed"),
        409: (
            "conflict",
            "version_conflict",
            "state_refused",
            "idempotency_conflict",
            "idempotency_in_progress",
            "plan_stale",
            "busy",
            "declined",
        ),
        422: ("invalid",),
        428: ("unread_identifier", "input_required"),
        429: ("rate_limited",),
        500: ("internal",),
        503: ("unavailable",),
    }.items()
    for at, name in enumerate(names)
}
_UNLISTED = 99


def code_of(refusal: dict[str, Any]) -> int:
    """The application code of a refusal, outside the numbers JSON-RPC keeps for itself."""
    return _CODES.get(refusal["code"], 100 * int(refusal["status"]) + _UNLISTED)


def fault_of(refusal: dict[str, Any]) -> Fault:
    """A refusal as a JSON-RPC error under its own HTTP status."""
    wait = refusal.get("retry_after")
    told = {} if wait is None else {"retry-after": str(wait), **rate_fields(refusal)}
    headers: Headers = tuple((name.encode(), one.encode()) for name, one in told.items())
    return Fault(
        code_of(refusal),
        refusal["message"][:LONGEST_MESSAGE],
        bounded(refusal, LONGEST),
        status=refusal["status"],
        headers=headers,
    )


def refuse(message: Message, refusal: dict[str, Any], challenge: str | None = None) -> Reply:
    """A refused call: a result, since MCP clients hide errors from models; else an error.

    `challenge`: what an app must ask its person for.
    """
    if message.era.plain:
        raise _challenged(fault_of(refusal), challenge)
    raw = dumps(bounded(refusal, LONGEST))
    return Reply(
        b'"content":[{"type":"text","text":%b}],"structuredContent":{"error":%b},"isError":true'
        % (dumps(raw.decode()), raw),
        {CHALLENGE_KEY: [challenge]} if challenge else None,
    )


def _challenged(fault: Fault, challenge: str | None) -> Fault:
    if challenge:
        fault.headers = (*fault.headers, (b"www-authenticate", challenge.encode()))
    return fault


def protocol_fault(
    message: Message, refusal: dict[str, Any], challenge: str | None = None
) -> Fault:
    """A refusal of another method: an error, under 200 where clients hide HTTP errors."""
    fault = fault_of(refusal)
    if not message.era.plain:
        fault.status = 200
        return fault
    return _challenged(fault, challenge)
