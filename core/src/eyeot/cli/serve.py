"""Serve: one command from nothing to an endpoint that agents can work on."""

import asyncio
import gc
import logging
from collections.abc import Callable
from typing import Any

import click
import uvicorn

from eyeot import app
from eyeot.asgi import MCP, Site
from eyeot.cli.clients import snippet
from eyeot.deploy import database, demo
from eyeot.deploy.operator import seed_everywhere
from eyeot.deploy.secret_keys import secret_keys
from eyeot.deploy.settings import Settings, WrongSettings, load
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.relay import Relay

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
def serve(*, with_demo: bool, host: str, port: int) -> None:
    """Serve agents, integrations and people."""
    settings = load()
    _check_address(settings, host, with_demo=with_demo)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    catalogue = app.assemble(settings.modules)
    for failure in catalogue.failures:
        click.echo(f"The module {failure.name} did not load: {failure.reason}", err=True)
    config = _config(host, port)
    with database.running(settings, sole=True) as urls, config.bind_socket() as socket:
        url = settings.public_url or _url(host, socket.getsockname()[1])
        told = asyncio.run(_prepare(settings, urls, catalogue, url + MCP if with_demo else ""))
        _run(
            config,
            socket,
            _site(urls, catalogue, url, secret_keys(settings)),
            lambda: _announce(settings, catalogue, url + MCP, told),
        )


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
    engine = await app.start(catalogue, urls.app, urls.relay)
    try:
        if applied:
            await seed_everywhere(engine)
        if not demo_endpoint:
            return None
        return await demo.ensure(
            engine, settings.data_dir, demo_endpoint, lambda text: click.echo(text, err=True)
        )
    finally:
        await app.stop(engine)


def _config(host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app="",
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def _site(urls: database.Urls, catalogue: Catalogue, url: str, secrets: tuple[bytes, ...]) -> Site:
    """The surfaces, with a relay beside them."""
    relays: list[Relay] = []

    async def start() -> Engine:
        engine = await app.start(catalogue, urls.app, urls.relay, public_url=url)
        relays.append(Relay(engine))
        relays[0].start()
        return engine

    async def stop(engine: Engine) -> None:
        await relays[0].stop()
        await app.stop(engine)

    return Site(start, stop, secrets)


def _run(config: uvicorn.Config, socket: Any, site: Site, announce: Callable[[], None]) -> None:
    # What was loaded by now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    config.app = site
    _Announcing(config, site, announce).run(sockets=[socket])


class _Announcing(uvicorn.Server):
    """A server that tells when it answers, and ends endless streams before it stops."""

    def __init__(self, config: uvicorn.Config, site: Site, tell: Any) -> None:
        super().__init__(config)
        self._site = site
        self._tell = tell

    async def shutdown(self, sockets: Any = None) -> None:
        """End the streams, then stop."""
        await self._site.drain()
        await super().shutdown(sockets)

    async def startup(self, sockets: Any = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._tell)


def _announce(
    settings: Settings, catalogue: Catalogue, endpoint: str, told: dict[str, Any] | None
) -> None:
    modules = [one.name for one in catalogue.plugins]
    click.echo(f"\nEyeot answers at  {endpoint}")
    click.echo(f"{len(catalogue.actions)} actions of {len(modules)} modules: {', '.join(modules)}")
    if told:
        click.echo(f"Key               {told['key']}")
        click.echo(f"The same in       {settings.data_dir / demo.FILE}\n")
        click.echo("For Claude Code, Cursor and others (more: eyeot client-config --help):\n")
        click.echo(snippet("claude-code", endpoint, told["key"]))
        click.echo("\n" + snippet("curl", endpoint, told["key"]))
    click.echo("\nCtrl-C stops it; the data stays.")


commands = (serve,)
