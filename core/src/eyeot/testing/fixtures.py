"""Fixtures: pytest's way to the engine; loaded by the entry point `pytest11`."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from eyeot import app
from eyeot.deploy import migrate, roles
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import Engine
from eyeot.runtime.sealing.notes import Signer
from eyeot.testing.contract import Evidence, Requirement, Stage
from eyeot.testing.desk import Desk
from eyeot.testing.house import House
from eyeot.testing.licence import trusting


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
            asyncio.run(_note_changes(server.admin_url))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """What is installed."""
    return app.assemble()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def engine(database: TestDatabase, catalogue: Catalogue) -> AsyncIterator[Engine]:
    """An engine on the test database."""
    made = await app.start(
        catalogue,
        database.app,
        database.relay,
        public_url="http://localhost",
        licensing=trusting(),
    )
    key = Signer.make("test/audit")
    made.signer, made.audit_keys = (lambda: key), (str(key.verifier),)
    yield made
    await app.stop(made)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def stage(database: TestDatabase, catalogue: Catalogue) -> AsyncIterator[Stage]:
    """The demo company, for the contract."""
    async with Stage.open(database, catalogue) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def house(engine: Engine) -> House:
    """An organisation of the test's own."""
    return await House.open(engine)


@pytest_asyncio.fixture(loop_scope="session")
async def call(house: House) -> Desk:
    """A desk that may do everything in the house, on behalf of its owner."""
    await house.person("owner", "owner")
    scopes = sorted({one.needs for one in house.engine.catalogue.actions.values()})
    return await house.desk(*scopes, owner="owner")


async def _note_changes(admin: str) -> None:
    """Count the records that the calls of this run changed."""
    connection = await asyncpg.connect(admin)
    try:
        for row in await connection.fetch(_CHANGES):
            Evidence.here().note(row["action"], changes=row["changes"])
    finally:
        await connection.close()


_CHANGES = """
SELECT action, sum(jsonb_array_length(changes))::int AS changes FROM core_audit_event
WHERE outcome = 'ok' AND jsonb_typeof(changes) = 'array' GROUP BY 1
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the evidence goes, if anywhere, and which part of the contract is tried."""
    told = "A file for what was seen of each action: successes, refusals, changes, compared values."
    parser.addoption("--evidence", metavar="FILE", help=told)
    told = "The contract's requirements to try, by their ids with commas; all when left out."
    parser.addoption("--requirements", metavar="IDS", help=told)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave of the contract what was asked for."""
    if not (asked := config.getoption("requirements")):
        return
    wanted = {*asked.split(","), None}
    left = [one for one in items if _requirement(one) not in wanted]
    items[:] = [one for one in items if _requirement(one) in wanted]
    config.hook.pytest_deselected(items=left)


def _requirement(item: pytest.Item) -> str | None:
    """The id of the requirement that a test tries, if it is one of the contract's."""
    called = getattr(item, "callspec", None)
    found = called.params.get("requirement") if called else None
    return found.id if isinstance(found, Requirement) else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the evidence to who runs the workers, or write it."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["evidence"] = Evidence.here().told()
    elif path := config.getoption("evidence"):
        Evidence.here().write(config.rootpath / path)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a worker's evidence."""
    Evidence.here().merge(getattr(node, "workeroutput", {}).get("evidence", {}))


def pytest_configure() -> None:
    """Keep pytest from running as a user's own deployment."""
    for name in [name for name in os.environ if name.startswith("EYEOT_")]:
        del os.environ[name]
