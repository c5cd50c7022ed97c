"""Fixtures: an engine with the tests' own plugin."""

from collections.abc import AsyncIterator

import pytest

from core.tests.runtime.lab import install
from eyeot import app
from eyeot.runtime.engine import Engine
from eyeot.testing import House
from eyeot.testing.fixtures import TestDatabase


@pytest.fixture(scope="session")
async def lab(database: TestDatabase) -> AsyncIterator[Engine]:
    """An engine where the plugin `lab` is installed too."""
    plugins, _ = app.load_plugins()
    made = await install(database)
    engine = await app.start(app.catalogue_of([*plugins, made]), database.app, database.relay)
    yield engine
    await app.stop(engine)


@pytest.fixture
async def lab_house(lab: Engine) -> House:
    """An organisation on that engine, with a person."""
    house = await House.open(lab)
    await house.person("anne")
    return house
