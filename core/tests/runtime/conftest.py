"""Fixtures: an engine with the tests' own plugin, on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from core.tests.raw import connected, in_database
from core.tests.runtime.lab import install
from eyeot import app
from eyeot.deploy import migrate
from eyeot.runtime.engine import Engine
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase
from eyeot.testing.licence import trusting


@pytest.fixture(scope="session")
async def lab_database(database: TestDatabase) -> TestDatabase:
    """Another database on the test server, migrated."""
    async with connected(database.admin) as admin:
        await admin.execute("CREATE DATABASE lab")
    found = TestDatabase(
        app=in_database(database.app, "lab"),
        relay=in_database(database.relay, "lab"),
        admin=in_database(database.admin, "lab"),
        server=database.server,
    )
    await migrate.upgrade(found.admin, app.load_plugins()[0])
    return found


@pytest.fixture(scope="session")
async def lab(lab_database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine where the plugin `lab` is installed too."""
    plugins, _ = app.load_plugins()
    made = await install(lab_database)
    catalogue = app.catalogue_of([*plugins, made])
    engine = await app.start(catalogue, lab_database.app, lab_database.relay, licensing=trusting())
    yield engine
    await app.stop(engine)


@pytest.fixture
async def lab_house(lab: Engine) -> House:
    """An organisation on that engine, with a person."""
    house = await House.open(lab)
    await house.person("anne")
    return house
