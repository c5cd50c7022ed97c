"""Serve: one command from nothing to an endpoint that agents can work on."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import click
import uvicorn
from uvicorn.supervisors import Multiprocess

from eyeot import app
from eyeot.asgi import CONSOLE, Site
from eyeot.cli.clients import Place, by_key
from eyeot.cli.site import ADDRESS, DEMO, JOBS, Backstage, made, settled
from eyeot.deploy import audit_key, database, demo
from eyeot.deploy.operator import seed_everywhere
from eyeot.deploy.outside import outside_of
from eyeot.deploy.settings import Settings, WrongSettings, load
from eyeot.deploy.store import store_of
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.surface.discovery import MCP

_PATIENCE = 60.0
_LOG = "%(asctime)s %(levelname)s %(name)s %(message)s"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command()
@click.option(
    "--demo",
    "with_demo",
    is_flag=True,
    help="Load a demo company and print a ready key. Loopback only.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, help="Port to listen on; 0 takes a free one."
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer.",
)
@click.option(
    "--jobs/--no-jobs", default=True, help="Do jobs too, or leave them to 'eyeot worker'."
)
def serve(*, with_demo: bool, host: str, port: int, workers: int, jobs: bool) -> None:
    """Serve agents, integrations and people."""
    settings = load()
    _check_address(settings, host, with_demo=with_demo)
    logging.basicConfig(level=logging.WARNING, format=_LOG)
    catalogue = app.assemble(settings.modules)
    for failure in catalogue.failures:
        click.echo(f"The module {failure.name} did not load: {failure.reason}", err=True)
    config = _config(host, port, workers, settings.trusted_proxies)
    with database.running(settings, sole=True) as urls, config.bind_socket() as socket:
        url = settings.public_url or _url(host, socket.getsockname()[1])
        told = asyncio.run(_prepare(settings, urls, catalogue, url + MCP if with_demo else ""))
        tell = partial(_announce, settings, catalogue, url, told)
        os.environ[JOBS] = "1" if jobs else "0"
        os.environ[DEMO] = "1" if with_demo else "0"
        if workers > 1:
            _run_several(config, socket, url, tell)
        else:
            _run(config, socket, made(settings, urls, catalogue, url, jobs=jobs), tell)


@click.command()
def worker() -> None:
    """Deliver events and do jobs, without answering anybody; any number may run."""
    settings = load()
    catalogue = app.assemble(settings.modules)
    logging.basicConfig(level=logging.WARNING, format=_LOG)

    async def work(engine: Engine) -> None:
        backstage, end = Backstage(engine, settings), asyncio.Event()
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, end.set)
        backstage.start()
        click.echo("The worker does jobs. Ctrl-C stops it.")
        await end.wait()
        await backstage.stop()

    with database.running(settings) as urls:
        asyncio.run(_with(settings, urls, catalogue, work))


async def _with(
    settings: Settings,
    urls: database.Urls,
    catalogue: Catalogue,
    work: Callable[[Engine], Awaitable[None]],
) -> None:
    async with database.engine(settings, urls, catalogue) as engine:
        await work(engine)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _check_address(settings: Settings, host: str, *, with_demo: bool) -> None:
    if host in _LOOPBACK:
        return
    if with_demo:
        raise WrongSettings("--demo serves on the loopback address only: its key is on the screen.")
    if not settings.public_url.startswith("https://"):
        raise WrongSettings(
            f"Serving on {host} needs an https address in front:"
            " set EYEOT_PUBLIC_URL=https://…, or leave --host out."
        )


async def _prepare(
    settings: Settings, urls: database.Urls, catalogue: Catalogue, demo_endpoint: str
) -> dict[str, Any] | None:
    """Migrate an embedded database and, for --demo, load the demo company once; its access."""
    applied = await database.ready(settings, urls, catalogue.plugins)
    for revision in applied:
        click.echo(f"Migrated to {revision}.", err=True)
    if not (applied or demo_endpoint):
        return None
    store, outside = store_of(settings, catalogue.plugins), outside_of(settings)
    engine = await app.start(catalogue, urls.app, urls.relay, store=store, outside=outside)
    engine.signer = partial(audit_key.signer, settings)
    try:
        if applied:
            await seed_everywhere(engine)
        if not demo_endpoint:
            return None
        return await demo.ensure(
            engine,
            settings.data_dir,
            demo_endpoint,
            lambda text: click.echo(text, err=True),
            urls.admin,
        )
    finally:
        await app.stop(engine)


def _config(host: str, port: int, workers: int, proxies: Sequence[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app="eyeot.cli.site:child",
        factory=workers > 1,
        workers=workers,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        # Whom nobody vouches for could name any address as theirs, and hide from every limit.
        proxy_headers=bool(proxies),
        forwarded_allow_ips=",".join(proxies),
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def _run(config: uvicorn.Config, socket: Any, site: Site, announce: Callable[[], None]) -> None:
    settled()
    config.app = site
    _Announcing(config, announce).run(sockets=[socket])


def _run_several(
    config: uvicorn.Config, socket: Any, url: str, announce: Callable[[], None]
) -> None:
    """Several processes on one socket; one that dies is replaced."""
    os.environ[ADDRESS] = url
    _Several(config, [socket], announce).run()


class _Several(Multiprocess):
    """Processes that tell when all of them answer."""

    def __init__(self, config: uvicorn.Config, sockets: Any, tell: Callable[[], None]) -> None:
        super().__init__(config, sockets)
        self._tell = tell

    def init_processes(self) -> None:
        """Start them, then tell."""
        super().init_processes()
        if all(one.wait_until_ready(_PATIENCE, self.should_exit) for one in self.processes):
            self._tell()


class _Announcing(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, tell: Any) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: Any = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._tell)


def _announce(
    settings: Settings, catalogue: Catalogue, url: str, told: dict[str, Any] | None
) -> None:
    modules, endpoint = [one.name for one in catalogue.plugins], url + MCP
    click.echo(f"\nEyeot answers at  {endpoint}")
    click.echo(f"Console           {url}{CONSOLE}/")
    click.echo(f"{len(catalogue.actions)} actions of {len(modules)} modules: {', '.join(modules)}")
    if told:
        click.echo(f"Key               {told['key']}")
        click.echo(f"The same in       {settings.data_dir / demo.FILE}")
        click.echo("                  with the administrator to sign in to the console as\n")
        click.echo("For Claude Code, Cursor and others (more: eyeot client-config --help):\n")
        place = Place(endpoint, told["key"])
        click.echo(by_key("claude-code", place))
        click.echo("\n" + by_key("curl", place))
    click.echo("\nCtrl-C stops it; the data stays.")


commands = (serve, worker)
