"""Headers: what the headers of a request say."""

from starlette.datastructures import Headers

from eyeot.declare.problem import invalid
from eyeot.surface import wire

_LONGEST_CLIENT = 200
_SWITCH = {"true": True, "false": False}


def token_of(headers: Headers) -> str | None:
    """The credential of a request."""
    return wire.token_of(headers.get("authorization"), headers.get("x-api-key"))


def trace_of(headers: Headers) -> str | None:
    """The trace that the caller started."""
    return wire.trace_of(headers.get("traceparent"))


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
    """The idempotency key, which the engine judges."""
    sent = set(headers.getlist("idempotency-key"))
    if len(sent) > 1:
        raise invalid("Idempotency-Key", "given more than once, with different values")
    return sent.pop() if sent else None
