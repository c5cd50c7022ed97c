"""Site: one serving process: the surfaces, with a relay and a worker beside them."""

import asyncio
import ctypes
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from types import FrameType
from typing import Any

from eyeot import app
from eyeot.asgi import Site
from eyeot.declare.problem import Problem, Unavailable
from eyeot.deploy import audit_key, database
from eyeot.deploy.bounds import bounds_of
from eyeot.deploy.demo_licence import demo_trust
from eyeot.deploy.outside import outside_of
from eyeot.deploy.secret_keys import secret_keys
from eyeot.deploy.settings import Settings, load
from eyeot.deploy.store import store_of
from eyeot.platform.jobs import occurrence
from eyeot.platform.oauth import tokens
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.faults import problem
from eyeot.runtime.hooks.courier import Courier
from eyeot.runtime.mailing.postman import Postman
from eyeot.runtime.relay import Relay
from eyeot.runtime.sealing.sealer import Sealer
from eyeot.runtime.vault import Vault
from eyeot.runtime.worker import Worker
from eyeot.surface.discovery import Discovery

ADDRESS, JOBS, DEMO = "EYEOT_SERVING_URL", "EYEOT_SERVING_JOBS", "EYEOT_SERVING_DEMO"
"""How the parent tells its processes under which address they answer, whether they do jobs, and `--demo`."""
_PR_SET_PDEATHSIG = 1
_PATIENCE, _AGAIN = 300.0, 0.5
"""Seconds that a process waits for its database when it starts, and between two attempts."""
log = logging.getLogger(__name__)


class Backstage:
    """What works beside the surfaces: events and mails delivered, jobs done, the audit sealed."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self.relay = Relay(engine)
        self.worker = Worker(engine, occurrence, tidying=(tokens.lapse,))
        self.senders = (Courier(engine), Postman(engine))
        signer, shelf = audit_key.signer(settings), audit_key.shelf(settings)
        self.sealer = Sealer(engine, signer, shelf, audit_key.witness(settings))

    def start(self) -> None:
        """Begin."""
        self.relay.start()
        self.worker.start()
        self.sealer.start()
        for one in self.senders:
            one.start()

    async def stop(self) -> None:
        """Stop after what is being delivered; a job's unfinished step is left to the next worker."""
        await self.worker.stop()
        await self.relay.stop()
        for one in self.senders:
            await one.stop()
        await self.sealer.stop()


def made(
    settings: Settings, urls: database.Urls, catalogue: Catalogue, url: str, *, jobs: bool
) -> Site:
    """The surfaces of an engine."""
    backstage: list[Backstage] = []

    async def open_engine() -> Engine:
        store = store_of(settings, catalogue.plugins)
        return await app.start(
            catalogue,
            urls.app,
            urls.relay,
            public_url=url,
            store=store,
            bounds=bounds_of(settings),
            licensing=demo_trust(settings.data_dir) if os.environ.get(DEMO) == "1" else None,
            outside=outside_of(settings),
        )

    async def start() -> Engine:
        engine = await patiently(open_engine)
        end_streams_first(site)
        engine.vault = Vault(secret_keys(settings))
        engine.signer = partial(audit_key.signer, settings)
        engine.audit_keys = (str(audit_key.signer(settings).verifier),)
        if jobs:
            backstage.append(Backstage(engine, settings))
            backstage[0].start()
        return engine

    async def stop(engine: Engine) -> None:
        for one in backstage:
            await one.stop()
        await app.stop(engine)

    discovery = Discovery(on=settings.oauth, key_host=settings.key_host)
    site = Site(start, stop, secret_keys(settings), discovery)
    return site


async def patiently(start: Callable[[], Awaitable[Engine]]) -> Engine:
    """An engine once its database answers, or what kept it from that for so long.

    A process that replaces a dead one may begin while the database is started anew; if it gave up, its parent
    would take that for a fault of the whole deployment and stop every other process too.
    """
    until = asyncio.get_running_loop().time() + _PATIENCE
    while True:
        try:
            return await start()
        except Exception as error:
            meant = error if isinstance(error, Problem) else problem(error)
            if not isinstance(meant, Unavailable) or asyncio.get_running_loop().time() > until:
                raise
            log.warning("the database does not let this process in yet: %s", error)
        await asyncio.sleep(_AGAIN)


def end_streams_first(site: Site) -> None:
    """On the signal to stop, end the streams that have no end of their own: the server waits for them."""
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(one)

        def end(number: int, frame: FrameType | None, before: Any = before) -> None:
            loop.call_soon_threadsafe(site.end_streams)
            if callable(before):
                before(number, frame)

        signal.signal(one, end)


def settled() -> None:
    """What was loaded by now stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def child() -> Site:
    """The site of one of several processes, whose parent holds the socket and the database."""
    # Nothing may go on answering on a socket whose database went with the parent.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    settings = load()
    catalogue = app.assemble(settings.modules)
    # For as long as the process lives.
    urls = ExitStack().enter_context(database.running(settings))
    settled()
    return made(settings, urls, catalogue, os.environ[ADDRESS], jobs=os.environ[JOBS] == "1")
