"""Guarded: a server whose guards can be left out between two requests, to see what each costs.

python -m tests.bench.guarded PORT APP_URL RELAY_URL FOLDER

Each line of its input names what is left out (`rate licence`), or is `seal` or `forget`; it is answered
with JSON: the CPU seconds of this process so far. The product has no such switch.
"""

import asyncio
import json
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import uvicorn

from eyeot import app
from eyeot.asgi import Site
from eyeot.cli.site import settled
from eyeot.runtime.bounds import Bounds
from eyeot.runtime.call import Call
from eyeot.runtime.engine import Engine
from eyeot.runtime.guards.licence import check_licence
from eyeot.runtime.guards.provenance import Provenance
from eyeot.runtime.guards.rate import Rate, Rates
from eyeot.runtime.ledger import Entry, Ledger
from eyeot.runtime.request import Request
from eyeot.runtime.sealing.notes import Signer
from eyeot.runtime.sealing.outside import Shelf
from eyeot.runtime.sealing.sealer import Sealer
from eyeot.runtime.transaction import Transaction
from eyeot.testing.licence import trusting

# The limits are at work, and out of reach.
HIGH = Rate(99_999_999, 99_999_999)


class _NoLimit:
    """No limit of rates and no crowd."""

    def passes(self, _request: Request) -> bool:
        return True

    def enter(self, _org_id: Any) -> None:
        """Let in."""

    def leave(self, _org_id: Any) -> None:
        """Let out."""


class _NoLedger(Ledger):
    """Notes nothing that is shown."""

    def entry(self, *_: Any) -> list[Entry]:
        return []


class Leaving:
    """The parts of an engine, to be left out and put back."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.ledger, self.limiter, self.crowd = engine.ledger, engine.limiter, engine.crowd
        self.provenance = Provenance(self.ledger)
        self.sealer = Sealer(engine, Signer.make("bench/guards"), Shelf(folder / "notes"))

    def out(self, names: Collection[str]) -> None:
        """Leave these guards out, and no others."""
        engine: Any = self.engine
        limitless: Any = _NoLimit()
        engine.limiter = limitless if "rate" in names else self.limiter
        engine.crowd = limitless if "rate" in names else self.crowd
        engine.ledger = _NoLedger() if "provenance" in names else self.ledger
        licensed, held = "licence" not in names, "provenance" not in names

        async def guard(transaction: Transaction, calls: Sequence[Call]) -> None:
            if licensed:
                check_licence(calls, engine.clock(), engine.public_url)
            if held:
                await self.provenance.check(
                    transaction.connection, calls, engine.catalogue, engine.clock()
                )

        engine.guard = guard

    async def seal(self) -> dict[str, float]:
        """Seal what waits: how many events, and the CPU they took here."""
        before = time.process_time()
        done = await self.sealer.round(at_once=True)
        return {"events": done.events, "cpu": time.process_time() - before}


async def obey(leaving: Leaving) -> None:
    """Do what each line says."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        told: dict[str, float] = {}
        if line.strip() == "seal":
            told = await leaving.seal()
        elif line.strip() == "forget":
            leaving.ledger.forget()
        elif line.strip() != "cpu":
            leaving.out(line.split())
        sys.stdout.write(json.dumps({"spent": time.process_time(), **told}) + "\n")
        sys.stdout.flush()


def main() -> None:
    """Serve."""
    port, app_url, relay_url, folder = sys.argv[1:5]
    catalogue = app.assemble()
    leaving: list[Leaving] = []
    tasks: list[asyncio.Task[None]] = []

    async def start() -> Engine:
        engine = await app.start(
            catalogue,
            app_url,
            relay_url,
            public_url=f"http://127.0.0.1:{port}",
            licensing=trusting(),
            bounds=Bounds(rates=Rates(HIGH, HIGH, HIGH)),
        )
        leaving.append(Leaving(engine, Path(folder)))
        tasks.append(asyncio.create_task(obey(leaving[0])))
        return engine

    async def stop(engine: Engine) -> None:
        leaving[0].out(())
        await app.stop(engine)

    settled()
    config = uvicorn.Config(
        Site(start, stop),
        host="127.0.0.1",
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
