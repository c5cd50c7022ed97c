"""Calls: `tools/call`, from what a client sent to what the engine answered."""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from eyeot.declare.inputs import InputRequired, InvalidRequestState
from eyeot.declare.problem import Internal, Invalid, Problem, UnknownAction, invalid
from eyeot.runtime.batch import CallRefused
from eyeot.runtime.request import NO_KEYS, Answer, Keys, Request
from eyeot.surface.mcp import bound, wire
from eyeot.surface.mcp.blocks import block, text
from eyeot.surface.mcp.correct import corrected
from eyeot.surface.mcp.desk import Desk
from eyeot.surface.mcp.envelope import Message, nul_paths
from eyeot.surface.mcp.help import help_answer
from eyeot.surface.mcp.metatools import CALL, HELP, NAMES, READ
from eyeot.surface.mcp.order import Order, UnknownTool, order_of, orders_of, parsed, put_right
from eyeot.surface.mcp.refusals import fault_of, refuse
from eyeot.surface.mcp.wire import INVALID_PARAMS, Fault, Reply
from eyeot.surface.wire import dumps

log = logging.getLogger("eyeot.mcp")

_ON = frozenset({"true", "1", "yes"})
_OFF = frozenset({"false", "0", "no", ""})
_STATIC = (
    "The header {name} was ignored: clients send headers with every call of a connection."
    " Use the argument {argument} instead."
)


async def tools_call(desk: Desk, message: Message) -> Reply:
    """Run a readable tool or a meta-tool."""
    if message.params.get("name") == HELP:
        return _help(desk, message)
    notes: list[str] = []
    order: Order | None = None
    request: Request | None = None
    name, given = "", dict[str, Any]()
    try:
        name = _named(message)
        given = dict(_arguments(message))
        if name not in NAMES or "calls" not in given:
            order = order_of(desk, name, given)
            request = _checked(desk, message, order, notes)
    except Problem as problem:
        return _refused(desk, message, await _audited(desk, message, order, problem), order)
    except Fault as fault:
        # A call in a form that is none is one all the same to whoever reads the audit.
        await _audited(desk, message, None, invalid("params", fault.message))
        raise
    if order is None or request is None:
        return await _several(desk, message, name, given)
    try:
        answer = await execute(desk, request)
        shown = (*map(text, order.repairs), *map(block, answer.blocks))
        reply = _answered(desk, order.action, answer.told(), notes, shown)
        return _flagged(message, reply) if answer.replayed else reply
    except Problem as problem:
        return _refused(desk, message, problem, order)


async def _several(desk: Desk, message: Message, name: str, given: dict[str, Any]) -> Reply:
    """Run the calls of a batch, all or nothing."""
    notes: list[str] = []
    orders: list[Order] = []
    try:
        orders = orders_of(desk, name, given)
        dry_run = _wants_dry_run(message, given, notes)
        keys = _keys(message, notes, given)
        for order in orders:
            _check_nul(message, order)
            put_right(desk, order, message.caller.access)
        requests = [_request(message, one, dry_run=dry_run, notes=notes) for one in orders]
    except Problem as problem:
        return _refused(desk, message, await _audited(desk, message, None, problem), None)
    try:
        answer = await desk.engine.execute_all(requests, dry_run=dry_run, keys=keys)
    except Problem as problem:
        at = getattr(problem, "call", None)
        return _refused(desk, message, problem, orders[at - 1] if at else None)
    results = [
        {"action": one.action, "result": result}
        for one, result in zip(orders, answer.results, strict=True)
    ]
    repairs = [f"Call {at}: {one}" for at, of in enumerate(orders, 1) for one in of.repairs]
    reply = _answered(desk, CALL, answer.told(results), notes, map(text, repairs))
    return _flagged(message, reply) if answer.replayed else reply


def _help(desk: Desk, message: Message) -> Reply:
    try:
        return _answered(desk, HELP, help_answer(desk, message.caller.access, _arguments(message)))
    except Problem as problem:
        return _refused(desk, message, problem, None)


async def _audited(desk: Desk, message: Message, order: Order | None, problem: Problem) -> Problem:
    """What a caller we know is refused here is audited as if the engine had refused it."""
    arguments = message.params.get("arguments")
    given = arguments if isinstance(arguments, dict) else {}
    name = str(message.params.get("name") or "tools/call")
    meant = order or Order(name, name, given)
    try:
        await desk.engine.refuse(_request(message, meant, dry_run=False, notes=[]), problem)
    except Problem as worse:
        return worse
    return problem


def _no_such_tool(message: Message, unknown: UnknownTool) -> Fault:
    refusal = unknown.body()
    if message.era.plain:
        return fault_of(refusal)
    return Fault(INVALID_PARAMS, refusal["message"], refusal)


def _named(message: Message) -> str:
    name = message.params.get("name")
    if not isinstance(name, str) or not name:
        raise Fault(INVALID_PARAMS, "params.name must name a tool.")
    return name


def _arguments(message: Message) -> dict[str, Any]:
    arguments = message.params.get("arguments")
    if isinstance(arguments, str):
        arguments = parsed(arguments)
    if arguments is None:
        return {}
    if not isinstance(arguments, dict):
        raise Fault(INVALID_PARAMS, "params.arguments must be an object.")
    return arguments


def _checked(desk: Desk, message: Message, order: Order, notes: list[str]) -> Request:
    """The request for the engine, once nothing in the call itself contradicts it."""
    _check_nul(message, order)
    _check_reads(desk, order)
    put_right(desk, order, message.caller.access)
    order.dry_run = _wants_dry_run(message, order.arguments, notes)
    request = _request(message, order, dry_run=order.dry_run, notes=notes)
    request.keys = _keys(message, notes)
    return request


def _flagged(message: Message, reply: Reply) -> Reply:
    """An answer that was given before."""
    reply.meta = {**(reply.meta or {}), wire.REPLAYED_KEY: True}
    if message.era.plain:
        reply.headers = (*reply.headers, wire.REPLAYED)
    return reply


def _check_nul(message: Message, order: Order) -> None:
    """No text column can hold a NUL, and the audit of such a call could not be written either."""
    if not message.holds_nul:
        return
    paths = nul_paths({"action": order.action, **order.arguments})
    if paths:
        why = "holds a NUL character, which no field can"
        raise Invalid(errors=[{"path": path, "reason": why} for path in paths[:20]])


def _check_reads(desk: Desk, order: Order) -> None:
    action = desk.engine.catalogue.actions.get(order.action)
    if order.tool == READ and action is not None and not action.reads:
        raise Invalid(
            errors=[{"path": "action", "reason": f"{action.name} changes data"}],
            remedy="Call it through eyeot_call; with dry_run: true to see its effects first.",
        )


def _request(message: Message, order: Order, *, dry_run: bool, notes: list[str]) -> Request:
    return Request(
        action=order.action,
        arguments=order.arguments,
        caller=message.caller,
        surface="mcp",
        tool=order.tool,
        dry_run=dry_run,
        client=message.client,
        ip=message.head.ip,
        trace_id=message.trace_id,
        conversation=message.conversation,
        progress=message.progress,
        inputs=message.inputs,
        notes=notes,
    )


async def execute(desk: Desk, request: Request) -> Answer:
    """Run a request; a fault of ours is logged, and answered with nothing but its trace id."""
    try:
        return await desk.engine.execute(request)
    except Problem:
        raise
    except Exception:
        trace = request.trace_id or secrets.token_hex(16)
        log.exception("fault in %s, trace %s", request.action, trace)
        raise Internal(trace_id=trace) from None


def _wants_dry_run(message: Message, arguments: dict[str, Any], notes: list[str]) -> bool:
    """Whether to preview: any way of asking counts, because a preview harms nobody."""
    asked = _flag(arguments.pop("dry_run", None)) or _flag(message.meta.get(wire.DRY_RUN_KEY))
    header = message.head.get(b"x-dry-run")
    if header is None:
        return asked
    if message.era.plain:
        return _switch(header) or asked
    if header.lower() in _ON:
        notes.append(_STATIC.format(name="X-Dry-Run", argument="dry_run"))
    return asked


def _switch(header: str) -> bool:
    """A header that says neither is refused: taken for 'no', it would do the thing."""
    said = header.lower()
    if said not in _ON | _OFF:
        raise invalid("X-Dry-Run", "must be true or false")
    return said in _ON


def _flag(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise invalid("dry_run", "must be true or false")


def _keys(message: Message, notes: list[str], given: dict[str, Any] | None = None) -> Keys:
    """Keys that came beside the arguments; those of a batch stand beside its calls."""
    key, token = message.meta.get(wire.IDEMPOTENCY_KEY), message.meta.get(wire.PLAN_KEY)
    if given is not None:
        key = _either("idempotency_key", given.get("idempotency_key"), key)
        token = _either("plan_token", given.get("plan_token"), token)
    header = message.head.get(b"idempotency-key")
    if header is not None and not message.era.plain:
        notes.append(_STATIC.format(name="Idempotency-Key", argument="idempotency_key"))
        header = None
    if key is None and token is None and header is None:
        return NO_KEYS
    return Keys(idempotency_key=key, header=header, plan_token=token)


def _either(name: str, one: Any, other: Any) -> Any:
    if one is not None and other is not None and one != other:
        raise invalid(name, "is given twice with different values")
    return other if one is None else one


def _answered(
    desk: Desk,
    action: str,
    result: dict[str, Any],
    notes: list[str] | None = None,
    shown: Iterable[dict[str, Any]] = (),
) -> Reply:
    raw = dumps(result)
    if not bound.fits(raw, desk.settings.answer_limit):
        raw = bound.cut(raw, desk.settings.answer_limit, desk.choices_of(action))
    if marked := desk.prose.mark(action, raw):
        shown = (*shown, text(marked))
    return Reply(
        b'"content":[{"type":"text","text":%b}%b],"structuredContent":%b,"isError":false'
        % (orjson.dumps(raw.decode()), b"".join(b",%b" % dumps(one) for one in shown), raw),
        {wire.NOTES_KEY: notes} if notes else None,
    )


def _refused(desk: Desk, message: Message, problem: Problem, order: Order | None) -> Reply:
    if problem.status == 401:  # noqa: PLR2004 - a revoked credential is said by HTTP
        raise problem
    # What one call of a batch asks, the batch asks.
    cause = getattr(problem, "refused", problem)
    if message.era.complete and isinstance(cause, InputRequired | InvalidRequestState):
        raise cause
    if isinstance(problem, UnknownTool):
        raise _no_such_tool(message, problem)
    if isinstance(cause, UnknownAction):
        cause = desk.finder.unknown(cause.action, message.caller.access)
        problem = replace(problem, refused=cause) if isinstance(problem, CallRefused) else cause
    refusal = problem.body()
    if isinstance(problem, Invalid) and order is not None:
        refusal |= corrected(desk, order, problem, message.caller.access)
    return refuse(message, refusal, desk.challenges.lacking(refusal, message.head))
