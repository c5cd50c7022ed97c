"""Deployment: a database of a test's own with everything installed, and something in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from eyeot import app
from eyeot.deploy import migrate, roles
from eyeot.deploy.backup import tables
from eyeot.deploy.backup.dump import Source
from eyeot.deploy.backup.load import Target
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.deploy.operator import Operator, open_organisation
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.storage.contents import Chunks, Files
from eyeot.testing.licence import trusting

SECRETS = (b"s" * 32,)
TEXT = "The words of a document.\n"


class Deployment:
    """A database of its own with everything installed."""

    def __init__(self, folder: Path, catalogue: Catalogue, *, files: bool = False) -> None:
        self.postgres = EmbeddedPostgres(folder / "data", durable=False)
        self.catalogue = catalogue
        self.store = Files(folder / "documents") if files else Chunks()
        self.storage = "files" if files else "database"

    @property
    def source(self) -> Source:
        return Source(
            admin_url=self.postgres.admin_url,
            plugins=self.catalogue.plugins,
            store=self.store,
            storage=self.storage,
            secrets=SECRETS,
        )

    @property
    def target(self) -> Target:
        return Target(
            admin_url=self.postgres.admin_url, plugins=self.catalogue.plugins, store=self.store
        )

    async def migrate(self) -> None:
        await migrate.upgrade(self.postgres.admin_url, self.catalogue.plugins)

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        app_url, relay_url = self.postgres.url(roles.APP), self.postgres.url(roles.RELAY)
        made = await app.start(
            self.catalogue, app_url, relay_url, store=self.store, licensing=trusting()
        )
        try:
            yield made
        finally:
            await app.stop(made)

    async def rows(self) -> dict[str, list[Any]]:
        """Every row of every table that is kept."""
        connection = await asyncpg.connect(self.postgres.admin_url)
        try:
            return {
                one.name: [tuple(row) for row in await connection.fetch(one.query(None))]
                for one in await tables.kept(connection)
            }
        finally:
            await connection.close()

    async def audited(self) -> list[Any]:
        connection = await asyncpg.connect(self.postgres.admin_url)
        try:
            found = await connection.fetch("SELECT action FROM core_audit_event ORDER BY id")
            return [row["action"] for row in found]
        finally:
            await connection.close()


async def furnish(deployment: Deployment) -> None:
    """Two organisations that hold records, a document, numbers and what waits to be done."""
    await deployment.migrate()
    async with deployment.engine() as engine:
        for slug in ("alpha", "beta"):
            operator = await open_organisation(engine, slug, legal_name=f'{slug} "SARL"\t\\N')
            for number in range(5):
                await operator.call("core.tag.create", name=f"été {number}\n", color="#1971c2")
            await document(operator)


async def document(operator: Operator) -> None:
    own = (await operator.call("core.organization.list")).result["items"][0]["id"]
    told = {"id": own, "filename": "lettre.txt", "text": TEXT}
    await operator.call("core.organization.attach_document", **told)
