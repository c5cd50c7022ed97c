"""Fixtures: pytest's way to the engine; loaded by the entry point `pytest11`."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eyeot import app
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.testing.desk import Desk
from eyeot.testing.house import House


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A throw-away PostgreSQL with the product's tables and roles."""

    __test__ = False

    app: str
    relay: str
    admin: str
    server: EmbeddedPostgres


@pytest.fixture(scope="session")
def database() -> Iterator[TestDatabase]:
    """PostgreSQL for this run (or this xdist worker), migrated."""
    # pytest's own folders cannot be entered by the user PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="eyeot-test-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder, durable=False) as server:
            plugins, failures = app.load_plugins()
            assert not failures, failures
            asyncio.run(migrate.upgrade(server.admin_url, plugins))
            yield TestDatabase(
                server.url(roles.APP), server.url(roles.RELAY), server.admin_url, server
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What is installed."""
    return app.assemble()


@pytest.fixture(scope="session")
async def engine(database: TestDatabase, catalogue: Catalogue) -> AsyncIterator[Engine]:
    """An engine on the test database."""
    made = await app.start(catalogue, database.app, database.relay, public_url="http://localhost")
    yield made
    await app.stop(made)


@pytest.fixture
async def house(engine: Engine) -> House:
    """An organisation of the test's own."""
    return await House.open(engine)


@pytest.fixture
async def call(house: House) -> Desk:
    """A desk that may do everything in the house, on behalf of its owner."""
    await house.person("owner", "owner")
    scopes = sorted({one.needs for one in house.engine.catalogue.actions.values()})
    return await house.desk(*scopes, owner="owner")


def pytest_configure() -> None:
    """Keep pytest from running as a user's own deployment."""
    for name in [name for name in os.environ if name.startswith("EYEOT_")]:
        del os.environ[name]
