"""Housekeeping: what is over is removed, of every organisation."""

from datetime import datetime

from eyeot.runtime.guards.idempotency import LASTS
from eyeot.runtime.ledger import sweep
from eyeot.storage.keyed import TIDY
from eyeot.storage.pool import Pool, taken
from eyeot.storage.tokens import TIDY as FULL

EVERY = 300.0
"""Seconds."""


async def tidied(relay: Pool, now: datetime) -> None:
    """Remove keys, plans and what was shown, each a day old."""
    async with taken(relay) as connection:
        for text in TIDY:
            await connection.execute(text, now - LASTS)
        await connection.execute(FULL)
    await sweep(relay, now)
