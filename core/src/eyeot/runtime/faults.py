"""Faults: what the database refuses, in the words of the product."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import asyncpg

from eyeot.declare import ids
from eyeot.declare.inputs import InvalidRequestState
from eyeot.declare.problem import Busy, Conflict, NotFound, Problem, Unavailable, invalid
from eyeot.declare.record import Meta, Record, records
from eyeot.runtime.errands import Needed

_TABLES: dict[str, type[Record]] = {}
_ABSENT = re.compile(r"([0-9a-f]{8}-[0-9a-f-]{27})\) is not present")
_REFERENCED = re.compile(r"is still referenced from table \"(\w+)\"")


class Stale(Exception):
    """A row changed between our look at it and our write; the caller had not said which version they read."""


class Stopped(Exception):
    """A job was cancelled, or is another worker's by now: what its transaction did is not kept."""


RETRIED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, Stale)
"""Errors after which the same transaction may simply be run again."""

PASSED_ON = (*RETRIED, Needed)
"""What is no refusal, and for whoever runs the transaction: to run it again."""


def _record(table: str | None) -> Meta | None:
    if table and table not in _TABLES:
        _TABLES.update({one.meta.table.name: one for one in records.values()})
    found = _TABLES.get(table or "")
    return found.meta if found else None


def _field(error: Any) -> str | None:
    """The field a constraint is about: constraints are named `<kind>_<table>_<field>`."""
    name, table = error.constraint_name or "", error.table_name or ""
    _, _, rest = name.partition(f"{table}_")
    return rest or None


def _taken(error: Any) -> Problem:
    if error.constraint_name == "pk_core_outbox":
        return InvalidRequestState(reason="spent_request_state")
    meta = _record(error.table_name)
    kind, field = (meta.name if meta else "record"), _field(error)
    return Conflict(
        # It may be one that the caller does not reach: neither whose it is nor how to find it is told.
        reason=f"This {(field or 'value').replace('_', ' ')} cannot be given to a {kind}: it is taken.",
        remedy=f"Look with {kind}.list (archived=all) among those you may see, or ask an administrator.",
        field=field,
    )


def _dangling(error: Any) -> Problem:
    meta, field = _record(error.table_name), _field(error)
    if found := _REFERENCED.search(str(error.detail or "")):
        other = _record(found.group(1))
        holder = other.name if other else found.group(1)
        return Conflict(
            reason=f"A {holder} still refers to it, so it cannot be deleted.",
            remedy="Archive it instead: it leaves lists and keeps its history.",
        )
    target = meta.fields[field].target if meta and field in meta.fields else None
    absent = _ABSENT.search(str(error.detail or ""))
    if target is None or absent is None:
        return Conflict(reason="It refers to a record that is not there.", field=field)
    id = ids.encode(records[target].meta.prefix, UUID(absent.group(1)))
    return NotFound(kind=target, id=id, field=field, lookup=f"{target}.list")


def _unfit(error: Any) -> Problem:
    return invalid("", str(error).partition("\n")[0])


_BUSY = (
    Stale,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # How asyncpg meets the end of a connection between two of its steps.
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
)
_TOO_LONG = "The call took too long and was stopped; nothing was changed."
_MEANINGS: tuple[tuple[Any, Callable[[Any], Problem]], ...] = (
    (asyncpg.UniqueViolationError, _taken),
    (asyncpg.ForeignKeyViolationError, _dangling),
    (
        asyncpg.CheckViolationError,
        lambda error: invalid(_field(error) or "", "not an allowed value"),
    ),
    (
        asyncpg.NotNullViolationError,
        lambda error: invalid(error.column_name or "", "must have a value"),
    ),
    (_BUSY, lambda _: Busy()),
    (asyncpg.QueryCanceledError, lambda _: Busy(reason=_TOO_LONG)),
    (asyncpg.DataError, _unfit),
    (_AWAY, lambda _: Unavailable(reason="The database does not answer.")),
)


def problem(error: Exception) -> Problem | None:
    """The refusal that a database error means; None when it is a fault of ours."""
    # What asyncpg would not even send has no public name of its own.
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        return _unfit(error)
    return next((meaning(error) for kind, meaning in _MEANINGS if isinstance(error, kind)), None)
