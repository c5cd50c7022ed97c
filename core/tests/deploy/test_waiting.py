"""Waiting: a process that starts while the database is away serves once it is there."""

import asyncio
from pathlib import Path

import pytest

from core.tests.deploy.deployment import Deployment
from eyeot import app
from eyeot.cli.site import patiently
from eyeot.deploy import roles
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import UnsafeRole


async def test_a_process_that_starts_before_its_database_waits_for_it(
    folder: Path, catalogue: Catalogue
) -> None:
    deployment = Deployment(folder, catalogue)
    deployment.postgres.start()
    await deployment.migrate()
    deployment.postgres.stop()
    refused = asyncio.Event()

    async def start() -> Engine:
        urls = deployment.postgres.url(roles.APP), deployment.postgres.url(roles.RELAY)
        try:
            return await app.start(catalogue, *urls)
        except BaseException:
            refused.set()
            raise

    starting = asyncio.create_task(patiently(start))
    await refused.wait()
    deployment.postgres.start()
    try:
        await app.stop(await starting)
    finally:
        deployment.postgres.stop()


async def test_a_process_that_must_not_start_says_so_at_once(
    folder: Path, catalogue: Catalogue
) -> None:
    deployment = Deployment(folder, catalogue)
    deployment.postgres.start()
    await deployment.migrate()
    try:
        with pytest.raises(UnsafeRole):
            await patiently(
                lambda: app.start(
                    catalogue, deployment.postgres.admin_url, deployment.postgres.url(roles.RELAY)
                )
            )
    finally:
        deployment.postgres.stop()
