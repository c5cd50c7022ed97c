"""Dying: a server that is killed at the n-th turn of its event loop after a write has begun.

Run as a program with a job in JSON on its input; it forks one server for each turn, so that nothing has to be
imported again. A coroutine goes on only when the loop turns: every await of the path is such a turn.
"""

import asyncio
import json
import os
import signal
import sys
import time
from typing import Any

from eyeot import app
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.request import Keys, Request
from eyeot.testing.licence import trusting

_LATE = 0.04
"""Seconds in which PostgreSQL does what it was sent before the server dies."""


class Dying(asyncio.SelectorEventLoop):
    """A loop whose process is killed at its n-th turn."""

    left: int | None = None
    late = False

    def _run_once(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                time.sleep(_LATE if self.late else 0)
                os.kill(os.getpid(), signal.SIGKILL)
        super()._run_once()  # type: ignore[misc]


async def _serve(loop: Dying, catalogue: Catalogue, job: dict[str, Any], at: int) -> None:
    engine = await app.start(catalogue, job["app"], job["relay"], licensing=trusting())
    caller = await engine.authenticate(job["key"], None)
    told = job["calls"][at]
    requests = [
        Request(action=name, arguments=given, caller=caller, surface="rest")
        for name, given in told["calls"]
    ]
    keys = Keys(idempotency_key=told["key"])
    loop.left = at // 2
    if job["batch"]:
        await engine.execute_all(requests, dry_run=False, keys=keys)
    else:
        requests[0].keys = keys
        await engine.execute(requests[0])


def _one(catalogue: Catalogue, job: dict[str, Any], at: int) -> None:
    loop = Dying()
    loop.late = bool(at % 2)
    loop.run_until_complete(_serve(loop, catalogue, job, at))


def main() -> None:
    """Kill one server after another until one lives to answer; tell how many died."""
    job, catalogue = json.load(sys.stdin), app.assemble()
    for at in range(len(job["calls"])):
        child = os.fork()
        if child == 0:
            _one(catalogue, job, at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            json.dump({"died": at, "status": status}, sys.stdout)
            return
    json.dump({"died": len(job["calls"]), "status": None}, sys.stdout)


if __name__ == "__main__":
    main()
