"""Rounds: calls that take several, because something is asked of the client in between (digest §1.3)."""

import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from eyeot.declare.ids import uuid7
from eyeot.declare.inputs import NO_INPUTS, InputRequired, Inputs, InvalidRequestState
from eyeot.runtime.request import Caller
from eyeot.surface.mcp import wire
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message
from eyeot.surface.mcp.wire import INVALID_PARAMS, MISSING_CAPABILITY, Fault, Reply

METHODS = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""The methods that may ask, and the parameter that says what of."""
LASTS = timedelta(minutes=10)
_CALLS = {
    "elicitation": "elicitation/create",
    "sampling": "sampling/createMessage",
    "roots": "roots/list",
}
_MOST_RESPONSES = 50


def inputs_of(desk: Desk, message: Message) -> Inputs:
    """What the client can be asked for, and what it answered; a state that is not its own is refused."""
    if not message.era.complete or message.method not in METHODS:
        return NO_INPUTS
    can, params = message.meta[wire.CAPABILITIES_KEY], message.params
    if not can and "requestState" not in params and "inputResponses" not in params:
        return NO_INPUTS
    state, once = _opened(desk, message, params.get("requestState"))
    return Inputs(kinds=_kinds(can), responses=_responses(params), state=state, once=once)


def ask(desk: Desk, message: Message, asked: InputRequired) -> Reply:
    """The interim result; a client that has not said it can be asked is told what it lacks."""
    can = message.meta.get(wire.CAPABILITIES_KEY, {})
    lacking = {one.kind: {} for one in asked.requests.values()}.keys() - _kinds(can)
    if lacking:
        missing: dict[str, Any] = {kind: {} for kind in sorted(lacking)}
        raise Fault(
            MISSING_CAPABILITY,
            "This call has to ask for something that the client has not declared it can answer.",
            {"requiredCapabilities": missing},
            status=400,
        )
    requests = {
        key: {"method": _CALLS[one.kind], "params": one.params}
        for key, one in asked.requests.items()
    }
    result: dict[str, Any] = {"inputRequests": requests}
    if asked.state is not None:
        result["requestState"] = desk.seal.close(_bound(desk, message, asked.state))
    reply = wire.members(result)
    reply.kind = b"input_required"
    return reply


def spent(problem: InvalidRequestState) -> Fault:
    """A state that was used before, or is not the caller's: an error, since no model can mend it."""
    return Fault(INVALID_PARAMS, problem.message, {"reason": problem.reason}, status=400)


def _bound(desk: Desk, message: Message, state: dict[str, Any]) -> dict[str, Any]:
    """The state with what it is good for: one principal, one target, one set of arguments, some minutes."""
    now = desk.engine.clock()
    first = message.inputs.once
    return {
        "until": int((now + LASTS).timestamp()),
        "who": _principal(message.caller),
        "what": _target(message),
        "once": str(first or uuid7(now)),
        "state": state,
    }


def _opened(desk: Desk, message: Message, token: Any) -> tuple[dict[str, Any] | None, UUID | None]:
    if token is None:
        return None, None
    value = desk.seal.open(token) if isinstance(token, str) else None
    if (
        value is None
        or value["until"] < desk.engine.clock().timestamp()
        or value["who"] != _principal(message.caller)
        or value["what"] != _target(message)
    ):
        # One answer for whatever is wrong, so that nobody learns by trying.
        raise spent(InvalidRequestState())
    return value["state"], UUID(value["once"])


def _principal(caller: Caller) -> str:
    return f"{caller.org_id}/{caller.credential_id or caller.actor}"


def _target(message: Message) -> list[str]:
    params = message.params
    told = orjson.dumps(params.get("arguments") or {}, option=orjson.OPT_SORT_KEYS, default=str)
    named = str(params.get(METHODS[message.method]))
    return [message.method, named, hashlib.sha256(told).hexdigest()]


def _kinds(can: Any) -> frozenset[str]:
    """What a client can be asked for; an elicitation of links only is none of forms."""
    kinds = {kind for kind in _CALLS if isinstance(can.get(kind), dict)}
    if "elicitation" in kinds and can["elicitation"] and "form" not in can["elicitation"]:
        kinds.discard("elicitation")
    return frozenset(kinds)


def _responses(params: dict[str, Any]) -> dict[str, dict[str, Any]]:
    if "inputResponses" not in params:
        return {}
    given = params["inputResponses"]
    if not isinstance(given, dict) or len(given) > _MOST_RESPONSES:
        raise Fault(INVALID_PARAMS, "params.inputResponses must be an object of answers.")
    if wrong := [key for key, one in given.items() if not isinstance(one, dict)]:
        raise Fault(INVALID_PARAMS, f"The answer {wrong[0][:80]!r} must be an object.")
    return given
