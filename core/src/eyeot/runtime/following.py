"""Following: how far a job is that a call has begun, for a caller who waits to hear of it."""

import asyncio
from typing import Any
from uuid import UUID

from eyeot.declare import ids
from eyeot.declare.record import records
from eyeot.runtime.request import Progress
from eyeot.storage.pool import Pool, taken

PATIENCE = 45.0
"""Seconds; clients give up on a call soon after."""
_EVERY = 0.25
_ENDED = frozenset({"done", "failed", "cancelled"})
_STATE = """
SELECT status, progress, done, total, message, result, error FROM core_job WHERE org_id = $1 AND id = $2
"""


async def followed(relay: Pool, org_id: UUID, job: UUID, tell: Progress) -> dict[str, Any]:
    """Tell how far a job is until it ends or patience does; how it then stands."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    while True:
        async with taken(relay) as connection:
            row = await connection.fetchrow(_STATE, org_id, job)
        tell(float(row["done"]), row["total"], row["message"])
        if row["status"] in _ENDED or loop.time() > until:
            break
        await asyncio.sleep(_EVERY)
    told = {name: row[name] for name in ("status", "progress", "result", "error")}
    id = ids.encode(records["core.job"].meta.prefix, job)
    return {"id": id, **{name: value for name, value in told.items() if value is not None}}
