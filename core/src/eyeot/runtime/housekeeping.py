"""Housekeeping: what is over is removed, of every organisation."""

from datetime import datetime, timedelta

from eyeot.runtime.guards.idempotency import LASTS
from eyeot.runtime.hooks.claims import ORPHANED
from eyeot.runtime.ledger import sweep
from eyeot.storage.identity import TIDY as SIGNED_OUT
from eyeot.storage.keyed import TIDY
from eyeot.storage.oauth import TIDY as CONNECTING
from eyeot.storage.pool import Connection, Pool, taken
from eyeot.storage.tokens import TIDY as FULL

EVERY = 300.0
"""Seconds."""
KEPT = timedelta(days=30)
"""How long events, deliveries and mails are kept, sent or not."""
_BATCH = 5_000
_NIGHT = 2

_ORGANISATIONS = "SELECT id FROM eyeot_organisation ORDER BY id"
# By the primary key, whose ids begin with their time: an index on times would cost every write.
_FLOOR = "lpad(to_hex((extract(epoch FROM $2::timestamptz) * 1000)::bigint), 12, '0')"
_OLD = f"({_FLOOR} || '00000000000000000000')::uuid"


def _remove(table: str, also: str = "true") -> str:
    return f"""
    DELETE FROM {table} WHERE org_id = $1 AND id IN (
      SELECT id FROM {table} WHERE org_id = $1 AND id < {_OLD} AND {also} ORDER BY id LIMIT {_BATCH})
    """


_REMOVALS = (
    # What an `after` reaction has still to do is no news, however old.
    _remove("core_outbox", "(done_at IS NOT NULL OR failed_at IS NOT NULL)"),
    _remove("core_webhook_delivery"),
    _remove("core_mail"),
)


async def tidied(relay: Pool, now: datetime) -> None:
    """Remove keys, plans and what was shown, a day old, and events, deliveries and mails, thirty days old."""
    async with taken(relay) as connection:
        for text in TIDY:
            await connection.execute(text, now - LASTS)
        for text in (*SIGNED_OUT, *CONNECTING, ORPHANED):
            await connection.execute(text, now)
        for row in await connection.fetch(_ORGANISATIONS):
            for text in _REMOVALS:
                await _removed(connection, text, row["id"], now - KEPT)
            if _at_night(now):
                await connection.execute("SELECT eyeot_gate_forget($1)", row["id"])
        await connection.execute(FULL)
    await sweep(relay, now)


def _at_night(now: datetime) -> bool:
    """Once a night, whatever the number of processes: words that nothing is made of any more are few."""
    return now.hour == _NIGHT and now.minute * 60 + now.second < EVERY


async def _removed(connection: Connection, text: str, org_id: object, before: datetime) -> None:
    """A batch at a time, so that no lock is held for long."""
    while await connection.execute(text, org_id, before) == f"DELETE {_BATCH}":
        pass
