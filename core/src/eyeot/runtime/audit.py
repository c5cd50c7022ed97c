"""Audit: who did what, for whom, with which credential, and what came of it."""

import asyncio
import contextlib
import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from stdnum.fr import nir

from eyeot.declare.action import Action
from eyeot.declare.problem import Unavailable
from eyeot.declare.record import Record
from eyeot.declare.standard.conditions import named
from eyeot.runtime.guards.validate import DEEPEST
from eyeot.runtime.request import Request
from eyeot.storage.memory import remembered
from eyeot.storage.pool import Pool, taken
from eyeot.storage.view import sensitive

SECRETS = frozenset({"password", "secret", "token", "key", "otp", "recovery_code", "private_key"})
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
log = logging.getLogger(__name__)
_MOST_WAITING = 5_000
_BATCH = 500

INSERT = """
INSERT INTO core_audit_event
SELECT e.* FROM jsonb_populate_recordset(NULL::core_audit_event, $1::text::jsonb) e
"""
"""One row per event of a JSON array, columns by name."""

COMMIT_WRITES = f"""
WITH told AS ({INSERT}),
out AS (INSERT INTO core_outbox
    (org_id, id, at, event, record, payload, cause, reaction, due_at, done_at)
  SELECT o.org_id, o.id, o.at, o.event, o.record, o.payload, o.cause, o.reaction, o.at,
         CASE WHEN o.reaction IS NULL THEN o.at END
  FROM jsonb_populate_recordset(NULL::core_outbox, $2::text::jsonb) o),
gone AS (DELETE FROM core_search_entry s
  USING unnest($6::text[], $4::uuid[]) g (kind, id)
  WHERE s.org_id = $5 AND s.kind = g.kind AND s.record_id = g.id)
INSERT INTO core_search_entry
SELECT $5, e.kind, e.record_id, e.label, e.hint, e.words, e.exact, e.archived
FROM jsonb_populate_recordset(NULL::core_search_entry, $3::text::jsonb) e
ON CONFLICT (org_id, kind, record_id) DO UPDATE
SET label = excluded.label, hint = excluded.hint, words = excluded.words, exact = excluded.exact,
    archived = excluded.archived
"""
"""Everything a committed write leaves behind, in one round trip: audit, outbox, search."""


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
        "tags": [f"via:{caller.via}"],
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


class Journal:
    """The grouped writer: one commit for every read, refusal and dry run that waits for it.

    `append` returns once the event is committed, so no answer leaves unaudited; when the database cannot take
    it, the answer is 503.
    """

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    def note(self, row: dict[str, Any]) -> None:
        """Commit one event soon, for a caller who has gone."""
        with contextlib.suppress(Unavailable):
            self._add(row).add_done_callback(_told_nobody)

    async def append(self, row: dict[str, Any]) -> None:
        """Commit one event, together with whatever else is waiting."""
        # A caller that goes away cancels only its waiting; the event is written all the same.
        await self._add(row)

    def _add(self, row: dict[str, Any]) -> asyncio.Future[None]:
        if len(self._waiting) >= _MOST_WAITING:
            raise Unavailable(reason="The audit cannot keep up.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return done

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._write(batch)
        finally:
            self._task = None

    async def _write(self, batch: list[tuple[dict[str, Any], asyncio.Future[None]]]) -> None:
        try:
            async with taken(self._pool) as connection:
                await connection.execute(INSERT, encoded([row for row, _ in batch]))
        except Exception as error:  # noqa: BLE001 - every waiting caller must hear of it
            for _, done in batch:
                if not done.done():
                    refused = Unavailable(reason="The audit could not be written.")
                    refused.__cause__ = error
                    done.set_exception(refused)
        else:
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    async def close(self) -> None:
        """Write what waits."""
        if self._task:
            await self._task


def _told_nobody(done: asyncio.Future[None]) -> None:
    if not done.cancelled() and done.exception():
        log.error("an event of a cancelled call could not be written", exc_info=done.exception())
