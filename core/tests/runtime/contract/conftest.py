"""Fixtures: the contract's stage, with the tests' own plugin installed too."""

from collections.abc import AsyncIterator

import pytest

from eyeot.runtime.engine import Engine
from eyeot.testing.contract import Stage
from eyeot.testing.fixtures import TestDatabase


@pytest.fixture(scope="session")
async def stage(lab_database: TestDatabase, lab: Engine) -> AsyncIterator[Stage]:
    """The demo company on that database."""
    async with Stage.open(lab_database, lab.catalogue) as made:
        yield made
