"""Database: where it is, started if it is ours, and brought to the installed plugins' tables."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

import asyncpg
from sqlalchemy.exc import DBAPIError

from eyeot import app
from eyeot.declare.plugin import Plugin
from eyeot.deploy import audit_key, migrate, roles
from eyeot.deploy.backup.taking import take_before_migrating
from eyeot.deploy.demo_licence import demo_trust
from eyeot.deploy.embedded import AlreadySupervised, EmbeddedPostgres
from eyeot.deploy.operator import seed_everywhere
from eyeot.deploy.outside import outside_of
from eyeot.deploy.secret_keys import secret_keys
from eyeot.deploy.settings import Settings, WrongSettings
from eyeot.deploy.store import store_of
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.vault import Vault


@dataclass(frozen=True, slots=True)
class Urls:
    """Where each role connects."""

    app: str
    relay: str
    admin: str


class Behind(Exception):
    """The database lacks revisions of the installed plugins."""


@contextmanager
def running(settings: Settings, *, sole: bool = False) -> Iterator[Urls]:
    """The database's addresses while it runs; an embedded one is started, or shared with who did.

    `sole`: refuse to share it, as `serve` does.
    """
    if not settings.embedded:
        if not settings.database_relay_url:
            raise WrongSettings(
                "EYEOT_DATABASE_URL is set and EYEOT_DATABASE_RELAY_URL is not; set both"
            )
        yield Urls(settings.database_url, settings.database_relay_url, settings.database_admin_url)
        return
    server = EmbeddedPostgres(settings.data_dir)
    try:
        server.start()
        ours = True
    except AlreadySupervised:
        if sole:
            raise
        ours = False
    try:
        yield Urls(server.url(roles.APP), server.url(roles.RELAY), server.admin_url)
    finally:
        if ours:
            server.stop()


async def ready(settings: Settings, urls: Urls, plugins: Sequence[Plugin]) -> list[str]:
    """Bring an embedded database to the heads, or refuse a foreign one that is behind; what was applied."""
    url = urls.admin if settings.embedded else urls.app
    try:
        lacking = sorted(await migrate.behind(url, plugins))
    except (DBAPIError, asyncpg.PostgresError, OSError) as wrong:
        reason = str(wrong).partition("\n")[0]
        raise Behind(
            f"The database cannot be used yet: {reason}. If it is new, run 'eyeot db upgrade'."
        ) from wrong
    if lacking and not settings.embedded:
        raise Behind(f"The database lacks {', '.join(lacking)}. Run 'eyeot db upgrade' first.")
    if lacking:
        await take_before_migrating(settings, urls.admin, plugins)
        await migrate.upgrade(urls.admin, plugins)
    return lacking


@asynccontextmanager
async def engine(settings: Settings, urls: Urls, catalogue: Catalogue) -> AsyncIterator[Engine]:
    """An engine for a short command."""
    applied = await ready(settings, urls, catalogue.plugins)
    store = store_of(settings, catalogue.plugins)
    made = await app.start(
        catalogue,
        urls.app,
        urls.relay,
        public_url=settings.public_url,
        store=store,
        outside=outside_of(settings),
        licensing=demo_trust(settings.data_dir),
    )
    made.vault = Vault(secret_keys(settings))
    made.signer = partial(audit_key.signer, settings)
    made.audit_keys = tuple(str(one) for one in audit_key.trusted(settings))
    try:
        if applied:
            await seed_everywhere(made)
        yield made
    finally:
        await app.stop(made)
