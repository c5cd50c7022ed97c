"""Audit: who did what, for whom, with which credential, and what came of it."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from stdnum.fr import nir

from eyeot.declare.action import Action
from eyeot.declare.record import Record
from eyeot.declare.standard.conditions import named
from eyeot.runtime.guards.validate import DEEPEST
from eyeot.runtime.request import Request
from eyeot.storage.memory import remembered
from eyeot.storage.view import sensitive

SECRETS = frozenset(
    {
        *("password", "secret", "token", "key", "otp", "recovery_code", "private_key"),
        # What an answer or a plan is sealed under.
        *("idempotency_key", "plan_token"),
    }
)
_SECRETIVE = re.compile(
    "passw|passphrase|secret|token|authorization|cookie|(api|private)[-_ ]?key|recovery[-_ ]?code",
    re.IGNORECASE,
)
"""What names of secrets hold, wherever they stand in an input."""
_NIR = re.compile(
    r"(?<![0-9A-Z])[1-478](?:[ .-]?[0-9]){4}[ .-]?(?:[0-9][ .-]?[0-9]|2[ .-]?[AB])"
    r"(?:[ .-]?[0-9]){8}(?![0-9A-Z])",
    re.IGNORECASE,
)
"""What looks like a French social security number; its key decides."""
_LARGEST_INPUT = 16_384
_CANONICAL = orjson.OPT_SORT_KEYS
_LONGEST_LINE = 300
_WIDEST = 63
_NIR_SIGNS = 15
REDACTED = "[redacted]"


@dataclass(slots=True)
class Outcome:
    """What came of a call."""

    what: str
    code: str | None = None
    changes: list[dict[str, Any]] | None = None
    events: list[str] | None = None
    duration_ms: float = 0.0


def redacted(action: Action | None, arguments: dict[str, Any]) -> dict[str, Any]:
    """The input without secrets, as PostgreSQL can keep it: a refused call is audited whatever it sent."""
    hidden = SECRETS | _withheld(action.record) if action and action.record else SECRETS
    hidden = hidden | action.unrecorded if action and action.unrecorded else hidden
    kept: dict[str, Any] = _kept(arguments, hidden, 0)
    return kept


@remembered
def _withheld(record: type[Record]) -> frozenset[str]:
    """The arguments that are secret or sensitive, by which a record is written or asked for."""
    secret = [n for n, f in record.meta.fields.items() if f.access == "secret"]
    return named([*secret, *(name for name, _ in sensitive(record))])


def _kept(value: Any, hidden: frozenset[str], depth: int) -> Any:
    if isinstance(value, str):
        told = _storable(value)
        return told if len(told) < _NIR_SIGNS else _NIR.sub(_without, told)
    if isinstance(value, int):
        return _number(value)
    if depth > DEEPEST:
        return "[nested too deep]"
    if isinstance(value, dict):
        return {
            _storable(str(name)): (
                REDACTED if _is_hidden(str(name), hidden) else _kept(one, hidden, depth + 1)
            )
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_kept(one, hidden, depth + 1) for one in value]
    return value


def _is_hidden(name: str, hidden: frozenset[str]) -> bool:
    return name.lower() in hidden or _is_secretive(name)


@lru_cache(maxsize=4_096)
def _is_secretive(name: str) -> bool:
    return _SECRETIVE.search(name) is not None


def _number(value: int) -> Any:
    if value.bit_length() > _WIDEST:
        return f"[an integer of {value.bit_length()} bits]"
    return REDACTED if len(told := str(value)) == _NIR_SIGNS and nir.is_valid(told) else value


def _without(found: re.Match[str]) -> str:
    """Nothing of a number that is a person's; what only looks like one as it is."""
    compact = re.sub(r"[ .-]", "", found[0])
    return REDACTED if nir.is_valid(compact) else found[0]


def _storable(text: str) -> str:
    """Text without what PostgreSQL refuses: NUL and lone surrogates."""
    if "\x00" not in text and text.isascii():
        return text
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _line(text: str | None) -> str | None:
    return text and _storable(text)[:_LONGEST_LINE]


def event(
    id: UUID, at: datetime, request: Request, action: Action | None, outcome: Outcome
) -> dict[str, Any]:
    """The audit row of one call, as JSON."""
    caller = request.caller
    given = request.arguments
    if request.inputs.responses:
        given = {**given, "input_responses": dict(request.inputs.responses)}
    told = orjson.dumps(redacted(action, given), default=str, option=_CANONICAL)
    changes = outcome.changes or None
    return {
        "org_id": caller.org_id,
        "id": id,
        "at": at,
        "actor_type": caller.actor_type,
        "actor": caller.actor,
        "user_id": caller.user_id,
        "credential_id": caller.credential_id,
        "tags": [f"via:{caller.via}", *request.errands.asked],
        "surface": request.surface,
        "tool": _line(request.tool),
        "action": _line(request.action) or "",
        "input": orjson.Fragment(told) if len(told) <= _LARGEST_INPUT else {"too_long": len(told)},
        "input_digest": hashlib.sha256(told).hexdigest(),
        "outcome": outcome.what,
        "code": outcome.code,
        "records": [f"{c['type']}/{c['id']}" for c in changes] if changes else None,
        "changes": changes,
        "events": outcome.events,
        "client": _line(request.client),
        "ip": _line(request.ip),
        "trace_id": _line(request.trace_id),
        "duration_ms": round(outcome.duration_ms, 3),
    }


def encoded(rows: list[dict[str, Any]]) -> str:
    """Rows as the JSON that the statements take."""
    return orjson.dumps(rows, default=str).decode()
